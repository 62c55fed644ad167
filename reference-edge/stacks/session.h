/* The part of a session that is the same in every stack: queues, the choice made from the ClientHello, the
 * private-key operation under way. Only files in this folder include it. */
#ifndef LURK_EDGE_STACKS_SESSION_H
#define LURK_EDGE_STACKS_SESSION_H

#include "lurk/net/transport.h"
#include "reference-edge/stacks/stack.h"

enum { LURK_ALERT_HANDSHAKE_FAILURE = 40, LURK_ALERT_DECODE_ERROR = 50, LURK_ALERT_PROTOCOL_VERSION = 70 };

/* How a session of LURK tls12 stands (tls12.h). */
struct lurk_session_tls12 {
  struct lurk_tls12_material material;
  uint8_t random[LURK_RANDOM_LEN];   /* what ServerHello.random must be */
  bool fresh;                        /* it went over the wire so */
  struct lurk_octets ciphertext;     /* RSA: the encrypted premaster */
  uint8_t dummy[LURK_PREMASTER_LEN]; /* RSA: what the library takes for the premaster */
  const char *type;                  /* of the request */
  bool finished;                     /* RSA: the client's Finished has come */
  struct lurk_key_request audit;     /* then */
};

#define LURK_CLIENT_SUBJECT_SIZE 256

struct lurk_session_base {
  const struct lurk_certificates *certificates;
  const struct lurk_edge_tls_config *tls;
  struct lurk_policy policies[LURK_MOST_KEY_GROUPS];
  struct lurk_transport transport;
  bool chosen, retried;
  uint8_t refusal;   /* alert for a ClientHello that gets no choice (RFC 8446 §6) */
  bool hello_usable; /* for a stack that sees the ClientHello before it may act on it */
  struct lurk_choice choice;
  struct lurk_key_request request; /* its certificate is NULL while there is none */
  const struct lurk_scheme *signed_with;
  bool answered;
  struct lurk_octets answer;                /* empty: failed */
  char failure[160];                        /* empty until the first fault */
  const struct lurk_edge_lurk_config *lurk; /* the key server speaks LURK tls12; NULL: SKI */
  struct lurk_session_tls12 tls12;          /* LURK */
  char client[LURK_CLIENT_SUBJECT_SIZE];    /* subject of the client's certificate; "" when there is none */
};

void lurk_session_init(struct lurk_session_base *base, const struct lurk_certificates *certificates,
                       const struct lurk_edge_tls_config *tls, const struct lurk_edge_lurk_config *lurk,
                       const struct lurk_policy *policies);
void lurk_session_clear(struct lurk_session_base *base);

/* The client's certificate is verified: keeps its subject, as far as it fits. What is not printable ASCII
 * becomes "?". */
void lurk_session_identify(struct lurk_session_base *base, const char *subject, size_t len);

/* Keeps the first fault; what follows is its consequence. */
void lurk_session_note(struct lurk_session_base *base, const char *fault);

/* Reads a ClientHello (without its 4-octet header) and chooses. A ClientHello after HelloRetryRequest must
 * lead to the same certificate. False with the fault noted and refusal set. */
bool lurk_session_choose(struct lurk_session_base *base, const uint8_t *body, size_t len);

/* Notes the private-key operation. scheme_id is the TLS SignatureScheme, 0 for RSA decryption. False, with
 * the fault noted, when the operation is not of the choice: it would be refused anyway. */
bool lurk_session_ask(struct lurk_session_base *base, uint16_t scheme_id, const uint8_t *input, size_t len);
/* Takes the answer over into out, which has room for capacity octets; false when the operation failed. */
bool lurk_session_take(struct lurk_session_base *base, uint8_t *out, size_t capacity, size_t *len);

#endif
