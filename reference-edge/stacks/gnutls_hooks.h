/* GnuTLS keys whose private part is somewhere else, and the function of GnuTLS that this program takes over.
 */
#ifndef LURK_EDGE_STACKS_GNUTLS_HOOKS_H
#define LURK_EDGE_STACKS_GNUTLS_HOOKS_H

#include "reference-edge/stacks/session.h"
#include <gnutls/gnutls.h>

/* Gives the credentials the certificate chain and a key that asks lurk_gnutls_perform. A GnuTLS error code.
 */
int lurk_gnutls_use_certificate(gnutls_certificate_credentials_t credentials,
                                const struct lurk_certificate *certificate);

/* Whether the library's own call of gnutls_privkey_sign_data2 ends in this program. */
bool lurk_gnutls_hook_reached(const struct lurk_certificate *certificate);

/* Implemented by the stack: performs the operation for the session of this thread, and blocks. scheme 0:
 * decryption. */
bool lurk_gnutls_perform(uint16_t scheme, const gnutls_datum_t *in, uint8_t *out, size_t capacity,
                         size_t *len);

#endif
