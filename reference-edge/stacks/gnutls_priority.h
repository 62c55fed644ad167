/* To what a session of GnuTLS is restricted, in the library's own names. */
#ifndef LURK_EDGE_STACKS_GNUTLS_PRIORITY_H
#define LURK_EDGE_STACKS_GNUTLS_PRIORITY_H

#include "reference-edge/chooser.h"
#include <gnutls/gnutls.h>

#define LURK_GNUTLS_PRIORITY_SIZE 1024

/* The priority string of a choice: with LURK TLS 1.2 only, as on the other stacks. lurk is NULL for
 * SKI. False when it is too long. */
bool lurk_gnutls_priority(const struct lurk_choice *choice, const struct lurk_edge_tls_config *tls,
                          const struct lurk_edge_lurk_config *lurk, char text[LURK_GNUTLS_PRIORITY_SIZE]);

/* The TLS SignatureScheme of an algorithm; one that no scheme has when there is none. */
uint16_t lurk_gnutls_scheme_of(gnutls_sign_algorithm_t algorithm);

#endif
