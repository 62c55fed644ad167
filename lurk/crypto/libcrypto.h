/* Between libcrypto_common.c, which OpenSSL and BoringSSL share as source, and openssl.c or boringssl.c. */
#ifndef LURK_CRYPTO_LIBCRYPTO_H
#define LURK_CRYPTO_LIBCRYPTO_H

#include "lurk/crypto/backend.h"

#include <openssl/bio.h>
#include <openssl/evp.h>

struct lurk_backend_key {
  EVP_PKEY *pkey;
};

/* lurk_backend_private_load without the wrapping. *pkey stays NULL unless OK. */
lurk_status lurk_libcrypto_read_private(BIO *pem, EVP_PKEY **pkey);

/* A pem_password_cb that has none, where the library's own would ask on the terminal. */
int lurk_libcrypto_no_password(char *buffer, int size, int writing, void *unused);

#endif
