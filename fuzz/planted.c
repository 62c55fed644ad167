/* In builds with faults: a target runs with the faults that LURK_PLANTED names, blank-separated, so that
 * ci/fuzz-planted can see them found. */
#include "lurk/fault.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((constructor)) static void plant(void) {
  const char *named = getenv("LURK_PLANTED");
  char *names = strdup(named != NULL ? named : ""), *rest = NULL;
  for (char *name = strtok_r(names, " ", &rest); name != NULL; name = strtok_r(NULL, " ", &rest)) {
    if (!lurk_fault_switch_on(name)) {
      fprintf(stderr, "LURK_PLANTED: there is no fault \"%s\"\n", name);
      exit(2);
    }
  }
  free(names);
}
