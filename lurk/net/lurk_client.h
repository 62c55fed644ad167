/* LURK requests over persistent mutual-TLS connections, on a libuv loop: one connection per origin, messages
 * back to back, pipelined. Several origins in order of preference: one that cannot be reached is passed over
 * and tried again later (fail-over). Thread-safe where said.
 *
 * Ids are 64 random bits. Answers may come in any order and are matched by id;
 * a success must repeat extension and type, an error is matched by id alone. What answers nothing is
 * passed over, and nothing is ever answered. A length that cannot be ends the connection (LC-11). */
#ifndef LURK_NET_LURK_CLIENT_H
#define LURK_NET_LURK_CLIENT_H

#include "lurk/net/channel.h"
#include "lurk/net/origins.h"
#include "lurk/wire/lurk_header.h"
#include <uv.h>

struct lurk_message_origin {
  const char *host; /* numeric address or name */
  uint16_t port;
  const char *name; /* expected SAN dNSName, sent as SNI */
};

struct lurk_message_client_options {
  const struct lurk_message_origin *origins;
  size_t origin_count;
  lurk_credentials *credentials; /* a reference is taken */
  unsigned connect_ms;           /* absolute: TCP and TLS handshake */
  unsigned retry_ms;             /* how long a failed origin is passed over while another one works */
  size_t message_octets;         /* most of an answer, header included */
  enum lurk_length_convention convention; /* of both directions */
  /* Fills data; false when there is no randomness. lurk_random fits. */
  lurk_status (*random)(uint8_t *data, size_t len);
  void (*log)(void *arg, const char *kind, const char *origin, const char *detail); /* or NULL */
  void *log_arg;
};

typedef struct lurk_message_client lurk_message_client;

/* Runs on loop; all but submit must be called on the loop's thread, which must not be killed by SIGPIPE.
 * Strings of options are copied. MALFORMED: no or more than 64 origins. */
lurk_status lurk_message_client_new(uv_loop_t *loop, const struct lurk_message_client_options *options,
                                    lurk_message_client **out);
/* Outstanding requests end with LURK_ERR_CLOSED; closed (may be NULL) is called when the loop holds nothing
 * of it any more. No submit may begin after this. */
void lurk_message_client_close(lurk_message_client *client, void (*closed)(void *arg), void *arg);

struct lurk_message_answer {
  lurk_status status; /* OK: success, or an error of the key server; MALFORMED: success of another extension
                       * or type; IO: no origin can be reached; CLOSED: the connection broke; TIMEOUT; MEMORY,
                       * BACKEND: the request could not be made */
  enum lurk_answer kind;  /* OK: SUCCESS, ERROR or BASE_ERROR */
  uint8_t error;          /* ERROR, BASE_ERROR: the status, in the space that kind names */
  const uint8_t *payload; /* wiped after the callback */
  size_t payload_len;
  size_t origin; /* index of the origin that answered (or was tried last) */
};
typedef void lurk_message_done(void *arg, const struct lurk_message_answer *answer);

/* One request from any thread; done is called exactly once, on the loop's thread, when the result is OK.
 * designation and type as in the header, version is LURK_EXTENSION_VERSION. payload is copied. origins:
 * those that may be asked. A request whose connection breaks before its answer is sent again on the next
 * origin, or once more where there is only one. deadline_ms is absolute over all tries. LIMIT: payload above
 * the length field. */
lurk_status lurk_message_client_submit(lurk_message_client *client, uint8_t designation, uint8_t type,
                                       const uint8_t *payload, size_t len, uint64_t origins,
                                       unsigned deadline_ms, lurk_message_done *done, void *arg);

#endif
