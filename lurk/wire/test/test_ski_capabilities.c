#include "lurk/wire/ski.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"
#include <stdio.h>
#include <string.h>

/* Members in deterministic order: by length, then by octets. */
#define KEYS "64'keys' 81 5820(22*32) "
#define STATE "65'state' 44 00000001 "
#define HASHES "66'hashes' 82 67'SHA-256' 67'SHA-384' "
#define FORMATS "67'formats' 82 70'application/json' 70'application/cbor' "
#define METHODS "67'methods' 81 65'ECDHE' "
#define SCHEMES "67'schemes' 82 190403 190804 "
#define PROTOCOLS "69'protocols' 82 67'TLS 1.2' 67'TLS 1.3' "
#define GOOD_CBOR "a7" KEYS STATE HASHES FORMATS METHODS SCHEMES PROTOCOLS

#define JSON_PROTOCOLS "\"protocols\":[\"TLS 1.2\",\"TLS 1.3\"]"
#define JSON_METHODS "\"methods\":[\"ECDHE\"]"
#define JSON_HASHES "\"hashes\":[\"SHA-256\",\"SHA-384\"]"
#define JSON_SCHEMES "\"schemes\":[1027,2052]"
#define JSON_FORMATS "\"formats\":[\"application/json\",\"application/cbor\"]"
#define JSON_KEYS "\"keys\":[\"IiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiI=\"]"
#define JSON_STATE "\"state\":\"AAAAAQ==\""
#define GOOD_JSON                                                                                            \
  "'{" JSON_PROTOCOLS "," JSON_METHODS "," JSON_HASHES "," JSON_SCHEMES "," JSON_FORMATS "," JSON_KEYS       \
  "," JSON_STATE "}'"

static const struct {
  enum lurk_ski_format format;
  const char *notation;
} good[] = {{LURK_SKI_CBOR, GOOD_CBOR}, {LURK_SKI_JSON, GOOD_JSON}};

static lurk_status decode(enum lurk_ski_format format, const char *notation,
                          struct lurk_ski_capabilities *out, struct lurk_decode_error *error) {
  struct lurk_octets message = octets_of(notation);
  *error = (struct lurk_decode_error){NULL, 0};
  lurk_status status = lurk_ski_capabilities_decode(format, message.data, message.len, out, error);
  lurk_octets_clear(&message);
  return status;
}

static void assert_good(const struct lurk_ski_capabilities *capabilities) {
  for (int i = LURK_SKI_TLS_1_0; i <= LURK_SKI_TLS_1_3; i++)
    assert_int_equal(capabilities->protocols[i], i == LURK_SKI_TLS_1_2 || i == LURK_SKI_TLS_1_3);
  assert_true(capabilities->methods[LURK_SKI_ECDHE]);
  assert_false(capabilities->methods[LURK_SKI_RSA]);
  for (int i = LURK_SKI_HASH_ABSENT; i <= LURK_SKI_SHA512; i++)
    assert_int_equal(capabilities->hashes[i], i == LURK_SKI_SHA256 || i == LURK_SKI_SHA384);
  assert_true(capabilities->formats[LURK_SKI_JSON]);
  assert_true(capabilities->formats[LURK_SKI_CBOR]);
  assert_int_equal(capabilities->scheme_count, 2);
  assert_int_equal(capabilities->schemes[0], 0x0403);
  assert_int_equal(capabilities->schemes[1], 0x0804);
  assert_int_equal(capabilities->key_count, 1);
  const struct lurk_octets key = {capabilities->keys[0], sizeof capabilities->keys[0]};
  assert_octets_equal(&key, "(22*32)");
  assert_memory_equal(capabilities->state, "\0\0\0\1", 4);
}

static void both_ways(void **state) {
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    struct lurk_ski_capabilities capabilities;
    struct lurk_decode_error error;
    struct lurk_octets message = {NULL, 0};
    assert_int_equal(decode(good[i].format, good[i].notation, &capabilities, &error), LURK_OK);
    assert_good(&capabilities);
    assert_int_equal(lurk_ski_capabilities_encode(good[i].format, &capabilities, &message), LURK_OK);
    assert_octets_equal(&message, good[i].notation);
    lurk_octets_clear(&message);
    lurk_ski_capabilities_clear(&capabilities);
    assert_null(capabilities.keys);
    assert_null(capabilities.schemes);
  }
}

static void unknown_names_and_members_are_ignored(void **state) {
  (void)state;
  static const struct {
    enum lurk_ski_format format;
    const char *notation;
  } rows[] = {
      {LURK_SKI_CBOR,
       "a7" KEYS STATE HASHES FORMATS METHODS SCHEMES "69'protocols' 83 67'TLS 1.2' 67'TLS 1.4' 67'TLS 1.3'"},
      {LURK_SKI_CBOR, "a8 61'x' a0" KEYS STATE HASHES FORMATS METHODS SCHEMES PROTOCOLS},
      {LURK_SKI_JSON, "'{" JSON_PROTOCOLS ",\"methods\":[\"DHE\",\"ECDHE\",\"\"]," JSON_HASHES
                      "," JSON_SCHEMES "," JSON_FORMATS "," JSON_KEYS "," JSON_STATE ",\"x\":{\"y\":[]}}'"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_ski_capabilities capabilities;
    struct lurk_decode_error error;
    assert_int_equal(decode(rows[i].format, rows[i].notation, &capabilities, &error), LURK_OK);
    assert_good(&capabilities);
    lurk_ski_capabilities_clear(&capabilities);
  }
}

static void empty_lists(void **state) {
  (void)state;
  struct lurk_ski_capabilities capabilities;
  struct lurk_decode_error error;
  assert_int_equal(decode(LURK_SKI_CBOR,
                          "a7 64'keys' 80" STATE HASHES FORMATS METHODS "67'schemes' 80" PROTOCOLS,
                          &capabilities, &error),
                   LURK_OK);
  assert_int_equal(capabilities.key_count, 0);
  assert_int_equal(capabilities.scheme_count, 0);
  for (size_t i = 0; i < 2; i++) {
    struct lurk_octets message = {NULL, 0};
    struct lurk_ski_capabilities back;
    assert_int_equal(lurk_ski_capabilities_encode(good[i].format, &capabilities, &message), LURK_OK);
    assert_int_equal(lurk_ski_capabilities_decode(good[i].format, message.data, message.len, &back, &error),
                     LURK_OK);
    assert_int_equal(back.key_count, 0);
    assert_true(back.protocols[LURK_SKI_TLS_1_3]);
    lurk_ski_capabilities_clear(&back);
    lurk_octets_clear(&message);
  }
  memset(capabilities.hashes, 0, sizeof capabilities.hashes);
  for (size_t i = 0; i < 2; i++) {
    struct lurk_octets message = {NULL, 0};
    assert_int_equal(lurk_ski_capabilities_encode(good[i].format, &capabilities, &message),
                     LURK_ERR_MALFORMED);
    assert_null(message.data);
  }
  lurk_ski_capabilities_clear(&capabilities);
}

static void malformed(void **state) {
  (void)state;
  static const struct {
    enum lurk_ski_format format;
    const char *notation;
    const char *field;
    size_t offset;
  } rows[] = {
      {LURK_SKI_CBOR, "a6" STATE HASHES FORMATS METHODS SCHEMES PROTOCOLS, "keys", LURK_NO_OFFSET},
      {LURK_SKI_CBOR, "a6" KEYS HASHES FORMATS METHODS SCHEMES PROTOCOLS, "state", LURK_NO_OFFSET},
      {LURK_SKI_CBOR, "a6" KEYS STATE HASHES FORMATS METHODS SCHEMES, "protocols", LURK_NO_OFFSET},
      {LURK_SKI_CBOR, "a7 64'keys' 40 (00*20)", "keys", 6},
      {LURK_SKI_CBOR, "a7 64'keys' 81 60 (00*20)", "keys", 7},
      {LURK_SKI_CBOR, "a7 64'keys' 82 40 00 (00*20)", "keys", 8},
      {LURK_SKI_CBOR, "a7 64'keys' 82 40 f7 (00*20)", "CBOR kind that has no place here", 8},
      {LURK_SKI_CBOR, "a7 64'keys' 981e (00*20)", "CBOR count larger than the message", 6},
      {LURK_SKI_CBOR, "a7 64'keys' 9bffffffffffffffff (00*40)", "CBOR count larger than the message", 6},
      {LURK_SKI_CBOR, "a7 64'keys' 81 581f (22*31)" STATE HASHES FORMATS METHODS SCHEMES PROTOCOLS, "keys",
       6},
      {LURK_SKI_CBOR, "a7 64'keys' 81 5821 (22*33)" STATE HASHES FORMATS METHODS SCHEMES PROTOCOLS, "keys",
       6},
      {LURK_SKI_CBOR, "a7" KEYS "65'state' 45 0000000000" HASHES FORMATS METHODS SCHEMES PROTOCOLS, "state",
       47},
      {LURK_SKI_CBOR, "a7" KEYS "65'state' 43 000000" HASHES FORMATS METHODS SCHEMES PROTOCOLS, "state", 47},
      {LURK_SKI_CBOR, "a7" KEYS STATE "66'hashes' 80" FORMATS METHODS SCHEMES PROTOCOLS, "hashes", 59},
      {LURK_SKI_CBOR, "a7" KEYS STATE "66'hashes' 67'SHA-256'" FORMATS METHODS SCHEMES PROTOCOLS, "hashes",
       59},
      {LURK_SKI_CBOR, "a7" KEYS STATE "66'hashes' a0" FORMATS METHODS SCHEMES PROTOCOLS, "hashes", 59},
      {LURK_SKI_JSON, "'{" JSON_PROTOCOLS "}'", "methods", LURK_NO_OFFSET},
      {LURK_SKI_JSON, "'{\"protocols\":\"TLS 1.2\"}'", "protocols", LURK_NO_OFFSET},
      {LURK_SKI_JSON, "'{\"protocols\":[1]}'", "protocols", LURK_NO_OFFSET},
      {LURK_SKI_JSON, "'{\"schemes\":[65536]}'", "schemes", LURK_NO_OFFSET},
      {LURK_SKI_JSON, "'{\"keys\":[\"AAA\"]}'", "keys", LURK_NO_OFFSET},
      {LURK_SKI_JSON,
       "'{\"protocols\":[]," JSON_METHODS "," JSON_HASHES "," JSON_SCHEMES "," JSON_FORMATS "," JSON_KEYS
       "," JSON_STATE "}'",
       "protocols", LURK_NO_OFFSET},
      {LURK_SKI_JSON,
       "'{" JSON_PROTOCOLS "," JSON_METHODS "," JSON_HASHES "," JSON_SCHEMES "," JSON_FORMATS
       ",\"keys\":[\"AAAA\"]," JSON_STATE "}'",
       "keys", LURK_NO_OFFSET},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_ski_capabilities capabilities;
    struct lurk_decode_error error;
    if (decode(rows[i].format, rows[i].notation, &capabilities, &error) != LURK_ERR_MALFORMED)
      fail_msg("taken: %s", rows[i].notation);
    assert_string_equal(error.field, rows[i].field);
    assert_int_equal(error.offset, rows[i].offset);
    assert_null(capabilities.keys);
    assert_null(capabilities.schemes);
  }
}

static void cut_off_anywhere(void **state) {
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    struct lurk_octets message = octets_of(good[i].notation);
    for (size_t len = 0; len < message.len; len++) {
      struct lurk_octets cut = octets_cut(&message, len);
      struct lurk_ski_capabilities capabilities;
      struct lurk_decode_error error = {NULL, 0};
      assert_int_equal(lurk_ski_capabilities_decode(good[i].format, cut.data, cut.len, &capabilities, &error),
                       LURK_ERR_MALFORMED);
      assert_non_null(error.field);
      lurk_octets_clear(&cut);
    }
    lurk_octets_clear(&message);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(both_ways),        cmocka_unit_test(unknown_names_and_members_are_ignored),
      cmocka_unit_test(empty_lists),      cmocka_unit_test(malformed),
      cmocka_unit_test(cut_off_anywhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
