/* Shows under valgrind's memcheck that lurk_premaster_select neither branches nor addresses by a secret: the
 * block is marked as undefined, and memcheck reports every jump and every address that depends on undefined
 * data. "select" must run clean; "leaky", the same decision written as one usually would, must be reported,
 * which shows that the method sees what it should. */
#include "lurk/crypto/premaster.h"

#include <stdio.h>
#include <string.h>
#include <valgrind/memcheck.h>

enum { BLOCK_LEN = 256, VERSION = 0x0303 };

typedef void select_function(const uint8_t *block, size_t len, bool usable, uint16_t version,
                             const uint8_t substitute[LURK_PREMASTER_LEN], uint8_t out[LURK_PREMASTER_LEN]);

static void leaky_select(const uint8_t *block, size_t len, bool usable, uint16_t version,
                         const uint8_t substitute[LURK_PREMASTER_LEN], uint8_t out[LURK_PREMASTER_LEN]) {
  const uint8_t *message = block + len - LURK_PREMASTER_LEN;
  bool good = usable && block[0] == 0 && block[1] == 2 && message[-1] == 0 &&
              memchr(block + 2, 0, len - LURK_PREMASTER_LEN - 3) == NULL && message[0] == version >> 8 &&
              message[1] == (version & 0xff);
  memcpy(out, good ? message : substitute, LURK_PREMASTER_LEN);
}

static void make_block(uint8_t *block) {
  memset(block, 0x5a, BLOCK_LEN);
  block[0] = 0;
  block[1] = 2;
  block[BLOCK_LEN - LURK_PREMASTER_LEN - 1] = 0;
  block[BLOCK_LEN - LURK_PREMASTER_LEN] = VERSION >> 8;
  block[BLOCK_LEN - LURK_PREMASTER_LEN + 1] = VERSION & 0xff;
}

/* Whether out is what it should be, once that may be looked at. */
static bool decides(select_function *select, const uint8_t *source, bool good) {
  uint8_t block[BLOCK_LEN], substitute[LURK_PREMASTER_LEN], out[LURK_PREMASTER_LEN];
  memcpy(block, source, sizeof block);
  memset(substitute, 0xa5, sizeof substitute);
  VALGRIND_MAKE_MEM_UNDEFINED(block, sizeof block);
  VALGRIND_MAKE_MEM_UNDEFINED(substitute, sizeof substitute);
  select(block, sizeof block, true, VERSION, substitute, out);
  VALGRIND_MAKE_MEM_DEFINED(block, sizeof block);
  VALGRIND_MAKE_MEM_DEFINED(substitute, sizeof substitute);
  VALGRIND_MAKE_MEM_DEFINED(out, sizeof out);
  return memcmp(out, good ? block + BLOCK_LEN - LURK_PREMASTER_LEN : substitute, sizeof out) == 0;
}

/* The good block, and a block with each octet changed in turn: to zero, and to another value. */
static bool decides_all(select_function *select) {
  uint8_t block[BLOCK_LEN];
  make_block(block);
  bool right = decides(select, block, true);
  for (size_t at = 0; at < BLOCK_LEN; at++) {
    for (int value = 0; value < 2; value++) {
      make_block(block);
      uint8_t before = block[at];
      block[at] = value == 0 ? 0 : 0x77;
      bool in_padding = at >= 2 && at < BLOCK_LEN - LURK_PREMASTER_LEN - 1;
      bool in_secret = at >= BLOCK_LEN - LURK_PREMASTER_LEN + 2;
      bool good = block[at] == before || in_secret || (in_padding && value != 0);
      right &= decides(select, block, good);
    }
  }
  return right;
}

int main(int argc, char **argv) {
  if (argc != 2 || (strcmp(argv[1], "select") != 0 && strcmp(argv[1], "leaky") != 0)) {
    fprintf(stderr, "usage: premaster-flow select|leaky, under valgrind --error-exitcode=N\n");
    return 2;
  }
  return decides_all(strcmp(argv[1], "select") == 0 ? lurk_premaster_select : leaky_select) ? 0 : 1;
}
