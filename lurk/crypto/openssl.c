/* OpenSSL 3.0, where it differs from BoringSSL; the rest is in libcrypto_common.c. */
#include "lurk/crypto/libcrypto.h"

#include <openssl/crypto.h>

const char *lurk_crypto_name(void) {
  return "openssl";
}

const char *lurk_crypto_version(void) {
  return OpenSSL_version(OPENSSL_VERSION_STRING);
}

bool lurk_libcrypto_is_consistent(EVP_PKEY *pkey) {
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pkey, NULL);
  bool consistent = context != NULL && EVP_PKEY_check(context) == 1;
  EVP_PKEY_CTX_free(context);
  return consistent;
}
