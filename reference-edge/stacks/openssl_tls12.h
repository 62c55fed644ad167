/* What LURK tls12 needs of the provider beyond keys: ServerHello.random comes from us, and so does the master
 * secret of static RSA, so that the premaster never is in this process. Nothing of this is fetched for SKI.
 */
#ifndef LURK_EDGE_STACKS_OPENSSL_TLS12_H
#define LURK_EDGE_STACKS_OPENSSL_TLS12_H

#include "reference-edge/stacks/libssl.h"
#include "reference-edge/stacks/openssl_provider.h"
#include <openssl/core_dispatch.h>

/* TLS1-PRF is ours; for the rest see LURK_PROVIDER_PROPERTIES. */
#define LURK_PROVIDER_PROPERTIES_TLS12 LURK_PROVIDER_PROPERTIES ",?lurk.tls=yes"
#define LURK_OPENSSL_RAND "LURK-RAND"

extern const OSSL_ALGORITHM lurk_openssl_kdfs[], lurk_openssl_rands[];

/* Asserts that OpenSSL fetches these two from us. Returns NULL or what is wrong. */
const char *lurk_openssl_tls12_check(const struct lurk_provider_library *library);

/* The next 32 octets that OpenSSL draws for the session are its ServerHello.random: to be called from the
 * client_hello callback, the certificate callback is too late. */
void lurk_openssl_random_next(lurk_stack_session *session);
/* Session ids have another source than ServerHello.random. */
int lurk_openssl_session_id(SSL *ssl, unsigned char *id, unsigned *len);

/* Takes the ephemeral private key of a group that has proofs. False when it cannot be had. */
bool lurk_openssl_keep_ephemeral(lurk_stack_session *session);

/* Implemented by the provider: pauses the handshake until the operation that was asked for is answered.
 * Another session may run meanwhile. */
bool lurk_provider_await(lurk_stack_session *session, uint8_t *out, size_t capacity, size_t *len);

#endif
