/* The text in which keys are stored (RFC 7468), read here for all libraries: theirs do not agree about which
 * block of several is taken, nor how a line may end. */
#ifndef LURK_CRYPTO_PEM_H
#define LURK_CRYPTO_PEM_H

#include "lurk/crypto/key_form.h"

/* The first private key in a PEM text, decoded; the text around its blocks says nothing. Boundaries stand
 * alone on their lines; blanks before the end of a line, and CR, are passed over. *der is empty before.
 * MALFORMED: there is none, it is encrypted, or its base64 is not canonical. Not constant time. */
lurk_status lurk_pem_decode(const uint8_t *pem, size_t len, enum lurk_key_container *container,
                            struct lurk_octets *der);

#endif
