/* A private-key operation as the payload of a LURK tls12 request. */
#ifndef LURK_EDGE_TLS12_PAYLOAD_H
#define LURK_EDGE_TLS12_PAYLOAD_H

#include "reference-edge/key_request.h"

/* *type: ecdhe; for RSA the type of the request's material. proof: used when the request has the ephemeral
 * key; null otherwise. *out must be empty; the caller clears it. */
lurk_status lurk_tls12_payload(const struct lurk_key_request *request, enum lurk_tls12_poo_prf proof,
                               enum lurk_tls12_type *type, struct lurk_octets *out);

#endif
