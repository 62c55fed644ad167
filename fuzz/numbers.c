/* A mutator for texts with decimal numbers: now and then it puts another one in the place of one, most often
 * one beside a power of two or ten, where limits are. What stands around it is left as it is, so that a text
 * that was good in all else is judged by that number. */
#include "fuzz/target.h"
#include <ctype.h>
#include <inttypes.h>

/* Of libFuzzer; other engines mutate by themselves and never call what is here. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

static unsigned next(unsigned *random) {
  *random = *random * 1664525u + 1013904223u;
  return *random >> 8;
}

/* The digits that stand nearest behind a place that chance names; false when there are none. */
static bool find_number(const uint8_t *data, size_t size, unsigned *random, size_t *begin, size_t *end) {
  size_t at = size == 0 ? 0 : next(random) % size;
  while (at < size && !isdigit(data[at]))
    at++;
  *begin = at;
  while (at < size && isdigit(data[at]))
    at++;
  *end = at;
  return at > *begin;
}

static int64_t power(unsigned *random) {
  int64_t value = 1;
  const unsigned base = next(random) % 2 == 0 ? 2 : 10, exponent = next(random) % (base == 2 ? 63 : 19);
  for (unsigned i = 0; i < exponent; i++)
    value *= base;
  return value;
}

static size_t mutate_number(uint8_t *data, size_t size, size_t max_size, unsigned random) {
  char text[24];
  size_t begin, end;
  if (!find_number(data, size, &random, &begin, &end))
    return 0;
  const int64_t near = (int64_t)(next(&random) % 3) - 1, value = next(&random) % 16 == 0 ? 0 : power(&random);
  const size_t len = (size_t)snprintf(text, sizeof text, "%" PRId64, value + near);
  const size_t mutated = size - (end - begin) + len;
  if (mutated > max_size)
    return 0;
  memmove(data + begin + len, data + end, size - end);
  memcpy(data + begin, text, len);
  return mutated;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
  if (LLVMFuzzerMutate == NULL)
    return size;
  size_t mutated = seed % 2 == 0 ? mutate_number(data, size, max_size, seed) : 0;
  return mutated > 0 ? mutated : LLVMFuzzerMutate(data, size, max_size);
}
