/* What the stacks on OpenSSL and BoringSSL share. Compiled once against each. */
#ifndef LURK_EDGE_STACKS_LIBSSL_H
#define LURK_EDGE_STACKS_LIBSSL_H

#include "reference-edge/stacks/session.h"
#include <openssl/ssl.h>

struct lurk_stack_session {
  struct lurk_session_base base;
  SSL *ssl;
};

/* The session that is inside SSL_do_handshake, for callbacks that get no SSL. */
extern lurk_stack_session *lurk_libssl_current;

/* Versions, suites, groups, tickets, certificates of clients: everything but the edge's own certificates and
 * the private-key hook. NULL, or a constant text: why not. */
const char *lurk_libssl_configure(SSL_CTX *context, const struct lurk_edge_tls_config *tls, bool lurk);
/* Restricts a session to its choice: versions and suites. */
bool lurk_libssl_restrict(lurk_stack_session *session);
/* A context for sessions, as the implementation keeps it. */
SSL *lurk_libssl_session_new(lurk_stack *stack);
const struct lurk_certificates *lurk_libssl_certificates(const lurk_stack *stack);
const struct lurk_edge_tls_config *lurk_libssl_tls(const lurk_stack *stack);
const struct lurk_edge_lurk_config *lurk_libssl_lurk(const lurk_stack *stack); /* NULL: SKI */

/* The oldest error in the library's queue, as a constant string. */
const char *lurk_libssl_reason(void);

#endif
