/* Shows under valgrind's memcheck that the prover's arithmetic neither branches nor addresses by a secret: v
 * and b are marked as undefined, and memcheck reports every jump and every address that depends on undefined
 * data. "respond" must run clean; "leaky", a comparison as one usually writes it, must be reported, which
 * shows that the method sees what it should. */
#include "lurk/crypto/crypto.h"
#include "lurk/wire/handshake.h"

#include <stdio.h>
#include <string.h>
#include <valgrind/memcheck.h>

typedef lurk_status respond_function(uint16_t group, const uint8_t *v, const uint8_t *c, const uint8_t *b,
                                     uint8_t *r);

/* Not the response, but what leaks in a careless one: a comparison that ends early. */
static lurk_status leaky_respond(uint16_t group, const uint8_t *v, const uint8_t *c, const uint8_t *b,
                                 uint8_t *r) {
  size_t len = lurk_scalar_len(group);
  memcpy(r, memcmp(v, b, len) < 0 ? b : v, len);
  r[0] ^= c[0];
  return LURK_OK;
}

static bool runs(respond_function *respond, uint16_t group) {
  uint8_t v[LURK_MAX_SCALAR_LEN], b[LURK_MAX_SCALAR_LEN], r[LURK_MAX_SCALAR_LEN], c[LURK_MAX_SCALAR_LEN];
  if (lurk_scalar_random(group, v) != LURK_OK || lurk_scalar_random(group, b) != LURK_OK ||
      lurk_scalar_random(group, c) != LURK_OK)
    return false;
  VALGRIND_MAKE_MEM_UNDEFINED(v, sizeof v);
  VALGRIND_MAKE_MEM_UNDEFINED(b, sizeof b);
  lurk_status status = respond(group, v, c, b, r);
  bool valid = lurk_scalar_is_valid(group, b);
  VALGRIND_MAKE_MEM_DEFINED(&valid, sizeof valid); /* that much may be known */
  return status == LURK_OK && valid;
}

int main(int argc, char **argv) {
  if (argc != 2 || (strcmp(argv[1], "respond") != 0 && strcmp(argv[1], "leaky") != 0)) {
    fprintf(stderr, "usage: scalar-flow respond|leaky, under valgrind --error-exitcode=N\n");
    return 2;
  }
  respond_function *respond = strcmp(argv[1], "respond") == 0 ? lurk_scalar_respond : leaky_respond;
  bool right = true;
  for (uint16_t group = LURK_GROUP_SECP256R1; group <= LURK_GROUP_SECP521R1; group++)
    right &= runs(respond, group);
  return right ? 0 : 1;
}
