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

static void programs_take_the_faults_of_their_code(void **state) {
  (void)state;
  assert_false(lurk_fault_option(LURK_FAULT_IN_EDGE, "no_time_window"));
  assert_false(lurk_fault_option(LURK_FAULT_IN_KEY_SERVER, "s_reused"));
  assert_false(LURK_FAULT(no_time_window) || LURK_FAULT(s_reused));
  assert_true(lurk_fault_option(LURK_FAULT_IN_KEY_SERVER, "no_time_window"));
  assert_true(LURK_FAULT(no_time_window));
  assert_true(lurk_fault_option(LURK_FAULT_IN_EDGE, "s_reused"));
  assert_true(LURK_FAULT(s_reused));
  assert_true(lurk_fault_option(LURK_FAULT_IN_KEY_SERVER, "secret_in_log"));
  assert_true(lurk_fault_option(LURK_FAULT_IN_EDGE, "secret_in_log"));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(faults_are_off_until_they_are_named),
                                     cmocka_unit_test(programs_take_the_faults_of_their_code)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
