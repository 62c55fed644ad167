/* What the channel's files for OpenSSL and BoringSSL share. Compiled once against each. */
#ifndef LURK_NET_LIBSSL_H
#define LURK_NET_LIBSSL_H

#include "lurk/net/channel.h"
#include "lurk/net/transport.h"
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>

struct lurk_credentials {
  atomic_uint references;
  enum lurk_channel_role role;
  SSL_CTX *context;
  uint8_t spki[32];
};

struct lurk_channel {
  struct lurk_transport transport;
  lurk_credentials *credentials;
  SSL *ssl;
  enum lurk_channel_state state;
  struct lurk_peer peer;
  char failure[160]; /* empty until the first fault */
};

/* Keeps the first fault: what follows is its consequence. */
void lurk_channel_note(lurk_channel *channel, const char *fault);
/* The oldest error in the library's queue, as a constant string. */
const char *lurk_channel_reason(void);

/* The policy of channel.h on certificates. All return NULL or a constant English fault. */
const char *lurk_libssl_leaf_fault(X509 *leaf, enum lurk_channel_role role_of_owner);
/* chain: verified, leaf first, trust anchor last. */
const char *lurk_libssl_chain_fault(const STACK_OF(X509) * chain, enum lurk_channel_role role_of_owner);
/* For SSL_CTX_set_cert_verify_callback (arg: credentials) and SSL_CTX_set_verify. */
int lurk_libssl_verify(X509_STORE_CTX *store, void *arg);
int lurk_libssl_verify_step(int ok, X509_STORE_CTX *store);

bool lurk_libssl_spki(X509 *certificate, uint8_t fingerprint[32]);
/* Fills *peer, which is empty, with SAN names and fingerprint. */
lurk_status lurk_libssl_peer(X509 *leaf, struct lurk_peer *peer);

#endif
