/* Between libcrypto_common.c, libcrypto_operation.c and libcrypto_point.c, which OpenSSL and BoringSSL share
 * as source, and openssl.c or boringssl.c. */
#ifndef LURK_CRYPTO_LIBCRYPTO_H
#define LURK_CRYPTO_LIBCRYPTO_H

#include "lurk/crypto/backend.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdatomic.h>

/* Sign and verify with each padding and hash, and decrypt (libcrypto_operation.c). */
#define LURK_LIBCRYPTO_OPERATIONS 23

struct lurk_backend_key {
  EVP_PKEY *pkey;
  _Atomic(EVP_PKEY_CTX *) prepared[LURK_LIBCRYPTO_OPERATIONS]; /* NULL: not asked for so far */
};

/* Kept for the life of the process. NULL when the library has none. */
const EVP_MD *lurk_libcrypto_md(enum lurk_hash hash);

/* A private key whose parts have been seen to fit together, or NULL. */
EVP_PKEY *lurk_libcrypto_private_key(const struct lurk_private_form *form);
/* Of a NIST curve, from a point that has been checked; or NULL. */
EVP_PKEY *lurk_libcrypto_ec_public_key(const struct lurk_public_form *form, const uint8_t *spki, size_t len);

/* Of a NIST group; kept for the life of the process. NULL when memory is short. */
const EC_GROUP *lurk_libcrypto_ec_group(const struct lurk_group *group);

#endif
