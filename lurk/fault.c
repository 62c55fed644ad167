#include "lurk/fault.h"

#include "lurk/diagnose.h"
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool switched_on[LURK_FAULT_COUNT];
/* How often each was asked for: in a file for who started the program, else for nobody. */
static _Atomic uint32_t unread[LURK_FAULT_COUNT];
static _Atomic uint32_t *asked = unread;

static const struct {
  const char *name;
  unsigned programs; /* enum lurk_fault_program */
} faults[] = {
#define LURK_FAULT_OF_KEY_SERVER(name) {#name, LURK_FAULT_IN_KEY_SERVER},
#define LURK_FAULT_OF_EDGE(name) {#name, LURK_FAULT_IN_EDGE},
#define LURK_FAULT_OF_BOTH(name) {#name, LURK_FAULT_IN_KEY_SERVER | LURK_FAULT_IN_EDGE},
#define LURK_FAULT_OF_TARGET(name) {#name, LURK_FAULT_IN_TARGET},
    LURK_FAULT_LIST_KEY_SERVER(LURK_FAULT_OF_KEY_SERVER) LURK_FAULT_LIST_EDGE(LURK_FAULT_OF_EDGE)
        LURK_FAULT_LIST_BOTH(LURK_FAULT_OF_BOTH) LURK_FAULT_LIST_PLANTED(LURK_FAULT_OF_TARGET)};

bool lurk_fault_is_on(enum lurk_fault fault) {
  atomic_fetch_add_explicit(&asked[fault], 1, memory_order_relaxed);
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
  return switch_on(name, LURK_FAULT_IN_KEY_SERVER | LURK_FAULT_IN_EDGE | LURK_FAULT_IN_TARGET);
}

/* Counts go on in the file across restarts: it is not truncated. */
static void count_in_file(const char *path) {
  int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  void *shared = MAP_FAILED;
  if (file >= 0 && ftruncate(file, sizeof unread) == 0)
    shared = mmap(NULL, sizeof unread, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (file >= 0)
    close(file);
  if (shared == MAP_FAILED)
    lurk_diagnose("%s cannot take the counts of faults", path);
  else
    asked = (_Atomic uint32_t *)shared;
}

void lurk_fault_begin(void) {
  lurk_diagnose("build with faults, for tests only: never give it a real key");
  const char *counts = getenv("LURK_FAULT_COUNTS");
  if (counts != NULL)
    count_in_file(counts);
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
      fprintf(out, "  %s %d\n", faults[i].name, i);
}
