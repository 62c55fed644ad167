/* The committed keys, as liblurk sees them and as numbers. The arithmetic is GMP's, so that what liblurk's
 * libraries would never make can be made too. Not constant time: the keys are published. */
#ifndef LURK_VECTORS_KEYS_H
#define LURK_VECTORS_KEYS_H

#include "lurk/crypto/crypto.h"
#include "vectors/generator/emit.h"

#include <gmp.h>

enum key_name {
  KEY_RSA_SIGN,
  KEY_RSA_DECRYPT,
  KEY_RSA_DECRYPT_3072,
  KEY_RSA_EXPONENT_3,
  KEY_P256,
  KEY_P384,
  KEY_P521,
  KEY_ED25519,
  KEY_CA_ROOT,
  KEY_CA_INTERMEDIATE,
  KEY_COUNT
};

struct key {
  const char *name;
  lurk_private_key *key;
  struct octets spki, pkcs8;
  size_t size;          /* RSA: octets of the modulus; EC: octets of the order */
  mpz_t n, e, d;        /* RSA */
  struct octets scalar; /* EC: the private key */
};

/* Loads FOLDER/NAME.pem of each. */
void keys_load(const char *folder);
void keys_free(void);
const struct key *key_of(enum key_name name);

/* To the file of the group: the public half, or both. */
void add_public_key(struct group *group, enum key_name name);
void add_private_key(struct group *group, enum key_name name);

/* Raw RSA on a block as long as the modulus. */
struct octets rsa_public(const struct key *key, struct octets block);
struct octets rsa_private(const struct key *key, struct octets block);

/* The number in len octets, big endian. */
struct octets octets_of(const mpz_t number, size_t len);
void number_of(mpz_t number, struct octets octets);

#endif
