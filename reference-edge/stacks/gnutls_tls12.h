/* What LURK tls12 needs of GnuTLS and no session state but the common one. */
#ifndef LURK_EDGE_STACKS_GNUTLS_TLS12_H
#define LURK_EDGE_STACKS_GNUTLS_TLS12_H

#include "reference-edge/stacks/session.h"
#include <gnutls/gnutls.h>

/* Sets ServerHello.random: to be called from the PRE hook of ClientHello, later is too late. A GnuTLS error
 * code. */
int lurk_gnutls_set_random(gnutls_session_t tls, const struct lurk_session_base *base);
/* Hands a message of the PRE hook on to lurk_tls12_see, with the header that GnuTLS leaves out. A GnuTLS
 * error code. */
int lurk_gnutls_see(struct lurk_session_base *base, unsigned type, const gnutls_datum_t *message);
/* The hash of the negotiated suite's PRF. */
bool lurk_gnutls_prf_hash(gnutls_session_t tls, enum lurk_tls12_prf_hash *out);

#endif
