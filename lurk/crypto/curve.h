/* The constants of the curves that have proofs of ownership (SEC 2 §2.4.2, §2.5.1, §2.6.1; FIPS 186-4 D.1.2).
 */
#ifndef LURK_CRYPTO_CURVE_H
#define LURK_CRYPTO_CURVE_H

#include "lurk/crypto/crypto.h"

struct lurk_curve {
  uint16_t group;           /* enum lurk_named_group */
  size_t len;               /* octets of prime, order, coordinates and scalars */
  const uint8_t *prime;     /* p */
  const uint8_t *order;     /* n */
  const uint8_t *generator; /* 04 || x || y */
};

/* NULL for any other group. */
const struct lurk_curve *lurk_curve_find(uint16_t group);

#endif
