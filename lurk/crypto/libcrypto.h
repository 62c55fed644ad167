/* Between libcrypto_common.c, which OpenSSL and BoringSSL share as source, and openssl.c or boringssl.c. */
#ifndef LURK_CRYPTO_LIBCRYPTO_H
#define LURK_CRYPTO_LIBCRYPTO_H

#include "lurk/crypto/backend.h"

#include <openssl/ec.h>
#include <openssl/evp.h>

struct lurk_backend_key {
  EVP_PKEY *pkey;
};

/* Whether the parts of a private key fit together. */
bool lurk_libcrypto_is_consistent(EVP_PKEY *pkey);

/* Of a NIST group; kept for the life of the process. NULL when memory is short. */
const EC_GROUP *lurk_libcrypto_ec_group(const struct lurk_group *group);

#endif
