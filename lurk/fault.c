#include "lurk/fault.h"

#include <string.h>

static bool switched_on[LURK_FAULT_COUNT];

static const char *const names[] = {
#define LURK_FAULT_NAME(name) #name,
    LURK_FAULT_LIST(LURK_FAULT_NAME)
#undef LURK_FAULT_NAME
};

bool lurk_fault_is_on(enum lurk_fault fault) {
  return switched_on[fault];
}

bool lurk_fault_switch_on(const char *name) {
  for (int i = 0; i < LURK_FAULT_COUNT; i++) {
    if (strcmp(names[i], name) == 0) {
      switched_on[i] = true;
      return true;
    }
  }
  return false;
}
