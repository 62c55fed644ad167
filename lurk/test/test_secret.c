#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lurk/secret.h"
#include <stdlib.h>
#include <string.h>

static void wipe_overwrites_that_and_no_more(void **state) {
  (void)state;
  uint8_t block[] = {1, 2, 3, 4, 5};
  lurk_wipe(block + 1, 3);
  assert_memory_equal(block, "\1\0\0\0\5", 5);
  lurk_wipe(block, 0);
  lurk_wipe(NULL, 0);
  assert_memory_equal(block, "\1\0\0\0\5", 5);
}

static void equal_sees_every_bit(void **state) {
  (void)state;
  uint8_t a[48], b[48];
  for (size_t i = 0; i < sizeof a; i++)
    a[i] = b[i] = (uint8_t)(i * 7);
  assert_true(lurk_equal(a, b, sizeof a));
  for (size_t i = 0; i < sizeof a; i++) {
    for (unsigned bit = 0; bit < 8; bit++) {
      b[i] ^= (uint8_t)(1u << bit);
      assert_false(lurk_equal(a, b, sizeof a));
      assert_true(lurk_equal(a, b, i));
      b[i] ^= (uint8_t)(1u << bit);
    }
  }
  assert_true(lurk_equal(a, b, 0));
  assert_true(lurk_equal(NULL, NULL, 0));
}

static void wiping_blocks(void **state) {
  (void)state;
  for (size_t size = 0; size < 100; size++) {
    uint8_t *block = lurk_wiping_malloc(size);
    assert_non_null(block);
    assert_int_equal((uintptr_t)block % _Alignof(max_align_t), 0);
    memset(block, 0xaa, size);
    lurk_wiping_free(block);
  }
  lurk_wiping_free(NULL);
  free(lurk_wiping_malloc(10));
  lurk_wiping_free(malloc(10));
}

static void octets_own_their_copy(void **state) {
  (void)state;
  uint8_t source[] = {1, 2, 3};
  struct lurk_octets octets = {NULL, 0};
  assert_true(lurk_octets_copy(&octets, source, sizeof source));
  source[0] = 9;
  assert_int_equal(octets.len, 3);
  assert_memory_equal(octets.data, "\1\2\3", 3);
  lurk_octets_clear(&octets);
  assert_null(octets.data);
  assert_int_equal(octets.len, 0);
  lurk_octets_clear(&octets);

  assert_true(lurk_octets_copy(&octets, NULL, 0));
  assert_null(octets.data);
  lurk_octets_clear(&octets);
}

static void octets_without_memory_stay_empty(void **state) {
  (void)state;
  struct lurk_octets octets = {NULL, 0};
  assert_false(lurk_octets_alloc(&octets, SIZE_MAX));
  assert_null(octets.data);
  assert_int_equal(octets.len, 0);
  lurk_octets_clear(&octets);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(wipe_overwrites_that_and_no_more),
      cmocka_unit_test(equal_sees_every_bit),
      cmocka_unit_test(wiping_blocks),
      cmocka_unit_test(octets_own_their_copy),
      cmocka_unit_test(octets_without_memory_stay_empty),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
