/* lurk-provider.so: see docs/provider.md. */
#include "reference-edge/provider/provider.h"

#include "reference-edge/provider/content.h"
#include "reference-edge/provider/freshness_table.h"
#include "reference-edge/provider/remote.h"
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- errors --- */

static const OSSL_ITEM reasons[] = {{LURK_REASON_KEY, (void *)(uintptr_t) "the key cannot be used"},
                                    {LURK_REASON_OPERATION, (void *)(uintptr_t) "no private-key operation"},
                                    {0, NULL}};

static const OSSL_ITEM *reason_strings(void *provider) {
  (void)provider;
  return reasons;
}

static void set_error(const struct lurk_provider *provider, uint32_t reason, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  provider->set_error(provider->handle, reason, format, arguments);
  va_end(arguments);
}

void lurk_provider_fail(const struct lurk_provider *provider, enum lurk_provider_reason reason,
                        const char *detail) {
  provider->new_error(provider->handle);
  set_error(provider, reason, "%s", detail);
}

/* --- operations --- */

static bool perform(const struct lurk_openssl_key *key, struct lurk_key_request *request, uint8_t *output,
                    size_t capacity, size_t *len) {
  char why[512] = "";
  bool done = lurk_remote_perform(key->owner, request, output, capacity, len, why, sizeof why);
  if (!done)
    lurk_provider_fail((const struct lurk_provider *)key->backend, LURK_REASON_OPERATION, why);
  return done;
}

static bool refuse_key(const struct lurk_openssl_key *key, const char *reason) {
  lurk_provider_fail((const struct lurk_provider *)key->backend, LURK_REASON_OPERATION, reason);
  if (key->owner != NULL)
    lurk_remote_refused(key->owner, reason);
  return false;
}

static bool sign(const struct lurk_openssl_key *key, uint16_t scheme, const uint8_t *content,
                 size_t content_len, uint8_t *signature, size_t capacity, size_t *len) {
  struct lurk_key_request request;
  struct lurk_tls12_material tls12 = {0};
  if (key->owner == NULL)
    return refuse_key(key, "this key is a public one");
  const char *reason =
      lurk_content_request(lurk_remote_over_lurk(key->owner), lurk_remote_certificate(key->owner), scheme,
                           content, content_len, &request, &tls12);
  bool done = reason == NULL ? perform(key, &request, signature, capacity, len) : refuse_key(key, reason);
  lurk_wipe(&tls12, sizeof tls12);
  return done;
}

/* After an error the handshake goes on with a random premaster, and fails at Finished (SKI §5.1.1). */
static bool decrypt(const struct lurk_openssl_key *key, const uint8_t *ciphertext, size_t ciphertext_len,
                    uint8_t *premaster, size_t *len) {
  struct lurk_key_request request = {.method = LURK_SKI_RSA,
                                     .protocol = LURK_SKI_TLS_1_2,
                                     .input = {(uint8_t *)(uintptr_t)ciphertext, ciphertext_len}};
  if (key->owner == NULL)
    return refuse_key(key, "this key is a public one");
  if (!lurk_remote_certificate(key->owner)->rsa_exchange)
    return refuse_key(key, "a key of usage \"ecdhe\" does not decrypt (A-75)");
  perform(key, &request, premaster, LURK_PREMASTER_LEN, len);
  return *len == LURK_PREMASTER_LEN;
}

static void refuse(const struct lurk_openssl_backend *backend, const char *reason) {
  lurk_provider_fail((const struct lurk_provider *)backend, LURK_REASON_OPERATION, reason);
}

static void release(void *owner) {
  lurk_remote_free(owner);
}

/* --- the provider --- */

#define PROPERTIES "provider=lurk,lurk.key=yes"
#define PROPERTIES_PEM PROPERTIES ",input=pem"

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache) {
  static const OSSL_ALGORITHM key_managers[] = LURK_OPENSSL_KEY_MANAGERS(PROPERTIES);
  static const OSSL_ALGORITHM signers[] = LURK_OPENSSL_SIGNERS(PROPERTIES);
  static const OSSL_ALGORITHM decrypters[] = LURK_OPENSSL_DECRYPTERS(PROPERTIES);
  static const OSSL_ALGORITHM stores[] = {{LURK_PROVIDER_SCHEME, PROPERTIES, lurk_provider_store, "key URIs"},
                                          {NULL, NULL, NULL, NULL}};
  static const OSSL_ALGORITHM decoders[] = {
      {LURK_OPENSSL_NAMES_RSA, PROPERTIES_PEM, lurk_provider_decoder, "key URIs as PEM"},
      {LURK_OPENSSL_NAMES_EC, PROPERTIES_PEM, lurk_provider_decoder, "key URIs as PEM"},
      {LURK_OPENSSL_NAMES_ED25519, PROPERTIES_PEM, lurk_provider_decoder, "key URIs as PEM"},
      {NULL, NULL, NULL, NULL}};
  static const OSSL_ALGORITHM generators[] = {
      {LURK_PROVIDER_RAND, PROPERTIES, lurk_provider_rand, "ServerHello.random of LURK"},
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
  case OSSL_OP_STORE:
    return stores;
  case OSSL_OP_DECODER:
    return decoders;
  case OSSL_OP_RAND:
    return generators;
  default:
    return NULL;
  }
}

/* Of the whole process, until its end: what lurk/crypto has prepared in it stays, too. */
static OSSL_LIB_CTX *own_library;

static void open_library(void) {
  OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
  if (library != NULL && OSSL_PROVIDER_load(library, "default") != NULL)
    own_library = library;
}

static void teardown(void *data) {
  struct lurk_provider *provider = data;
  lurk_freshness_table_wipe();
  free(provider->configuration);
  free(provider);
}

static bool read_core(struct lurk_provider *provider, const OSSL_DISPATCH *in) {
  OSSL_FUNC_core_get_params_fn *get_params = NULL;
  for (; in->function_id != 0; in++) {
    switch (in->function_id) {
    case OSSL_FUNC_CORE_GET_PARAMS:
      get_params = OSSL_FUNC_core_get_params(in);
      break;
    case OSSL_FUNC_CORE_NEW_ERROR:
      provider->new_error = OSSL_FUNC_core_new_error(in);
      break;
    case OSSL_FUNC_CORE_VSET_ERROR:
      provider->set_error = OSSL_FUNC_core_vset_error(in);
      break;
    case OSSL_FUNC_BIO_READ_EX:
      provider->read = OSSL_FUNC_BIO_read_ex(in);
      break;
    default:
      break;
    }
  }
  char *configuration = NULL;
  OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_ptr("configuration", &configuration, 0),
                         OSSL_PARAM_construct_end()};
  if (get_params == NULL || provider->new_error == NULL || provider->set_error == NULL ||
      provider->read == NULL || get_params(provider->handle, params) != 1)
    return false;
  provider->configuration = configuration == NULL ? NULL : strdup(configuration);
  return configuration == NULL || provider->configuration != NULL;
}

/* The only name that this module shows. */
__attribute__((visibility("default"))) int OSSL_provider_init(const OSSL_CORE_HANDLE *handle,
                                                              const OSSL_DISPATCH *in,
                                                              const OSSL_DISPATCH **out, void **context) {
  static const OSSL_DISPATCH functions[] = {
      LURK_OPENSSL_FUNCTION(OSSL_FUNC_PROVIDER_TEARDOWN, teardown),
      LURK_OPENSSL_FUNCTION(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query),
      LURK_OPENSSL_FUNCTION(OSSL_FUNC_PROVIDER_GET_REASON_STRINGS, reason_strings), LURK_OPENSSL_END};
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_library);
  struct lurk_provider *provider = calloc(1, sizeof *provider);
  if (provider == NULL)
    return 0;
  *provider = (struct lurk_provider){.backend = {.library = own_library,
                                                 .sign = sign,
                                                 .decrypt = decrypt,
                                                 .refuse = refuse,
                                                 .release = release},
                                     .handle = handle};
  if (own_library == NULL || !read_core(provider, in)) {
    teardown(provider);
    return 0;
  }
  *out = functions;
  *context = provider;
  return 1;
}
