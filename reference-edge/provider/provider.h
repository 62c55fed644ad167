/* The loadable provider: what its parts share. */
#ifndef LURK_PROVIDER_PROVIDER_H
#define LURK_PROVIDER_PROVIDER_H

#include "reference-edge/stacks/openssl_remote_key.h"

#define LURK_PROVIDER_SCHEME "lurk"          /* key URIs: lurk:NAME?configuration=FILE */
#define LURK_PROVIDER_PEM "LURK PRIVATE KEY" /* PEM: such a URI */
#define LURK_PROVIDER_RAND "LURK-RAND"       /* ServerHello.random of LURK */

struct lurk_provider {
  struct lurk_openssl_backend backend; /* its library is our own: nothing of the server's is used in it */
  const OSSL_CORE_HANDLE *handle;
  char *configuration; /* of openssl.cnf, or NULL */
  OSSL_FUNC_core_new_error_fn *new_error;
  OSSL_FUNC_core_vset_error_fn *set_error;
  OSSL_FUNC_BIO_read_ex_fn *read;
};

/* Numbers in the error queue; their texts are in provider.c. */
enum lurk_provider_reason { LURK_REASON_KEY = 1, LURK_REASON_OPERATION };

/* One entry of the error queue. detail without a secret. */
void lurk_provider_fail(const struct lurk_provider *provider, enum lurk_provider_reason reason,
                        const char *detail);

/* The key behind a URI; NULL with the fault in the error queue and, as one line, on stderr: OpenSSL drops it
 * from the queue where something else might know the key. */
struct lurk_openssl_key *lurk_provider_load_key(const struct lurk_provider *provider, const char *uri);
/* Tells OpenSSL of the key, which changes hands if it takes it; it goes otherwise. */
int lurk_provider_give_key(struct lurk_openssl_key *key, OSSL_CALLBACK *callback, void *arg);

extern const OSSL_DISPATCH lurk_provider_store[], lurk_provider_decoder[], lurk_provider_rand[];

#endif
