#include "lurk/wire/lurk_base.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"
#include <string.h>

static lurk_status decode(const struct lurk_octets *payload, struct lurk_base_capabilities *out,
                          struct lurk_decode_error *error) {
  *error = (struct lurk_decode_error){NULL, 0};
  return lurk_base_capabilities_decode(payload->data, payload->len, out, error);
}

/* Both forms of A-76, and what a client passes over (LC-10). */
static void capabilities_that_are_taken(void **state) {
  (void)state;
  static const struct {
    const char *notation;
    size_t extension_count, type_count;
    bool tls12;
  } rows[] = {
      {"0004 0001 0101 0002 00 01 a1a2a3a4", 2, 2, true},
      {"0004 0001 0101 a1a2a3a4", 2, 0, true},
      {"0002 0001 0002 00 01 a1a2a3a4", 1, 2, false},
      {"0006 0001 0101 0201 0003 00 01 07 a1a2a3a4", 3, 3, true},
      {"0006 0001 0101 0101 a1a2a3a4", 3, 0, true},
      {"0006 0001 0102 ff09 a1a2a3a4", 3, 0, false},
      {"0004 0101 0001 0002 00 01 a1a2a3a4", 2, 2, true},
      {"fffe (0001*32767) fffe (01*65534) a1a2a3a4", 32767, 65534, false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_octets payload = octets_of(rows[i].notation), again = {NULL, 0};
    struct lurk_base_capabilities capabilities;
    struct lurk_decode_error error;
    assert_int_equal(decode(&payload, &capabilities, &error), LURK_OK);
    assert_int_equal(capabilities.extension_count, rows[i].extension_count);
    assert_int_equal(capabilities.type_count, rows[i].type_count);
    assert_int_equal(capabilities.types != NULL, rows[i].type_count > 0);
    assert_true(lurk_base_offers(&capabilities, 0, 1));
    assert_int_equal(lurk_base_offers(&capabilities, 1, 1), rows[i].tls12);
    assert_false(lurk_base_offers(&capabilities, 0, 2));
    assert_memory_equal(capabilities.state, "\xa1\xa2\xa3\xa4", 4);
    assert_int_equal(lurk_base_capabilities_encode(&capabilities, &again), LURK_OK);
    assert_octets_equal(&again, rows[i].notation);
    lurk_octets_clear(&again);
    lurk_octets_clear(&payload);
  }
}

static void capabilities_that_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *notation;
    const char *field;
    size_t offset;
  } rows[] = {
      {"", "supported_extensions_list", 0},
      {"0000 a1a2a3a4", "supported_extensions_list", 0},
      {"0000 0002 00 01 a1a2a3a4", "supported_extensions_list", 0},
      {"0001 00 0002 00 01 a1a2a3a4", "supported_extensions_list", 0},
      {"0003 000101 0002 00 01 a1a2a3a4", "supported_extensions_list", 0},
      {"ffff (00*65535) a1a2a3a4", "supported_extensions_list", 0},
      {"0009 0001 0101 a1a2a3a4", "supported_extensions_list", 0},
      {"0002 0101 0002 00 01 a1a2a3a4", "(lurk, 1) in supported_extensions_list", 0},
      {"0002 0002 a1a2a3a4", "(lurk, 1) in supported_extensions_list", 0},
      {"0002 0001", "supported_type", 4},
      {"0002 0001 a1a2a3", "supported_type", 4},
      {"0002 0001 a1a2a3a4a5", "supported_type", 4},
      {"0002 0001 0000 a1a2a3a4", "supported_type", 4},
      {"0002 0001 0001 00 a1a2a3a4", "supported_type", 4},
      {"0002 0001 0007 00 01 a1a2a3a4", "supported_type", 4},
      {"0002 0001 ffff (00*65535) a1a2a3a4", "supported_type", 4},
      {"0002 0001 0002 00 01 a1a2a3", "lurk_state", 8},
      {"0002 0001 0002 00 01 a1a2a3a4a5", "end of capabilities", 12},
      {"0002 0001 0002 00 01 (a1*32)", "end of capabilities", 12},
      {"0002 0001 (a1*32)", "supported_type", 4}, /* the draft's lurk_state<32> read as 32 octets */
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_octets payload = octets_of(rows[i].notation);
    struct lurk_base_capabilities capabilities;
    struct lurk_decode_error error;
    assert_int_equal(decode(&payload, &capabilities, &error), LURK_ERR_MALFORMED);
    assert_string_equal(error.field, rows[i].field);
    assert_int_equal(error.offset, rows[i].offset);
    lurk_octets_clear(&payload);
  }
}

static void capabilities_cut_off_anywhere(void **state) {
  (void)state;
  struct lurk_octets payload = octets_of("0006 0001 0101 0201 0002 00 01 a1a2a3a4");
  for (size_t len = 0; len < payload.len; len++) {
    struct lurk_octets cut = octets_cut(&payload, len);
    struct lurk_base_capabilities capabilities;
    struct lurk_decode_error error;
    /* The type list in place of the state: a list of the other form, and no harm. */
    lurk_status expected = len == 12 ? LURK_OK : LURK_ERR_MALFORMED;
    assert_int_equal(decode(&cut, &capabilities, &error), expected);
    assert_true(len == 12 || (error.field != NULL && error.offset <= len));
    lurk_octets_clear(&cut);
  }
  lurk_octets_clear(&payload);
}

static void capabilities_that_cannot_be_said(void **state) {
  (void)state;
  static const uint8_t pairs[0x20000] = {0, 1};
  static const uint8_t no_lurk[] = {1, 1};
  static const struct lurk_base_capabilities rows[] = {
      {.extensions = pairs, .extension_count = 0},
      {.extensions = pairs, .extension_count = 0x8000},
      {.extensions = no_lurk, .extension_count = 1},
      {.extensions = pairs, .extension_count = 1, .types = pairs, .type_count = 0},
      {.extensions = pairs, .extension_count = 1, .types = pairs, .type_count = 1},
      {.extensions = pairs, .extension_count = 1, .types = pairs, .type_count = 0xffff},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_octets out = {NULL, 0};
    assert_int_equal(lurk_base_capabilities_encode(&rows[i], &out), LURK_ERR_MALFORMED);
    assert_null(out.data);
  }
}

/* LC-09 */
static void the_state_in_an_error(void **state) {
  (void)state;
  uint8_t octets[64], kept[LURK_STATE_LEN];
  memset(octets, 0x5c, sizeof octets);
  for (size_t len = 0; len <= sizeof octets; len++) {
    memset(kept, 0, sizeof kept);
    assert_int_equal(lurk_error_state(octets, len, kept), len == 4);
    assert_int_equal(kept[0], len == 4 ? 0x5c : 0);
  }
  assert_false(lurk_error_state(NULL, 0, kept));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(capabilities_that_are_taken),   cmocka_unit_test(capabilities_that_are_refused),
      cmocka_unit_test(capabilities_cut_off_anywhere), cmocka_unit_test(capabilities_that_cannot_be_said),
      cmocka_unit_test(the_state_in_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
