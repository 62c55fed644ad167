/* Where nonces, randoms and padding come from: HMAC_DRBG with SHA-256 (SP 800-90A §10.1.2), instantiated with
 * "lurk-vectors" || 00 || seed || 00 || name of the group. Each group has a stream of its own, so that a new
 * vector in one group leaves the others as they are. Everything it gives is published: never use it for keys.
 */
#ifndef LURK_VECTORS_DRBG_H
#define LURK_VECTORS_DRBG_H

#include "vectors/generator/octets.h"

struct drbg {
  uint8_t key[32];
  uint8_t value[32];
};

void drbg_start(struct drbg *drbg, const char *seed, const char *group);
struct octets drbg_octets(struct drbg *drbg, size_t len);
/* None of them zero, as padding wants it. */
struct octets drbg_nonzero(struct drbg *drbg, size_t len);

#endif
