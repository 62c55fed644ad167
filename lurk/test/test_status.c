#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lurk/status.h"
#include <string.h>

static const lurk_status all[] = {
    LURK_OK,     LURK_ERR_MALFORMED, LURK_ERR_UNSUPPORTED, LURK_ERR_MISMATCH, LURK_ERR_LIMIT,
    LURK_ERR_IO, LURK_ERR_CLOSED,    LURK_ERR_TIMEOUT,     LURK_ERR_MEMORY,   LURK_ERR_BACKEND,
};
#define COUNT (sizeof all / sizeof *all)

static void every_status_has_its_own_name(void **state) {
  (void)state;
  const char *unknown = lurk_status_name((lurk_status)1000);
  assert_non_null(unknown);
  for (size_t i = 0; i < COUNT; i++) {
    assert_int_equal(all[i], i);
    assert_string_not_equal(lurk_status_name(all[i]), unknown);
    for (size_t j = 0; j < i; j++)
      assert_string_not_equal(lurk_status_name(all[i]), lurk_status_name(all[j]));
  }
  assert_string_equal(lurk_status_name((lurk_status)COUNT), unknown);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_status_has_its_own_name)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
