/* OpenSSL 3.0, where it differs from BoringSSL; the rest is in libcrypto_common.c. */
#include "lurk/crypto/libcrypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <threads.h>

const char *lurk_crypto_name(void) {
  return "openssl";
}

const char *lurk_crypto_version(void) {
  return OpenSSL_version(OPENSSL_VERSION_STRING);
}

/* --- hash, HMAC: looking an algorithm up costs more than computing it --- */

enum { HASHES = LURK_SHA512 + 1 };
static EVP_MD *digests[HASHES];
static EVP_MAC_CTX *macs[HASHES]; /* without a key; copied for each call, so only read */

static EVP_MAC_CTX *make_mac(EVP_MAC *hmac, const char *digest) {
  EVP_MAC_CTX *context = EVP_MAC_CTX_new(hmac);
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)digest, 0),
                                   OSSL_PARAM_construct_end()};
  if (context != NULL && EVP_MAC_CTX_set_params(context, parameters) != 1) {
    EVP_MAC_CTX_free(context);
    context = NULL;
  }
  return context;
}

static void fetch_algorithms(void) {
  static const char *const names[HASHES] = {[LURK_SHA1] = "SHA1",
                                            [LURK_SHA224] = "SHA2-224",
                                            [LURK_SHA256] = "SHA2-256",
                                            [LURK_SHA384] = "SHA2-384",
                                            [LURK_SHA512] = "SHA2-512"};
  ERR_set_mark();
  EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
  for (size_t i = 0; i < HASHES; i++) {
    digests[i] = EVP_MD_fetch(NULL, names[i], NULL);
    macs[i] = hmac != NULL ? make_mac(hmac, names[i]) : NULL;
  }
  EVP_MAC_free(hmac);
  ERR_pop_to_mark();
}

static void fetch_once(void) {
  static once_flag once = ONCE_FLAG_INIT;
  call_once(&once, fetch_algorithms);
}

const EVP_MD *lurk_libcrypto_md(enum lurk_hash hash) {
  fetch_once();
  return digests[hash];
}

lurk_status lurk_hmac(enum lurk_hash hash, const uint8_t *key, size_t key_len, const uint8_t *data,
                      size_t len, uint8_t *out) {
  fetch_once();
  if (macs[hash] == NULL)
    return LURK_ERR_BACKEND;
  /* A NULL key would mean that there was one before. */
  const uint8_t *given = key_len > 0 ? key : (const uint8_t *)"";
  size_t out_len;
  EVP_MAC_CTX *context = EVP_MAC_CTX_dup(macs[hash]);
  bool done = context != NULL && EVP_MAC_init(context, given, key_len, NULL) == 1 &&
              EVP_MAC_update(context, data, len) == 1 &&
              EVP_MAC_final(context, out, &out_len, lurk_hash_len(hash)) == 1;
  EVP_MAC_CTX_free(context);
  return done ? LURK_OK : LURK_ERR_BACKEND;
}

bool lurk_libcrypto_is_consistent(EVP_PKEY *pkey) {
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pkey, NULL);
  bool consistent = context != NULL && EVP_PKEY_check(context) == 1;
  EVP_PKEY_CTX_free(context);
  return consistent;
}
