/* Certificates of TLS clients on GnuTLS. */
#ifndef LURK_EDGE_STACKS_GNUTLS_CLIENTS_H
#define LURK_EDGE_STACKS_GNUTLS_CLIENTS_H

#include "reference-edge/stacks/session.h"
#include <gnutls/gnutls.h>

/* The CA of clients, if they are asked for certificates. NULL, or a constant text: why not. */
const char *lurk_gnutls_trust(gnutls_certificate_credentials_t credentials,
                              const struct lurk_edge_tls_config *tls);
/* Lets a session ask for one, and verify it. */
void lurk_gnutls_ask_client(gnutls_session_t session, const struct lurk_edge_tls_config *tls);
/* The handshake is complete: notes whose certificate it was. */
void lurk_gnutls_identify(gnutls_session_t session, struct lurk_session_base *base);

#endif
