#include "reference-edge/stacks/openssl_provider.h"

#include "reference-edge/stacks/libssl.h"
#include "reference-edge/stacks/openssl_tls12.h"
#include "reference-edge/stacks/tls12.h"
#include <openssl/async.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#define PROVIDER LURK_PROVIDER_NAME

/* --- key management: public parts, kept as a key of the default provider --- */

struct provider_key {
  const char *type;
  EVP_PKEY *public_key;
};

static void *key_new(const char *type) {
  struct provider_key *key = calloc(1, sizeof *key);
  if (key != NULL)
    key->type = type;
  return key;
}

static void *key_new_rsa(void *provider) {
  (void)provider;
  return key_new("RSA");
}

static void *key_new_ec(void *provider) {
  (void)provider;
  return key_new("EC");
}

static void *key_new_ed25519(void *provider) {
  (void)provider;
  return key_new("ED25519");
}

static void key_free(void *data) {
  struct provider_key *key = data;
  if (key != NULL)
    EVP_PKEY_free(key->public_key);
  free(key);
}

static int key_import(void *data, int selection, const OSSL_PARAM params[]) {
  struct provider_key *key = data;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, key->type, "provider=default");
  (void)selection;
  bool imported =
      context != NULL && key->public_key == NULL && EVP_PKEY_fromdata_init(context) == 1 &&
      EVP_PKEY_fromdata(context, &key->public_key, EVP_PKEY_PUBLIC_KEY, (OSSL_PARAM *)params) == 1;
  EVP_PKEY_CTX_free(context);
  return imported;
}

/* Never a private part: OpenSSL then cannot move the key to another provider and operate there. */
static int key_export(void *data, int selection, OSSL_CALLBACK *callback, void *arg) {
  struct provider_key *key = data;
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
  const struct provider_key *key = data;
  (void)selection; /* the private part is there, only not here */
  return key->public_key != NULL;
}

static int key_match(const void *one, const void *other, int selection) {
  const struct provider_key *a = one, *b = other;
  (void)selection;
  return a->public_key != NULL && b->public_key != NULL && EVP_PKEY_eq(a->public_key, b->public_key) == 1;
}

static int key_get_params(void *data, OSSL_PARAM params[]) {
  const struct provider_key *key = data;
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

#define FUNCTION(id, function)                                                                               \
  { id, (void (*)(void))function }
#define KEY_FUNCTIONS(new_function)                                                                          \
  FUNCTION(OSSL_FUNC_KEYMGMT_NEW, new_function), FUNCTION(OSSL_FUNC_KEYMGMT_FREE, key_free),                 \
      FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, key_import), FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_types),   \
      FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT, key_export), FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, key_types),   \
      FUNCTION(OSSL_FUNC_KEYMGMT_HAS, key_has), FUNCTION(OSSL_FUNC_KEYMGMT_MATCH, key_match),                \
      FUNCTION(OSSL_FUNC_KEYMGMT_GET_PARAMS, key_get_params),                                                \
      FUNCTION(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, key_gettable)
#define END                                                                                                  \
  { 0, NULL }

static const OSSL_DISPATCH keys_rsa[] = {KEY_FUNCTIONS(key_new_rsa), END};
static const OSSL_DISPATCH keys_ec[] = {
    KEY_FUNCTIONS(key_new_ec), FUNCTION(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, key_operation_ec), END};
static const OSSL_DISPATCH keys_ed25519[] = {KEY_FUNCTIONS(key_new_ed25519), END};

/* --- operations --- */

struct operation {
  const struct provider_key *key;
  enum lurk_ski_hash hash;
  int padding;
};

static void *operation_new(void *provider, const char *properties) {
  (void)provider;
  (void)properties;
  return calloc(1, sizeof(struct operation));
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
  return UINT16_MAX; /* no such scheme: lurk_session_ask refuses it */
}

bool lurk_provider_await(lurk_stack_session *session, uint8_t *out, size_t capacity, size_t *len) {
  while (!session->base.answered)
    if (ASYNC_pause_job() != 1)
      return false;
  return lurk_session_take(&session->base, out, capacity, len);
}

static int perform(uint16_t scheme, const uint8_t *in, size_t in_len, uint8_t *out, size_t capacity,
                   size_t *len) {
  lurk_stack_session *session = lurk_libssl_current;
  return session != NULL && ASYNC_get_current_job() != NULL &&
         lurk_session_ask(&session->base, scheme, in, in_len) &&
         lurk_provider_await(session, out, capacity, len);
}

static int sign(void *data, unsigned char *signature, size_t *len, size_t capacity,
                const unsigned char *content, size_t content_len) {
  const struct operation *operation = data;
  if (signature == NULL) {
    *len = (size_t)EVP_PKEY_get_size(operation->key->public_key);
    return *len > 0;
  }
  if (lurk_libssl_current != NULL && lurk_libssl_current->base.lurk != NULL &&
      !lurk_openssl_keep_ephemeral(lurk_libssl_current))
    return 0;
  return perform(scheme_of(operation), content, content_len, signature, capacity, len);
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
  if (operation->padding != RSA_PKCS1_WITH_TLS_PADDING || out == NULL || capacity < LURK_PREMASTER_LEN)
    return 0;
  if (lurk_libssl_current != NULL && lurk_libssl_current->base.lurk != NULL) {
    *len = LURK_PREMASTER_LEN;
    return lurk_tls12_stand_in(&lurk_libssl_current->base, in, in_len, out);
  }
  return perform(0, in, in_len, out, LURK_PREMASTER_LEN, len);
}

static const OSSL_DISPATCH signatures[] = {
    FUNCTION(OSSL_FUNC_SIGNATURE_NEWCTX, operation_new),
    FUNCTION(OSSL_FUNC_SIGNATURE_FREECTX, operation_free),
    FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, sign_init),
    FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, sign),
    FUNCTION(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, operation_set_params),
    FUNCTION(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, operation_settable),
    END};
static const OSSL_DISPATCH ciphers[] = {
    FUNCTION(OSSL_FUNC_ASYM_CIPHER_NEWCTX, operation_new_cipher),
    FUNCTION(OSSL_FUNC_ASYM_CIPHER_FREECTX, operation_free),
    FUNCTION(OSSL_FUNC_ASYM_CIPHER_DECRYPT_INIT, decrypt_init),
    FUNCTION(OSSL_FUNC_ASYM_CIPHER_DECRYPT, decrypt),
    FUNCTION(OSSL_FUNC_ASYM_CIPHER_SET_CTX_PARAMS, operation_set_params),
    FUNCTION(OSSL_FUNC_ASYM_CIPHER_SETTABLE_CTX_PARAMS, operation_settable),
    END};

/* --- the provider --- */

#define PROPERTIES "provider=" PROVIDER ",lurk.key=yes"
/* The names under which libssl looks certificates up. */
#define NAMES_RSA "RSA:rsaEncryption:1.2.840.113549.1.1.1"
#define NAMES_EC "EC:id-ecPublicKey:1.2.840.10045.2.1"
#define NAMES_ED25519 "ED25519:1.3.101.112"

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache) {
  static const OSSL_ALGORITHM key_managers[] = {
      {NAMES_RSA, PROPERTIES, keys_rsa, "remote RSA key"},
      {NAMES_EC, PROPERTIES, keys_ec, "remote EC key"},
      {NAMES_ED25519, PROPERTIES, keys_ed25519, "remote Ed25519 key"},
      {NULL, NULL, NULL, NULL}};
  static const OSSL_ALGORITHM signers[] = {
      {NAMES_RSA, PROPERTIES, signatures, "remote RSA signature"},
      {"ECDSA", PROPERTIES, signatures, "remote ECDSA signature"},
      {NAMES_ED25519, PROPERTIES, signatures, "remote Ed25519 signature"},
      {NULL, NULL, NULL, NULL}};
  static const OSSL_ALGORITHM decrypters[] = {{NAMES_RSA, PROPERTIES, ciphers, "remote RSA decryption"},
                                              {NULL, NULL, NULL, NULL}};
  (void)provider;
  *no_cache = 0;
  switch (operation) {
  case OSSL_OP_KEYMGMT:
    return key_managers;
  case OSSL_OP_SIGNATURE:
    return signers;
  case OSSL_OP_ASYM_CIPHER:
    return decrypters;
  case OSSL_OP_KDF:
    return lurk_openssl_kdfs;
  case OSSL_OP_RAND:
    return lurk_openssl_rands;
  default:
    return NULL;
  }
}

static int provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
                         void **context) {
  static const OSSL_DISPATCH functions[] = {FUNCTION(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query), END};
  (void)in;
  *out = functions;
  *context = (void *)(uintptr_t)handle;
  return 1;
}

/* The source of randomness is set before anything is drawn. */
bool lurk_provider_open(bool lurk, struct lurk_provider_library *out) {
  *out = (struct lurk_provider_library){.context = OSSL_LIB_CTX_new(),
                                        .properties =
                                            lurk ? LURK_PROVIDER_PROPERTIES_TLS12 : LURK_PROVIDER_PROPERTIES};
  if (out->context == NULL || OSSL_PROVIDER_add_builtin(out->context, PROVIDER, provider_init) != 1)
    return false;
  out->default_provider = OSSL_PROVIDER_load(out->context, "default");
  out->own = OSSL_PROVIDER_load(out->context, PROVIDER);
  return out->default_provider != NULL && out->own != NULL &&
         (!lurk || RAND_set_DRBG_type(out->context, LURK_OPENSSL_RAND, NULL, NULL, NULL) == 1);
}

void lurk_provider_close(struct lurk_provider_library *library) {
  if (library->own != NULL)
    OSSL_PROVIDER_unload(library->own);
  if (library->default_provider != NULL)
    OSSL_PROVIDER_unload(library->default_provider);
  OSSL_LIB_CTX_free(library->context);
}

EVP_PKEY *lurk_provider_key(OSSL_LIB_CTX *library, EVP_PKEY *public_key) {
  OSSL_PARAM *params = NULL;
  EVP_PKEY *key = NULL;
  const char *type = EVP_PKEY_get0_type_name(public_key);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(library, type, "provider=" PROVIDER);
  if (context != NULL && EVP_PKEY_todata(public_key, EVP_PKEY_PUBLIC_KEY, &params) == 1 &&
      EVP_PKEY_fromdata_init(context) == 1)
    EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, params);
  OSSL_PARAM_free(params);
  EVP_PKEY_CTX_free(context);
  return key;
}

static bool is_ours(const OSSL_PROVIDER *provider) {
  return provider != NULL && strcmp(OSSL_PROVIDER_get0_name(provider), PROVIDER) == 0;
}

static bool signs_here(const struct lurk_provider_library *library, EVP_PKEY *key) {
  EVP_MD_CTX *digest = EVP_MD_CTX_new();
  EVP_PKEY_CTX *context = NULL;
  const char *name = EVP_PKEY_is_a(key, "ED25519") ? NULL : "SHA256";
  bool ours =
      digest != NULL &&
      EVP_DigestSignInit_ex(digest, &context, name, library->context, library->properties, key, NULL) == 1 &&
      is_ours(EVP_PKEY_CTX_get0_provider(context));
  EVP_MD_CTX_free(digest);
  return ours;
}

static bool decrypts_here(const struct lurk_provider_library *library, EVP_PKEY *key) {
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(library->context, key, library->properties);
  bool ours =
      context != NULL && EVP_PKEY_decrypt_init(context) == 1 && is_ours(EVP_PKEY_CTX_get0_provider(context));
  EVP_PKEY_CTX_free(context);
  return ours;
}

static bool ephemeral_keys_elsewhere(const struct lurk_provider_library *library) {
  EVP_KEYMGMT *keys = EVP_KEYMGMT_fetch(library->context, "EC", library->properties);
  bool elsewhere = keys != NULL && !is_ours(EVP_KEYMGMT_get0_provider(keys));
  EVP_KEYMGMT_free(keys);
  return elsewhere;
}

const char *lurk_provider_check(const struct lurk_provider_library *library, EVP_PKEY *key) {
  if (!is_ours(EVP_PKEY_get0_provider(key)))
    return "the certificate's key does not belong to the provider of this program";
  if (!signs_here(library, key))
    return "signatures would not be made by the provider of this program";
  if (EVP_PKEY_is_a(key, "RSA") && !decrypts_here(library, key))
    return "decryption would not be done by the provider of this program";
  return ephemeral_keys_elsewhere(library) ? NULL
                                           : "ephemeral keys would come from the provider of this program";
}
