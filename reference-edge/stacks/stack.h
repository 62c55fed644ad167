/* A stock TLS library as the server side of TLS connections whose private keys are elsewhere. One
 * implementation is linked into a program: openssl.c, gnutls.c or boringssl.c.
 *
 * A session does no I/O: ciphertext in, ciphertext out. When the handshake needs a private key the session
 * stops with LURK_STACK_KEY_OPERATION and says what is to be done; it goes on after lurk_stack_answer. All
 * calls on a session come from one thread, the loop's. A stack whose library can only block works on threads
 * of its own meanwhile; the session is then LURK_STACK_BUSY. */
#ifndef LURK_EDGE_STACK_H
#define LURK_EDGE_STACK_H

#include "reference-edge/chooser.h"
#include "reference-edge/key_request.h"

/* --- what a stack can do --- */

enum lurk_ability {
  LURK_ABILITY_ECDHE,        /* TLS 1.2 ECDHE_ECDSA and ECDHE_RSA */
  LURK_ABILITY_RSA,          /* TLS 1.2 static RSA */
  LURK_ABILITY_TLS13,        /* TLS 1.3 certificate authentication */
  LURK_ABILITY_ED25519,      /* Ed25519 certificates, TLS 1.2 and 1.3 */
  LURK_ABILITY_TICKETS,      /* resumption by tickets of this edge */
  LURK_ABILITY_CLIENTS,      /* certificates of TLS clients */
  LURK_ABILITY_ASYNCHRONOUS, /* a private-key operation holds no thread */
  LURK_ABILITY_FRESHNESS,    /* LURK tls12: ServerHello.random is the freshness output; ecdhe */
  LURK_ABILITY_PROOF,        /* LURK tls12: proof of ownership of the ephemeral key */
  LURK_ABILITY_MASTER,       /* LURK tls12: the master secret comes from the key server */
  LURK_ABILITY_AUDIT,        /* LURK tls12: proof of handshake after static RSA */
  LURK_ABILITY_COUNT
};

struct lurk_stack_ability {
  const char *name;
  bool can;
  const char *how; /* the hook, or the reason why not */
};

const char *lurk_stack_name(void);                           /* "openssl", "gnutls" or "boringssl" */
const struct lurk_stack_ability *lurk_stack_abilities(void); /* by enum lurk_ability */

/* --- the stack: what all sessions share --- */

typedef struct lurk_stack lurk_stack;

/* Prepares the library for these certificates, for LURK tls12 or, when lurk is NULL, for SKI, and asserts
 * that the hooks are reached. NULL, or a constant text: why not. *out is to be freed in either case.
 * certificates, tls and lurk must outlive the stack. */
const char *lurk_stack_new(const struct lurk_certificates *certificates,
                           const struct lurk_edge_tls_config *tls, const struct lurk_edge_lurk_config *lurk,
                           lurk_stack **out);
void lurk_stack_free(lurk_stack *stack); /* after its last session; NULL is fine */

/* --- sessions --- */

typedef struct lurk_stack_session lurk_stack_session;

enum lurk_stack_state {
  LURK_STACK_HANDSHAKE,     /* wants input */
  LURK_STACK_KEY_OPERATION, /* wants lurk_stack_answer to lurk_stack_request */
  LURK_STACK_BUSY,          /* a thread works on it: touch nothing until wake is called, then step */
  LURK_STACK_OPEN,
  LURK_STACK_CLOSED, /* the peer's close_notify was read; writing is still possible */
  LURK_STACK_FAILED, /* an alert may be waiting in the output */
};

/* What was negotiated; texts are constant or live as long as the session. */
struct lurk_stack_facts {
  const char *version; /* "TLS 1.2", "TLS 1.3" */
  const char *suite;   /* IANA name */
  const char *group;   /* NULL for static RSA, and for TLS 1.2 resumption */
  bool resumed;
  bool retried;         /* after HelloRetryRequest */
  bool extended_master; /* TLS 1.2: the extended master secret (RFC 7627) */
  const char *client;   /* subject of the client's certificate (RFC 4514), verified; NULL: it showed none */
  const struct lurk_certificate *certificate;
  enum lurk_exchange exchange;
  const struct lurk_scheme *scheme; /* NULL when nothing was signed */
  const char *lurk_type;            /* of the LURK tls12 request; NULL when there was none */
};

/* policies, LURK_MOST_KEY_GROUPS by group, are copied. wake is called from another thread when a busy session
 * may be stepped again. */
lurk_status lurk_stack_accept(lurk_stack *stack, const struct lurk_policy *policies, void (*wake)(void *arg),
                              void *arg, lurk_stack_session **out);
/* The session must be neither busy nor waiting for an answer: answer with a failure and step first. */
void lurk_stack_session_free(lurk_stack_session *session);

/* Takes ciphertext from the peer; then step. LIMIT: read first. MALFORMED: see lurk_stack_failure. */
lurk_status lurk_stack_feed(lurk_stack_session *session, const uint8_t *data, size_t len);
/* Goes as far as possible. */
enum lurk_stack_state lurk_stack_step(lurk_stack_session *session);

/* The operation that is wanted; a view until lurk_stack_answer. */
const struct lurk_key_request *lurk_stack_request(const lurk_stack_session *session);
/* output is the signature, the 48-octet premaster or, for LURK, the master secret (copied); len 0 ends the
 * handshake with a fatal alert. Then step. */
void lurk_stack_answer(lurk_stack_session *session, const uint8_t *output, size_t len);

/* Plaintext of an open session: *got is 0 when there is none yet, and with another state than OK. */
enum lurk_stack_state lurk_stack_read(lurk_stack_session *session, uint8_t *buffer, size_t capacity,
                                      size_t *got);
/* Takes all of it, as ciphertext into the output. */
lurk_status lurk_stack_write(lurk_stack_session *session, const uint8_t *data, size_t len);
/* Queues close_notify. Reading is still possible. */
void lurk_stack_close(lurk_stack_session *session);

/* Ciphertext to be sent: a view until the next call on the session. */
void lurk_stack_output(const lurk_stack_session *session, const uint8_t **data, size_t *len);
void lurk_stack_output_taken(lurk_stack_session *session, size_t len);

/* Of an open session. */
void lurk_stack_facts(const lurk_stack_session *session, struct lurk_stack_facts *out);
/* The proof of handshake for a key server to audit; NULL when none is configured or there is none:
 * only a full static RSA handshake over LURK has one. A view until the session is freed. */
const struct lurk_key_request *lurk_stack_audit(lurk_stack_session *session);
/* The master secret of an open TLS 1.2 session: secret, for a comparison. False when it cannot be had. */
bool lurk_stack_master(const lurk_stack_session *session, uint8_t out[LURK_MASTER_LEN]);
/* Keying material without a context (RFC 5705, RFC 8446 §7.5) of an open session. */
bool lurk_stack_export(const lurk_stack_session *session, const char *label, uint8_t *out, size_t len);
/* Why it failed, one line, never content. The ClientHello was read if certificate is set. */
const char *lurk_stack_failure(const lurk_stack_session *session);

#endif
