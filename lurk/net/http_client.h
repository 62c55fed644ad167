/* Requests over persistent mutual-TLS connections, HTTP/1.1 parsed by http-parser, on a libuv loop. Several
 * origins in order of preference: one that cannot be reached is passed over and tried again later
 * (fail-over). Thread-safe where said. */
#ifndef LURK_NET_HTTP_CLIENT_H
#define LURK_NET_HTTP_CLIENT_H

#include "lurk/net/channel.h"
#include "lurk/net/origins.h"
#include <uv.h>

struct lurk_http_origin {
  const char *host; /* numeric address or name */
  uint16_t port;
  const char *name; /* expected SAN dNSName, sent as SNI and Host */
  const char *path; /* e.g. "/ski" */
};

struct lurk_http_client_options {
  const struct lurk_http_origin *origins;
  size_t origin_count;
  lurk_credentials *credentials; /* a reference is taken */
  unsigned connections;          /* most per origin; a request waits for a free one */
  unsigned connect_ms;           /* absolute: TCP and TLS handshake */
  unsigned retry_ms;             /* how long a failed origin is passed over while another one works */
  size_t body_octets;            /* most of an answer's body */
  void (*log)(void *arg, const char *kind, const char *origin, const char *detail); /* or NULL */
  void *log_arg;
};

typedef struct lurk_http_client lurk_http_client;

/* Runs on loop; all but submit must be called on the loop's thread, which must not be killed by SIGPIPE.
 * Strings of options are copied. MALFORMED: no or more than 64 origins, no connections, a path that is
 * not absolute or holds spaces. */
lurk_status lurk_http_client_new(uv_loop_t *loop, const struct lurk_http_client_options *options,
                                 lurk_http_client **out);
/* Outstanding requests end with LURK_ERR_CLOSED; closed (may be NULL) is called when the loop holds nothing
 * of it any more. No submit may begin after this. */
void lurk_http_client_close(lurk_http_client *client, void (*closed)(void *arg), void *arg);

struct lurk_http_answer {
  lurk_status status; /* OK: an HTTP response came, whatever its status code; IO: no origin can be reached;
                       * CLOSED: the connection broke; MALFORMED, LIMIT: not a response, or too large;
                       * TIMEOUT */
  unsigned code;      /* HTTP status code */
  const char *content_type; /* or NULL */
  const uint8_t *body;      /* wiped after the callback */
  size_t body_len;
  size_t origin; /* index of the origin that answered (or was tried last) */
};
typedef void lurk_http_done(void *arg, const struct lurk_http_answer *answer);

/* One request from any thread; done is called exactly once, on the loop's thread, when the result is OK.
 * method "POST" with a body, or "GET" without. path NULL means the origin's path. content_type (or NULL) is
 * sent as Content-Type of a body and as Accept. origins: those that may be asked. MALFORMED: a control octet
 * in one of them. A request whose connection breaks before any octet of an answer is sent again (private key
 * operations have no side effects): on the next origin, or to the same one where the connection had stood
 * idle; once at most to each after that. deadline_ms is absolute over all tries. */
lurk_status lurk_http_client_submit(lurk_http_client *client, const char *method, const char *path,
                                    const char *content_type, const uint8_t *body, size_t len,
                                    uint64_t origins, unsigned deadline_ms, lurk_http_done *done, void *arg);

#endif
