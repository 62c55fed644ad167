/* What the key server wants to know of a certificate that was issued for one of its keys. One implementation
 * per TLS library. Nothing is verified here: the edge's certificates are the channel's business. */
#ifndef KEYSERVER_CERTIFICATE_H
#define KEYSERVER_CERTIFICATE_H

#include "lurk/status.h"
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct lurk_certificate_facts {
  uint8_t spki[32]; /* SHA-256 of the DER SubjectPublicKeyInfo */
  uint8_t sha1[20]; /* of the DER certificate: the alias of the keyserver dialect */
  time_t not_before;
  time_t not_after;
  bool may_sign;         /* no keyUsage extension, or one with digitalSignature */
  bool may_encipher;     /* no keyUsage extension, or one with keyEncipherment */
  bool delegation_usage; /* the DelegationUsage extension of RFC 9345 §4.2 is there */
};

/* Reads the first certificate of a PEM file. MALFORMED when there is none; BACKEND. */
lurk_status lurk_certificate_read(const uint8_t *pem, size_t len, struct lurk_certificate_facts *out);

#define LURK_DELEGATION_USAGE_OID "1.3.6.1.4.1.44363.44"

#endif
