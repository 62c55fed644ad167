/* An OpenSSL provider whose private keys are somewhere else: its keys hold public parts only, its signatures
 * and decryptions become private-key operations of the current session (libssl.h) and pause the ASYNC job
 * that the handshake runs in. */
#ifndef LURK_EDGE_STACKS_OPENSSL_PROVIDER_H
#define LURK_EDGE_STACKS_OPENSSL_PROVIDER_H

#include <openssl/evp.h>
#include <stdbool.h>

/* Algorithms named like key types come from the default provider unless a key is already ours: libssl takes a
 * group only if its ephemeral keys come from the provider that declares the group. */
#define LURK_PROVIDER_PROPERTIES "?lurk.key!=yes"
#define LURK_PROVIDER_NAME "lurk"

/* A library context of our own with the default provider and this one. */
struct lurk_provider_library {
  OSSL_LIB_CTX *context;
  const char *properties; /* for every fetch */
  OSSL_PROVIDER *default_provider, *own;
};
/* lurk: with what LURK tls12 needs (openssl_tls12.h). */
bool lurk_provider_open(bool lurk, struct lurk_provider_library *out);
void lurk_provider_close(struct lurk_provider_library *library);

/* A key of this provider with the public parts of public_key; NULL on failure. */
EVP_PKEY *lurk_provider_key(OSSL_LIB_CTX *library, EVP_PKEY *public_key);

/* Asserts what OpenSSL fetches: ours for operations with this key, its own for ephemeral keys. Returns NULL
 * or what is wrong. */
const char *lurk_provider_check(const struct lurk_provider_library *library, EVP_PKEY *key);

#endif
