/* What the members of a request may be, in JSON. */
#include "lurk/wire/bytes.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/json_request.h"
#include <stdio.h>
#include <string.h>

static void a_good_request(void **state) {
  (void)state;
  static const char *const rows[] = {
      GOOD,
      " \t\r\n{ " INPUT " ,\n" HASH "," METHOD "," SPKI "\t, " PROTOCOL " } \r\n",
      "{\"\\u0070rotocol\":\"TLS\\u00201.2\"," SPKI "," METHOD "," HASH ",\"input\":\"wP\\/u\"}",
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_ski_request request;
    assert_taken(rows[i], &request);
    assert_int_equal(request.protocol, LURK_SKI_TLS_1_2);
    assert_true(request.method_present);
    assert_int_equal(request.method, LURK_SKI_ECDHE);
    assert_int_equal(request.hash, LURK_SKI_SHA256);
    assert_false(request.scheme_present);
    assert_false(request.spki_is_alias);
    const struct lurk_octets spki = {request.spki, sizeof request.spki};
    assert_octets_equal(&spki, "(11*32)");
    assert_octets_equal(&request.input, "c0ffee");
    lurk_ski_request_clear(&request);
  }
}

static void optional_members(void **state) {
  (void)state;
  struct lurk_ski_request request;
  assert_taken("{" NEEDED "}", &request);
  assert_false(request.method_present);
  assert_int_equal(request.method, LURK_SKI_ECDHE);
  assert_int_equal(request.hash, LURK_SKI_HASH_ABSENT);
  assert_false(request.scheme_present);
  lurk_ski_request_clear(&request);

  assert_taken("{" NEEDED "," SCHEME "}", &request);
  assert_true(request.scheme_present);
  assert_int_equal(request.scheme, 0x0403);
  lurk_ski_request_clear(&request);

  assert_taken("{\"input\":\"\"," PROTOCOL "," SPKI "}", &request);
  assert_int_equal(request.input.len, 0);
  lurk_ski_request_clear(&request);
}

/* JS-06. */
static void members_of_the_wrong_kind(void **state) {
  (void)state;
  static const char *const others[] = {"0",    "12", "1.5", "true",         "false",
                                       "null", "[]", "{}",  "[\"TLS 1.2\"]"};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    char text[256];
    snprintf(text, sizeof text, "{\"protocol\":%s," SPKI "," INPUT "}", others[i]);
    assert_malformed(text, "protocol");
    snprintf(text, sizeof text, "{" PROTOCOL ",\"spki\":%s," INPUT "}", others[i]);
    assert_malformed(text, "spki");
    snprintf(text, sizeof text, "{" PROTOCOL "," SPKI ",\"input\":%s}", others[i]);
    assert_malformed(text, "input");
    snprintf(text, sizeof text, "{" NEEDED ",\"method\":%s}", others[i]);
    assert_malformed(text, "method");
    snprintf(text, sizeof text, "{" NEEDED ",\"hash\":%s}", others[i]);
    assert_malformed(text, "hash");
  }
  static const char *const no_schemes[] = {"-1",   "65536",  "1027.0", "\"0403\"", "\"1027\"",  "null",
                                           "true", "[1027]", "{}",     "1.027e3",  "4294968323"};
  for (size_t i = 0; i < sizeof no_schemes / sizeof *no_schemes; i++) {
    char text[256];
    snprintf(text, sizeof text, "{" NEEDED ",\"scheme\":%s}", no_schemes[i]);
    assert_malformed(text, "scheme");
  }
}

/* JS-09, JS-10, JS-18. */
static void octets_that_are_no_fingerprint(void **state) {
  (void)state;
  static const char *const rows[] = {
      "",
      "*",
      "../",
      "====",
      "ERERERERERERERERERERERERERERERERERERERERERE",   /* no padding */
      "ERERERERERERERERERERERERERERERERERERERERERE==", /* too much */
      "ERERERERERERERERERERERERERERERERERERERERERF=",  /* trailing bits */
      "ERERERERERERERERERERERERERERERERERERERERE=\\n",
      " ERERERERERERERERERERERERERERERERERERERERERE=",
      "-_EREREREREREREREREREREREREREREREREREREREREE=", /* url-safe alphabet */
      "EREREREREREREREREREREQ==",                      /* 16 octets */
      "EREREREREREREREREREREREREREREQ==",              /* 22 */
      "ERERERERERERERERERERERERERERERERERERERERERER",  /* 33 */
      "EREREREREREREREREREREREREREREREREREREREREQ==",  /* 31 */
      "00112233445566778899AABBCCDDEEFF01234567",      /* the alias, when it is not allowed */
      "1111111111111111111111111111111111111111111111111111111111111111", /* hex of 32 octets */
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char text[256];
    snprintf(text, sizeof text, "{" PROTOCOL ",\"spki\":\"%s\"," INPUT "}", rows[i]);
    assert_malformed(text, "spki");
  }
}

/* JS-09. */
static void input_that_is_no_base64(void **state) {
  (void)state;
  static const char *const rows[] = {
      "=",          "====",  "wP_u",  "wP-u",  "wP/",  "wP/u=", "wP/u====",   "wP/\\nu",
      "wP/u\\r\\n", " wP/u", "wP/u ", "wP/v=", "wB==", "wP9=",  "wP/\\u00ff", "w"};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char text[256];
    snprintf(text, sizeof text, "{" PROTOCOL "," SPKI ",\"input\":\"%s\"}", rows[i]);
    assert_malformed(text, "input");
  }
}

/* JS-11, JS-12, JS-19, JS-20, and the required members. */
static void values_that_the_clause_excludes(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *field;
  } rows[] = {
      {"{}", "protocol"},
      {"{" SPKI "," INPUT "}", "protocol"},
      {"{" PROTOCOL "," INPUT "}", "spki"},
      {"{" PROTOCOL "," SPKI "}", "input"},
      {"{" NEEDED "," HASH "," SCHEME "}", "scheme"},
      {"{\"protocol\":\"\"," SPKI "," INPUT "}", "protocol"},
      {"{\"protocol\":\"tls 1.2\"," SPKI "," INPUT "}", "protocol"},
      {"{\"protocol\":\"TLS1.2\"," SPKI "," INPUT "}", "protocol"},
      {"{\"protocol\":\"TLS 1.2 \"," SPKI "," INPUT "}", "protocol"},
      {"{\"protocol\":\"TLS 1.4\"," SPKI "," INPUT "}", "protocol"},
      {"{\"protocol\":\"DTLS 1.1\"," SPKI "," INPUT "}", "protocol"},
      {"{\"protocol\":\"DTLS 1.3\"," SPKI "," INPUT "}", "protocol"},
      {"{\"protocol\":\"SSLv3\"," SPKI "," INPUT "}", "protocol"},
      {"{" NEEDED ",\"method\":\"\"}", "method"},
      {"{" NEEDED ",\"method\":\"ecdhe\"}", "method"},
      {"{" NEEDED ",\"method\":\"ECDHE \"}", "method"},
      {"{" NEEDED ",\"method\":\"DHE\"}", "method"},
      {"{" NEEDED ",\"hash\":\"\"}", "hash"},
      {"{" NEEDED ",\"hash\":\"MD5\"}", "hash"},
      {"{" NEEDED ",\"hash\":\"SHA1\"}", "hash"},
      {"{" NEEDED ",\"hash\":\"SHA-1\"}", "hash"},
      {"{" NEEDED ",\"hash\":\"sha-256\"}", "hash"},
      {"{" NEEDED ",\"hash\":\"SHA256\"}", "hash"},
      {"{" NEEDED ",\"hash\":\"SHA-512/256\"}", "hash"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_malformed(rows[i].text, rows[i].field);
}

static void every_name(void **state) {
  (void)state;
  char text[256];
  struct lurk_ski_request request;
  for (int i = LURK_SKI_TLS_1_0; i <= LURK_SKI_TLS_1_3; i++) {
    snprintf(text, sizeof text, "{\"protocol\":\"%s\"," SPKI "," INPUT "}", lurk_ski_protocol_name(i));
    assert_taken(text, &request);
    assert_int_equal(request.protocol, i);
    lurk_ski_request_clear(&request);
  }
  for (int i = LURK_SKI_SHA224; i <= LURK_SKI_SHA512; i++) {
    snprintf(text, sizeof text, "{" NEEDED ",\"hash\":\"%s\"}", lurk_ski_hash_name(i));
    assert_taken(text, &request);
    assert_int_equal(request.hash, i);
    lurk_ski_request_clear(&request);
  }
  for (int i = LURK_SKI_ECDHE; i <= LURK_SKI_RSA; i++) {
    snprintf(text, sizeof text, "{" NEEDED ",\"method\":\"%s\"}", lurk_ski_method_name(i));
    assert_taken(text, &request);
    assert_int_equal(request.method, i);
    lurk_ski_request_clear(&request);
  }
}

/* only when allowed, of any case, and beside the fingerprint. */
static void the_alias_of_the_keyserver_dialect(void **state) {
  (void)state;
  static const struct {
    const char *spki;
    const char *alias; /* NULL: malformed */
  } rows[] = {
      {"00112233445566778899AaBbCcDdEeFf01234567", "00112233445566778899aabbccddeeff01234567"},
      {"ffffffffffffffffffffffffffffffffffffffff", "(ff*20)"},
      {"0011223344556677889900112233445566778899", "0011223344556677889900112233445566778899"},
      {"00112233445566778899AaBbCcDdEeFf0123456", NULL},
      {"00112233445566778899AaBbCcDdEeFf012345678", NULL},
      {"00112233445566778899AaBbCcDdEeFf012345678901", NULL},
      {"00112233445566778899AaBbCcDdEeFf0123", NULL},
      {"00112233445566778899AaBbCcDdEeFf0123456g", NULL},
      {"00112233445566778899AaBbCcDdEeFf0123456+", NULL},
      {"00:112233445566778899AaBbCcDdEeFf0123456", NULL},
      {"0x112233445566778899AaBbCcDdEeFf01234567", NULL},
      {"", NULL},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char text[256];
    struct lurk_ski_request request;
    struct lurk_decode_error error;
    snprintf(text, sizeof text, "{" PROTOCOL ",\"spki\":\"%s\"," INPUT "}", rows[i].spki);
    assert_malformed(text, "spki");
    lurk_status status =
        lurk_ski_request_decode(LURK_SKI_JSON, (uint8_t *)text, strlen(text), true, &request, &error);
    assert_int_equal(status, rows[i].alias != NULL ? LURK_OK : LURK_ERR_MALFORMED);
    if (rows[i].alias != NULL) {
      const struct lurk_octets alias = {request.spki, LURK_SKI_ALIAS_LEN};
      assert_true(request.spki_is_alias);
      assert_octets_equal(&alias, rows[i].alias);
    }
    lurk_ski_request_clear(&request);
  }
  struct lurk_ski_request request;
  struct lurk_decode_error error;
  assert_int_equal(
      lurk_ski_request_decode(LURK_SKI_JSON, (const uint8_t *)GOOD, strlen(GOOD), true, &request, &error),
      LURK_OK);
  assert_false(request.spki_is_alias);
  lurk_ski_request_clear(&request);
}

/* JS-15, SKI §5.2.1. */
static void unknown_members_are_ignored(void **state) {
  (void)state;
  static const char *const rows[] = {
      "\"x\":0",
      "\"__proto__\":{\"input\":\"AAAA\"}",
      "\"constructor\":null",
      "\"\":\"\"",
      "\"Input\":\"AAAA\"",
      "\"input \":1",
      "\"x\":[true,false,null,1.5,-7]",
      "\"x\":\"\\ud83d\\ude00\"",
      "\"x\":\"\xef\xbf\xbf\"",
      "\"METHOD\":\"RSA\"",
      "\"output\":\"AAAA\"",
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_ski_request request;
    char text[256];
    snprintf(text, sizeof text, "{%s," NEEDED "}", rows[i]);
    assert_taken(text, &request);
    assert_octets_equal(&request.input, "c0ffee");
    lurk_ski_request_clear(&request);
  }
}

/* JS-16: as many members as any limit of a server would let through, and more. */
static void very_many_unknown_members(void **state) {
  (void)state;
  struct lurk_builder builder;
  struct lurk_octets message;
  struct lurk_ski_request request;
  struct lurk_decode_error error;
  lurk_builder_init(&builder, SIZE_MAX);
  lurk_add_u8(&builder, '{');
  for (unsigned i = 0; i < 100000; i++) {
    char member[32];
    int len = snprintf(member, sizeof member, "\"%u\":0,", i);
    lurk_add_octets(&builder, (const uint8_t *)member, (size_t)len);
  }
  lurk_add_octets(&builder, (const uint8_t *)NEEDED "}", strlen(NEEDED "}"));
  assert_int_equal(lurk_builder_finish(&builder, &message), LURK_OK);
  assert_int_equal(decode_json_request(&message, &request, &error), LURK_OK);
  assert_octets_equal(&request.input, "c0ffee");
  lurk_ski_request_clear(&request);
  lurk_octets_clear(&message);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_good_request),
      cmocka_unit_test(optional_members),
      cmocka_unit_test(members_of_the_wrong_kind),
      cmocka_unit_test(octets_that_are_no_fingerprint),
      cmocka_unit_test(input_that_is_no_base64),
      cmocka_unit_test(values_that_the_clause_excludes),
      cmocka_unit_test(every_name),
      cmocka_unit_test(the_alias_of_the_keyserver_dialect),
      cmocka_unit_test(unknown_members_are_ignored),
      cmocka_unit_test(very_many_unknown_members),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
