/* What the channel's files for OpenSSL and BoringSSL share. Compiled once against each. */
#ifndef LURK_NET_LIBSSL_H
#define LURK_NET_LIBSSL_H

#include "lurk/net/channel_internal.h"
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* The oldest error in the library's queue, as a constant string. */
const char *lurk_channel_reason(void);

/* The policy of channel.h on certificates: NULL or a constant English fault. */
const char *lurk_libssl_leaf_fault(X509 *leaf, enum lurk_channel_role role_of_owner);
bool lurk_libssl_key_is_strong(X509 *certificate);
/* For SSL_CTX_set_cert_verify_callback (arg: credentials) and SSL_CTX_set_verify. */
int lurk_libssl_verify(X509_STORE_CTX *store, void *arg);
int lurk_libssl_verify_step(int ok, X509_STORE_CTX *store);

/* Fills *peer, which is empty, with SAN names and fingerprint. */
lurk_status lurk_libssl_peer(X509 *leaf, struct lurk_peer *peer);

#endif
