#include "lurk/fault.h"

#include "lurk/diagnose.h"
#include <string.h>

static bool switched_on[LURK_FAULT_COUNT];

static const struct {
  const char *name;
  unsigned programs; /* enum lurk_fault_program */
} faults[] = {
#define LURK_FAULT_OF_KEY_SERVER(name) {#name, LURK_FAULT_IN_KEY_SERVER},
#define LURK_FAULT_OF_EDGE(name) {#name, LURK_FAULT_IN_EDGE},
#define LURK_FAULT_OF_BOTH(name) {#name, LURK_FAULT_IN_KEY_SERVER | LURK_FAULT_IN_EDGE},
    LURK_FAULT_LIST_KEY_SERVER(LURK_FAULT_OF_KEY_SERVER) LURK_FAULT_LIST_EDGE(LURK_FAULT_OF_EDGE)
        LURK_FAULT_LIST_BOTH(LURK_FAULT_OF_BOTH)};

bool lurk_fault_is_on(enum lurk_fault fault) {
  return switched_on[fault];
}

static bool switch_on(const char *name, unsigned programs) {
  for (int i = 0; i < LURK_FAULT_COUNT; i++) {
    if (strcmp(faults[i].name, name) == 0 && (faults[i].programs & programs) != 0) {
      switched_on[i] = true;
      return true;
    }
  }
  return false;
}

bool lurk_fault_switch_on(const char *name) {
  return switch_on(name, LURK_FAULT_IN_KEY_SERVER | LURK_FAULT_IN_EDGE);
}

void lurk_fault_warn(void) {
  lurk_diagnose("build with faults, for tests only: never give it a real key");
}

bool lurk_fault_option(enum lurk_fault_program program, const char *name) {
  bool known = switch_on(name, program);
  if (known)
    lurk_diagnose("fault %s is on", name);
  else
    lurk_diagnose("this program has no fault \"%s\"; --help lists them", name);
  return known;
}

void lurk_fault_print(enum lurk_fault_program program, FILE *out) {
  fprintf(out, "\nFaults:\n");
  for (int i = 0; i < LURK_FAULT_COUNT; i++)
    if ((faults[i].programs & program) != 0)
      fprintf(out, "  %s\n", faults[i].name);
}
