/* Payloads of designation tls12 (draft-mglt-lurk-tls12-05). Requests decode to views into the payload, which
 * must outlive them. ping, and the capabilities request, have no payload: a server checks that its length is
 * 0 and answers invalid_payload_format (LN-09); capabilities stand in lurk_tls12_capabilities.h.
 *
 * A decoder of a request returns LURK_TLS12_SUCCESS or the status that a server answers with. It checks
 * everything that needs neither keys nor configuration nor a clock: key id type (4), freshness function (7),
 * PRF hash (14), curve type (10), named curve (11), whether the curve has that proof (12), and the structure
 * itself (3): all vectors within their floors and ceilings, nothing after the last field. Which of several
 * faults is reported is not specified. Left to the server: key, policy, time window, replay,
 * ciphertext length, signature algorithm against the key, points, proofs.
 *
 * payload may be NULL when len is 0. error must not be NULL; on refusal it says where, for the log only.
 * Encoders take the same structs: MALFORMED for what no payload can say, MEMORY; *out must be empty, and the
 * caller clears it. Nothing here is constant time: all fields but the master secret are public, and that one
 * is only located. */
#ifndef LURK_WIRE_LURK_TLS12_H
#define LURK_WIRE_LURK_TLS12_H

#include "lurk/secret.h"
#include "lurk/status.h"
#include "lurk/wire/handshake.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* §3; the numbers of §10 are not unique. */
enum lurk_tls12_type {
  LURK_TLS12_CAPABILITIES = 0,
  LURK_TLS12_PING = 1,
  LURK_TLS12_RSA_MASTER = 2,
  LURK_TLS12_RSA_MASTER_WITH_POH = 3,
  LURK_TLS12_RSA_EXTENDED_MASTER = 4,
  LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH = 5,
  LURK_TLS12_ECDHE = 6,
};
#define LURK_TLS12_TYPE_COUNT 7

/* §3, and 14 from §10. */
enum lurk_tls12_status {
  LURK_TLS12_REQUEST = 0,
  LURK_TLS12_SUCCESS = 1,
  LURK_TLS12_UNDEFINED_ERROR = 2,
  LURK_TLS12_INVALID_PAYLOAD_FORMAT = 3,
  LURK_TLS12_INVALID_KEY_ID_TYPE = 4,
  LURK_TLS12_INVALID_KEY_ID = 5,
  LURK_TLS12_INVALID_TLS_RANDOM = 6,
  LURK_TLS12_INVALID_FRESHNESS_FUNCT = 7,
  LURK_TLS12_INVALID_ENCRYPTED_PREMASTER = 8, /* never sent: it would be an oracle */
  LURK_TLS12_INVALID_FINISHED = 9,
  LURK_TLS12_INVALID_EC_TYPE = 10,
  LURK_TLS12_INVALID_EC_CURVE = 11,
  LURK_TLS12_INVALID_POO_PRF = 12,
  LURK_TLS12_INVALID_POO = 13,
  LURK_TLS12_INVALID_CIPHER_OR_PRF_HASH = 14,
};

/* Names as in the draft; NULL for a type that is not assigned, "unassigned" for such a status. */
const char *lurk_tls12_type_name(uint8_t type);
const char *lurk_tls12_status_name(uint8_t status);
/* The type of that name. False when there is none. */
bool lurk_tls12_type_find(const char *name, enum lurk_tls12_type *out);

/* key_id as it stands on the wire: type sha256_32 and the first four octets of a SHA-256 (A-06,
 * lurk/tls/key_id.h). */
#define LURK_KEY_ID_LEN 5
#define LURK_KEY_ID_SHA256_32 0

#define LURK_FRESHNESS_SHA256 0 /* 255, null, exists in pylurk only and is refused */

enum lurk_tls12_prf_hash { LURK_PRF_SHA256 = 0, LURK_PRF_SHA384 = 1, LURK_PRF_SHA512 = 2 };

enum lurk_tls12_poo_prf { LURK_POO_NULL = 0, LURK_POO_SHA256_128 = 1, LURK_POO_SHA256_256 = 2 };

#define LURK_MASTER_LEN 48
#define LURK_VERIFY_DATA_LEN 12

/* --- rsa_master --- */

struct lurk_tls12_rsa_master {
  const uint8_t *key_id; /* LURK_KEY_ID_LEN octets */
  enum lurk_tls12_prf_hash prf_hash;
  const uint8_t *client_random;       /* LURK_RANDOM_LEN octets */
  const uint8_t *server_random;       /* LURK_RANDOM_LEN octets: S, not ServerHello.random */
  const uint8_t *encrypted_premaster; /* without its length prefix on the wire */
  size_t encrypted_premaster_len;     /* 0..65535; the server compares it with the modulus */
};

enum lurk_tls12_status lurk_tls12_rsa_master_decode(const uint8_t *payload, size_t len,
                                                    struct lurk_tls12_rsa_master *out,
                                                    struct lurk_decode_error *error);
lurk_status lurk_tls12_rsa_master_encode(const struct lurk_tls12_rsa_master *request,
                                         struct lurk_octets *out);

/* --- rsa_master_with_poh, rsa_extended_master, rsa_extended_master_with_poh --- */

struct lurk_tls12_rsa_handshake {
  enum lurk_tls12_type type;         /* one of these three */
  const uint8_t *key_id;             /* LURK_KEY_ID_LEN octets */
  const uint8_t *handshake_messages; /* as sent but with S; read by lurk_handshake_messages_decode */
  size_t handshake_messages_len;     /* 2..65534 */
  const uint8_t *verify_data;        /* LURK_VERIFY_DATA_LEN octets; NULL without proof of handshake */
};

/* type: of the header; anything but one of the three is MALFORMED when encoding, and a mistake here. */
enum lurk_tls12_status lurk_tls12_rsa_handshake_decode(enum lurk_tls12_type type, const uint8_t *payload,
                                                       size_t len, struct lurk_tls12_rsa_handshake *out,
                                                       struct lurk_decode_error *error);
lurk_status lurk_tls12_rsa_handshake_encode(const struct lurk_tls12_rsa_handshake *request,
                                            struct lurk_octets *out);

/* --- ecdhe --- */

struct lurk_tls12_ecdhe {
  const uint8_t *key_id;        /* LURK_KEY_ID_LEN octets */
  const uint8_t *client_random; /* LURK_RANDOM_LEN octets */
  const uint8_t *server_random; /* LURK_RANDOM_LEN octets: S */
  uint16_t scheme;              /* sig_and_hash: hash in the upper octet, signature in the lower one */
  const uint8_t *params;        /* ServerECDHParams as on the wire, which is what gets signed */
  size_t params_len;
  uint16_t named_group; /* in params; secp256r1, secp384r1, secp521r1 or x25519 */
  const uint8_t *point; /* bG, in params; 1..255 octets that nobody has checked: a point that is wrong in
                         * length, form or place is invalid_poo with a proof and invalid_ec_curve without one
                         * ask lurk_group_check_point */
  size_t point_len;
  enum lurk_tls12_poo_prf poo_prf; /* with x25519 always null */
  const uint8_t *commitment;       /* vG, as unchecked as bG; NULL when poo_prf is null */
  size_t commitment_len;           /* 1..255 */
  const uint8_t *response;         /* r: exactly as long as the group's order; NULL as above */
  size_t response_len;
};

enum lurk_tls12_status lurk_tls12_ecdhe_decode(const uint8_t *payload, size_t len,
                                               struct lurk_tls12_ecdhe *out, struct lurk_decode_error *error);
/* Writes params as they are; named_group and point, which are views into them, only decide what proof fits.
 */
lurk_status lurk_tls12_ecdhe_encode(const struct lurk_tls12_ecdhe *request, struct lurk_octets *out);

/* Writes ServerECDHParams: named_curve, group, point. *out must be empty. */
lurk_status lurk_ecdh_params_encode(uint16_t named_group, const uint8_t *point, size_t point_len,
                                    struct lurk_octets *out);
/* Reads ServerECDHParams that the edge's own TLS library made, into params, named_group and point of *out.
 * MALFORMED, or UNSUPPORTED for another curve. */
lurk_status lurk_ecdh_params_decode(const uint8_t *params, size_t len, struct lurk_tls12_ecdhe *out,
                                    struct lurk_decode_error *error);

/* --- answers --- */

/* The four RSA exchanges: *master views LURK_MASTER_LEN octets. MALFORMED for any other length. A server
 * sends the 48 octets as they are. */
lurk_status lurk_tls12_master_decode(const uint8_t *payload, size_t len, const uint8_t **master,
                                     struct lurk_decode_error *error);

/* ecdhe: a digitally-signed element. */
struct lurk_tls12_signature {
  uint16_t scheme; /* must be the one of the request */
  const uint8_t *octets;
  size_t len; /* 1..65535 */
};

/* MALFORMED also for an empty signature and for another scheme than the one that was asked for. */
lurk_status lurk_tls12_signature_decode(const uint8_t *payload, size_t len, uint16_t scheme,
                                        struct lurk_tls12_signature *out, struct lurk_decode_error *error);
lurk_status lurk_tls12_signature_encode(const struct lurk_tls12_signature *signature,
                                        struct lurk_octets *out);

#endif
