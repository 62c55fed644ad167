/* Points of key exchange (RFC 8422 §5.4, §5.11; SKI §5.1.2, tls12 §6.1), and what SKI signs with them in it:
 * ECDHE inputs and CertificateVerify contents. */
#include "vectors/generator/curve.h"
#include "vectors/generator/groups.h"
#include "vectors/generator/lurk.h"

#include "lurk/wire/handshake.h"
#include <stdio.h>
#include <string.h>

static struct group group;

/* --- points --- */

static json_t *question(uint16_t id, struct octets point) {
  return json_pack("{s:i, s:o}", "group", id, "point", json_hex(point));
}

static void make_nist(const struct curve *curve) {
  char comment[100], references[100];
  struct octets one = curve_point(curve, curve_scalar_of(curve, 1));
  snprintf(comment, sizeof comment, "%s: G", curve->name);
  add_valid(&group, comment, "BG-8422-02 BG-8422-03 IC-18", question(curve->id, one), json_object());
  snprintf(comment, sizeof comment, "%s: -G", curve->name);
  add_control(&group, comment, "BG-8422-03 IC-18",
              question(curve->id, curve_point(curve, curve_scalar_below_order(curve, 1))), json_object());
  snprintf(comment, sizeof comment, "%s: -G with y of one more", curve->name);
  struct octets minus = curve_point(curve, curve_scalar_below_order(curve, 1));
  add_invalid(&group, comment, "IC-18 IC-01", question(curve->id, octets_changed(minus, minus.len - 1, 1)),
              "malformed");
  struct octets good = curve_point(curve, curve_scalar(curve, &group.drbg));
  snprintf(comment, sizeof comment, "%s: a point", curve->name);
  add_control(&group, comment, "BG-8422-02 BG-8422-03 SKI-5.1.2-03 TLS12-6.1-05", question(curve->id, good),
              json_object());
  struct bad_point bad[MAX_BAD_POINTS];
  size_t count = curve_bad_points(curve, good, &group.drbg, bad);
  for (size_t i = 0; i < count; i++) {
    bool form = strcmp(bad[i].rows, "IC-06") == 0 || strcmp(bad[i].rows, "IC-07") == 0;
    snprintf(comment, sizeof comment, "%s: %s", curve->name, bad[i].comment);
    snprintf(references, sizeof references, "%s SKI-5.1.2-03 TLS12-6.1-05 %s",
             form ? "BG-8422-02" : "BG-8422-03", bad[i].rows);
    add_invalid(&group, comment, references, question(curve->id, bad[i].octets), "malformed");
  }
  snprintf(comment, sizeof comment, "%s: empty", curve->name);
  add_invalid(&group, comment, "BG-8422-02 IC-04", question(curve->id, octets_text("")), "malformed");
}

/* The u-coordinates of small order (RFC 7748 §6.1), each also with the bit that is masked. */
static void make_x25519(void) {
  static const char *const small[] = {"0000000000000000000000000000000000000000000000000000000000000000",
                                      "0100000000000000000000000000000000000000000000000000000000000000",
                                      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                                      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                                      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
  struct octets base = CAT(U8(9), octets_repeat(0, 31));
  add_valid(&group, "x25519: the base point", "BG-8422-02 IC-18", question(LURK_GROUP_X25519, base),
            json_object());
  add_control(&group, "x25519: the base point with the bit that is masked", "BG-8422-02 IC-10",
              question(LURK_GROUP_X25519, octets_changed(base, 31, 0x80)), json_object());
  add_flag(&group, "x25519-top-bit");
  add_invalid(&group, "x25519: 0 with the bit that is masked", "IC-10 IC-09",
              question(LURK_GROUP_X25519, octets_changed(octets_hex(small[0]), 31, 0x80)), "malformed");
  struct octets good = octets_changed(drbg_octets(&group.drbg, 32), 0, 2);
  good = octets_patched(good, 31, U8(good.at[31] & 0x7f));
  add_control(&group, "x25519: some value", "BG-8422-02 BG-8422-03 IC-12", question(LURK_GROUP_X25519, good),
              json_object());
  for (size_t i = 0; i < 7; i++) {
    char comment[60];
    snprintf(comment, sizeof comment, "x25519: small order, %zu of 7", i + 1);
    struct octets point = octets_hex(small[i]);
    add_invalid(&group, comment, "BG-8422-03 IC-09", question(LURK_GROUP_X25519, point), "malformed");
    snprintf(comment, sizeof comment, "x25519: small order, %zu of 7, with the bit that is masked", i + 1);
    if (i > 0)
      add_invalid(&group, comment, "BG-8422-03 IC-09",
                  question(LURK_GROUP_X25519, octets_changed(point, 31, 0x80)), "malformed");
  }
  add_invalid(&group, "x25519: 31 octets", "BG-8422-02 IC-12",
              question(LURK_GROUP_X25519, octets_first(good, 31)), "malformed");
  add_invalid(&group, "x25519: 33 octets", "BG-8422-02 IC-12", question(LURK_GROUP_X25519, CAT(good, U8(0))),
              "malformed");
}

void make_points(struct collection *collection) {
  group_open(collection, &group, "point", "point", "Public points of key exchange");
  for (unsigned i = 0; i < CURVE_COUNT; i++)
    make_nist(curve_of(i));
  make_x25519();
}

/* --- ECDHE inputs --- */

static struct message input_of(uint16_t id, struct octets point) {
  struct message message = {.count = 0};
  message_add(&message, "client_random", drbg_octets(&group.drbg, 32));
  message_add(&message, "server_random", drbg_octets(&group.drbg, 32));
  message_add(&message, "curve_type", U8(3));
  message_add(&message, "named_curve", U16(id));
  message_add(&message, "point_length", U8(point.len));
  message_add(&message, "point", point);
  return message;
}

static void control(const char *comment, const char *references, const struct message *message) {
  struct octets id = message_piece(message, "named_curve");
  json_t *output = json_hex_object("client_random", message_piece(message, "client_random"), "server_random",
                                   message_piece(message, "server_random"), "point",
                                   message_piece(message, "point"), NULL);
  json_object_set_new(output, "group", json_integer(id.at[0] << 8 | id.at[1]));
  add_control(&group, comment, references, json_hex_object("message", message_octets(message), NULL), output);
}

static void refused_octets(const char *comment, const char *references, struct octets message) {
  add_invalid(&group, comment, references, json_hex_object("message", message, NULL), "malformed");
}

static void refused(const char *comment, const char *references, const struct message *message) {
  refused_octets(comment, references, message_octets(message));
}

static void refuse_structure(const struct message *good) {
  struct octets whole = message_octets(good), randoms = octets_first(whole, 64);
  static const size_t sizes[] = {0, 1, 63, 64, 132};
  char comment[80];
  for (size_t i = 0; i < 5; i++) {
    snprintf(comment, sizeof comment, "the first %zu octets", sizes[i]);
    refused_octets(comment, "SKI-5.1.2-02 SKI-5.1.2-04 SKI-5.2-19 JS-13", octets_first(whole, sizes[i]));
  }
  refused_octets(
      "randoms of four octets each, \"32bit\" by the letter (A-87)", "SKI-5.1.2-02 JS-13",
      CAT(octets_first(whole, 4), octets_part(whole, 32, 4), octets_part(whole, 64, whole.len - 64)));
  refused_octets("an octet behind the parameters", "SKI-4.2.3-05 SKI-6-02 OR-02 JS-13", CAT(whole, U8(0)));
  refused_octets("64 octets behind the parameters", "SKI-4.2.3-05 SKI-6-02 OR-02",
                 CAT(whole, drbg_octets(&group.drbg, 64)));
  struct message changed = message_with(good, "point_length", U8(66));
  changed = message_with(&changed, "point", CAT(message_piece(good, "point"), U8(0)));
  refused("a point of 66 octets", "SKI-4.2.3-05 OR-03 IC-07", &changed);
  static const struct {
    const char *comment, *references, *piece, *hex;
  } table[] = {{"explicit_prime", "BG-8422-01 OR-04", "curve_type", "01"},
               {"explicit_char2", "BG-8422-01 OR-04", "curve_type", "02"},
               {"a curve of X448", "SKI-6-02 IC-12", "named_curve", "001e"},
               {"secp384r1 with a point of secp256r1", "BG-8422-03 IC-08", "named_curve", "0018"},
               {"x25519 with a point of secp256r1", "BG-8422-02 IC-08", "named_curve", "001d"},
               {"the length of the point one short", "SKI-4.2.3-05 OR-02", "point_length", "40"}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    changed = message_with(good, table[i].piece, octets_hex(table[i].hex));
    refused(table[i].comment, table[i].references, &changed);
  }
  refused_octets("69 random octets in place of the parameters", "SKI-6-02 OR-01",
                 CAT(randoms, U8(0x77), drbg_octets(&group.drbg, 68)));
  refused_octets("133 random octets", "SKI-6-02 SKI-4.2.3-04 OR-13", drbg_octets(&group.drbg, 133));
  refused_octets("ServerDHParams", "SKI-5.1.2-03 XP-09",
                 CAT(randoms, octets_vector(2, drbg_octets(&group.drbg, 32)), octets_hex("0001020001ff")));
}

/* Messages of other protocols that a key server would sign if it did not look. */
static void refuse_foreign(const struct message *good) {
  struct octets whole = message_octets(good);
  static const struct {
    const char *comment, *references;
    size_t size;
    const char *start;
  } table[] = {
      {"a bare SHA-256", "SKI-4.2.3-04 SKI-REQ-5 OR-05", 32, "\x9f\x86"},
      {"64 blanks and the context of TLS 1.3", "SKI-P-16 XP-01", 133,
       "                                                                TLS 1.3, server CertificateVerify"},
      {"the context of a delegated credential", "SKI-6-02 XP-03", 133,
       "                                                                TLS, server delegated credentials"},
      {"a TBSCertificate of 133 octets", "SKI-6-02 XP-04", 133, "0\x81\x82\xa0\x03\x02\x01\x02"},
      {"a TBSCertificate of 165 octets", "SKI-6-02 XP-04", 165, "0\x81\xa2\xa0\x03\x02\x01\x02"},
      {"a TBSCertificate of 201 octets", "SKI-6-02 XP-04", 201, "0\x81\xc6\xa0\x03\x02\x01\x02"},
      {"a certification request", "SKI-6-02 XP-04", 133, "0\x81\x82\x02\x01"},
      {"signed attributes of CMS", "SKI-6-02 XP-04", 133, "1\x81\x82\x30\x18\x06\x09"},
      {"a JSON web token", "SKI-6-02 XP-04", 165, "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ4In0"},
      {"user authentication of SSH", "SKI-6-02 XP-04", 201, "\x20session identifier\x32"},
      {"an RRSIG of DNSSEC", "SKI-6-02 XP-04", 133, "\x01\x06\x0d\x02"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct octets text = octets_text(table[i].start);
    struct octets rest = octets_repeat(0x55, table[i].size - text.len);
    refused_octets(table[i].comment, table[i].references, CAT(text, rest));
  }
  refused_octets("the parameters in front of the randoms", "SKI-5.2-19",
                 CAT(octets_part(whole, 64, whole.len - 64), octets_first(whole, 64)));
}

static void make_inputs(struct collection *collection) {
  group_open(collection, &group, "ecdhe_input", "ecdhe_input",
             "ECDHE inputs: ClientRandom, ServerRandom, ServerECDHParams");
  struct message message = input_of(LURK_GROUP_X25519, CAT(U8(9), drbg_octets(&group.drbg, 31)));
  control("x25519", "SKI-5.1.2-03 SKI-5.2-19 IC-09 IC-12", &message);
  struct message changed = message_with(&message, "point", octets_repeat(0, 32));
  refused("x25519 with the value 0", "SKI-5.1.2-03 BG-8422-03 IC-09", &changed);
  changed = message_with(&message, "point_length", U8(31));
  changed = message_with(&changed, "point", octets_first(message_piece(&message, "point"), 31));
  refused("x25519 with 31 octets", "SKI-5.1.2-04 IC-12", &changed);
  for (unsigned i = CURVE_COUNT; i > 0; i--) {
    const struct curve *curve = curve_of(i - 1);
    struct octets point = curve_point(curve, curve_scalar(curve, &group.drbg));
    message = input_of(curve->id, point);
    control(curve->name,
            "SKI-5.1.2-01 SKI-5.1.2-02 SKI-5.1.2-03 SKI-5.1.2-05 SKI-5.2-19 SKI-4.2.3-05 BG-8422-01",
            &message);
    changed = message_with(&message, "point", octets_changed(point, point.len - 1, 1));
    refused("with a point that is not on it", "SKI-5.1.2-01 SKI-5.1.2-03 SKI-5.1.2-05 SKI-REQ-5 IC-01",
            &changed);
  }
  refuse_structure(&message);
  refuse_foreign(&message);
}

/* --- TLS 1.3 --- */

static struct octets content_of(const char *context, struct octets hash) {
  return CAT(octets_repeat(0x20, 64), octets_text(context), U8(0), hash);
}

static void make_contents(struct collection *collection) {
  static const char server[] = "TLS 1.3, server CertificateVerify";
  group_open(collection, &group, "certificate_verify", "certificate_verify",
             "What a TLS 1.3 CertificateVerify signs");
  struct octets hash = drbg_octets(&group.drbg, 48), longer = drbg_octets(&group.drbg, 64);
  add_valid(&group, "a transcript hash of SHA-384", "SKI-P-16",
            json_hex_object("message", content_of(server, hash), NULL),
            json_hex_object("transcript_hash", hash, NULL));
  hash = octets_first(hash, 32);
  struct octets good = content_of(server, hash);
  add_control(&group, "a transcript hash of SHA-256", "SKI-P-16 XP-05 XP-07",
              json_hex_object("message", good, NULL), json_hex_object("transcript_hash", hash, NULL));
  const struct {
    const char *comment, *references;
    struct octets message;
  } table[] = {
      {"the context of the client", "SKI-P-16 XP-05 XP-07",
       content_of("TLS 1.3, client CertificateVerify", hash)},
      {"the context in lower case", "SKI-P-16 XP-05", content_of("tls 1.3, server certificateverify", hash)},
      {"63 blanks", "SKI-P-16", octets_part(good, 1, good.len - 1)},
      {"65 blanks", "SKI-P-16", CAT(U8(0x20), good)},
      {"a tab among the blanks", "SKI-P-16", octets_patched(good, 10, U8(9))},
      {"no separator", "SKI-P-16", CAT(octets_first(good, 97), hash)},
      {"a transcript hash of 31 octets", "SKI-P-16", octets_without_last(good, 1)},
      {"a transcript hash of 33 octets", "SKI-P-16", CAT(good, U8(0))},
      {"a transcript hash of 64 octets", "SKI-P-16", content_of(server, longer)},
      {"no transcript hash", "SKI-P-16", octets_first(good, 98)},
      {"the hash alone", "SKI-P-16 SKI-4.2.3-04 OR-05", hash},
      {"empty", "SKI-P-16", octets_text("")},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    add_invalid(&group, table[i].comment, table[i].references,
                json_hex_object("message", table[i].message, NULL), "malformed");
}

void make_handshake_inputs(struct collection *collection) {
  make_inputs(collection);
  make_contents(collection);
}
