/* Pieces of TLS handshakes that a key server must understand before it signs (SKI §5.1.2, §6; A-70). */
#ifndef LURK_WIRE_HANDSHAKE_H
#define LURK_WIRE_HANDSHAKE_H

#include "lurk/status.h"
#include <stddef.h>
#include <stdint.h>

#define LURK_RANDOM_LEN 32
#define LURK_NAMED_CURVE 3 /* RFC 8422 §5.4; the explicit forms let the peer choose the structure */

/* TLS NamedGroup values (RFC 8422 §5.1.1, RFC 8446 §4.2.7). */
enum lurk_named_group {
  LURK_GROUP_SECP256R1 = 0x0017,
  LURK_GROUP_SECP384R1 = 0x0018,
  LURK_GROUP_SECP521R1 = 0x0019,
  LURK_GROUP_X25519 = 0x001d,
};

/* Views into the message. */
struct lurk_ecdhe_input {
  const uint8_t *client_random; /* LURK_RANDOM_LEN octets */
  const uint8_t *server_random; /* LURK_RANDOM_LEN octets */
  uint16_t named_group;
  const uint8_t
      *point; /* its length is the only one that the group allows; NOT yet checked to lie on the curve */
  size_t point_len;
};

/* Both decoders: data may be NULL when len is 0; error must not be NULL. Not constant time: what is checked
 * goes over the wire in clear. */

/* client_random || server_random || ServerECDHParams with curve_type named_curve, a group of the enum above,
 * a point exactly as long as the group says (NIST: 04 first), nothing after it (SKI §5.1.2, A-70, A-87).
 * MALFORMED with *error set otherwise. Whether the point is valid is asked of crypto
 * (lurk_group_check_point). */
lurk_status lurk_ecdhe_input_decode(const uint8_t *data, size_t len, struct lurk_ecdhe_input *out,
                                    struct lurk_decode_error *error);

/* The complete TLS 1.3 CertificateVerify content: 64 x 0x20, the server context string, 00, a transcript hash
 * of 32 or 48 octets (RFC 8446 §4.4.3). Only the server context is accepted. *hash views the transcript hash.
 */
lurk_status lurk_certificate_verify_decode(const uint8_t *data, size_t len, const uint8_t **hash,
                                           size_t *hash_len, struct lurk_decode_error *error);

#endif
