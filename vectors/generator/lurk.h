/* LURK messages and tls12 payloads in the making, piece by piece. */
#ifndef LURK_VECTORS_LURK_H
#define LURK_VECTORS_LURK_H

#include "vectors/generator/keys.h"

struct octets lurk_message(unsigned designation, unsigned type, unsigned status, struct octets message_id,
                           struct octets payload);

/* RSAES-PKCS1-v1_5 of a message, and what implicit rejection gives for a ciphertext. */
struct octets premaster_encrypt(struct drbg *drbg, const struct key *of, struct octets message);
struct octets premaster_substitute(const struct key *of, struct octets ciphertext, unsigned version);

/* A Random that begins with a time (RFC 5246 §7.4.1.2). */
struct octets tls12_random(struct drbg *drbg);
#define TLS12_TIME 0x6553f100 /* in every S: 14 November 2023, 22:13:20 UTC */
/* SHA-256 of SubjectPublicKeyInfo or RSAPublicKey, four octets; without the type octet. */
struct octets tls12_key_id(const struct key *key);
struct octets key_bits(const struct key *key); /* RSAPublicKey, or the point: without its algorithm */
struct octets sha256_of(struct octets message);
struct octets hash_of(enum lurk_hash hash, struct octets message);
struct octets prf_of(enum lurk_hash hash, struct octets secret, const char *label, struct octets seed,
                     size_t len);

/* Payloads. Pieces: key_id_type key_id freshness prf_hash client_random server_random premaster_length
 * encrypted_premaster. */
struct message tls12_rsa_master(struct drbg *drbg, struct octets key_id, struct octets ciphertext);
/* key_id_type key_id freshness client_random server_random sig_and_hash curve_type named_curve point_length
 * point poo_prf, and with a proof vG_length vG r, to be filled in. */
struct message tls12_ecdhe(struct drbg *drbg, struct octets key_id, uint16_t scheme, uint16_t group,
                           struct octets point);
/* key_id_type key_id freshness messages_length messages, and verify_data when that is not empty. */
struct message tls12_handshake(struct octets key_id, struct octets messages, struct octets verify_data);
/* What freshness makes of S. */
struct octets tls12_freshness(struct octets server_random);

/* A handshake with RSA key exchange: what its messages are made of. */
struct flight {
  unsigned version, server_version; /* 0303, or fefd for DTLS */
  struct octets client_random, server_random, session_id;
  struct octets suites; /* offered */
  unsigned suite;       /* selected */
  struct octets client_extensions, server_extensions;
  struct octets certificate; /* DER */
  struct octets ciphertext;  /* EncryptedPreMasterSecret */
};
struct flight flight_of(struct drbg *drbg, bool extended, struct octets certificate,
                        struct octets ciphertext);
#define EXTENDED_MASTER_SECRET "00170000"
/* client_hello server_hello certificate certificate_status certificate_request server_hello_done
 * client_certificate client_key_exchange certificate_verify; those that are optional are empty. */
struct message flight_messages(const struct flight *flight);
struct octets flight_octets(const struct flight *flight);
struct octets handshake_message(unsigned type, struct octets body);
/* As the TLS client saw it: S replaced by its image. */
struct octets flight_on_the_wire(const struct flight *flight);

#endif
