/* A mutual-TLS byte stream without I/O of its own: ciphertext in, ciphertext out. One implementation per TLS
 * library.
 *
 * Policy, the same on all three (SKI §4.2.3, §5.2; RFC 7540 §9.2; ): TLS 1.3, or 1.2 with AEAD and
 * ECDHE; both sides present a certificate, which is verified within the handshake: chain to the CA, validity,
 * purpose (an extended key usage with clientAuth or serverAuth must be there), key usage (if there is one, it
 * has digitalSignature), no CA certificate as a leaf, path length, name constraints, strength of the whole
 * chain (RSA 2048 to 8192, EC of 256 bits or more, Ed25519; no SHA-1 or MD5). Every certificate of the CA
 * file is a trust anchor. With a CRL file every certificate below the anchor needs a current CRL of its
 * issuer: an expired or missing one fails closed. Names are never taken from the CN. No compression,
 * renegotiation, 0-RTT, tickets or other resumption (a revocation holds for every new connection), or
 * post-handshake authentication. ALPN "http/1.1" is sent, but for protocols without a name there, and, when
 * the client sends a list, required. The server ignores SNI. SSLKEYLOGFILE is ignored: secrets leave by
 * key_log alone, for the lab. Memory per channel is bounded: see lurk_channel_feed. */
#ifndef LURK_NET_CHANNEL_H
#define LURK_NET_CHANNEL_H

#include "lurk/secret.h"
#include "lurk/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- credentials: one set per role, immutable, shared by threads --- */

enum lurk_channel_role { LURK_CHANNEL_SERVER, LURK_CHANNEL_CLIENT };

struct lurk_credential_files {
  const char *certificate; /* PEM chain, leaf first */
  const char *key;         /* PEM */
  const char *ca;          /* PEM: the CAs that issue the peer's certificates */
  const char *crl;         /* PEM, or NULL */
  bool no_alpn;            /* client: what it speaks has no name in ALPN (LURK) */
  const char *key_log;     /* lab: the secrets of every channel are added to this file; or NULL */
};

typedef struct lurk_credentials lurk_credentials;

/* On failure why holds one line that names the file and the fault (no secret). */
lurk_status lurk_credentials_load(enum lurk_channel_role role, const struct lurk_credential_files *files,
                                  lurk_credentials **out, char *why, size_t why_len);
lurk_credentials *lurk_credentials_ref(lurk_credentials *credentials); /* thread-safe */
void lurk_credentials_unref(lurk_credentials *credentials);
/* SHA-256 of the SubjectPublicKeyInfo of our own channel certificate: a key server refuses to serve that key
 * too. */
void lurk_credentials_spki(const lurk_credentials *credentials, uint8_t fingerprint[32]);

/* --- peer --- */

/* Verified names of the peer's certificate; belongs to the channel. */
struct lurk_peer {
  char **uris; /* SAN URI, NUL-terminated; names with embedded NUL or control octets are left out */
  size_t uri_count;
  char **dns_names; /* SAN dNSName, lower case, no wildcards */
  size_t dns_name_count;
  uint8_t spki[32];   /* SHA-256 of its SubjectPublicKeyInfo */
  bool authenticated; /* always true outside fault builds (fault client_certificate_optional) */
};

/* --- channel --- */

typedef struct lurk_channel lurk_channel;

enum lurk_channel_state {
  LURK_CHANNEL_HANDSHAKING,
  LURK_CHANNEL_OPEN,
  LURK_CHANNEL_CLOSED, /* close_notify received: an orderly end */
  LURK_CHANNEL_FAILED, /* an alert may still be waiting in the output */
};

lurk_status lurk_channel_accept(lurk_credentials *credentials, lurk_channel **out);
/* server_name: DNS name that the peer's SAN must carry and that is sent as SNI. */
lurk_status lurk_channel_connect(lurk_credentials *credentials, const char *server_name, lurk_channel **out);
void lurk_channel_free(lurk_channel *channel);

/* Hands ciphertext over and drives the handshake. The client's first flight needs one call with len 0. LIMIT:
 * more input than a record and a read of 65536 octets can hold was fed without reading; read first. CLOSED:
 * the state is CLOSED or FAILED. */
lurk_status lurk_channel_feed(lurk_channel *channel, const uint8_t *data, size_t len);
/* The transport has ended (FIN or reset): without close_notify before it the state becomes FAILED
 * (truncation), and what was fed but not yet read is dropped. Output may still be taken. */
void lurk_channel_eof(lurk_channel *channel);
enum lurk_channel_state lurk_channel_state(const lurk_channel *channel);
/* Plaintext: *got is 0 when there is none yet (look at the state). CLOSED: the state is FAILED. The states
 * CLOSED and, after the handshake, FAILED are entered here. */
lurk_status lurk_channel_read(lurk_channel *channel, uint8_t *buffer, size_t capacity, size_t *got);
/* Takes all of it, as ciphertext into the output. CLOSED before the handshake is complete and after a
 * failure; a peer's close_notify does not end our direction. */
lurk_status lurk_channel_write(lurk_channel *channel, const uint8_t *data, size_t len);
/* Ciphertext to be sent: a view that is valid until the next call on the channel. */
void lurk_channel_output(lurk_channel *channel, const uint8_t **data, size_t *len);
void lurk_channel_output_taken(lurk_channel *channel, size_t len);
/* Queues close_notify. */
void lurk_channel_close(lurk_channel *channel);
/* True when our own certificate carries this SAN dNSName. */
bool lurk_channel_is_named(const lurk_channel *channel, const char *name);
/* NULL before the handshake is complete. */
const struct lurk_peer *lurk_channel_peer(const lurk_channel *channel);
/* One line for the log about why it failed: a library or policy reason, never content. Empty before. */
const char *lurk_channel_failure(const lurk_channel *channel);

#endif
