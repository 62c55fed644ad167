#include "lurk/wire/lurk_tls12.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"
#include <string.h>

/* LC-15: a master secret of exactly 48 octets. */
static void master_secrets(void **state) {
  (void)state;
  static const size_t lengths[] = {0, 1, 47, 48, 49, 50, 64, 384};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    struct lurk_octets payload;
    const uint8_t *master = NULL;
    struct lurk_decode_error error = {NULL, 0};
    assert_true(lurk_octets_alloc(&payload, lengths[i]));
    if (lengths[i] > 0)
      memset(payload.data, 0x4d, lengths[i]);
    bool right = lengths[i] == LURK_MASTER_LEN;
    assert_int_equal(lurk_tls12_master_decode(payload.data, payload.len, &master, &error),
                     right ? LURK_OK : LURK_ERR_MALFORMED);
    assert_ptr_equal(master, right ? payload.data : NULL);
    if (!right) {
      assert_string_equal(error.field, lengths[i] < LURK_MASTER_LEN ? "master" : "end of payload");
      assert_int_equal(error.offset, lengths[i] < LURK_MASTER_LEN ? 0 : 48);
    }
    lurk_octets_clear(&payload);
  }
}

static void signatures(void **state) {
  (void)state;
  static const struct {
    const char *notation;
    uint16_t scheme;
    size_t len;
  } rows[] = {{"0403 0048 (30*72)", 0x0403, 72},
              {"0401 0100 (99*256)", 0x0401, 256},
              {"0403 0001 30", 0x0403, 1},
              {"0601 ffff (99*65535)", 0x0601, 65535}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_octets payload = octets_of(rows[i].notation), again = {NULL, 0};
    struct lurk_tls12_signature signature;
    struct lurk_decode_error error;
    assert_int_equal(
        lurk_tls12_signature_decode(payload.data, payload.len, rows[i].scheme, &signature, &error), LURK_OK);
    assert_int_equal(signature.scheme, rows[i].scheme);
    assert_ptr_equal(signature.octets, payload.data + 4);
    assert_int_equal(signature.len, rows[i].len);
    assert_int_equal(lurk_tls12_signature_encode(&signature, &again), LURK_OK);
    assert_octets_equal(&again, rows[i].notation);
    lurk_octets_clear(&again);
    lurk_octets_clear(&payload);
  }
}

static void signatures_refused(void **state) {
  (void)state;
  static const struct {
    const char *notation;
    const char *field;
    size_t offset;
  } rows[] = {
      {"", "algorithm", 0},
      {"04", "algorithm", 0},
      {"0401 0002 3030", "algorithm", 0}, /* another algorithm than the one that was asked for */
      {"0503 0002 3030", "algorithm", 0},
      {"0304 0002 3030", "algorithm", 0},
      {"0002 3030", "algorithm", 0}, /* pylurk: without the algorithm */
      {"0403", "signature", 2},
      {"0403 00", "signature", 2},
      {"0403 0000", "signature", 2},
      {"0403 0003 3030", "signature", 2},
      {"0403 ffff 3030", "signature", 2},
      {"0403 0002 3030 30", "end of payload", 6},
      {"0403 0001 3030", "end of payload", 5},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_octets payload = octets_of(rows[i].notation);
    struct lurk_tls12_signature signature;
    struct lurk_decode_error error = {NULL, 0};
    assert_int_equal(lurk_tls12_signature_decode(payload.data, payload.len, 0x0403, &signature, &error),
                     LURK_ERR_MALFORMED);
    assert_string_equal(error.field, rows[i].field);
    assert_int_equal(error.offset, rows[i].offset);
    lurk_octets_clear(&payload);
  }
}

static void signatures_that_cannot_be_said(void **state) {
  (void)state;
  static const uint8_t octets[65536] = {0};
  struct lurk_octets out = {NULL, 0};
  const struct lurk_tls12_signature empty = {.scheme = 0x0403, .octets = octets, .len = 0};
  const struct lurk_tls12_signature huge = {.scheme = 0x0403, .octets = octets, .len = 65536};
  assert_int_equal(lurk_tls12_signature_encode(&empty, &out), LURK_ERR_MALFORMED);
  assert_int_equal(lurk_tls12_signature_encode(&huge, &out), LURK_ERR_MALFORMED);
  assert_null(out.data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(master_secrets),
      cmocka_unit_test(signatures),
      cmocka_unit_test(signatures_refused),
      cmocka_unit_test(signatures_that_cannot_be_said),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
