/* The handshake_messages of rsa_master_with_poh, rsa_extended_master and rsa_extended_master_with_poh
 * (draft-mglt-lurk-tls12-05 §4.1, §5.1): a TLS 1.2 or DTLS 1.2 handshake with RSA key exchange, as it was
 * sent, except that ServerHello.random is S. Everything in it goes over the wire in clear: not
 * constant time. */
#ifndef LURK_WIRE_HANDSHAKE_MESSAGES_H
#define LURK_WIRE_HANDSHAKE_MESSAGES_H

#include "lurk/secret.h"
#include "lurk/wire/lurk_tls12.h"

#define LURK_TLS_1_2 0x0303
#define LURK_DTLS_1_2 0xfefd

/* Views into the list. */
struct lurk_handshake_messages {
  const uint8_t *list;
  size_t list_len;
  size_t session_len; /* the list up to and with ClientKeyExchange: what session_hash covers (RFC 7627 §3);
                       * the rest is the client's CertificateVerify */
  uint16_t
      client_version; /* of ClientHello: LURK_TLS_1_2 or LURK_DTLS_1_2; also that of ServerHello */
  const uint8_t *client_random;      /* LURK_RANDOM_LEN octets */
  const uint8_t *server_random;      /* LURK_RANDOM_LEN octets: S */
  const uint8_t *session_id;         /* of ServerHello */
  size_t session_id_len;             /* 0..32 */
  uint16_t cipher_suite;             /* of ServerHello; RSA key exchange, and one that ClientHello offers */
  enum lurk_tls12_prf_hash prf_hash; /* of that suite (TLS12-4.4-25) */
  bool client_offers_ems;            /* extended_master_secret in ClientHello */
  bool server_selects_ems;           /* the same in ServerHello; never without the former */
  const uint8_t *certificate;        /* DER of the server's leaf; whose key it has is for the server to see */
  size_t certificate_len;
  const uint8_t *encrypted_premaster; /* of ClientKeyExchange, without its length prefix */
  size_t encrypted_premaster_len;     /* 0..65535; the server compares it with the modulus */
};

/* type: one of the three above; it decides how the list ends and whether extended_master_secret must or must
 * not have been negotiated.
 *
 * LURK_TLS12_SUCCESS: the messages are ClientHello, ServerHello, Certificate, [CertificateStatus],
 * [CertificateRequest], ServerHelloDone, [Certificate], ClientKeyExchange, [CertificateVerify], each with its
 * header and in one piece, nothing before, between or after (TLS12-4.4-24, A-12). The client's Certificate is
 * there exactly when it was asked for; CertificateVerify exactly when that one is not empty, and never for
 * rsa_extended_master, whose list ends with ClientKeyExchange (TLS12-5.1-03). DTLS: headers of 12 octets,
 * unfragmented, numbered without a gap on either side.
 * LURK_TLS12_INVALID_CIPHER_OR_PRF_HASH: the suite is not one of lurk_rsa_suites.h.
 * LURK_TLS12_INVALID_PAYLOAD_FORMAT: everything else: a version that is not 1.2 or a ServerHello that selects
 * 1.3 by extension, a suite or compression that was not offered, compression, extended_master_secret against
 * the type (DG-01, DG-02) or in ServerHello alone, a length that does not fit. *error says where. */
enum lurk_tls12_status lurk_handshake_messages_decode(enum lurk_tls12_type type, const uint8_t *list,
                                                      size_t len, struct lurk_handshake_messages *out,
                                                      struct lurk_decode_error *error);

/* A copy of the list, the only one, with another ServerHello.random. A key server puts in what lurk_freshness
 * makes of S, then digests the first session_len octets for the session hash and all of it for Finished; an
 * edge puts S into what it has recorded. *out must be empty; MEMORY. */
lurk_status lurk_handshake_messages_with_random(const struct lurk_handshake_messages *messages,
                                                const uint8_t random[LURK_RANDOM_LEN],
                                                struct lurk_octets *out);

#endif
