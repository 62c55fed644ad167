#include "reference-edge/stacks/openssl_remote_key.h"

#include "reference-edge/scheme.h"
#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#define PREMASTER_LEN 48

struct operation {
  const struct lurk_openssl_backend *backend;
  const struct lurk_openssl_key *key;
  enum lurk_ski_hash hash;
  int padding;
};

static void *operation_new(void *provider, const char *properties) {
  struct operation *operation = calloc(1, sizeof *operation);
  (void)properties;
  if (operation != NULL)
    operation->backend = provider;
  return operation;
}

static void *operation_new_cipher(void *provider) {
  return operation_new(provider, NULL);
}

static void operation_free(void *data) {
  free(data);
}

static int operation_set_params(void *data, const OSSL_PARAM params[]) {
  struct operation *operation = data;
  const OSSL_PARAM *padding =
      params == NULL ? NULL : OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_PAD_MODE);
  if (padding == NULL || padding->data_type != OSSL_PARAM_UTF8_STRING)
    return padding == NULL || OSSL_PARAM_get_int(padding, &operation->padding);
  operation->padding =
      strcmp(padding->data, OSSL_PKEY_RSA_PAD_MODE_PSS) == 0 ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
  return 1;
}

/* Salt length and MGF1 hash come too; TLS leaves no choice in them. */
static const OSSL_PARAM *operation_settable(void *data, void *provider) {
  static const OSSL_PARAM params[] = {OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_PAD_MODE, NULL, 0),
                                      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
                                      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, NULL, 0),
                                      OSSL_PARAM_END};
  (void)data;
  (void)provider;
  return params;
}

static enum lurk_ski_hash hash_of(const char *name) {
  switch (name == NULL ? NID_undef : EVP_MD_get_type(EVP_get_digestbyname(name))) {
  case NID_sha256:
    return LURK_SKI_SHA256;
  case NID_sha384:
    return LURK_SKI_SHA384;
  case NID_sha512:
    return LURK_SKI_SHA512;
  default:
    return LURK_SKI_HASH_ABSENT;
  }
}

static int sign_init(void *data, const char *digest, void *key, const OSSL_PARAM params[]) {
  struct operation *operation = data;
  operation->key = key;
  operation->hash = hash_of(digest);
  operation->padding = RSA_PKCS1_PADDING;
  return operation_set_params(data, params);
}

static uint16_t scheme_of(const struct operation *operation) {
  enum lurk_signature_kind kind = LURK_SIGN_ECDSA;
  if (strcmp(operation->key->type, "ED25519") == 0)
    kind = LURK_SIGN_ED25519;
  else if (strcmp(operation->key->type, "RSA") == 0)
    kind = operation->padding == RSA_PKCS1_PSS_PADDING ? LURK_SIGN_RSA_PSS : LURK_SIGN_RSA_PKCS1;
  for (size_t i = 0; i < LURK_SCHEME_COUNT; i++)
    if (lurk_schemes[i].kind == kind && lurk_schemes[i].hash == operation->hash)
      return lurk_schemes[i].id;
  return UINT16_MAX; /* no such scheme: nobody signs with it */
}

static int sign(void *data, unsigned char *signature, size_t *len, size_t capacity,
                const unsigned char *content, size_t content_len) {
  const struct operation *operation = data;
  if (signature == NULL) {
    *len = (size_t)EVP_PKEY_get_size(operation->key->public_key);
    return *len > 0;
  }
  return operation->backend->sign(operation->key, scheme_of(operation), content, content_len, signature,
                                  capacity, len);
}

static int refuse(const struct operation *operation, const char *reason) {
  if (operation->backend->refuse != NULL)
    operation->backend->refuse(operation->backend, reason);
  return 0;
}

/* A key server signs no digest (SKI §4.2.3), and what comes in pieces may be anything. */
static int digest_init(void *data, void *key, const OSSL_PARAM params[]) {
  (void)key;
  (void)params;
  return refuse(data, "a digest is not signed, only the whole content of a TLS handshake");
}

static int digest_sign(void *data, unsigned char *signature, size_t *len, size_t capacity,
                       const unsigned char *digest, size_t digest_len) {
  (void)signature;
  (void)len;
  (void)capacity;
  (void)digest;
  (void)digest_len;
  return digest_init(data, NULL, NULL);
}

static int piece_update(void *data, const unsigned char *content, size_t len) {
  (void)content;
  (void)len;
  return refuse(data, "content in pieces is not signed, only the whole content of a TLS handshake");
}

static int piece_final(void *data, unsigned char *signature, size_t *len, size_t capacity) {
  (void)signature;
  (void)len;
  (void)capacity;
  return piece_update(data, NULL, 0);
}

static int decrypt_init(void *data, void *key, const OSSL_PARAM params[]) {
  struct operation *operation = data;
  operation->key = key;
  operation->padding = RSA_PKCS1_PADDING;
  return operation_set_params(data, params);
}

/* Only the premaster of static RSA: libssl says so by the padding mode, and asks for exactly its length. */
static int decrypt(void *data, unsigned char *out, size_t *len, size_t capacity, const unsigned char *in,
                   size_t in_len) {
  const struct operation *operation = data;
  if (operation->padding != RSA_PKCS1_WITH_TLS_PADDING || out == NULL || capacity < PREMASTER_LEN)
    return refuse(operation, "nothing is decrypted but the premaster of a TLS handshake");
  return operation->backend->decrypt(operation->key, in, in_len, out, len);
}

const OSSL_DISPATCH lurk_openssl_signatures[] = {
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_SIGNATURE_NEWCTX, operation_new),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_SIGNATURE_FREECTX, operation_free),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_SIGNATURE_SIGN_INIT, digest_init),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_SIGNATURE_SIGN, digest_sign),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, sign_init),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, piece_update),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, piece_final),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, sign),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, operation_set_params),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, operation_settable),
    LURK_OPENSSL_END};
const OSSL_DISPATCH lurk_openssl_ciphers[] = {
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_ASYM_CIPHER_NEWCTX, operation_new_cipher),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_ASYM_CIPHER_FREECTX, operation_free),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_ASYM_CIPHER_DECRYPT_INIT, decrypt_init),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_ASYM_CIPHER_DECRYPT, decrypt),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_ASYM_CIPHER_SET_CTX_PARAMS, operation_set_params),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_ASYM_CIPHER_SETTABLE_CTX_PARAMS, operation_settable),
    LURK_OPENSSL_END};
