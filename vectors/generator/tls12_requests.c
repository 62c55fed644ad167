/* Payloads of rsa_master and ecdhe (draft-mglt-lurk-tls12-05 §4.1, §6.1): their structure. Keys, points and
 * proofs are looked at elsewhere. */
#include "vectors/generator/groups.h"
#include "vectors/generator/lurk.h"

#include "lurk/wire/handshake.h"
#include <stdio.h>

static struct group group;
static unsigned type;
static const char format_error[] = "invalid_payload_format";

static json_t *question(struct octets payload) {
  return json_pack("{s:i, s:o}", "type", (int)type, "payload", json_hex(payload));
}

static void refused_octets(const char *comment, const char *references, struct octets payload,
                           const char *status) {
  add_invalid(&group, comment, references, question(payload), status);
}

static void refused(const char *comment, const char *references, const struct message *payload,
                    const char *status) {
  refused_octets(comment, references, message_octets(payload), status);
}

static struct octets whole_key_id(const struct message *payload) {
  return CAT(message_piece(payload, "key_id_type"), message_piece(payload, "key_id"));
}

/* What both requests have in front. */
static void refuse_head(const struct message *good) {
  static const struct {
    const char *comment, *references, *piece, *hex, *status;
  } table[] = {
      {"key id of type 1", "TLS12-4.1-01 TLS12-4.4-01", "key_id_type", "01", "invalid_key_id_type"},
      {"key id of type 255", "TLS12-4.1-01 TLS12-4.4-01", "key_id_type", "ff", "invalid_key_id_type"},
      {"freshness 255, which would be none (A-14)", "TLS12-4.1-04 TLS12-4.1.1-07 TLS12-4.4-03 RP-05 XP-02",
       "freshness", "ff", "invalid_freshness_funct"},
      {"freshness 1", "TLS12-4.1-04 TLS12-4.4-03 RP-05", "freshness", "01", "invalid_freshness_funct"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct message changed = message_with(good, table[i].piece, octets_hex(table[i].hex));
    refused(table[i].comment, table[i].references, &changed, table[i].status);
  }
  struct octets whole = message_octets(good);
  refused_octets("empty", "TLS12-4.1-01 LN-05", octets_text(""), format_error);
  refused_octets("key id of three octets at the end", "TLS12-4.1-01 LN-14", octets_first(whole, 4),
                 format_error);
  refused_octets("client_random of 31 octets at the end", "TLS12-4.1-07 LN-05",
                 octets_first(whole, type == 2 ? 38 : 37), format_error);
  refused_octets("last octet missing", "TLS12-4.1-11 LN-05", octets_without_last(whole, 1), format_error);
  refused_octets("an octet behind the last field", "TLS12-4.1-11 OR-02", CAT(whole, U8(0)), format_error);
  refused_octets("64 octets behind the last field", "TLS12-4.1-11 OR-02", CAT(whole, octets_repeat(0, 64)),
                 format_error);
}

/* --- rsa_master --- */

static json_t *rsa_meaning(const struct message *payload) {
  return json_pack("{s:o, s:i, s:o, s:o, s:o}", "key_id", json_hex(whole_key_id(payload)), "prf_hash",
                   message_piece(payload, "prf_hash").at[0], "client_random",
                   json_hex(message_piece(payload, "client_random")), "server_random",
                   json_hex(message_piece(payload, "server_random")), "encrypted_premaster",
                   json_hex(message_piece(payload, "encrypted_premaster")));
}

static void make_rsa_master(struct collection *collection) {
  group_open(collection, &group, "tls12_rsa_master_request", "tls12_request", "Requests of rsa_master");
  type = 2;
  struct octets ciphertext = drbg_octets(&group.drbg, 256);
  struct message good = tls12_rsa_master(&group.drbg, drbg_octets(&group.drbg, 4), ciphertext);
  for (unsigned prf_hash = 1; prf_hash <= 2; prf_hash++) {
    struct message other = message_with(&good, "prf_hash", U8(prf_hash));
    add_valid(&group, prf_hash == 1 ? "PRF with SHA-384" : "PRF with SHA-512", "TLS12-4.1-05",
              question(message_octets(&other)), rsa_meaning(&other));
  }
  struct octets key_id = drbg_octets(&group.drbg, 4);
  struct message longer = tls12_rsa_master(&group.drbg, key_id, drbg_octets(&group.drbg, 384));
  add_valid(&group, "a ciphertext of 3072 bits", "TLS12-4.1-06", question(message_octets(&longer)),
            rsa_meaning(&longer));
  add_control(&group, "rsa_master with SHA-256",
              "TLS12-4.1-01 TLS12-4.1-04 TLS12-4.1-05 TLS12-4.1-06 TLS12-4.1-07 TLS12-4-05 TLS12-4.4-04",
              question(message_octets(&good)), rsa_meaning(&good));
  refuse_head(&good);
  struct message changed = message_with(&good, "prf_hash", U8(3));
  refused("prf_hash 3", "TLS12-4.1-05 TLS12-4.4-22", &changed, "invalid_cipher_or_prf_hash");
  changed = message_with(&good, "prf_hash", U8(255));
  refused("prf_hash 255", "TLS12-4.1-05 TLS12-4.4-22", &changed, "invalid_cipher_or_prf_hash");
  changed = message_with(&good, "premaster_length", U16(257));
  refused("a length of the ciphertext beyond the payload", "TLS12-4.1-06 LN-05", &changed, format_error);
  changed = message_with(&good, "premaster_length", U16(255));
  refused("a length of the ciphertext one short", "TLS12-4.1-06 TLS12-4.1-11 LN-05", &changed, format_error);
  changed = message_with(&good, "premaster_length", octets_reversed(U16(256)));
  refused("a length of the ciphertext in little-endian order", "TLS12-3-04 LN-15", &changed, format_error);
  changed = message_without(&good, "premaster_length");
  refused("the ciphertext without its length (A-09)", "TLS12-4.1-06 TLS12-4-05", &changed, format_error);
  changed = message_without(&good, "client_random");
  refused("one random only", "TLS12-4.1-06 TLS12-4.1-07 TLS12-4.4-04", &changed, format_error);
}

/* --- ecdhe --- */

static json_t *ecdhe_meaning(const struct message *payload, unsigned scheme, unsigned named_group) {
  json_t *output =
      json_pack("{s:o, s:o, s:o, s:i, s:i, s:o, s:i}", "key_id", json_hex(whole_key_id(payload)),
                "client_random", json_hex(message_piece(payload, "client_random")), "server_random",
                json_hex(message_piece(payload, "server_random")), "sig_and_hash", (int)scheme, "group",
                (int)named_group, "point", json_hex(message_piece(payload, "point")), "poo_prf",
                message_piece(payload, "poo_prf").at[0]);
  if (message_piece(payload, "poo_prf").at[0] != 0) {
    json_object_set_new(output, "vG", json_hex(message_piece(payload, "vG")));
    json_object_set_new(output, "r", json_hex(message_piece(payload, "r")));
  }
  return output;
}

static struct message with_proof(const struct message *payload, unsigned poo_prf, size_t point_len,
                                 size_t scalar_len) {
  struct message proof = message_with(payload, "poo_prf", U8(poo_prf));
  proof = message_with(&proof, "vG_length", U8(point_len));
  proof = message_with(&proof, "vG", CAT(U8(4), drbg_octets(&group.drbg, point_len - 1)));
  return message_with(&proof, "r", drbg_octets(&group.drbg, scalar_len));
}

static struct message good_ecdhe(uint16_t named_group, size_t point_len) {
  struct octets point = named_group == LURK_GROUP_X25519
                            ? drbg_octets(&group.drbg, 32)
                            : CAT(U8(4), drbg_octets(&group.drbg, point_len - 1));
  return tls12_ecdhe(&group.drbg, drbg_octets(&group.drbg, 4), 0x0403, named_group, point);
}

static const struct {
  const char *name;
  uint16_t id;
  size_t point_len, scalar_len;
} groups[] = {{"secp256r1", LURK_GROUP_SECP256R1, 65, 32},
              {"secp384r1", LURK_GROUP_SECP384R1, 97, 48},
              {"secp521r1", LURK_GROUP_SECP521R1, 133, 66}};

static void add_ecdhe(void) {
  for (size_t i = 0; i < 3; i++) {
    struct message good = good_ecdhe(groups[i].id, groups[i].point_len);
    char comment[60];
    snprintf(comment, sizeof comment, "%s without a proof", groups[i].name);
    add_valid(&group, comment, "TLS12-6.1-03 TLS12-6.1-04 TLS12-6.1-01", question(message_octets(&good)),
              ecdhe_meaning(&good, 0x0403, groups[i].id));
    for (unsigned poo_prf = 1; poo_prf <= 2; poo_prf++) {
      struct message proof = with_proof(&good, poo_prf, groups[i].point_len, groups[i].scalar_len);
      snprintf(comment, sizeof comment, "%s with a proof of %u bits", groups[i].name, 128 * poo_prf);
      add_valid(&group, comment, "TLS12-6.1-01 TLS12-6.1-02 TLS12-6.1-03", question(message_octets(&proof)),
                ecdhe_meaning(&proof, 0x0403, groups[i].id));
    }
  }
}

static void refuse_params(const struct message *good) {
  static const struct {
    const char *comment, *references, *piece, *hex, *status;
  } table[] = {
      {"explicit_prime", "TLS12-6.4-02 BG-8422-01 OR-04", "curve_type", "01", "invalid_ec_type"},
      {"explicit_char2", "TLS12-6.4-02 BG-8422-01 OR-04", "curve_type", "02", "invalid_ec_type"},
      {"curve type 0, as ServerDHParams begin", "TLS12-6.4-02 TLS12-9.2-02 XP-09", "curve_type", "00",
       "invalid_ec_type"},
      {"secp224r1", "TLS12-6.4-03 TLS12-6.1-04", "named_curve", "0015", "invalid_ec_curve"},
      {"X448", "TLS12-6.4-03 IC-12", "named_curve", "001e", "invalid_ec_curve"},
      {"a group of finite fields", "TLS12-6.4-03", "named_curve", "0100", "invalid_ec_curve"},
      {"a named curve in little-endian order", "TLS12-3-04 LN-15", "named_curve", "1700", "invalid_ec_curve"},
      {"a point length of 255", "TLS12-6.1-04 LN-05", "point_length", "ff", "invalid_payload_format"},
      {"poo_prf 3", "TLS12-6.1-01 TLS12-6.4-04 PO-12", "poo_prf", "03", "invalid_poo_prf"},
      {"poo_prf 255", "TLS12-6.1-01 TLS12-6.4-04 PO-12", "poo_prf", "ff", "invalid_poo_prf"},
      {"poo_prf null with 97 octets behind it", "TLS12-6.1-02 PO-13", "r",
       "41000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
       "000"
       "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
       "invalid_payload_format"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct message changed = message_with(good, table[i].piece, octets_hex(table[i].hex));
    refused(table[i].comment, table[i].references, &changed, table[i].status);
  }
  struct message changed = message_with(good, "point_length", U8(0));
  changed = message_without(&changed, "point");
  refused("an empty point", "TLS12-6.1-03 TLS12-6.1-04 LN-05 IC-04", &changed, format_error);
}

/* Structures of other protocols where ServerECDHParams stand. */
static void refuse_foreign(const struct message *good) {
  static const struct {
    const char *comment, *references, *text, *status;
  } table[] = {
      {"the context of TLS 1.3 CertificateVerify in place of the parameters", "TLS12-6.4-06 XP-01",
       "TLS 1.3, server CertificateVerify", "invalid_ec_type"},
      {"the context of a delegated credential", "TLS12-9.2-02 XP-03", "TLS, server delegated credentials",
       "invalid_ec_type"},
      {"the begin of a TBSCertificate", "TLS12-9.2-02 XP-04", "0\x82\x01\x0a\xa0", "invalid_ec_type"},
      {"the begin of a JSON web token", "TLS12-9.2-02 XP-04", "eyJhbGciOiJFUzI1NiJ9", "invalid_ec_type"},
      {"a hash in place of the parameters", "TLS12-6.4-06 OR-05", "\x9f\x86\xd0\x81\x88\x4c\x7d\x65",
       "invalid_ec_type"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct message changed = message_with(good, "curve_type", octets_text(""));
    changed = message_without(&changed, "named_curve");
    changed = message_without(&changed, "point_length");
    changed = message_with(&changed, "point", octets_text(table[i].text));
    refused(table[i].comment, table[i].references, &changed, table[i].status);
  }
  struct message changed = message_with(good, "curve_type", octets_text(""));
  changed = message_without(&changed, "named_curve");
  changed = message_without(&changed, "point_length");
  changed = message_with(&changed, "point", CAT(U8(0x5a), drbg_octets(&group.drbg, 68)));
  refused("69 random octets in place of the parameters", "TLS12-6.4-06 OR-01", &changed, "invalid_ec_type");
  changed = message_with(good, "point_length", U8(66));
  refused("a point length of 66 that takes the next field", "TLS12-6.1-04 OR-03 PO-16", &changed,
          format_error);
}

static void refuse_proofs(const struct message *null) {
  struct message good = with_proof(null, 1, 65, 32);
  add_control(&group, "secp256r1 with a proof, to be changed", "TLS12-6.1-02 TLS12-6.1-11",
              question(message_octets(&good)), ecdhe_meaning(&good, 0x0403, LURK_GROUP_SECP256R1));
  struct message changed = message_with(&good, "r", octets_first(message_piece(&good, "r"), 16));
  refused("r of 16 octets with sha256_128", "TLS12-6.1-02 TLS12-6.1-11 PO-14", &changed, format_error);
  changed = message_with(&good, "r", CAT(message_piece(&good, "r"), U8(0)));
  refused("r of 33 octets", "TLS12-6.1-02 TLS12-6.1-11 PO-14", &changed, format_error);
  changed = message_with(&good, "vG_length", U8(66));
  refused("a length of vG that reaches into r", "TLS12-6.1-02 PO-16", &changed, format_error);
  changed = message_with(&good, "vG_length", U8(0));
  changed = message_without(&changed, "vG");
  refused("an empty vG", "TLS12-6.1-02 LN-05", &changed, format_error);
  changed = message_without(&good, "r");
  changed = message_without(&changed, "vG");
  changed = message_without(&changed, "vG_length");
  refused("poo_prf without a proof", "TLS12-6.1-02 LN-05", &changed, format_error);
  /* The layout of a peer: two points. */
  changed = message_with(&good, "r", CAT(U8(65), message_piece(&good, "vG")));
  refused("two points in place of a point and r", "TLS12-6.1-02 PO-03", &changed, format_error);
  struct message x25519 = good_ecdhe(LURK_GROUP_X25519, 32);
  add_control(&group, "x25519 without a proof (A-25)", "TLS12-6.1-12 TLS12-6.1-13 TLS12-6.1-14",
              question(message_octets(&x25519)), ecdhe_meaning(&x25519, 0x0403, LURK_GROUP_X25519));
  for (unsigned poo_prf = 1; poo_prf <= 2; poo_prf++) {
    changed = with_proof(&x25519, poo_prf, 32, 32);
    refused(poo_prf == 1 ? "x25519 with a proof of 128 bits" : "x25519 with a proof of 256 bits",
            "TLS12-6.1-12 TLS12-6.1-13 TLS12-6.1-14 TLS12-6.4-04 PO-11", &changed, "invalid_poo_prf");
  }
}

static void make_ecdhe(struct collection *collection) {
  group_open(collection, &group, "tls12_ecdhe_request", "tls12_request", "Requests of ecdhe");
  type = 6;
  add_ecdhe();
  struct message good = good_ecdhe(LURK_GROUP_SECP256R1, 65);
  add_control(&group, "secp256r1 without a proof, to be changed",
              "TLS12-6.1-01 TLS12-6.1-02 TLS12-6.1-03 TLS12-6.1-04 TLS12-6.4-01 TLS12-6.4-02 TLS12-6.4-03",
              question(message_octets(&good)), ecdhe_meaning(&good, 0x0403, LURK_GROUP_SECP256R1));
  refuse_head(&good);
  refuse_params(&good);
  refuse_foreign(&good);
  refuse_proofs(&good);
}

/* --- ping and capabilities --- */

static void make_empty(struct collection *collection) {
  group_open(collection, &group, "tls12_empty_request", "tls12_request", "Requests without a payload");
  for (type = 0; type < 2; type++) {
    const char *references = type == 0 ? "TLS12-7.1-01 LN-09" : "TLS12-8.1-01 LN-09";
    add_control(&group, type == 0 ? "capabilities" : "ping", references, question(octets_text("")),
                json_object());
    refused_octets("with an octet", references, U8(0), format_error);
    refused_octets("with a state", references, drbg_octets(&group.drbg, 4), format_error);
  }
}

void make_tls12_requests(struct collection *collection) {
  make_rsa_master(collection);
  make_ecdhe(collection);
  make_empty(collection);
}
