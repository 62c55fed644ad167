/* The inside of a channel and of credentials, and what one TLS library has to do for them (lurk_tls_*): the
 * files *_libssl.c for OpenSSL and BoringSSL, *_gnutls.c for GnuTLS. */
#ifndef LURK_NET_CHANNEL_INTERNAL_H
#define LURK_NET_CHANNEL_INTERNAL_H

#include "lurk/net/channel.h"
#include "lurk/net/transport.h"
#include <stdatomic.h>
#include <stdio.h>

/* ALPN (RFC 7301): what a client offers, and what a server accepts when a list was sent (CH-16). */
#define LURK_CHANNEL_ALPN "http/1.1"
/* Strength of keys in certificates. */
enum { LURK_RSA_LEAST_BITS = 2048, LURK_RSA_MOST_BITS = 8192, LURK_EC_LEAST_BITS = 256 };

/* Faults of certificates that the libraries do not look for by themselves, one wording for all. */
#define LURK_WEAK_KEY "weak or unsupported key"
#define LURK_WEAK_SIGNATURE "weak or unsupported signature"
#define LURK_CA_AS_LEAF "a CA certificate is no end-entity certificate"
#define LURK_WRONG_PURPOSE(role)                                                                             \
  ((role) == LURK_CHANNEL_SERVER ? "extended key usage lacks serverAuth"                                     \
                                 : "extended key usage lacks clientAuth")
#define LURK_NO_SIGNATURE_USAGE "key usage lacks digitalSignature"
#define LURK_EXPIRED "expired"
#define LURK_NOT_YET_VALID "not yet valid"

struct lurk_credentials {
  atomic_uint references;
  enum lurk_channel_role role;
  bool no_alpn;
  struct lurk_peer own; /* names and fingerprint of our certificate */
  FILE *key_log;        /* for the lab, or NULL */
  void *tls;            /* the library's part */
};

struct lurk_channel {
  struct lurk_transport transport;
  lurk_credentials *credentials;
  enum lurk_channel_state state;
  char *server_name; /* client: lower case; server: NULL */
  struct lurk_peer peer;
  char failure[160]; /* empty until the first fault */
  void *tls;         /* the library's session */
};

/* Keeps the first fault for lurk_channel_failure: what follows is its consequence. */
void lurk_channel_note(lurk_channel *channel, const char *fault);
/* Writes "FILE: fault" and returns status. */
lurk_status lurk_credential_fault(lurk_status status, const char *file, const char *fault, char *why,
                                  size_t why_len);

/* --- the library's part: credentials --- */

/* Fills tls and own; the files exist. */
lurk_status lurk_tls_load(lurk_credentials *credentials, const struct lurk_credential_files *files, char *why,
                          size_t why_len);
void lurk_tls_unload(lurk_credentials *credentials);

/* --- the library's part: sessions over channel->transport --- */

enum lurk_tls_result {
  LURK_TLS_DONE,
  LURK_TLS_WAIT,   /* for more input */
  LURK_TLS_END,    /* close_notify */
  LURK_TLS_FAILED, /* lurk_channel_note was called; an alert may be in the output */
};

/* Makes channel->tls for the role of its credentials and for its server_name. */
lurk_status lurk_tls_open(lurk_channel *channel);
void lurk_tls_free(lurk_channel *channel);
enum lurk_tls_result lurk_tls_handshake(lurk_channel *channel);
/* After the handshake: fills the peer. Leaves it empty when there is no certificate. */
lurk_status lurk_tls_peer(lurk_channel *channel);
enum lurk_tls_result lurk_tls_read(lurk_channel *channel, uint8_t *data, size_t capacity, size_t *got);
/* Takes all. DONE or FAILED. */
enum lurk_tls_result lurk_tls_write(lurk_channel *channel, const uint8_t *data, size_t len);
void lurk_tls_close(lurk_channel *channel);

#endif
