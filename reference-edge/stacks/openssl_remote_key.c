#include "reference-edge/stacks/openssl_remote_key.h"

#include <openssl/core_names.h>
#include <stdlib.h>
#include <string.h>

struct lurk_openssl_key *lurk_openssl_key_new(const struct lurk_openssl_backend *backend, const char *type) {
  struct lurk_openssl_key *key = calloc(1, sizeof *key);
  if (key != NULL)
    *key = (struct lurk_openssl_key){.backend = backend, .type = type};
  return key;
}

void lurk_openssl_key_free(void *data) {
  struct lurk_openssl_key *key = data;
  if (key == NULL)
    return;
  if (key->owner != NULL)
    key->backend->release(key->owner);
  EVP_PKEY_free(key->public_key);
  free(key);
}

static void *key_new_rsa(void *provider) {
  return lurk_openssl_key_new(provider, "RSA");
}

static void *key_new_ec(void *provider) {
  return lurk_openssl_key_new(provider, "EC");
}

static void *key_new_ed25519(void *provider) {
  return lurk_openssl_key_new(provider, "ED25519");
}

/* The reference holds a key that a loader of the same provider has made: it changes hands. */
static void *key_load(const void *reference, size_t len) {
  void *key = NULL;
  if (len == sizeof key) {
    memcpy(&key, reference, sizeof key);
    memset((void *)(uintptr_t)reference, 0, sizeof key);
  }
  return key;
}

static int key_import(void *data, int selection, const OSSL_PARAM params[]) {
  struct lurk_openssl_key *key = data;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(key->backend->library, key->type, "provider=default");
  (void)selection;
  bool imported =
      context != NULL && key->public_key == NULL && EVP_PKEY_fromdata_init(context) == 1 &&
      EVP_PKEY_fromdata(context, &key->public_key, EVP_PKEY_PUBLIC_KEY, (OSSL_PARAM *)params) == 1;
  EVP_PKEY_CTX_free(context);
  return imported;
}

/* Never a private part: OpenSSL then cannot move the key to another provider and operate there. */
static int key_export(void *data, int selection, OSSL_CALLBACK *callback, void *arg) {
  struct lurk_openssl_key *key = data;
  return (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 0 && key->public_key != NULL &&
         EVP_PKEY_export(key->public_key, selection, callback, arg);
}

static const OSSL_PARAM *key_types(int selection) {
  static const OSSL_PARAM types[] = {OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
                                     OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
                                     OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
                                     OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0), OSSL_PARAM_END};
  (void)selection;
  return types;
}

static int key_has(const void *data, int selection) {
  const struct lurk_openssl_key *key = data;
  /* The private part is there, only not here. */
  bool private = key->owner != NULL || key->backend->release == NULL;
  return key->public_key != NULL && ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 0 || private);
}

static int key_match(const void *one, const void *other, int selection) {
  const struct lurk_openssl_key *a = one, *b = other;
  (void)selection;
  return a->public_key != NULL && b->public_key != NULL && EVP_PKEY_eq(a->public_key, b->public_key) == 1;
}

static int key_get_params(void *data, OSSL_PARAM params[]) {
  const struct lurk_openssl_key *key = data;
  return key->public_key != NULL && EVP_PKEY_get_params(key->public_key, params);
}

static const OSSL_PARAM *key_gettable(void *provider) {
  static const OSSL_PARAM params[] = {OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
                                      OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
                                      OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
                                      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
                                      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, NULL, 0),
                                      OSSL_PARAM_END};
  (void)provider;
  return params;
}

static const char *key_operation_ec(int operation) {
  (void)operation;
  return "ECDSA";
}

#define KEY_FUNCTIONS(new_function)                                                                          \
  LURK_OPENSSL_FUNCTION(OSSL_FUNC_KEYMGMT_NEW, new_function),                                                \
      LURK_OPENSSL_FUNCTION(OSSL_FUNC_KEYMGMT_FREE, lurk_openssl_key_free),                                  \
      LURK_OPENSSL_FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, key_import),                                           \
      LURK_OPENSSL_FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_types),                                      \
      LURK_OPENSSL_FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT, key_export),                                           \
      LURK_OPENSSL_FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, key_types),                                      \
      LURK_OPENSSL_FUNCTION(OSSL_FUNC_KEYMGMT_HAS, key_has),                                                 \
      LURK_OPENSSL_FUNCTION(OSSL_FUNC_KEYMGMT_MATCH, key_match),                                             \
      LURK_OPENSSL_FUNCTION(OSSL_FUNC_KEYMGMT_LOAD, key_load),                                               \
      LURK_OPENSSL_FUNCTION(OSSL_FUNC_KEYMGMT_GET_PARAMS, key_get_params),                                   \
      LURK_OPENSSL_FUNCTION(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, key_gettable)

const OSSL_DISPATCH lurk_openssl_keys_rsa[] = {KEY_FUNCTIONS(key_new_rsa), LURK_OPENSSL_END};
const OSSL_DISPATCH lurk_openssl_keys_ec[] = {
    KEY_FUNCTIONS(key_new_ec),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, key_operation_ec), LURK_OPENSSL_END};
const OSSL_DISPATCH lurk_openssl_keys_ed25519[] = {KEY_FUNCTIONS(key_new_ed25519), LURK_OPENSSL_END};
