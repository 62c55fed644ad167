/* OpenSSL 3.0, where it differs from BoringSSL; the rest is in libcrypto_common.c. */
#include "lurk/crypto/libcrypto.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>

const char *lurk_crypto_name(void) {
  return "openssl";
}

const char *lurk_crypto_version(void) {
  return OpenSSL_version(OPENSSL_VERSION_STRING);
}

/* Private keys with more than two primes (RFC 8017 §3.2): BoringSSL and GnuTLS do not take them. */
static bool has_third_prime(const EVP_PKEY *pkey) {
  BIGNUM *prime = NULL;
  bool found = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_FACTOR3, &prime) == 1;
  BN_clear_free(prime);
  return found;
}

/* Explicit parameters that spell out a known curve would pass as that curve (RFC 5480 §2.1.1). */
static bool has_explicit_parameters(const EVP_PKEY *pkey) {
  int is_explicit = 0;
  return EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit) == 1 &&
         is_explicit != 0;
}

static lurk_status check_private(EVP_PKEY *pkey) {
  if (has_third_prime(pkey) || has_explicit_parameters(pkey))
    return LURK_ERR_UNSUPPORTED;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pkey, NULL);
  if (context == NULL)
    return LURK_ERR_MEMORY;
  int consistent = EVP_PKEY_check(context);
  EVP_PKEY_CTX_free(context);
  return consistent == 1 ? LURK_OK : LURK_ERR_MALFORMED;
}

lurk_status lurk_libcrypto_read_private(BIO *pem, EVP_PKEY **pkey) {
  *pkey = PEM_read_bio_PrivateKey(pem, NULL, lurk_libcrypto_no_password, NULL);
  if (*pkey == NULL)
    return LURK_ERR_MALFORMED;
  lurk_status status = check_private(*pkey);
  if (status != LURK_OK) {
    EVP_PKEY_free(*pkey);
    *pkey = NULL;
  }
  return status;
}

lurk_status lurk_backend_private_exponent(const struct lurk_backend_key *key, uint8_t *out, size_t len) {
  BIGNUM *exponent = NULL;
  bool done = EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_RSA_D, &exponent) == 1 &&
              BN_bn2binpad(exponent, out, (int)len) == (int)len;
  BN_clear_free(exponent);
  return done ? LURK_OK : LURK_ERR_BACKEND;
}
