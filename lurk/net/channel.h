/* A mutual-TLS byte stream without I/O of its own: ciphertext in, ciphertext out. One implementation per TLS
 * library.
 *
 * Policy, the same on all three (SKI §4.2.3, §5.2; RFC 7540 §9.2; ): TLS 1.3, or 1.2 with AEAD and
 * ECDHE; both sides present a certificate, which is verified within the handshake: chain to the CA, validity,
 * purpose (clientAuth or serverAuth), key usage digitalSignature, no CA certificate as a leaf, key strength
 * (RSA >= 2048, no SHA-1 or MD5), CRL when there is one. A client must present a name the application can
 * authorise; it is never taken from the CN. No compression, renegotiation, 0-RTT, or post-handshake
 * authentication. SSLKEYLOGFILE is ignored. */
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
  bool authenticated; /* always true outside fault builds */
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
 * more input than a record and a read can hold was fed without reading; read first. */
lurk_status lurk_channel_feed(lurk_channel *channel, const uint8_t *data, size_t len);
enum lurk_channel_state lurk_channel_state(const lurk_channel *channel);
/* Plaintext: *got is 0 when there is none yet (look at the state). */
lurk_status lurk_channel_read(lurk_channel *channel, uint8_t *buffer, size_t capacity, size_t *got);
/* Takes all of it, as ciphertext into the output. */
lurk_status lurk_channel_write(lurk_channel *channel, const uint8_t *data, size_t len);
/* Ciphertext to be sent: a view that is valid until the next call on the channel. */
void lurk_channel_output(lurk_channel *channel, const uint8_t **data, size_t *len);
void lurk_channel_output_taken(lurk_channel *channel, size_t len);
/* Queues close_notify. */
void lurk_channel_close(lurk_channel *channel);
/* NULL before the handshake is complete. */
const struct lurk_peer *lurk_channel_peer(const lurk_channel *channel);
/* One line for the log about why it failed: a library or policy reason, never content. */
const char *lurk_channel_failure(const lurk_channel *channel);

#endif
