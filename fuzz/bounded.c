/* Stands before the entry point of every target: whatever an input claims, no more memory is held at once
 * than follows from its length. What a target keeps from its first run on is left out: an empty input makes
 * it. */
#include "fuzz/allocation.h"
#include "fuzz/target.h"

/* MEMORY_BOUND comes from CMakeLists.txt: what the target needs for an input of no length. */
enum { MEMORY_PER_OCTET = 256 }; /* "{}," of JSON is an object, a table and its buckets */

int __real_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __wrap_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int __wrap_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bool started;
  if (!started)
    __real_LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
  started = true;
  fuzz_allocation_begin();
  const int result = __real_LLVMFuzzerTestOneInput(data, size);
  FUZZ_CHECK(fuzz_allocation_peak() <= MEMORY_BOUND + MEMORY_PER_OCTET * size);
  fuzz_allocation_end();
  return result;
}
