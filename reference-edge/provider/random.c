/* ServerHello.random of LURK: libssl takes it from the public generator, 32 octets at once, and so does it
 * with session ids, which are none the worse for it. The private generator, of which keys are made, is never
 * bent. */
#include "reference-edge/provider/freshness_table.h"
#include "reference-edge/provider/provider.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdlib.h>

#define STRENGTH 256
#define MAX_REQUEST 65536
#define SELF "lurk-self" /* a parameter that tells which generator one is */

struct generator {
  const struct lurk_provider *provider;
};

static void *rand_new(void *provider, void *parent, const OSSL_DISPATCH *parent_functions) {
  struct generator *generator = malloc(sizeof *generator);
  (void)parent;
  (void)parent_functions;
  if (generator != NULL)
    generator->provider = provider;
  return generator;
}

static void rand_free(void *data) {
  free(data);
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

/* Of the default library context: of servers that make contexts of their own nothing is known. */
static bool is_public(const struct generator *generator) {
  void *self = NULL;
  OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_ptr(SELF, &self, 0), OSSL_PARAM_construct_end()};
  EVP_RAND_CTX *source = RAND_get0_public(NULL);
  return source != NULL && EVP_RAND_CTX_get_params(source, params) == 1 && self == generator;
}

static int rand_generate(void *data, unsigned char *out, size_t len, unsigned strength,
                         int prediction_resistance, const unsigned char *additional, size_t additional_len) {
  const struct generator *generator = data;
  (void)prediction_resistance;
  (void)additional;
  (void)additional_len;
  bool bent = len == LURK_RANDOM_LEN && is_public(generator);
  OSSL_LIB_CTX *library = generator->provider->backend.library;
  if (!bent)
    return RAND_priv_bytes_ex(library, out, len, strength) == 1;
  OSSL_LIB_CTX *outer = OSSL_LIB_CTX_set0_default(library);
  bool drawn = lurk_freshness_table_draw(out) == LURK_OK;
  OSSL_LIB_CTX_set0_default(outer);
  return drawn;
}

static int rand_get_params(void *data, OSSL_PARAM params[]) {
  OSSL_PARAM *state = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STATE);
  OSSL_PARAM *strength = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STRENGTH);
  OSSL_PARAM *most = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_MAX_REQUEST);
  OSSL_PARAM *self = OSSL_PARAM_locate(params, SELF);
  return (state == NULL || OSSL_PARAM_set_int(state, EVP_RAND_STATE_READY)) &&
         (strength == NULL || OSSL_PARAM_set_uint(strength, STRENGTH)) &&
         (most == NULL || OSSL_PARAM_set_size_t(most, MAX_REQUEST)) &&
         (self == NULL || OSSL_PARAM_set_octet_ptr(self, data, 0));
}

const OSSL_DISPATCH lurk_provider_rand[] = {
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_RAND_NEWCTX, rand_new),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_RAND_FREECTX, rand_free),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_RAND_INSTANTIATE, rand_instantiate),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_RAND_UNINSTANTIATE, rand_always),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_RAND_GENERATE, rand_generate),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_RAND_ENABLE_LOCKING, rand_always),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_RAND_LOCK, rand_always),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_RAND_UNLOCK, rand_unlock),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_RAND_GET_CTX_PARAMS, rand_get_params),
    LURK_OPENSSL_END};
