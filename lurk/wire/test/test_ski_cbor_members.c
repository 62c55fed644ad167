/* What the members of a request may be, in CBOR. */
#include "lurk/wire/bytes.h"
#include "lurk/wire/test/cbor_request.h"
#include "lurk/wire/test/cmocka_all.h"
#include <stdio.h>

static void a_good_request(void **state) {
  (void)state;
  struct lurk_ski_request request;
  assert_taken(GOOD, &request);
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

static void optional_members(void **state) {
  (void)state;
  struct lurk_ski_request request;
  assert_taken("a3" SPKI INPUT PROTOCOL, &request);
  assert_false(request.method_present);
  assert_int_equal(request.method, LURK_SKI_ECDHE);
  assert_int_equal(request.hash, LURK_SKI_HASH_ABSENT);
  assert_false(request.scheme_present);
  lurk_ski_request_clear(&request);

  assert_taken("a4" SPKI INPUT SCHEME "68'protocol' 67'TLS 1.3'", &request);
  assert_int_equal(request.protocol, LURK_SKI_TLS_1_3);
  assert_true(request.scheme_present);
  assert_int_equal(request.scheme, 0x0403);
  lurk_ski_request_clear(&request);

  assert_taken("a4" SPKI INPUT "66'method' 63'RSA'" PROTOCOL, &request);
  assert_true(request.method_present);
  assert_int_equal(request.method, LURK_SKI_RSA);
  lurk_ski_request_clear(&request);
}

/* CB-15, CB-18, CB-19, SKI-P-07. */
static void members_of_the_wrong_kind(void **state) {
  (void)state;
  static const char *const others[] = {
      "00", "0c", "1b 0000000100000000", "20", "3b ffffffffffffffff", "80", "a0", "f4", "f5", "f6"};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    char notation[256];
    snprintf(notation, sizeof notation, "a3" SPKI INPUT "68'protocol' %s", others[i]);
    assert_malformed(notation, "protocol", 59);
    snprintf(notation, sizeof notation, "a3 64'spki' %s" INPUT PROTOCOL, others[i]);
    assert_malformed(notation, "spki", 6);
    snprintf(notation, sizeof notation, "a3" SPKI "65'input' %s" PROTOCOL, others[i]);
    assert_malformed(notation, "input", 46);
    snprintf(notation, sizeof notation, "a4" SPKI INPUT "66'method' %s" PROTOCOL, others[i]);
    assert_malformed(notation, "method", 57);
    snprintf(notation, sizeof notation, "a4 64'hash' %s" SPKI INPUT PROTOCOL, others[i]);
    assert_malformed(notation, "hash", 6);
  }
  static const struct malformed_row rows[] = {
      {"a3" SPKI INPUT "68'protocol' 47'TLS 1.2'", "protocol", 59},
      {"a3" SPKI "65'input' 63'abc'" PROTOCOL, "input", 46},
      {"a3 64'spki' 7820 (61*32)" INPUT PROTOCOL, "spki", 6},
      {"a4" SPKI INPUT "66'method' 45'ECDHE'" PROTOCOL, "method", 57},
      {"a4 64'hash' 47'SHA-256'" SPKI INPUT PROTOCOL, "hash", 6},
      {"a4" SPKI INPUT "66'scheme' 20" PROTOCOL, "scheme", 57},
      {"a4" SPKI INPUT "66'scheme' 1a00010000" PROTOCOL, "scheme", 57},
      {"a4" SPKI INPUT "66'scheme' 1b0001000000000403" PROTOCOL, "scheme", 57},
      {"a4" SPKI INPUT "66'scheme' 64'0403'" PROTOCOL, "scheme", 57},
      {"a4" SPKI INPUT "66'scheme' 42 0403" PROTOCOL, "scheme", 57},
      {"a4" SPKI INPUT "66'scheme' f6" PROTOCOL, "scheme", 57},
      {"a4" SPKI INPUT "66'scheme' 81 190403" PROTOCOL, "scheme", 57},
  };
  ASSERT_ALL_MALFORMED(rows);
}

/* SKI §5.2: required members, legal values, and what excludes each other. */
static void values_that_the_clause_excludes(void **state) {
  (void)state;
  static const struct malformed_row rows[] = {
      {"a2" INPUT PROTOCOL, "spki", LURK_NO_OFFSET},
      {"a2" SPKI PROTOCOL, "input", LURK_NO_OFFSET},
      {"a2" SPKI INPUT, "protocol", LURK_NO_OFFSET},
      {"a5" HASH SPKI INPUT SCHEME PROTOCOL, "scheme", 70},
      {"a3 64'spki' 40" INPUT PROTOCOL, "spki", 6},
      {"a3 64'spki' 581f (11*31)" INPUT PROTOCOL, "spki", 6},
      {"a3 64'spki' 5821 (11*33)" INPUT PROTOCOL, "spki", 6},
      {"a3 64'spki' 54 (11*20)" INPUT PROTOCOL, "spki", 6},
      {"a3 64'spki' 5828 (41*40)" INPUT PROTOCOL, "spki", 6}, /* the alias is JSON's, although allowed here */
      {"a3" SPKI INPUT "68'protocol' 60", "protocol", 59},
      {"a3" SPKI INPUT "68'protocol' 67'tls 1.2'", "protocol", 59},
      {"a3" SPKI INPUT "68'protocol' 68'TLS 1.2'00", "protocol", 59},
      {"a3" SPKI INPUT "68'protocol' 68'DTLS 1.1'", "protocol", 59},
      {"a3" SPKI INPUT "68'protocol' 68'DTLS 1.3'", "protocol", 59},
      {"a3" SPKI INPUT "68'protocol' 67'TLS 1.4'", "protocol", 59},
      {"a4" SPKI INPUT "66'method' 60" PROTOCOL, "method", 57},
      {"a4" SPKI INPUT "66'method' 63'DHE'" PROTOCOL, "method", 57},
      {"a4" SPKI INPUT "66'method' 65'ecdhe'" PROTOCOL, "method", 57},
      {"a4 64'hash' 60" SPKI INPUT PROTOCOL, "hash", 6},
      {"a4 64'hash' 64'SHA1'" SPKI INPUT PROTOCOL, "hash", 6},
      {"a4 64'hash' 65'SHA-1'" SPKI INPUT PROTOCOL, "hash", 6},
      {"a4 64'hash' 67'sha-256'" SPKI INPUT PROTOCOL, "hash", 6},
      {"a4 64'hash' 66'SHA256'" SPKI INPUT PROTOCOL, "hash", 6},
      {"a4 64'hash' 63'MD5'" SPKI INPUT PROTOCOL, "hash", 6},
  };
  ASSERT_ALL_MALFORMED(rows);
}

/* SKI §5.2.1 names the members that decide; CB-22, JS-15: names that only look alike are unknown. */
static void unknown_members_are_ignored(void **state) {
  (void)state;
  static const char *const rows[] = {
      "a4 60 00" SPKI INPUT PROTOCOL,
      "a4 61'x' 00" SPKI INPUT PROTOCOL,
      "a4 61'x' 1818" SPKI INPUT PROTOCOL,
      "a4 61'x' 1bffffffffffffffff" SPKI INPUT PROTOCOL,
      "a4 61'x' 3bffffffffffffffff" SPKI INPUT PROTOCOL,
      "a4 61'x' 3818" SPKI INPUT PROTOCOL,
      "a4 61'x' 40" SPKI INPUT PROTOCOL,
      "a4 61'x' 64 f09f9880" SPKI INPUT PROTOCOL,
      "a4 61'x' f4" SPKI INPUT PROTOCOL,
      "a4 61'x' f5" SPKI INPUT PROTOCOL,
      "a4 61'x' f6" SPKI INPUT PROTOCOL,
      "a4 61'x' 80" SPKI INPUT PROTOCOL,
      "a4 61'x' 83 00 81 40 a2 61'a' 80 62'aa' a0" SPKI INPUT PROTOCOL,
      "a4 64'hasx' 67'SHA-1xx'" SPKI INPUT PROTOCOL,
      "a4" SPKI "65'Input' 00" INPUT PROTOCOL,
      "a4" SPKI INPUT "66'input'00 43badbad" PROTOCOL,
      "a4" SPKI INPUT PROTOCOL "69'__proto__' 00",
      "a4" SPKI INPUT PROTOCOL "6b'constructor' f6",
      "a4" SPKI INPUT "67'unknown' (f6*1)" PROTOCOL,
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_ski_request request;
    assert_taken(rows[i], &request);
    assert_octets_equal(&request.input, "c0ffee");
    lurk_ski_request_clear(&request);
  }
}

/* CB-21: time grows with the message and no faster; 60000 members would take minutes if it were quadratic. */
static void very_many_unknown_members(void **state) {
  (void)state;
  enum { COUNT = 60000 };
  struct lurk_octets before = octets_of(SPKI INPUT), after = octets_of(PROTOCOL), message;
  struct lurk_builder builder;
  lurk_builder_init(&builder, SIZE_MAX);
  lurk_add_u8(&builder, 0xb9);
  lurk_add_u16(&builder, COUNT + 3);
  lurk_add_octets(&builder, before.data, before.len);
  for (unsigned i = 0; i < COUNT; i++) {
    char key[16];
    snprintf(key, sizeof key, "\x65n%04x", i);
    lurk_add_octets(&builder, (const uint8_t *)key, 6);
    lurk_add_u8(&builder, 0x20);
  }
  lurk_add_octets(&builder, after.data, after.len);
  assert_int_equal(lurk_builder_finish(&builder, &message), LURK_OK);

  struct lurk_ski_request request;
  struct lurk_decode_error error;
  assert_int_equal(decode_cbor_request(&message, &request, &error), LURK_OK);
  assert_octets_equal(&request.input, "c0ffee");
  lurk_ski_request_clear(&request);
  lurk_octets_clear(&before);
  lurk_octets_clear(&after);
  lurk_octets_clear(&message);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_good_request),
      cmocka_unit_test(optional_members),
      cmocka_unit_test(members_of_the_wrong_kind),
      cmocka_unit_test(values_that_the_clause_excludes),
      cmocka_unit_test(unknown_members_are_ignored),
      cmocka_unit_test(very_many_unknown_members),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
