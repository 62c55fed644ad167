/* What the fuzz targets share. A target is one file that defines the entry point of libFuzzer; it is linked
 * with libFuzzer, or with replay.c, which runs a corpus through it without one. */
#ifndef LURK_FUZZ_TARGET_H
#define LURK_FUZZ_TARGET_H

#include "lurk/secret.h"
#include "lurk/status.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An oracle: what must hold for every input. */
#define FUZZ_CHECK(condition)                                                                                \
  do {                                                                                                       \
    if (!(condition)) {                                                                                      \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                         \
      abort();                                                                                               \
    }                                                                                                        \
  } while (0)

/* A refusal must say where, and nothing but where. */
static inline void check_refusal(lurk_status status, const struct lurk_decode_error *error, size_t size) {
  FUZZ_CHECK(status == LURK_ERR_MALFORMED);
  FUZZ_CHECK(error->field != NULL);
  FUZZ_CHECK(error->offset == LURK_NO_OFFSET || error->offset <= size);
}

/* What was taken has been encoded into *again: it must be the input. Clears *again. */
static inline void check_repeated(struct lurk_octets *again, const uint8_t *data, size_t size) {
  FUZZ_CHECK(again->len == size && (size == 0 || memcmp(again->data, data, size) == 0));
  lurk_octets_clear(again);
}

#endif
