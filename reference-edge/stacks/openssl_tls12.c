#include "reference-edge/stacks/openssl_tls12.h"

#include "lurk/crypto/crypto.h"
#include "lurk/fault.h"
#include "reference-edge/stacks/tls12.h"
#include <openssl/async.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <string.h>

#define PROPERTIES "provider=" LURK_PROVIDER_NAME ",lurk.tls=yes"
#define STRENGTH 256
#define MAX_REQUEST 65536

#define FUNCTION(id, function)                                                                               \
  { id, (void (*)(void))function }
#define END                                                                                                  \
  { 0, NULL }

/* --- ServerHello.random --- */

static lurk_stack_session *awaiting; /* its ServerHello.random is drawn next */

void lurk_openssl_random_next(lurk_stack_session *session) {
  awaiting = session;
}

int lurk_openssl_session_id(SSL *ssl, unsigned char *id, unsigned *len) {
  const lurk_stack_session *session = SSL_get_app_data(ssl);
  if (*len == LURK_RANDOM_LEN && LURK_FAULT(s_in_session_id)) {
    memcpy(id, session->base.tls12.material.s, LURK_RANDOM_LEN);
    return 1;
  }
  return lurk_random(id, *len) == LURK_OK;
}

static void *rand_new(void *provider, void *parent, const OSSL_DISPATCH *parent_functions) {
  static char only; /* without a state of its own */
  (void)provider;
  (void)parent;
  (void)parent_functions;
  return &only;
}

static void rand_free(void *data) {
  (void)data;
}

static int rand_instantiate(void *data, unsigned strength, int prediction_resistance,
                            const unsigned char *personalisation, size_t len, const OSSL_PARAM params[]) {
  (void)data;
  (void)prediction_resistance;
  (void)personalisation;
  (void)len;
  (void)params;
  return strength <= STRENGTH;
}

static int rand_always(void *data) {
  (void)data;
  return 1;
}

static void rand_unlock(void *data) {
  (void)data;
}

static int rand_generate(void *data, unsigned char *out, size_t len, unsigned strength,
                         int prediction_resistance, const unsigned char *additional, size_t additional_len) {
  lurk_stack_session *session = awaiting;
  (void)data;
  (void)strength;
  (void)prediction_resistance;
  (void)additional;
  (void)additional_len;
  if (session == NULL || session != lurk_libssl_current || len != LURK_RANDOM_LEN)
    return RAND_priv_bytes(out, (int)len) == 1;
  awaiting = NULL;
  memcpy(out, session->base.tls12.random, LURK_RANDOM_LEN);
  return 1;
}

static int rand_get_params(void *data, OSSL_PARAM params[]) {
  OSSL_PARAM *state = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STATE);
  OSSL_PARAM *strength = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STRENGTH);
  OSSL_PARAM *most = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_MAX_REQUEST);
  (void)data;
  return (state == NULL || OSSL_PARAM_set_int(state, EVP_RAND_STATE_READY)) &&
         (strength == NULL || OSSL_PARAM_set_uint(strength, STRENGTH)) &&
         (most == NULL || OSSL_PARAM_set_size_t(most, MAX_REQUEST));
}

static const OSSL_DISPATCH rand_functions[] = {FUNCTION(OSSL_FUNC_RAND_NEWCTX, rand_new),
                                               FUNCTION(OSSL_FUNC_RAND_FREECTX, rand_free),
                                               FUNCTION(OSSL_FUNC_RAND_INSTANTIATE, rand_instantiate),
                                               FUNCTION(OSSL_FUNC_RAND_UNINSTANTIATE, rand_always),
                                               FUNCTION(OSSL_FUNC_RAND_GENERATE, rand_generate),
                                               FUNCTION(OSSL_FUNC_RAND_ENABLE_LOCKING, rand_always),
                                               FUNCTION(OSSL_FUNC_RAND_LOCK, rand_always),
                                               FUNCTION(OSSL_FUNC_RAND_UNLOCK, rand_unlock),
                                               FUNCTION(OSSL_FUNC_RAND_GET_CTX_PARAMS, rand_get_params),
                                               END};
const OSSL_ALGORITHM lurk_openssl_rands[] = {
    {LURK_OPENSSL_RAND, PROPERTIES, rand_functions, "ServerHello.random of LURK"}, {NULL, NULL, NULL, NULL}};

/* --- the master secret --- */

static void *prf_new(void *provider) {
  (void)provider;
  EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_TLS1_PRF, "provider=default");
  EVP_KDF_CTX *library = EVP_KDF_CTX_new(kdf);
  EVP_KDF_free(kdf);
  return library;
}

static void prf_free(void *data) {
  EVP_KDF_CTX_free(data);
}

static void prf_reset(void *data) {
  EVP_KDF_CTX_reset(data);
}

static int prf_set_params(void *data, const OSSL_PARAM params[]) {
  return EVP_KDF_CTX_set_params(data, params);
}

static const OSSL_PARAM *prf_settable(void *data, void *provider) {
  (void)provider;
  return EVP_KDF_CTX_settable_params(data);
}

static bool has_label(const OSSL_PARAM *seed, const char *label) {
  return seed != NULL && seed->data_size == strlen(label) && memcmp(seed->data, label, seed->data_size) == 0;
}

/* libssl gives its label as the first seed, and the hash of the suite as an object name. */
static bool prf_hash_of(const OSSL_PARAM params[], enum lurk_tls12_prf_hash *out) {
  const OSSL_PARAM *digest = OSSL_PARAM_locate_const(params, OSSL_KDF_PARAM_DIGEST);
  const EVP_MD *md = digest == NULL ? NULL : EVP_get_digestbyname(digest->data);
  *out = md == EVP_sha384() ? LURK_PRF_SHA384 : LURK_PRF_SHA256;
  return md != NULL && (md == EVP_sha384() || md == EVP_sha256());
}

static bool wants_master(const lurk_stack_session *session, const OSSL_PARAM params[]) {
  const OSSL_PARAM *secret = params == NULL ? NULL : OSSL_PARAM_locate_const(params, OSSL_KDF_PARAM_SECRET);
  return session != NULL && session->base.lurk != NULL && secret != NULL &&
         lurk_tls12_is_stand_in(&session->base, secret->data, secret->data_size);
}

/* Whatever is made of the stand-in for the premaster comes from the key server, or not at all. */
static int prf_derive(void *data, unsigned char *out, size_t len, const OSSL_PARAM params[]) {
  lurk_stack_session *session = lurk_libssl_current;
  enum lurk_tls12_prf_hash hash;
  size_t got = 0;
  if (!wants_master(session, params))
    return EVP_KDF_derive(data, out, len, params);
  const OSSL_PARAM *seed = OSSL_PARAM_locate_const(params, OSSL_KDF_PARAM_SEED);
  bool extended = has_label(seed, "extended master secret");
  return (extended || has_label(seed, "master secret")) && len == LURK_MASTER_LEN &&
         prf_hash_of(params, &hash) && ASYNC_get_current_job() != NULL &&
         lurk_tls12_ask_master(&session->base, extended, hash) &&
         lurk_provider_await(session, out, len, &got) && got == len;
}

static const OSSL_DISPATCH prf_functions[] = {FUNCTION(OSSL_FUNC_KDF_NEWCTX, prf_new),
                                              FUNCTION(OSSL_FUNC_KDF_FREECTX, prf_free),
                                              FUNCTION(OSSL_FUNC_KDF_RESET, prf_reset),
                                              FUNCTION(OSSL_FUNC_KDF_DERIVE, prf_derive),
                                              FUNCTION(OSSL_FUNC_KDF_SET_CTX_PARAMS, prf_set_params),
                                              FUNCTION(OSSL_FUNC_KDF_SETTABLE_CTX_PARAMS, prf_settable),
                                              END};
const OSSL_ALGORITHM lurk_openssl_kdfs[] = {
    {OSSL_KDF_NAME_TLS1_PRF, PROPERTIES, prf_functions, "master secret of LURK"}, {NULL, NULL, NULL, NULL}};

/* --- the ephemeral key --- */

static uint16_t group_of(EVP_PKEY *key) {
  static const struct {
    const char *name;
    uint16_t id;
  } groups[] = {{SN_X9_62_prime256v1, LURK_GROUP_SECP256R1},
                {SN_secp384r1, LURK_GROUP_SECP384R1},
                {SN_secp521r1, LURK_GROUP_SECP521R1}};
  char name[32];
  if (EVP_PKEY_get_group_name(key, name, sizeof name, NULL) == 1)
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
      if (strcmp(name, groups[i].name) == 0)
        return groups[i].id;
  return 0;
}

static bool keep_scalar(lurk_stack_session *session, EVP_PKEY *key, size_t len) {
  uint8_t scalar[LURK_MAX_SCALAR_LEN];
  BIGNUM *number = NULL;
  bool kept = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1 &&
              BN_bn2binpad(number, scalar, (int)len) == (int)len &&
              lurk_tls12_keep_ephemeral(&session->base, scalar, len);
  BN_clear_free(number);
  lurk_wipe(scalar, sizeof scalar);
  return kept;
}

/* X25519 has no proofs. */
bool lurk_openssl_keep_ephemeral(lurk_stack_session *session) {
  EVP_PKEY *key = NULL;
  if (SSL_get_tmp_key(session->ssl, &key) != 1)
    return false;
  uint16_t group = EVP_PKEY_is_a(key, "EC") ? group_of(key) : 0;
  size_t len = group == 0 ? 0 : lurk_scalar_len(group);
  bool kept = len > 0 ? keep_scalar(session, key, len) : EVP_PKEY_is_a(key, "X25519") == 1;
  EVP_PKEY_free(key);
  return kept;
}

/* --- the check --- */

const char *lurk_openssl_tls12_check(const struct lurk_provider_library *library) {
  EVP_KDF *kdf = EVP_KDF_fetch(library->context, OSSL_KDF_NAME_TLS1_PRF, library->properties);
  bool ours = kdf != NULL && EVP_KDF_get0_provider(kdf) == library->own;
  EVP_KDF_free(kdf);
  if (!ours)
    return "the master secret would not come from the provider of this program";
  EVP_RAND_CTX *source = RAND_get0_public(library->context);
  bool named =
      source != NULL && strcmp(EVP_RAND_get0_name(EVP_RAND_CTX_get0_rand(source)), LURK_OPENSSL_RAND) == 0;
  return named ? NULL : "ServerHello.random would not come from the provider of this program";
}
