/* Two implementations of crypto.h in one program. They have the same names, so that the sources of the second
 * one, with a copy of calls.c, are compiled with a header that CMake makes of all names in lurk/crypto: each
 * becomes second_NAME. What a program calls stands in a table, of which there is one for each. */
#ifndef LURK_FUZZ_CRYPTO_CALLS_H
#define LURK_FUZZ_CRYPTO_CALLS_H

#include "lurk/crypto/crypto.h"

struct crypto_calls {
  const char *(*name)(void);
  lurk_status (*digest)(enum lurk_hash hash, const uint8_t *data, size_t len, uint8_t *out);
  lurk_status (*hmac)(enum lurk_hash hash, const uint8_t *key, size_t key_len, const uint8_t *data,
                      size_t len, uint8_t *out);
  lurk_status (*private_load)(const uint8_t *pem, size_t len, lurk_private_key **out);
  void (*private_free)(lurk_private_key *key);
  enum lurk_key_type (*private_type)(const lurk_private_key *key);
  const lurk_public_key *(*private_public)(const lurk_private_key *key);
  lurk_status (*public_load)(const uint8_t *spki, size_t len, lurk_public_key **out);
  void (*public_free)(lurk_public_key *key);
  enum lurk_key_type (*public_type)(const lurk_public_key *key);
  void (*public_spki)(const lurk_public_key *key, const uint8_t **der, size_t *len);
  size_t (*modulus_len)(const lurk_public_key *key);
  lurk_status (*sign)(const lurk_private_key *key, struct lurk_signature_algorithm algorithm,
                      const uint8_t *message, size_t len, uint8_t *signature, size_t *signature_len);
  lurk_status (*verify)(const lurk_public_key *key, struct lurk_signature_algorithm algorithm,
                        const uint8_t *message, size_t len, const uint8_t *signature, size_t signature_len);
  lurk_status (*premaster)(const lurk_private_key *key, const uint8_t *ciphertext, size_t ciphertext_len,
                           uint16_t version, uint8_t premaster[LURK_PREMASTER_LEN]);
  lurk_status (*check_point)(uint16_t group, const uint8_t *point, size_t len);
  lurk_status (*mul_base)(uint16_t group, const uint8_t *scalar, uint8_t *point);
  lurk_status (*mul_add)(uint16_t group, const uint8_t *s, const uint8_t *t, const uint8_t *point,
                         size_t point_len, uint8_t *sum);
};

extern const struct crypto_calls lurk_crypto_calls, second_lurk_crypto_calls;

#endif
