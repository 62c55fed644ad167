#include "reference-edge/stacks/openssl_provider.h"

#include "reference-edge/stacks/libssl.h"
#include "reference-edge/stacks/openssl_remote_key.h"
#include "reference-edge/stacks/openssl_tls12.h"
#include "reference-edge/stacks/tls12.h"
#include <openssl/async.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <string.h>

#define PROVIDER LURK_PROVIDER_NAME

/* --- operations: they pause the handshake that asks --- */

bool lurk_provider_await(lurk_stack_session *session, uint8_t *out, size_t capacity, size_t *len) {
  while (!session->base.answered)
    if (ASYNC_pause_job() != 1)
      return false;
  return lurk_session_take(&session->base, out, capacity, len);
}

static bool perform(uint16_t scheme, const uint8_t *in, size_t in_len, uint8_t *out, size_t capacity,
                    size_t *len) {
  lurk_stack_session *session = lurk_libssl_current;
  return session != NULL && ASYNC_get_current_job() != NULL &&
         lurk_session_ask(&session->base, scheme, in, in_len) &&
         lurk_provider_await(session, out, capacity, len);
}

static bool sign(const struct lurk_openssl_key *key, uint16_t scheme, const uint8_t *content,
                 size_t content_len, uint8_t *signature, size_t capacity, size_t *len) {
  (void)key; /* the session knows which certificate it has chosen */
  if (lurk_libssl_current != NULL && lurk_libssl_current->base.lurk != NULL &&
      !lurk_openssl_keep_ephemeral(lurk_libssl_current))
    return false;
  return perform(scheme, content, content_len, signature, capacity, len);
}

static bool decrypt(const struct lurk_openssl_key *key, const uint8_t *ciphertext, size_t ciphertext_len,
                    uint8_t *premaster, size_t *len) {
  (void)key;
  if (lurk_libssl_current != NULL && lurk_libssl_current->base.lurk != NULL) {
    *len = LURK_PREMASTER_LEN;
    return lurk_tls12_stand_in(&lurk_libssl_current->base, ciphertext, ciphertext_len, premaster);
  }
  return perform(0, ciphertext, ciphertext_len, premaster, LURK_PREMASTER_LEN, len);
}

/* --- the provider --- */

#define PROPERTIES "provider=" PROVIDER ",lurk.key=yes"

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache) {
  static const OSSL_ALGORITHM key_managers[] = LURK_OPENSSL_KEY_MANAGERS(PROPERTIES);
  static const OSSL_ALGORITHM signers[] = LURK_OPENSSL_SIGNERS(PROPERTIES);
  static const OSSL_ALGORITHM decrypters[] = LURK_OPENSSL_DECRYPTERS(PROPERTIES);
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
  static const OSSL_DISPATCH functions[] = {LURK_OPENSSL_FUNCTION(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query),
                                            LURK_OPENSSL_END};
  static struct lurk_openssl_backend backend = {.sign = sign, .decrypt = decrypt};
  (void)handle;
  (void)in;
  *out = functions;
  *context = &backend;
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
