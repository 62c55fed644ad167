/* Key URIs, for servers that take them: openssl s_server -key lurk:NAME. */
#include "reference-edge/provider/provider.h"

#include <stdlib.h>
#include <string.h>

struct store {
  const struct lurk_provider *provider;
  char *uri;
  bool read;
};

static void *store_open(void *provider, const char *uri) {
  struct store *store = calloc(1, sizeof *store);
  if (store == NULL)
    return NULL;
  *store = (struct store){.provider = provider, .uri = strdup(uri)};
  if (store->uri != NULL)
    return store;
  free(store);
  return NULL;
}

static int store_load(void *data, OSSL_CALLBACK *callback, void *arg, OSSL_PASSPHRASE_CALLBACK *pass,
                      void *pass_arg) {
  struct store *store = data;
  (void)pass;
  (void)pass_arg;
  store->read = true;
  struct lurk_openssl_key *key = lurk_provider_load_key(store->provider, store->uri);
  return key != NULL && lurk_provider_give_key(key, callback, arg);
}

static int store_eof(void *data) {
  const struct store *store = data;
  return store->read;
}

static int store_close(void *data) {
  struct store *store = data;
  free(store->uri);
  free(store);
  return 1;
}

/* What a caller expects, or how it wants to be asked for a password, changes nothing. */
static int store_set_params(void *data, const OSSL_PARAM params[]) {
  (void)data;
  (void)params;
  return 1;
}

const OSSL_DISPATCH lurk_provider_store[] = {
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_STORE_OPEN, store_open),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_STORE_LOAD, store_load),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_STORE_EOF, store_eof),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_STORE_CLOSE, store_close),
    LURK_OPENSSL_FUNCTION(OSSL_FUNC_STORE_SET_CTX_PARAMS, store_set_params),
    LURK_OPENSSL_END};
