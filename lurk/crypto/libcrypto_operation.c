/* Signing, verifying and RSA decryption on OpenSSL and BoringSSL.
 *
 * Setting an operation up costs OpenSSL 3 a third of an ECDSA signature. It is done once per key, padding and
 * hash; each call works on a copy of its own, which it frees. What is copied from was initialised and has
 * never seen data, so that nothing can pass from one call to another, and is only read, so that threads share
 * it. */
#include "lurk/crypto/libcrypto.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

enum { HASHES = LURK_SHA512 + 1, ECDSA = 2 * HASHES, METHODS = ECDSA + 1 };
enum { SIGN = 0, VERIFY = METHODS, DECRYPT = 2 * METHODS };
_Static_assert(DECRYPT + 1 == LURK_LIBCRYPTO_OPERATIONS, "one place for each operation");

/* --- preparation --- */

/* PKCS#1 and PSS by hash; for ECDSA the hash makes no difference once the digest is there. */
static size_t method_of(struct lurk_signature_algorithm algorithm) {
  if (algorithm.kind == LURK_SIGN_ECDSA)
    return ECDSA;
  return (algorithm.kind == LURK_SIGN_RSA_PSS ? HASHES : 0) + (size_t)algorithm.hash;
}

static bool set_padding(EVP_PKEY_CTX *context, struct lurk_signature_algorithm algorithm) {
  if (algorithm.kind == LURK_SIGN_ECDSA)
    return true;
  bool pss = algorithm.kind == LURK_SIGN_RSA_PSS;
  return EVP_PKEY_CTX_set_rsa_padding(context, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1 &&
         EVP_PKEY_CTX_set_signature_md(context, lurk_libcrypto_md(algorithm.hash)) == 1 &&
         (!pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(context, -1) == 1); /* -1: as long as the hash */
}

static bool set_up(EVP_PKEY_CTX *context, size_t operation, struct lurk_signature_algorithm algorithm) {
  if (operation == DECRYPT)
    return EVP_PKEY_decrypt_init(context) == 1 && EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1;
  return (operation < VERIFY ? EVP_PKEY_sign_init(context) : EVP_PKEY_verify_init(context)) == 1 &&
         set_padding(context, algorithm);
}

/* Another thread may have been faster: then its one stays. */
static EVP_PKEY_CTX *prepare(struct lurk_backend_key *key, size_t operation,
                             struct lurk_signature_algorithm algorithm) {
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key->pkey, NULL);
  if (context == NULL || !set_up(context, operation, algorithm)) {
    EVP_PKEY_CTX_free(context);
    return NULL;
  }
  EVP_PKEY_CTX *other = NULL;
  if (atomic_compare_exchange_strong(&key->prepared[operation], &other, context))
    return context;
  EVP_PKEY_CTX_free(context);
  return other;
}

/* A context for one call. */
static EVP_PKEY_CTX *begin(const struct lurk_backend_key *key, size_t operation,
                           struct lurk_signature_algorithm algorithm) {
  EVP_PKEY_CTX *prepared = atomic_load(&key->prepared[operation]);
  if (prepared == NULL) /* keys are made by calloc and not immutable in this one respect */
    prepared = prepare((struct lurk_backend_key *)key, operation, algorithm);
  return prepared != NULL ? EVP_PKEY_CTX_dup(prepared) : NULL;
}

/* --- RSA decryption --- */

lurk_status lurk_backend_rsa_private(const struct lurk_backend_key *key, const uint8_t *in, size_t len,
                                     uint8_t *out) {
  size_t out_len = len;
  ERR_set_mark();
  EVP_PKEY_CTX *context = begin(key, DECRYPT, (struct lurk_signature_algorithm){0});
  bool done = context != NULL && EVP_PKEY_decrypt(context, out, &out_len, in, len) == 1 && out_len == len;
  EVP_PKEY_CTX_free(context);
  ERR_pop_to_mark();
  return done ? LURK_OK : LURK_ERR_BACKEND;
}

/* --- signatures --- */

/* Ed25519 hashes the message by itself, twice. */
static bool sign_message(const struct lurk_backend_key *key, const uint8_t *message, size_t len,
                         uint8_t *signature, size_t *signature_len) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  bool done = context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
              EVP_DigestSign(context, signature, signature_len, message, len) == 1;
  EVP_MD_CTX_free(context);
  return done;
}

static bool sign_digest(const struct lurk_backend_key *key, struct lurk_signature_algorithm algorithm,
                        const uint8_t *message, size_t len, uint8_t *signature, size_t *signature_len) {
  uint8_t digest[LURK_MAX_HASH_LEN];
  EVP_PKEY_CTX *context = begin(key, SIGN + method_of(algorithm), algorithm);
  bool done = context != NULL && lurk_digest(algorithm.hash, message, len, digest) == LURK_OK &&
              EVP_PKEY_sign(context, signature, signature_len, digest, lurk_hash_len(algorithm.hash)) == 1;
  EVP_PKEY_CTX_free(context);
  return done;
}

/* Both libraries check an RSA signature with the public exponent before they return it (BG-8017-03). */
lurk_status lurk_backend_sign(const struct lurk_backend_key *key, struct lurk_signature_algorithm algorithm,
                              const uint8_t *message, size_t len, uint8_t *signature, size_t *signature_len) {
  *signature_len = LURK_MAX_SIGNATURE_LEN;
  ERR_set_mark();
  bool done = algorithm.kind == LURK_SIGN_ED25519
                  ? sign_message(key, message, len, signature, signature_len)
                  : sign_digest(key, algorithm, message, len, signature, signature_len);
  ERR_pop_to_mark();
  return done ? LURK_OK : LURK_ERR_BACKEND;
}

static lurk_status verify_message(const struct lurk_backend_key *key, const uint8_t *message, size_t len,
                                  const uint8_t *signature, size_t signature_len) {
  lurk_status status = LURK_ERR_BACKEND;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pkey) == 1)
    status =
        EVP_DigestVerify(context, signature, signature_len, message, len) == 1 ? LURK_OK : LURK_ERR_MISMATCH;
  EVP_MD_CTX_free(context);
  return status;
}

static lurk_status verify_digest(const struct lurk_backend_key *key,
                                 struct lurk_signature_algorithm algorithm, const uint8_t *message,
                                 size_t len, const uint8_t *signature, size_t signature_len) {
  uint8_t digest[LURK_MAX_HASH_LEN];
  lurk_status status = LURK_ERR_BACKEND;
  EVP_PKEY_CTX *context = begin(key, VERIFY + method_of(algorithm), algorithm);
  if (context != NULL && lurk_digest(algorithm.hash, message, len, digest) == LURK_OK)
    status = EVP_PKEY_verify(context, signature, signature_len, digest, lurk_hash_len(algorithm.hash)) == 1
                 ? LURK_OK
                 : LURK_ERR_MISMATCH;
  EVP_PKEY_CTX_free(context);
  return status;
}

lurk_status lurk_backend_verify(const struct lurk_backend_key *key, struct lurk_signature_algorithm algorithm,
                                const uint8_t *message, size_t len, const uint8_t *signature,
                                size_t signature_len) {
  ERR_set_mark();
  lurk_status status = algorithm.kind == LURK_SIGN_ED25519
                           ? verify_message(key, message, len, signature, signature_len)
                           : verify_digest(key, algorithm, message, len, signature, signature_len);
  ERR_pop_to_mark();
  return status;
}
