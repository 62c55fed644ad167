#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lurk/fault.h"

static void faults_are_off_until_they_are_named(void **state) {
  (void)state;
  for (int i = 0; i < LURK_FAULT_COUNT; i++)
    assert_false(lurk_fault_is_on((enum lurk_fault)i));
  assert_false(lurk_fault_switch_on("no_such_fault"));
  assert_false(lurk_fault_switch_on(""));
  assert_true(lurk_fault_switch_on("secret_in_log"));
  for (int i = 0; i < LURK_FAULT_COUNT; i++)
    assert_int_equal(lurk_fault_is_on((enum lurk_fault)i), i == LURK_FAULT_secret_in_log);
  assert_true(LURK_FAULT(secret_in_log));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(faults_are_off_until_they_are_named)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
