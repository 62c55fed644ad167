/* BoringSSL, where it differs from OpenSSL 3.0; the rest is in libcrypto_common.c. */
#include "lurk/crypto/libcrypto.h"

#include <openssl/ec_key.h>
#include <openssl/rsa.h>

#define STRINGIFY(value) #value
#define STRING_OF(macro) STRINGIFY(macro)

const char *lurk_crypto_name(void) {
  return "boringssl";
}

/* BoringSSL has no releases; the API version is the only number that it gives itself. */
const char *lurk_crypto_version(void) {
  return "API " STRING_OF(BORINGSSL_API_VERSION);
}

bool lurk_libcrypto_is_consistent(EVP_PKEY *pkey) {
  switch (EVP_PKEY_id(pkey)) {
  case EVP_PKEY_RSA:
    return RSA_check_key(EVP_PKEY_get0_RSA(pkey)) == 1;
  case EVP_PKEY_EC:
    return EC_KEY_check_key(EVP_PKEY_get0_EC_KEY(pkey)) == 1;
  default: /* Ed25519: any seed is a key */
    return true;
  }
}
