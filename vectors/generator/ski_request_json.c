/* SKI requests in JSON (SKI §5.2, RFC 8259). */
#include "vectors/generator/ski.h"

#include <stdio.h>
#include <string.h>

static struct group group;
static struct message good;
static struct octets spki, input;

static struct octets text_of(const char *name, const char *value) {
  return ski_json_string(name, value);
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

static void start(void) {
  spki = drbg_octets(&group.drbg, 32);
  struct octets randoms = drbg_octets(&group.drbg, 64), point = drbg_octets(&group.drbg, 64);
  input = CAT(randoms, octets_hex("0300174104"), point);
  good = (struct message){.count = 0};
  message_add(&good, "protocol", text_of("protocol", "TLS 1.2"));
  message_add(&good, "spki", text_of("spki", ski_base64(spki)));
  message_add(&good, "method", text_of("method", "ECDHE"));
  message_add(&good, "hash", text_of("hash", "SHA-256"));
  message_add(&good, "scheme", octets_text(""));
  message_add(&good, "input", text_of("input", ski_base64(input)));
}

static void valid(const char *comment, const char *references, const struct message *members,
                  json_t *output) {
  add_valid(&group, comment, references, ski_input("json", ski_json_object(members)), output);
}

static void refused(const char *comment, const char *references, struct octets message) {
  add_invalid(&group, comment, references, ski_input("json", message), "malformed");
}

static void refused_member(const char *comment, const char *references, const char *name,
                           struct octets member) {
  struct message changed = message_with(&good, name, member);
  refused(comment, references, ski_json_object(&changed));
}

static void add_values(void) {
  static const char *const protocols[] = {"TLS 1.0", "TLS 1.1", "DTLS 1.0", "DTLS 1.2", "TLS 1.3"};
  for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
    struct message other = message_with(&good, "protocol", text_of("protocol", protocols[i]));
    valid(protocols[i], i == 4 ? "SKI-5.2-10 SKI-P-16" : "SKI-5.1-01 SKI-5.2-10 DG-13", &other,
          meaning(protocols[i], "ECDHE", "SHA-256", -1));
  }
  static const char *const hashes[] = {"SHA-224", "SHA-384", "SHA-512"};
  for (size_t i = 0; i < 3; i++) {
    struct message other = message_with(&good, "hash", text_of("hash", hashes[i]));
    valid(hashes[i], "SKI-5.2-16 DG-13", &other, meaning("TLS 1.2", "ECDHE", hashes[i], -1));
  }
  struct message other = message_with(&good, "method", text_of("method", "RSA"));
  valid("method RSA; its hash is ignored", "SKI-5.2-13 SKI-5.2-18 SKI-P-13 JS-12", &other,
        meaning("TLS 1.2", "RSA", "SHA-256", -1));
  other = message_without(&good, "method");
  valid("method left out means ECDHE", "SKI-5.2-14 JS-11", &other,
        meaning("TLS 1.2", "ECDHE", "SHA-256", -1));
  other = message_without(&good, "hash");
  valid("hash left out: the default of the version, with which nothing is signed", "SKI-5.2-15 DG-13 JS-12",
        &other, meaning("TLS 1.2", "ECDHE", NULL, -1));
  other = message_with(&other, "scheme", ski_json_member("scheme", "1027"));
  valid("scheme in place of a hash", "SKI-P-16 JS-20", &other, meaning("TLS 1.2", "ECDHE", NULL, 1027));
  other = message_with(&other, "scheme", ski_json_member("scheme", "65535"));
  valid("scheme that nobody assigned: well-formed", "SKI-P-16", &other,
        meaning("TLS 1.2", "ECDHE", NULL, 65535));
}

static void add_forms(void) {
  struct octets message = ski_json_object(&good);
  struct message other = good;
  message_add(&other, "extra", ski_json_member("comment", "{\"a\":[1,-0,2.5e3,null,true]}"));
  valid("unknown member of any kind", "SKI-5.2.1-01 SKI-P-08 JS-15", &other,
        meaning("TLS 1.2", "ECDHE", "SHA-256", -1));
  other = good;
  message_add(&other, "extra", ski_json_string("__proto__", "constructor"));
  valid("unknown member __proto__", "SKI-P-08 JS-15", &other, meaning("TLS 1.2", "ECDHE", "SHA-256", -1));
  other = message_with(&good, "protocol", octets_text("\"\\u0070rotocol\" :\t\"TLS\\u00201.2\""));
  valid("escaped name and value, white space", "SKI-5.2-06", &other,
        meaning("TLS 1.2", "ECDHE", "SHA-256", -1));
  add_valid(&group, "white space around the object", "SKI-5.2-06",
            ski_input("json", CAT(octets_text(" \r\n\t"), message, octets_text("\n"))),
            meaning("TLS 1.2", "ECDHE", "SHA-256", -1));
  other = good;
  message_add(&other, "deep", CAT(octets_text("\"x\":"), octets_repeat('[', 15), octets_repeat(']', 15)));
  valid("16 containers inside each other", "SKI-P-06 JS-08", &other,
        meaning("TLS 1.2", "ECDHE", "SHA-256", -1));
  struct message reversed = {.count = 0};
  for (size_t i = good.count; i > 0; i--)
    message_add(&reversed, good.pieces[i - 1].name, good.pieces[i - 1].value);
  valid("members in another order", "SKI-5.2-06", &reversed, meaning("TLS 1.2", "ECDHE", "SHA-256", -1));
}

static void refuse_missing(void) {
  static const struct {
    const char *member, *references;
  } required[] = {{"protocol", "SKI-5.2-09 SKI-5.2.1-02"},
                  {"spki", "SKI-5.2-11 SKI-5.2.1-02"},
                  {"input", "SKI-5.2-17 SKI-5.2.1-02"}};
  for (size_t i = 0; i < 3; i++) {
    struct message changed = message_without(&good, required[i].member);
    char comment[40];
    snprintf(comment, sizeof comment, "no %s", required[i].member);
    refused(comment, required[i].references, ski_json_object(&changed));
  }
}

static void refuse_values(void) {
  static const struct {
    const char *comment, *references, *member, *text;
  } table[] = {
      {"TLS 1.4", "SKI-5.2-10 JS-19", "protocol", "\"TLS 1.4\""},
      {"DTLS 1.1, which never existed (A-93)", "SKI-5.1-01 SKI-5.2-10 JS-19", "protocol", "\"DTLS 1.1\""},
      {"DTLS 1.3", "SKI-5.2-10 JS-19", "protocol", "\"DTLS 1.3\""},
      {"protocol without its blank", "SKI-5.2-10 JS-19", "protocol", "\"TLS1.2\""},
      {"protocol in lower case", "SKI-5.2-10 JS-19", "protocol", "\"tls 1.2\""},
      {"protocol as a number", "SKI-P-07 JS-06", "protocol", "12"},
      {"protocol null", "SKI-P-07 JS-06", "protocol", "null"},
      {"protocol false", "SKI-P-07 JS-06", "protocol", "false"},
      {"protocol as an array", "SKI-P-07 JS-06", "protocol", "[\"TLS 1.2\"]"},
      {"method in lower case", "SKI-5.2-13 SKI-5.2.1-01 JS-11", "method", "\"ecdhe\""},
      {"method with a blank behind it", "SKI-5.2-13 JS-11", "method", "\"ECDHE \""},
      {"method with a NUL behind it", "SKI-5.2-13 JS-07 JS-11", "method", "\"RSA\\u0000\""},
      {"method DHE (A-86)", "SKI-5.2-13 JS-11", "method", "\"DHE\""},
      {"method null: present, but no value", "SKI-5.2-14 SKI-P-07 JS-11", "method", "null"},
      {"hash MD5", "SKI-5.2-16 JS-12 DG-13", "hash", "\"MD5\""},
      {"hash in lower case", "SKI-5.2-16 JS-12", "hash", "\"sha-256\""},
      {"hash SHA1, a value of one peer (A-68)", "SKI-5.2-16 SKI-P-12 JS-12 DG-13", "hash", "\"SHA1\""},
      {"hash empty", "SKI-5.2-16 JS-12", "hash", "\"\""},
      {"hash null", "SKI-5.2-15 SKI-P-13 JS-12", "hash", "null"},
      {"scheme beside a hash", "SKI-P-16 JS-20", "scheme", "1027"},
      {"input as a number", "SKI-P-07 JS-06", "input", "5"},
      {"input true", "SKI-P-07 JS-06", "input", "true"},
      {"input as an object", "SKI-P-07 JS-06", "input", "{}"},
      {"spki as an array of numbers", "SKI-P-07 JS-06", "spki", "[1,2,3]"},
      {"spki empty", "SKI-5.2-12 JS-10", "spki", "\"\""},
      {"spki *", "SKI-5.2-07 SKI-5.2-12 JS-10", "spki", "\"*\""},
      {"spki ../", "SKI-5.2-12 JS-10", "spki", "\"../\""},
      {"spki with CRLF", "SKI-5.2-12 JS-10", "spki", "\"AAAA\\r\\nAAAA\""},
      {"spki \"====\"", "SKI-5.2-07 JS-09", "spki", "\"====\""},
      {"a number beyond every double in a required member", "SKI-P-07 JS-05", "protocol", "1e400"},
      {"lone surrogate", "SKI-5.2-06 JS-07", "hash", "\"\\ud800\""},
      {"raw control character", "SKI-5.2-06 JS-07", "hash", "\"SHA-256\n\""},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    refused_member(table[i].comment, table[i].references, table[i].member,
                   ski_json_member(table[i].member, table[i].text));
}

static void refuse_scheme(void) {
  static const struct {
    const char *comment, *text;
  } table[] = {{"scheme as a string", "\"1027\""},
               {"scheme negative", "-1"},
               {"scheme beyond 16 bits", "65536"},
               {"scheme with a fraction", "1027.0"}};
  struct message bare = message_without(&good, "hash");
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct message changed = message_with(&bare, "scheme", ski_json_member("scheme", table[i].text));
    refused(table[i].comment, "SKI-P-16 SKI-P-07 JS-20", ski_json_object(&changed));
  }
}

/* Each octet string has one text (RFC 4648 §3.3, §3.5, §4). */
static void refuse_base64(void) {
  struct octets text = octets_text(ski_base64(spki));
  size_t last = text.len - 2;
  const struct {
    const char *comment;
    struct octets text;
  } table[] = {
      {"base64 of the URL alphabet", octets_patched(text, 3, octets_text("-"))},
      {"base64 with a character beyond the alphabet", octets_patched(text, 3, octets_text("!"))},
      {"base64 without padding", octets_without_last(text, 1)},
      {"base64 with too much padding", CAT(text, octets_text("="))},
      {"base64 with a bit set behind the last octet", octets_changed(text, last, text.at[last] & 1 ? 2 : 1)},
      {"base64 with a line break",
       CAT(octets_first(text, 8), octets_text("\\n"), octets_part(text, 8, text.len - 8))},
      {"base64 with a blank",
       CAT(octets_first(text, 8), octets_text(" "), octets_part(text, 8, text.len - 8))},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    refused_member(table[i].comment, "SKI-5.2-07 JS-09", "spki",
                   CAT(octets_text("\"spki\":\""), table[i].text, octets_text("\"")));
  static const size_t sizes[] = {16, 20, 30, 31, 33, 64};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    char comment[60];
    snprintf(comment, sizeof comment, "spki of %zu octets", sizes[i]);
    refused_member(comment, "SKI-5.2-12 JS-18", "spki",
                   text_of("spki", ski_base64(drbg_octets(&group.drbg, sizes[i]))));
  }
  refused_member("spki of 3000 octets", "SKI-5.2-12 JS-10", "spki",
                 text_of("spki", ski_base64(octets_repeat(0x41, 3000))));
}

static void refuse_syntax(void) {
  struct octets message = ski_json_object(&good), inside = octets_part(message, 1, message.len - 2);
  const struct {
    const char *comment, *references;
    struct octets message;
  } table[] = {
      {"empty", "SKI-5.2.1-02 JS-01", octets_text("")},
      {"white space only", "SKI-5.2.1-02 JS-01", octets_text(" \n")},
      {"null", "SKI-5.2-06 JS-01", octets_text("null")},
      {"an array", "SKI-5.2-06 JS-01", octets_text("[]")},
      {"an array with the object in it", "SKI-5.2-06 JS-01",
       CAT(octets_text("["), message, octets_text("]"))},
      {"a letter", "SKI-5.2.1-02 JS-01", octets_text("x")},
      {"a number", "SKI-5.2-06 JS-01", octets_text("1")},
      {"last octet missing", "SKI-5.2.1-02 JS-01", octets_without_last(message, 1)},
      {"cut in the middle", "SKI-5.2.1-02 JS-01", octets_first(message, message.len / 2)},
      {"comma behind the last member", "SKI-5.2-06 JS-03", CAT(octets_text("{"), inside, octets_text(",}"))},
      {"a comment", "SKI-5.2-06 JS-03", CAT(octets_text("{/* SKI */"), inside, octets_text("}"))},
      {"single quotes", "SKI-5.2-06 JS-03", CAT(octets_text("{'x':1,"), inside, octets_text("}"))},
      {"a name without quotes", "SKI-5.2-06 JS-03", CAT(octets_text("{x:1,"), inside, octets_text("}"))},
      {"NaN", "SKI-5.2-06 JS-03", CAT(octets_text("{\"x\":NaN,"), inside, octets_text("}"))},
      {"Infinity", "SKI-5.2-06 JS-03", CAT(octets_text("{\"x\":-Infinity,"), inside, octets_text("}"))},
      {"a hexadecimal number", "SKI-5.2-06 JS-03",
       CAT(octets_text("{\"x\":0x10,"), inside, octets_text("}"))},
      {"a number with a leading zero", "SKI-5.2-06 JS-05",
       CAT(octets_text("{\"x\":01,"), inside, octets_text("}"))},
      {"a letter behind the object", "SKI-5.2-06 JS-04", CAT(message, octets_text("x"))},
      {"two objects", "SKI-5.2-01 SKI-5.2-06 JS-04", CAT(message, message)},
      {"NUL behind the object", "SKI-5.2-06 JS-04", CAT(message, U8(0))},
      {"byte order mark", "SKI-5.2-06 JS-07", CAT(octets_hex("efbbbf"), message)},
      {"UTF-16", "SKI-5.2-06 JS-07", octets_hex("feff007b007d")},
      {"octet that is no UTF-8", "SKI-5.2-06 JS-07",
       CAT(octets_text("{\"x\":\""), U8(0xff), octets_text("\","), inside, octets_text("}"))},
      {"overlong UTF-8", "SKI-5.2-06 JS-07",
       CAT(octets_text("{\"x\":\""), octets_hex("c080"), octets_text("\","), inside, octets_text("}"))},
      {"surrogate in UTF-8", "SKI-5.2-06 JS-07",
       CAT(octets_text("{\"x\":\""), octets_hex("eda080"), octets_text("\","), inside, octets_text("}"))},
      {"17 containers inside each other", "SKI-P-06 JS-08",
       CAT(octets_text("{\"x\":"), octets_repeat('[', 16), octets_repeat(']', 16), octets_text(","), inside,
           octets_text("}"))},
      {"CBOR where JSON is expected", "SKI-P-04 SKI-7.1.1-01 CB-24", octets_hex("a0")},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    refused(table[i].comment, table[i].references, table[i].message);
  refused("a number beyond every double in an unknown member", "SKI-5.2-06 JS-05",
          CAT(octets_text("{\"x\":1e400,"), inside, octets_text("}")));
  add_flag(&group, "number-range");
}

static void refuse_duplicates(void) {
  static const struct {
    const char *comment, *member;
  } table[] = {{"spki twice, the last one bad", "\"spki\":\"\""},
               {"method twice, equal", "\"method\":\"ECDHE\""},
               {"input twice, once by an escaped name", "\"\\u0069nput\":\"AAAA\""},
               {"an unknown member twice", "\"x\":1,\"x\":1"}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct message changed = good;
    message_add(&changed, "again", octets_text(table[i].member));
    refused(table[i].comment, "SKI-P-07 SKI-P-08 JS-02 JS-15", ski_json_object(&changed));
  }
}

/* forty hex digits in place of the fingerprint, where that dialect is switched on. */
static void add_dialect(void) {
  struct octets digest = drbg_octets(&group.drbg, 20);
  json_t *hex = json_hex(digest);
  struct message members = message_with(&good, "spki", text_of("spki", json_string_value(hex)));
  json_t *output = meaning("TLS 1.2", "ECDHE", "SHA-256", -1);
  json_object_set(output, "spki", hex);
  json_t *question = ski_input("json", ski_json_object(&members));
  json_object_set_new(question, "alias", json_true());
  add_control(&group, "dialect with the SHA-1 of a certificate in hex", "SKI-P-14 JS-18", question, output);
  refused("the same without the dialect", "SKI-P-14 JS-18", ski_json_object(&members));
  const char *const wrong[] = {"0123456789abcdef0123456789abcdef0123456g", "0123456789ABCDEF"};
  for (size_t i = 0; i < 2; i++) {
    members = message_with(&good, "spki", text_of("spki", wrong[i]));
    question = ski_input("json", ski_json_object(&members));
    json_object_set_new(question, "alias", json_true());
    add_invalid(&group, i == 0 ? "a digit that is none" : "16 digits", "SKI-P-14", question, "malformed");
  }
  json_decref(hex);
}

void make_ski_requests_json(struct collection *collection) {
  group_open(collection, &group, "ski_request_json", "ski_request", "SKI requests in JSON");
  start();
  add_control(&group, "ECDHE with SHA-256",
              "SKI-5.2-01 SKI-5.2-06 SKI-5.2-07 SKI-5.2-09 SKI-5.2-11 SKI-5.2-12 SKI-5.2-13 SKI-5.2-16 "
              "SKI-5.2-17 SKI-7.1.1-01",
              ski_input("json", ski_json_object(&good)), meaning("TLS 1.2", "ECDHE", "SHA-256", -1));
  add_values();
  add_forms();
  refuse_missing();
  refuse_values();
  refuse_scheme();
  refuse_base64();
  refuse_syntax();
  refuse_duplicates();
  add_dialect();
}
