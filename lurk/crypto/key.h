/* What a key is in memory, for the files of this folder. */
#ifndef LURK_CRYPTO_KEY_H
#define LURK_CRYPTO_KEY_H

#include "lurk/crypto/backend.h"
#include <stdatomic.h>

struct lurk_public_key {
  enum lurk_key_type type;
  struct lurk_octets spki;
  const uint8_t *modulus; /* RSA: within spki, big-endian, first octet not zero */
  size_t modulus_len;
  struct lurk_backend_key *backend;
};

#define LURK_MAX_MODULUS_LEN 512 /* RSA-4096 */
#define LURK_REJECTION_SECRET_LEN 32

struct lurk_private_key {
  atomic_size_t references;
  lurk_public_key *public_key;
  struct lurk_backend_key *backend;
  uint8_t rejection_secret[LURK_REJECTION_SECRET_LEN]; /* RSA: keys the premaster substitute */
#ifdef LURK_FAULTS
  uint8_t scalar[LURK_MAX_SCALAR_LEN]; /* EC: as long as the order */
#endif
};

#endif
