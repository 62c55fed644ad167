/* A mutator for formats in which lengths stand before what they count: now and then it makes a piece longer
 * or shorter and mends the lengths around it, so that what lies behind the first length is reached too. It
 * guesses where lengths are: octets whose number, as one of 8, 16, 24 or 32 bits or as the head of a CBOR
 * string, fits into what follows. */
#include "fuzz/target.h"

/* Of libFuzzer; other engines mutate by themselves and never call what is here. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

enum { MAX_STEP = 40, TRIES = 16 };

struct prefix {
  size_t at, octets; /* octets is 0 for a head of CBOR: the length is in its lower bits */
  size_t begin, len; /* of what it counts */
};

static unsigned next(unsigned *random) {
  *random = *random * 1664525u + 1013904223u;
  return *random >> 8;
}

static bool read_prefix(const uint8_t *data, size_t size, size_t at, size_t octets, struct prefix *out) {
  if (at + (octets > 0 ? octets : 1) > size)
    return false;
  size_t len = 0;
  for (size_t i = 0; i < octets; i++)
    len = len << 8 | data[at + i];
  if (octets == 0) {
    if (data[at] >> 6 != 1 || (data[at] & 0x1f) >= 24)
      return false;
    len = data[at] & 0x1f;
  }
  size_t begin = at + (octets > 0 ? octets : 1);
  *out = (struct prefix){at, octets, begin, len};
  return len <= size - begin;
}

/* False when the length does not fit in there. */
static bool write_prefix(uint8_t *data, const struct prefix *prefix, size_t len) {
  if (prefix->octets == 0) {
    data[prefix->at] = (uint8_t)((data[prefix->at] & 0xe0) | (len & 0x1f));
    return len < 24;
  }
  for (size_t i = 0; i < prefix->octets; i++)
    data[prefix->at + i] = (uint8_t)(len >> (8 * (prefix->octets - 1 - i)));
  return prefix->octets >= sizeof len || len >> (8 * prefix->octets) == 0;
}

static bool find_prefix(const uint8_t *data, size_t size, size_t before, unsigned *random,
                        struct prefix *out) {
  for (int i = 0; i < TRIES; i++) {
    if (read_prefix(data, size, next(random) % before, next(random) % 5, out))
      return true;
  }
  return false;
}

/* One more, around the inner one and not larger than needs be: the last that ends behind it, in a place that
 * chance names. */
static bool find_around(const uint8_t *data, size_t size, const struct prefix *inner, unsigned *random,
                        struct prefix *out) {
  for (int i = 0; inner->at > 0 && i < TRIES; i++) {
    if (find_prefix(data, size, inner->at, random, out) && out->begin <= inner->at &&
        out->begin + out->len >= inner->begin + inner->len)
      return true;
  }
  return false;
}

/* Grows or shrinks what the inner one counts, at a random place in it. */
static size_t resize(uint8_t *data, size_t size, size_t max_size, const struct prefix *inner, bool grows,
                     size_t step, unsigned *random) {
  size_t place = inner->begin + (inner->len > step ? next(random) % (inner->len - step + 1) : 0);
  if (grows) {
    if (size + step > max_size)
      return 0;
    memmove(data + place + step, data + place, size - place);
    memset(data + place, (int)next(random), step);
    return size + step;
  }
  if (step > inner->len)
    return 0;
  memmove(data + place, data + place + step, size - place - step);
  return size - step;
}

static size_t mutate_lengths(uint8_t *data, size_t size, size_t max_size, unsigned random) {
  struct prefix around[4];
  size_t levels = 1 + next(&random) % 4, found = 0;
  bool grows = next(&random) % 2 == 0;
  size_t step = 1 + next(&random) % (next(&random) % 2 == 0 ? 2 : MAX_STEP);
  if (size == 0 || !find_prefix(data, size, size, &random, &around[0]))
    return 0;
  for (found = 1; found < levels && find_around(data, size, &around[found - 1], &random, &around[found]);)
    found++;
  size_t resized = resize(data, size, max_size, &around[0], grows, step, &random);
  for (size_t i = 0; i < found && resized > 0; i++) {
    if (!write_prefix(data, &around[i], grows ? around[i].len + step : around[i].len - step))
      break; /* as it is: a length that wrapped around is worth a try too */
  }
  return resized;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
  if (LLVMFuzzerMutate == NULL)
    return size;
  size_t mutated = seed % 4 == 0 ? mutate_lengths(data, size, max_size, seed) : 0;
  return mutated > 0 ? mutated : LLVMFuzzerMutate(data, size, max_size);
}
