/* SKI requests in CBOR: deterministic encoding of RFC 8949 §4.2.1 (SKI §5.2, A-66). */
#include "vectors/generator/ski.h"

#include <stdio.h>
#include <string.h>

static struct group group;
static struct message good; /* in the order of the deterministic encoding: shorter keys first */
static struct octets spki, input;

static struct octets text_of(const char *name, const char *value) {
  return ski_cbor_member(name, ski_cbor_text(value));
}

static json_t *meaning(const char *protocol, const char *method, const char *hash, int scheme) {
  json_t *output = json_pack("{s:s, s:s}", "protocol", protocol, "method", method);
  if (hash != NULL)
    json_object_set_new(output, "hash", json_string(hash));
  if (scheme >= 0)
    json_object_set_new(output, "scheme", json_integer(scheme));
  json_object_set_new(output, "spki", json_hex(spki));
  json_object_set_new(output, "input", json_hex(input));
  return output;
}

static json_t *common(void) {
  return meaning("TLS 1.2", "ECDHE", "SHA-256", -1);
}

static void start(void) {
  spki = drbg_octets(&group.drbg, 32);
  struct octets randoms = drbg_octets(&group.drbg, 64), point = drbg_octets(&group.drbg, 64);
  input = CAT(randoms, octets_hex("0300174104"), point);
  good = (struct message){.count = 0};
  message_add(&good, "short", octets_text(""));
  message_add(&good, "hash", text_of("hash", "SHA-256"));
  message_add(&good, "spki", ski_cbor_member("spki", ski_cbor_bytes(spki)));
  message_add(&good, "input", ski_cbor_member("input", ski_cbor_bytes(input)));
  message_add(&good, "method", text_of("method", "ECDHE"));
  message_add(&good, "scheme", octets_text(""));
  message_add(&good, "protocol", text_of("protocol", "TLS 1.2"));
  message_add(&good, "long", octets_text(""));
}

static void valid(const char *comment, const char *references, const struct message *members,
                  json_t *output) {
  add_valid(&group, comment, references, ski_input("cbor", ski_cbor_map(members)), output);
}

static void refused(const char *comment, const char *references, struct octets message) {
  add_invalid(&group, comment, references, ski_input("cbor", message), "malformed");
}

static void refused_with(const char *comment, const char *references, const char *name,
                         struct octets member) {
  struct message changed = message_with(&good, name, member);
  refused(comment, references, ski_cbor_map(&changed));
}

/* An unknown member with that value, in its place: one letter sorts before all others. */
static struct octets unknown(struct octets value) {
  return ski_cbor_member("x", value);
}

static void add_values(void) {
  static const char *const protocols[] = {"TLS 1.0", "TLS 1.1", "DTLS 1.0", "DTLS 1.2", "TLS 1.3"};
  for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
    struct message other = message_with(&good, "protocol", text_of("protocol", protocols[i]));
    valid(protocols[i], "SKI-5.2-10", &other, meaning(protocols[i], "ECDHE", "SHA-256", -1));
  }
  struct message other = message_with(&good, "method", text_of("method", "RSA"));
  valid("method RSA", "SKI-5.2-13 SKI-5.2-18 CB-19", &other, meaning("TLS 1.2", "RSA", "SHA-256", -1));
  other = message_without(&good, "method");
  valid("method left out means ECDHE", "SKI-5.2-14", &other, common());
  other = message_without(&good, "hash");
  valid("hash left out", "SKI-5.2-15", &other, meaning("TLS 1.2", "ECDHE", NULL, -1));
  other = message_with(&other, "scheme", ski_cbor_member("scheme", ski_cbor_head(CBOR_UNSIGNED, 0x0807)));
  valid("scheme in place of a hash", "SKI-P-16 JS-20 CB-18 CB-19", &other,
        meaning("TLS 1.2", "ECDHE", NULL, 0x0807));
}

static void add_unknown(void) {
  static const struct {
    const char *comment, *references, *hex;
  } table[] = {
      {"unknown member: null", "SKI-P-08 CB-10", "f6"},
      {"unknown member: 16 containers inside each other", "SKI-P-08 CB-12", "818181818181818181818181818180"},
      {"unknown member: true", "SKI-P-08 CB-10", "f5"},
      {"unknown member: array of map, text, negative number", "SKI-P-08 CB-16 CB-19", "83a1616101626869 20"},
      {"unknown member: the least number of 64 bits", "SKI-P-08 CB-19", "3bffffffffffffffff"},
      {"unknown member: characters of two, three and four octets", "SKI-P-08 CB-14", "69c3bce282acf09f9880"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct message other = message_with(&good, "short", unknown(octets_hex(table[i].hex)));
    valid(table[i].comment, table[i].references, &other, common());
  }
  struct octets look_alike = ski_cbor_member("inpuT", ski_cbor_bytes(U8(1)));
  struct message other = message_with(&good, "input", CAT(look_alike, message_piece(&good, "input")));
  /* One piece holds two members: the map counts one more. */
  add_valid(&group, "input in another case is another member", "SKI-P-08 CB-22",
            ski_input("cbor", CAT(ski_cbor_head(CBOR_MAP, 6), message_octets(&other))), common());
  look_alike = CAT(ski_cbor_head(CBOR_TEXT, 6), octets_hex("696e70757400"), ski_cbor_bytes(U8(1)));
  other = message_with(&good, "method", CAT(look_alike, message_piece(&good, "method")));
  add_valid(&group, "input with a NUL behind it is another member", "SKI-P-08 CB-22",
            ski_input("cbor", CAT(ski_cbor_head(CBOR_MAP, 6), message_octets(&other))), common());
}

static void refuse_missing(void) {
  static const struct {
    const char *member, *references;
  } required[] = {{"protocol", "SKI-5.2-09 SKI-5.2.1-02"},
                  {"spki", "SKI-5.2-11 SKI-5.2.1-02"},
                  {"input", "SKI-5.2-17 SKI-5.2.1-02 CB-22"}};
  for (size_t i = 0; i < 3; i++) {
    struct message changed = message_without(&good, required[i].member);
    char comment[40];
    snprintf(comment, sizeof comment, "no %s", required[i].member);
    refused(comment, required[i].references, ski_cbor_map(&changed));
  }
}

static void refuse_kinds(void) {
  refused_with("protocol as bytes", "SKI-5.2-08 SKI-P-07 CB-15", "protocol",
               ski_cbor_member("protocol", ski_cbor_bytes(octets_text("TLS 1.2"))));
  refused_with("input as text", "SKI-5.2-08 SKI-P-07 CB-15", "input",
               ski_cbor_member("input", ski_cbor_text("AAAA")));
  refused_with("spki as base64 text", "SKI-5.2-08 CB-15", "spki",
               ski_cbor_member("spki", ski_cbor_text(ski_base64(spki))));
  refused_with("hash as null", "SKI-5.2-16 SKI-P-07 CB-10", "hash", ski_cbor_member("hash", U8(0xf6)));
  refused_with("protocol of TLS 1.4", "SKI-5.2-10 JS-19", "protocol", text_of("protocol", "TLS 1.4"));
  refused_with("method DHE (A-86)", "SKI-5.2-13", "method", text_of("method", "DHE"));
  refused_with("spki of 20 octets: the dialect is of JSON only (A-69)", "SKI-5.2-12 SKI-P-14 JS-18", "spki",
               ski_cbor_member("spki", ski_cbor_bytes(octets_first(spki, 20))));
  refused_with("spki of 33 octets", "SKI-5.2-12 JS-18", "spki",
               ski_cbor_member("spki", ski_cbor_bytes(CAT(spki, U8(0)))));
  static const struct {
    const char *comment, *references, *hex;
  } schemes[] = {{"scheme negative", "SKI-P-16 CB-19", "20"},
                 {"scheme beyond 16 bits", "SKI-P-16", "1a00010000"},
                 {"scheme as text", "SKI-P-16 JS-20", "6431303237"},
                 {"scheme as a half-precision number", "SKI-P-16 CB-18", "f96403"},
                 {"scheme as a bignum", "SKI-P-16 CB-17", "c2420403"}};
  struct message bare = message_without(&good, "hash");
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
    struct message changed =
        message_with(&bare, "scheme", ski_cbor_member("scheme", octets_hex(schemes[i].hex)));
    refused(schemes[i].comment, schemes[i].references, ski_cbor_map(&changed));
  }
  refused_with("scheme beside a hash", "SKI-P-16 JS-20", "scheme",
               ski_cbor_member("scheme", octets_hex("190403")));
}

/* Values of a member that would be ignored if it were well-formed and deterministic. */
static void refuse_values(void) {
  static const struct {
    const char *comment, *references, *hex;
  } table[] = {
      {"number 5 in two octets", "CB-07", "1805"},
      {"number 5 in three octets", "CB-07", "190005"},
      {"number 5 in five octets", "CB-07", "1a00000005"},
      {"number 5 in nine octets", "CB-07", "1b0000000000000005"},
      {"bytes with a length of two octets where one does", "CB-07", "580141"},
      {"text with a length of two octets where one does", "CB-07", "780161"},
      {"array with a length of two octets where one does", "CB-07", "980101"},
      {"indefinite text", "CB-05", "7f6161ff"},
      {"indefinite bytes", "CB-05", "5f4161ff"},
      {"indefinite array", "CB-05", "9f01ff"},
      {"indefinite map", "CB-05", "bf616101ff"},
      {"indefinite text with a chunk of bytes", "CB-06", "7f4161ff"},
      {"indefinite text inside one", "CB-06", "7f7f6161ffff"},
      {"indefinite map with a key and no value", "CB-13", "bf6161ff"},
      {"break in an array of known length", "CB-13", "8101ff"},
      {"break as a value", "CB-13", "ff"},
      {"reserved additional information 28", "CB-09", "1c"},
      {"reserved additional information 29 of bytes", "CB-09", "5d"},
      {"reserved additional information 30 of a simple value", "CB-09", "fe"},
      {"simple value 0 in two octets", "CB-10", "f800"},
      {"simple value 31 in two octets", "CB-10", "f81f"},
      {"simple value 32", "CB-10", "f820"},
      {"undefined", "CB-10", "f7"},
      {"simple value 16", "CB-10", "f0"},
      {"array of 2^32-1 items", "CB-11", "9affffffff"},
      {"array of 2^64-1 items", "CB-11", "9bffffffffffffffff"},
      {"bytes of 2^63-1 octets", "CB-11", "5b7fffffffffffffff"},
      {"map of 2^63 pairs", "CB-11", "bb8000000000000000"},
      {"17 containers inside each other", "CB-12", "81818181818181818181818181818180"},
      {"text with the octet ff", "CB-14", "61ff"},
      {"text with an overlong form", "CB-14", "62c080"},
      {"text with a surrogate", "CB-14", "63eda080"},
      {"text beyond 10ffff", "CB-14", "64f4908080"},
      {"text with a cut character", "CB-14", "61c3"},
      {"map with a number as key", "CB-16", "a10101"},
      {"map with bytes as key", "CB-16", "a145696e70757401"},
      {"map with NaN as key", "CB-16", "a1f97e0001"},
      {"bignum", "CB-17", "c24101"},
      {"negative bignum, empty", "CB-17", "c340"},
      {"decimal fraction with an exponent of 2^64", "CB-17", "c482c249010000000000000000 01"},
      {"embedded CBOR", "CB-17", "d8184100"},
      {"tag 2^64-1", "CB-17", "dbffffffffffffffff00"},
      {"1.0 of half precision", "CB-18", "f93c00"},
      {"1.0 of double precision", "CB-18", "fb3ff0000000000000"},
      {"NaN", "CB-18", "f97e00"},
      {"-0.0", "CB-18", "f98000"},
      {"shared value", "CB-20", "d81c80"},
      {"reference to a string", "CB-20", "d81900"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    char references[60];
    snprintf(references, sizeof references, "SKI-5.2-06 SKI-P-08 SKI-5.2.1-02 %s", table[i].references);
    refused_with(table[i].comment, references, "short", unknown(octets_hex(table[i].hex)));
  }
}

static void refuse_maps(void) {
  struct octets message = ski_cbor_map(&good), pairs = octets_part(message, 1, message.len - 1);
  struct octets extra = ski_cbor_member("input", ski_cbor_bytes(input));
  struct message swapped = message_with(&good, "hash", message_piece(&good, "spki"));
  swapped = message_with(&swapped, "spki", message_piece(&good, "hash"));
  const struct {
    const char *comment, *references;
    struct octets message;
  } table[] = {
      {"empty", "CB-01", octets_text("")},
      {"a single break", "CB-01", U8(0xff)},
      {"last octet missing", "CB-01", octets_without_last(message, 1)},
      {"cut in the middle", "CB-01", octets_first(message, message.len / 2)},
      {"first octet only", "CB-01", octets_first(message, 1)},
      {"an octet behind the map", "CB-02", CAT(message, U8(0))},
      {"the map twice", "SKI-5.2-01 CB-02", CAT(message, message)},
      {"an empty array", "CB-03", octets_hex("80")},
      {"a number", "CB-03", octets_hex("05")},
      {"text", "CB-03", octets_hex("6161")},
      {"null", "CB-03", octets_hex("f6")},
      {"the map with the tag of self-described CBOR", "CB-03", CAT(octets_hex("d9d9f7"), message)},
      {"indefinite map", "CB-05", CAT(U8(0xbf), pairs, U8(0xff))},
      {"one pair more announced", "CB-01", CAT(U8(0xa6), pairs)},
      {"one pair less announced", "CB-02", CAT(U8(0xa4), pairs)},
      {"head of the map in two octets", "CB-07", CAT(octets_hex("b805"), pairs)},
      {"hash and spki exchanged: not in bytewise order", "CB-08", ski_cbor_map(&swapped)},
      {"JSON where CBOR is expected", "SKI-P-04 CB-24", octets_text("{}")},
      {"input twice, equal", "SKI-P-07 CB-04",
       CAT(U8(0xa6), message_piece(&good, "hash"), message_piece(&good, "spki"), extra, extra,
           message_piece(&good, "method"), message_piece(&good, "protocol"))},
      {"input twice, the second with a wide head", "SKI-P-07 CB-04",
       CAT(U8(0xa6), message_piece(&good, "hash"), message_piece(&good, "spki"), extra,
           octets_hex("7805696e70757441ff"), message_piece(&good, "method"),
           message_piece(&good, "protocol"))},
      {"key as a number", "CB-16", CAT(U8(0xa6), octets_hex("0101"), pairs)},
      {"key as bytes", "CB-16", CAT(U8(0xa6), octets_hex("417801"), pairs)},
      {"hash with a head that reaches beyond the message", "CB-11",
       CAT(U8(0xa1), ski_cbor_text("hash"), octets_hex("7a7fffffff41"))},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    char references[60];
    snprintf(references, sizeof references, "SKI-5.2-06 %s", table[i].references);
    refused(table[i].comment, references, table[i].message);
  }
}

void make_ski_requests_cbor(struct collection *collection) {
  group_open(collection, &group, "ski_request_cbor", "ski_request", "SKI requests in CBOR");
  start();
  add_control(&group, "ECDHE with SHA-256",
              "SKI-5.2-01 SKI-5.2-06 SKI-5.2-08 SKI-5.2-09 SKI-5.2-11 SKI-5.2-12 SKI-5.2-13 SKI-5.2-16 "
              "SKI-5.2-17",
              ski_input("cbor", ski_cbor_map(&good)), common());
  add_values();
  add_unknown();
  refuse_missing();
  refuse_kinds();
  refuse_values();
  refuse_maps();
}
