#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lurk/fault.h"
#include <stdlib.h>
#include <unistd.h>

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

/* The file of the counters is for who runs the program: what was asked for before nobody reads. */
static void questions_are_counted(void **state) {
  (void)state;
  char path[] = "lurk-fault-counts-XXXXXX";
  int file = mkstemp(path);
  assert_true(file >= 0);
  assert_int_equal(setenv("LURK_FAULT_COUNTS", path, 1), 0);
  lurk_fault_begin();
  assert_false(LURK_FAULT(no_time_window));
  assert_false(LURK_FAULT(no_time_window));
  uint32_t counts[LURK_FAULT_COUNT];
  assert_int_equal(read(file, counts, sizeof counts), sizeof counts);
  close(file);
  unlink(path);
  for (int i = 0; i < LURK_FAULT_COUNT; i++)
    assert_int_equal(counts[i], i == LURK_FAULT_no_time_window ? 2 : 0);
}

static void programs_take_the_faults_of_their_code(void **state) {
  (void)state;
  assert_false(lurk_fault_option(LURK_FAULT_IN_EDGE, "no_time_window"));
  assert_false(lurk_fault_option(LURK_FAULT_IN_KEY_SERVER, "s_reused"));
  assert_false(LURK_FAULT(no_time_window) || LURK_FAULT(s_reused));
  assert_false(lurk_fault_option(LURK_FAULT_IN_KEY_SERVER | LURK_FAULT_IN_EDGE, "der_length_trusted"));
  assert_true(lurk_fault_option(LURK_FAULT_IN_KEY_SERVER, "no_time_window"));
  assert_true(LURK_FAULT(no_time_window));
  assert_true(lurk_fault_option(LURK_FAULT_IN_EDGE, "s_reused"));
  assert_true(LURK_FAULT(s_reused));
  assert_true(lurk_fault_option(LURK_FAULT_IN_KEY_SERVER, "secret_in_log"));
  assert_true(lurk_fault_option(LURK_FAULT_IN_EDGE, "secret_in_log"));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(faults_are_off_until_they_are_named),
                                     cmocka_unit_test(questions_are_counted),
                                     cmocka_unit_test(programs_take_the_faults_of_their_code)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
