/* BoringSSL, where it differs from OpenSSL 3.0; the rest is in libcrypto_common.c. */
#include "lurk/crypto/libcrypto.h"

#include <openssl/ec_key.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define STRINGIFY(value) #value
#define STRING_OF(macro) STRINGIFY(macro)

const char *lurk_crypto_name(void) {
  return "boringssl";
}

/* BoringSSL has no releases; the API version is the only number that it gives itself. */
const char *lurk_crypto_version(void) {
  return "API " STRING_OF(BORINGSSL_API_VERSION);
}

const EVP_MD *lurk_libcrypto_md(enum lurk_hash hash) {
  switch (hash) {
  case LURK_SHA1:
    return EVP_sha1();
  case LURK_SHA224:
    return EVP_sha224();
  case LURK_SHA256:
    return EVP_sha256();
  case LURK_SHA384:
    return EVP_sha384();
  case LURK_SHA512:
    return EVP_sha512();
  }
  return NULL;
}

lurk_status lurk_hmac(enum lurk_hash hash, const uint8_t *key, size_t key_len, const uint8_t *data,
                      size_t len, uint8_t *out) {
  /* A NULL key would mean the key of the call before. */
  const uint8_t *given = key_len > 0 ? key : (const uint8_t *)"";
  return HMAC(lurk_libcrypto_md(hash), given, key_len, data, len, out, NULL) != NULL ? LURK_OK
                                                                                     : LURK_ERR_BACKEND;
}

static bool is_consistent(EVP_PKEY *pkey) {
  switch (EVP_PKEY_id(pkey)) {
  case EVP_PKEY_RSA:
    return RSA_check_key(EVP_PKEY_get0_RSA(pkey)) == 1;
  case EVP_PKEY_EC:
    return EC_KEY_check_key(EVP_PKEY_get0_EC_KEY(pkey)) == 1;
  default: /* Ed25519: any seed is a key */
    return true;
  }
}

EVP_PKEY *lurk_libcrypto_private_key(const struct lurk_private_form *form) {
  const uint8_t *end = form->der;
  EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &end, (long)form->len);
  if (pkey != NULL && !is_consistent(pkey)) {
    EVP_PKEY_free(pkey);
    return NULL;
  }
  return pkey;
}

EVP_PKEY *lurk_libcrypto_ec_public_key(const struct lurk_public_form *form, const uint8_t *spki, size_t len) {
  (void)form;
  return d2i_PUBKEY(NULL, &spki, (long)len);
}
