/* Answers of tls12 (draft-mglt-lurk-tls12-05 §4.2, §5.2, §6.2, §7.2): their structure. */
#include "vectors/generator/groups.h"
#include "vectors/generator/lurk.h"

#include <stdio.h>

static struct group group;

/* LC-15: a client looks at the length of what it is answered. */
static const char *with_row(const char *references) {
  char *text = (char *)octets_new(200);
  snprintf(text, 200, "%s LC-15", references);
  return text;
}

static json_t *question(unsigned type, struct octets payload) {
  return json_pack("{s:i, s:o}", "type", (int)type, "payload", json_hex(payload));
}

static void make_masters(struct collection *collection) {
  static const char *const references[] = {[2] = "TLS12-4.2-01 TLS12-4-02 TLS12-4.4-16 TLS12-9-03",
                                           [3] = "TLS12-4-02 TLS12-4.2-01",
                                           [4] = "TLS12-5.2-01",
                                           [5] = "TLS12-5.2-01"};
  group_open(collection, &group, "tls12_master_answer", "tls12_answer", "Answers of the RSA exchanges");
  for (unsigned type = 2; type <= 5; type++) {
    struct octets master = drbg_octets(&group.drbg, 48);
    add_control(&group, "a master secret", references[type], question(type, master),
                json_hex_object("master", master, NULL));
    add_invalid(&group, "47 octets", with_row(references[type]), question(type, octets_first(master, 47)),
                "malformed");
    add_invalid(&group, "49 octets", references[type], question(type, CAT(master, U8(0))), "malformed");
    add_invalid(&group, "a length before it", references[type], question(type, octets_vector(2, master)),
                "malformed");
    add_invalid(&group, "nothing", references[type], question(type, octets_first(master, 0)), "malformed");
  }
}

static json_t *signed_question(struct octets payload) {
  json_t *input = question(6, payload);
  json_object_set_new(input, "sig_and_hash", json_integer(0x0403));
  return input;
}

static void make_signatures_answer(struct collection *collection) {
  group_open(collection, &group, "tls12_ecdhe_answer", "tls12_answer", "Answers of ecdhe");
  struct octets signature = drbg_octets(&group.drbg, 70);
  struct message good = {.count = 0};
  message_add(&good, "scheme", U16(0x0403));
  message_add(&good, "length", U16(70));
  message_add(&good, "signature", signature);
  json_t *output = json_hex_object("signature", signature, NULL);
  json_object_set_new(output, "sig_and_hash", json_integer(0x0403));
  add_control(&group, "a signature", "TLS12-6.2-02 TLS12-9-03", signed_question(message_octets(&good)),
              output);
  const struct {
    const char *comment;
    struct octets payload;
  } table[] = {
      {"another algorithm than was asked for", CAT(U16(0x0401), octets_vector(2, signature))},
      {"the two octets of the algorithm exchanged", CAT(U16(0x0304), octets_vector(2, signature))},
      {"a bare signature", signature},
      {"a signature without the algorithm", octets_vector(2, signature)},
      {"an empty signature", CAT(U16(0x0403), U16(0))},
      {"a length beyond the payload", CAT(U16(0x0403), U16(71), signature)},
      {"a length one short", CAT(U16(0x0403), U16(69), signature)},
      {"an octet behind the signature", CAT(U16(0x0403), octets_vector(2, signature), U8(0))},
      {"a length of one octet", CAT(U16(0x0403), octets_vector(1, signature))},
      {"nothing", octets_text("")},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    add_invalid(&group, table[i].comment, "TLS12-6.2-02", signed_question(table[i].payload), "malformed");
}

/* --- capabilities --- */

static const char rsa_lists[] = "01 00 00 01 00 04 009c 009d 02 00 01";
static const char ecdhe_lists[] = "01 00 00 01 00 02 c02b 04 0403 0804 02 0017 04 0017 001d 03 00 01 02";

static json_t *rsa_offer(void) {
  return json_pack("{s:[i], s:[i], s:[i,i], s:[i,i]}", "key_id_types", 0, "freshness_functs", 0,
                   "cipher_suites", 0x9c, 0x9d, "prf_hashes", 0, 1);
}

static json_t *ecdhe_offer(void) {
  json_t *offer = json_pack("{s:[i], s:[i]}", "key_id_types", 0, "freshness_functs", 0);
  json_object_set_new(offer, "cipher_suites", json_pack("[i]", 0xc02b));
  json_object_set_new(offer, "schemes", json_pack("[ii]", 0x0403, 0x0804));
  json_object_set_new(offer, "ecdsa_curves", json_pack("[i]", 0x17));
  json_object_set_new(offer, "ecdhe_curves", json_pack("[ii]", 0x17, 0x1d));
  json_object_set_new(offer, "poo_prfs", json_pack("[iii]", 0, 1, 2));
  return offer;
}

static struct octets item(unsigned type, const char *lists) {
  return octets_vector(4, CAT(U8(type), octets_hex(lists)));
}

static json_t *payload_of(const struct message *payload) {
  return json_hex_object("payload", message_octets(payload), NULL);
}

static void refuse_capabilities(const struct message *good) {
  const struct {
    const char *comment, *references, *piece;
    struct octets value;
  } table[] = {
      {"an item of length 0", "TLS12-7.2-01", "ping", U32(0)},
      {"an item beyond the payload", "TLS12-7.2-01 LN-05", "ecdhe",
       octets_patched(message_piece(good, "ecdhe"), 0, U32(255))},
      {"a type twice", "TLS12-7.2-01", "ping", item(0, "")},
      {"ping with a list", "TLS12-7.2-01", "ping", item(1, "00")},
      {"cipher suites of odd size", "TLS12-7.2-02 LN-13 LC-10", "rsa_master",
       item(2, "01 00 00 01 00 03 009c 00 01 00")},
      {"rsa_master without PRF hashes", "TLS12-7.2-02", "rsa_master", item(2, "01 00 00 01 00 02 009c")},
      {"rsa_master with a list too many", "TLS12-7.2-02", "rsa_master",
       item(2, "01 00 00 01 00 02 009c 01 00 00")},
      {"rsa_master without its list of certificates", "TLS12-7.2-04", "rsa_master",
       item(2, "01 00 01 00 02 009c 01 00")},
      {"a list of certificates beyond its item", "TLS12-7.2-04 LN-05", "rsa_master",
       item(2, "01 00 ff 01 00 02 009c 01 00")},
      {"ecdhe with the lists of rsa_master", "TLS12-7.2-03", "ecdhe", item(6, rsa_lists)},
      {"curves of odd size", "TLS12-7.2-03 LN-13", "ecdhe",
       item(6, "01 00 00 01 00 02 c02b 02 0403 02 0017 03 0017 00 01 00")},
      {"state of three octets", "TLS12-7.2-01", "state", octets_hex("010203")},
      {"state of five octets", "TLS12-7.2-01 LURK-5.4-10", "state", octets_hex("0102030405")},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct message changed = message_with(good, table[i].piece, table[i].value);
    add_invalid(&group, table[i].comment, table[i].references, payload_of(&changed), "malformed");
  }
  add_invalid(&group, "nothing", "TLS12-7.2-01", json_hex_object("payload", octets_text(""), NULL),
              "malformed");
}

static void make_capabilities(struct collection *collection) {
  group_open(collection, &group, "tls12_capabilities", "tls12_capabilities",
             "Payload of capabilities of tls12");
  struct octets state = drbg_octets(&group.drbg, 4);
  struct message good = {.count = 0};
  message_add(&good, "capabilities", item(0, ""));
  message_add(&good, "ping", item(1, ""));
  message_add(&good, "rsa_master", item(2, rsa_lists));
  message_add(&good, "ecdhe", item(6, ecdhe_lists));
  message_add(&good, "state", state);
  json_t *types = json_pack("{s:{}, s:{}, s:o, s:o}", "capabilities", "ping", "rsa_master", rsa_offer(),
                            "ecdhe", ecdhe_offer());
  json_t *output = json_pack("{s:O, s:o}", "types", types, "state", json_hex(state));
  struct message later = message_with(&good, "ping", CAT(item(1, ""), item(9, "0102030405")));
  add_valid(&group, "an item of a type that is not known", "TLS12-7.2-01 TLS12-10-01", payload_of(&later),
            json_pack("{s:O, s:o}", "types", types, "state", json_hex(state)));
  struct message certificates =
      message_with(&good, "rsa_master", item(2, "01 00 06 00 000002 3000 01 00 04 009c 009d 02 00 01"));
  add_valid(&group, "a certificate in its list, which is passed over (A-30)", "TLS12-7.2-04",
            payload_of(&certificates), json_pack("{s:O, s:o}", "types", types, "state", json_hex(state)));
  struct message empty = {.count = 0};
  message_add(&empty, "state", state);
  add_valid(&group, "nothing on offer", "TLS12-7.2-01", payload_of(&empty),
            json_pack("{s:{}, s:o}", "types", "state", json_hex(state)));
  add_control(&group, "two exchanges on offer",
              "TLS12-7.2-01 TLS12-7.2-02 TLS12-7.2-03 TLS12-7.2-04 LURK-5.4-10", payload_of(&good), output);
  refuse_capabilities(&good);
  json_decref(types);
}

void make_tls12_answers(struct collection *collection) {
  make_masters(collection);
  make_signatures_answer(collection);
  make_capabilities(collection);
}
