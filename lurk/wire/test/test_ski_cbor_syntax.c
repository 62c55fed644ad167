/* What is no deterministic CBOR, wherever it stands in a request. */
#include "lurk/wire/test/cbor_request.h"
#include "lurk/wire/test/cmocka_all.h"
#include <stdio.h>

#define REFUSED "CBOR kind that has no place here"
#define NOT_WELL_FORMED "CBOR not well-formed"
#define CUT_OFF "CBOR cut off"
#define TOO_LONG_HEAD "CBOR head longer than needed"
#define TOO_LARGE_COUNT "CBOR count larger than the message"

static void cut_off_anywhere(void **state) {
  (void)state;
  struct lurk_octets message =
      octets_of("a6" HASH SPKI INPUT METHOD "67'unknown' 82 a1 61'k' 1a 00010000 f6" PROTOCOL);
  struct lurk_ski_request request;
  struct lurk_decode_error error;
  for (size_t len = 0; len < message.len; len++) {
    struct lurk_octets cut = octets_cut(&message, len);
    assert_int_equal(decode_cbor_request(&cut, &request, &error), LURK_ERR_MALFORMED);
    assert_non_null(error.field);
    assert_true(error.offset <= len);
    lurk_octets_clear(&cut);
  }
  assert_int_equal(decode_cbor_request(&message, &request, &error), LURK_OK);
  lurk_ski_request_clear(&request);
  lurk_octets_clear(&message);
}

/* CB-01 to CB-03. */
static void no_map_or_not_alone(void **state) {
  (void)state;
  static const struct malformed_row rows[] = {
      {"", CUT_OFF, 0},
      {"ff", REFUSED, 0},
      {GOOD "00", "end of CBOR map", 93},
      {GOOD GOOD, "end of CBOR map", 93},
      {GOOD "ff", "end of CBOR map", 93},
      {"80", "CBOR map", 0},
      {"81" GOOD, "CBOR map", 0},
      {"00", "CBOR map", 0},
      {"20", "CBOR map", 0},
      {"60", "CBOR map", 0},
      {"40", "CBOR map", 0},
      {"f6", "CBOR map", 0},
      {"d9d9f7" GOOD, REFUSED, 0},
      {"d818 585d" GOOD, REFUSED, 0},
      {"7b'\"protocol\":\"TLS 1.2\"}'", CUT_OFF, 0}, /* CB-24: '{' is text with a 64-bit length */
      {"a0", "protocol", LURK_NO_OFFSET},
  };
  ASSERT_ALL_MALFORMED(rows);
}

/* CB-04, CB-08. Both of equal and of different value. */
static void keys_once_and_in_order(void **state) {
  (void)state;
  static const struct malformed_row rows[] = {
      {"a4" SPKI INPUT INPUT PROTOCOL, "CBOR map key twice", 50},
      {"a4" SPKI INPUT "65'input' 43 badbad" PROTOCOL, "CBOR map key twice", 50},
      {"a4" SPKI SPKI INPUT PROTOCOL, "CBOR map key twice", 40},
      {"a4" SPKI INPUT PROTOCOL PROTOCOL, "CBOR map key twice", 67},
      {"a5" SPKI "61'x' 00 61'x' 00" INPUT PROTOCOL, "CBOR map keys not in order", 40},
      {"a5 61'x' 00 61'x' 00" SPKI INPUT PROTOCOL, "CBOR map key twice", 4},
      {"a4" SPKI INPUT PROTOCOL INPUT, "CBOR map keys not in order", 67},
      {"a4" SPKI INPUT "7805'input' 43 badbad" PROTOCOL, TOO_LONG_HEAD, 50},
      {"a3" INPUT SPKI PROTOCOL, "CBOR map keys not in order", 11},
      {"a3" PROTOCOL SPKI INPUT, "CBOR map keys not in order", 18},
      {"a4" SPKI HASH INPUT PROTOCOL, "CBOR map keys not in order", 40},
      {"a4" SPKI INPUT PROTOCOL HASH, "CBOR map keys not in order", 67},
      /* in what is ignored too, against the key before and not the first one */
      {"a4 61'x' a2 61'a' 00 61'a' 00" SPKI INPUT PROTOCOL, "CBOR map key twice", 7},
      {"a4 61'x' a3 61'a' 00 61'c' 00 61'b' 00" SPKI INPUT PROTOCOL, "CBOR map keys not in order", 10},
      {"a4 61'x' a3 61'a' 00 61'c' 00 61'c' 00" SPKI INPUT PROTOCOL, "CBOR map key twice", 10},
      {"a4 61'x' a2 62'aa' 00 61'b' 00" SPKI INPUT PROTOCOL, "CBOR map keys not in order", 8},
      {"a4 61'x' 81 a2 61'b' 80 60 80" SPKI INPUT PROTOCOL, "CBOR map keys not in order", 8},
      /* The length of RFC 7049's canonical order and the octets of RFC 8949's agree for text: no other order.
       */
      {"a4" SPKI "65'inpux' 00" INPUT PROTOCOL, "CBOR map keys not in order", 47},
  };
  ASSERT_ALL_MALFORMED(rows);
}

/* CB-05, CB-06, CB-13. */
static void indefinite_lengths(void **state) {
  (void)state;
  static const struct malformed_row rows[] = {
      {"bf" SPKI INPUT PROTOCOL "ff", REFUSED, 0},
      {"bf ff", REFUSED, 0},
      {"a3" SPKI "65'input' 5f 43c0ffee ff" PROTOCOL, REFUSED, 46},
      {"a3" SPKI "65'input' 5f ff" PROTOCOL, REFUSED, 46},
      {"a3" SPKI "65'input' 5f 63'abc' ff" PROTOCOL, REFUSED, 46},
      {"a3" SPKI "65'input' 5f 5f 41aa ff ff" PROTOCOL, REFUSED, 46},
      {"a3" SPKI INPUT "68'protocol' 7f 67'TLS 1.2' ff", REFUSED, 59},
      {"a3" SPKI "7f 65'input' ff 43c0ffee" PROTOCOL, REFUSED, 40},
      {"a4" SPKI "61'x' 9f 00 ff" INPUT PROTOCOL, "CBOR map keys not in order", 40},
      {"a4 61'x' 9f 00 ff" SPKI INPUT PROTOCOL, REFUSED, 3},
      {"a4 61'x' bf 61'y' 00 ff" SPKI INPUT PROTOCOL, REFUSED, 3},
      {"a4 61'x' 81 5f 41aa ff" SPKI INPUT PROTOCOL, REFUSED, 4},
      {"a4 61'x' ff" SPKI INPUT PROTOCOL, REFUSED, 3},
      {"a4 ff" SPKI INPUT PROTOCOL, REFUSED, 1},
  };
  ASSERT_ALL_MALFORMED(rows);
}

/* CB-07. */
static void heads_longer_than_needed(void **state) {
  (void)state;
  static const struct malformed_row rows[] = {
      {"b803" SPKI INPUT PROTOCOL, TOO_LONG_HEAD, 0},
      {"b90003" SPKI INPUT PROTOCOL, TOO_LONG_HEAD, 0},
      {"bb0000000000000003" SPKI INPUT PROTOCOL, TOO_LONG_HEAD, 0},
      {"a3" SPKI "65'input' 5803 c0ffee" PROTOCOL, TOO_LONG_HEAD, 46},
      {"a3" SPKI "65'input' 590003 c0ffee" PROTOCOL, TOO_LONG_HEAD, 46},
      {"a3" SPKI "65'input' 5a00000003 c0ffee" PROTOCOL, TOO_LONG_HEAD, 46},
      {"a3" SPKI "65'input' 5b0000000000000003 c0ffee" PROTOCOL, TOO_LONG_HEAD, 46},
      {"a3" SPKI "65'input' 5817 (00*23)" PROTOCOL, TOO_LONG_HEAD, 46},
      {"a3" SPKI "65'input' 5900ff (00*255)" PROTOCOL, TOO_LONG_HEAD, 46},
      {"a3" SPKI "65'input' 5a0000ffff (00*65535)" PROTOCOL, TOO_LONG_HEAD, 46},
      {"a3 64'spki' 590020 (11*32)" INPUT PROTOCOL, TOO_LONG_HEAD, 6},
      {"a3" SPKI INPUT "68'protocol' 7807'TLS 1.2'", TOO_LONG_HEAD, 59},
      {"a3" SPKI INPUT "7808'protocol' 67'TLS 1.2'", TOO_LONG_HEAD, 50},
      {"a4" SPKI INPUT "66'scheme' 1a00000403" PROTOCOL, TOO_LONG_HEAD, 57},
      {"a4" SPKI INPUT "66'scheme' 1817" PROTOCOL, TOO_LONG_HEAD, 57},
      {"a4" SPKI INPUT "66'scheme' 1900ff" PROTOCOL, TOO_LONG_HEAD, 57},
      {"a4 61'x' 1805" SPKI INPUT PROTOCOL, TOO_LONG_HEAD, 3},
      {"a4 61'x' 3805" SPKI INPUT PROTOCOL, TOO_LONG_HEAD, 3},
      {"a4 61'x' 390005" SPKI INPUT PROTOCOL, TOO_LONG_HEAD, 3},
      {"a4 61'x' 1b00000000ffffffff" SPKI INPUT PROTOCOL, TOO_LONG_HEAD, 3},
      {"a4 61'x' 3b00000000ffffffff" SPKI INPUT PROTOCOL, TOO_LONG_HEAD, 3},
      {"a4 61'x' 9800" SPKI INPUT PROTOCOL, TOO_LONG_HEAD, 3},
      {"a4 61'x' 81 980100" SPKI INPUT PROTOCOL, TOO_LONG_HEAD, 4},
      {"a4 61'x' a1 7801'y' 00" SPKI INPUT PROTOCOL, TOO_LONG_HEAD, 4},
  };
  ASSERT_ALL_MALFORMED(rows);
}

/* CB-09, CB-10, CB-17, CB-18, CB-20. */
static void kinds_without_a_place(void **state) {
  (void)state;
  static const struct {
    const char *value;
    const char *field;
  } rows[] = {
      {"1c", NOT_WELL_FORMED},
      {"1d", NOT_WELL_FORMED},
      {"1e", NOT_WELL_FORMED},
      {"3c", NOT_WELL_FORMED},
      {"5c", NOT_WELL_FORMED},
      {"7d", NOT_WELL_FORMED},
      {"9e", NOT_WELL_FORMED},
      {"bc", NOT_WELL_FORMED},
      {"dd", NOT_WELL_FORMED},
      {"fc", NOT_WELL_FORMED},
      {"fe", NOT_WELL_FORMED},
      {"1f", NOT_WELL_FORMED},
      {"3f", NOT_WELL_FORMED},
      {"df", NOT_WELL_FORMED},
      {"f800", NOT_WELL_FORMED},
      {"f814", NOT_WELL_FORMED},
      {"f81f", NOT_WELL_FORMED},
      {"f820", NOT_WELL_FORMED},
      {"f8ff", NOT_WELL_FORMED},
      {"e0", NOT_WELL_FORMED},
      {"f0", NOT_WELL_FORMED},
      {"f3", NOT_WELL_FORMED},
      {"f7", REFUSED},
      {"f93c00", REFUSED},
      {"f97e00", REFUSED},
      {"f98000", REFUSED},
      {"f97c00", REFUSED},
      {"fa3f800000", REFUSED},
      {"fb3ff0000000000000", REFUSED},
      {"c0 00", REFUSED},
      {"c2 41 01", REFUSED},
      {"c2 40", REFUSED},
      {"c3 42 0001", REFUSED},
      {"c4 82 1bffffffffffffffff 01", REFUSED},
      {"d818 41 00", REFUSED},
      {"d81c 80", REFUSED},
      {"d81d 00", REFUSED},
      {"d819 00", REFUSED},
      {"d90100 80", REFUSED},
      {"dbffffffffffffffff 00", REFUSED},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char notation[256];
    snprintf(notation, sizeof notation, "a4 61'x' %s" SPKI INPUT PROTOCOL, rows[i].value);
    assert_malformed(notation, rows[i].field, 3);
    snprintf(notation, sizeof notation, "a4 61'x' 82 f4 %s" SPKI INPUT PROTOCOL, rows[i].value);
    assert_malformed(notation, rows[i].field, 5);
    snprintf(notation, sizeof notation, "a3" SPKI "65'input' %s" PROTOCOL, rows[i].value);
    assert_malformed(notation, rows[i].field, 46);
    snprintf(notation, sizeof notation, "a1 %s 00", rows[i].value);
    assert_malformed(notation, rows[i].field, 1);
  }
}

/* CB-11. */
static void claims_without_octets(void **state) {
  (void)state;
  static const struct malformed_row rows[] = {
      {"a4 61'x' 9affffffff" SPKI INPUT PROTOCOL, TOO_LARGE_COUNT, 3},
      {"a4 61'x' 9bffffffffffffffff" SPKI INPUT PROTOCOL, TOO_LARGE_COUNT, 3},
      {"a4 61'x' bbffffffffffffffff" SPKI INPUT PROTOCOL, TOO_LARGE_COUNT, 3},
      {"a4 61'x' bb8000000000000000" SPKI INPUT PROTOCOL, TOO_LARGE_COUNT, 3},
      {"bb8000000000000000" SPKI INPUT PROTOCOL, TOO_LARGE_COUNT, 0},
      {"bbffffffffffffffff", TOO_LARGE_COUNT, 0},
      {"a1", TOO_LARGE_COUNT, 0},
      {"a1 00", TOO_LARGE_COUNT, 0},
      {"a1 61'x' 81", TOO_LARGE_COUNT, 3},
      {"a1 61'x' 82 00", TOO_LARGE_COUNT, 3},
      {"a1 61'x' a1 60", TOO_LARGE_COUNT, 3},
      {"a4" SPKI INPUT PROTOCOL, CUT_OFF, 67},
      {"a3" SPKI "65'input' 5b7fffffffffffffff" PROTOCOL, CUT_OFF, 46},
      {"a3" SPKI "65'input' 5bffffffffffffffff" PROTOCOL, CUT_OFF, 46},
      {"a3" SPKI "65'input' 5bfffffffffffffff7" PROTOCOL, CUT_OFF, 46},
      {"a3" SPKI "65'input' 5affffffff" PROTOCOL, CUT_OFF, 46},
      {"a3" SPKI INPUT "68'protocol' 7bffffffffffffffff 'TLS 1.2'", CUT_OFF, 59},
      {"a3" SPKI "7bffffffffffffffff 'input' 43c0ffee" PROTOCOL, CUT_OFF, 40},
  };
  ASSERT_ALL_MALFORMED(rows);
}

/* CB-14. */
static void text_that_is_not_utf8(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *key;
  } rows[] = {
      {"61 ff", "61 ff 00"},         {"62 c080", "62 c080 00"},
      {"63 eda080", "63 eda080 00"}, {"64 f4908080", "64 f4908080 00"},
      {"62 e282", "62 e282 00"},     {"61 80", "61 80 00"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char notation[256];
    snprintf(notation, sizeof notation, "a4 61'x' %s" SPKI INPUT PROTOCOL, rows[i].text);
    assert_malformed(notation, "CBOR text not UTF-8", 3);
    snprintf(notation, sizeof notation, "a4 %s" SPKI INPUT PROTOCOL, rows[i].key);
    assert_malformed(notation, "CBOR text not UTF-8", 1);
    snprintf(notation, sizeof notation, "a3" SPKI INPUT "68'protocol' %s", rows[i].text);
    assert_malformed(notation, "CBOR text not UTF-8", 59);
  }
}

/* CB-16. */
static void keys_that_are_not_text(void **state) {
  (void)state;
  static const char *const keys[] = {"00", "20", "f4", "f6", "80", "a0", "40", "45'input'", "1903e8"};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    char notation[256];
    snprintf(notation, sizeof notation, "a4 %s 00" SPKI INPUT PROTOCOL, keys[i]);
    assert_malformed(notation, "CBOR map key not text", 1);
    snprintf(notation, sizeof notation, "a4 61'x' a1 %s 00" SPKI INPUT PROTOCOL, keys[i]);
    assert_malformed(notation, "CBOR map key not text", 4);
  }
}

/* CB-12: the object itself is the first of LURK_SKI_MAX_DEPTH containers. */
static void nesting(void **state) {
  (void)state;
  struct lurk_ski_request request;
  assert_taken("a4 61'x' (81*14) 80" SPKI INPUT PROTOCOL, &request);
  lurk_ski_request_clear(&request);
  assert_taken("a4 61'x' (a16179*14) a0" SPKI INPUT PROTOCOL, &request);
  lurk_ski_request_clear(&request);
  assert_malformed("a4 61'x' (81*15) 80" SPKI INPUT PROTOCOL, "nesting too deep", 18);
  assert_malformed("a4 61'x' (a16179*15) a0" SPKI INPUT PROTOCOL, "nesting too deep", 48);
  static const unsigned depths[] = {100, 10000, 1000000};
  for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
    char notation[256];
    snprintf(notation, sizeof notation, "a4 61'x' (81*%u) 80" SPKI INPUT PROTOCOL, depths[i]);
    assert_malformed(notation, "nesting too deep", 18);
    snprintf(notation, sizeof notation, "a4 61'x' (a16179*%u) a0" SPKI INPUT PROTOCOL, depths[i]);
    assert_malformed(notation, "nesting too deep", 48);
    snprintf(notation, sizeof notation, "a4 61'x' (c0*%u) 80" SPKI INPUT PROTOCOL, depths[i]);
    assert_malformed(notation, REFUSED, 3);
    snprintf(notation, sizeof notation, "a4 61'x' (9f*%u) 80" SPKI INPUT PROTOCOL, depths[i]);
    assert_malformed(notation, REFUSED, 3);
    snprintf(notation, sizeof notation, "(81*%u)", depths[i]);
    assert_malformed(notation, "CBOR map", 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cut_off_anywhere),         cmocka_unit_test(no_map_or_not_alone),
      cmocka_unit_test(keys_once_and_in_order),   cmocka_unit_test(indefinite_lengths),
      cmocka_unit_test(heads_longer_than_needed), cmocka_unit_test(kinds_without_a_place),
      cmocka_unit_test(claims_without_octets),    cmocka_unit_test(text_that_is_not_utf8),
      cmocka_unit_test(keys_that_are_not_text),   cmocka_unit_test(nesting),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
