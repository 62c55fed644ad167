/* The groups on offer and how their public keys look in a SubjectPublicKeyInfo. */
#ifndef LURK_CRYPTO_GROUP_H
#define LURK_CRYPTO_GROUP_H

#include "lurk/crypto/crypto.h"
#include "lurk/wire/handshake.h"

struct lurk_group {
  uint16_t id; /* enum lurk_named_group */
  size_t point_len;
  size_t secret_len;
  const uint8_t *spki_head; /* DER SubjectPublicKeyInfo up to the point, which ends it */
  size_t spki_head_len;
  size_t spki_algorithm; /* where its AlgorithmIdentifier begins */
};

#define LURK_MAX_GROUP_SPKI_LEN 158 /* P-521 */

/* NULL when the group is not offered. */
const struct lurk_group *lurk_group_find(uint16_t id);

/* Writes the SubjectPublicKeyInfo of a point of the group and returns its length. */
size_t lurk_group_spki(const struct lurk_group *group, const uint8_t *point,
                       uint8_t spki[LURK_MAX_GROUP_SPKI_LEN]);

#endif
