/* One private-key operation, as a TLS stack asks for it. */
#ifndef LURK_EDGE_KEY_REQUEST_H
#define LURK_EDGE_KEY_REQUEST_H

#include "reference-edge/certificate.h"
#include "reference-edge/scheme.h"

struct lurk_key_request {
  const struct lurk_certificate *certificate;
  enum lurk_ski_method method;
  enum lurk_ski_protocol protocol;  /* the negotiated version */
  const struct lurk_scheme *scheme; /* ECDHE; NULL for RSA */
  struct lurk_octets input;         /* what is signed (SKI §5.1.2), or EncryptedPreMasterSecret */
};

#endif
