/* HTTP/1.1 over a lurk_connection, parsed by http-parser. Ambiguous framing is refused before a request is
 * handled: obs-fold, bare LF, space before the colon, Content-Length with Transfer-Encoding or repeated,
 * missing or repeated Host, TE other than chunked, trailers that carry framing, unknown Expect, HTTP/0.9.
 * Every such fault ends the connection: 400, 403 (Origin: a browser; a foreign Host), 408, 411, 413, 414,
 * 417, 431, 505. Requests on one connection are answered in order (pipelining). An answer carries Date,
 * Cache-Control: no-store and nothing about the server. */
#ifndef LURK_NET_HTTP_SERVER_H
#define LURK_NET_HTTP_SERVER_H

#include "lurk/net/server.h"

struct lurk_http_limits {
  size_t header_octets; /* request line and header fields together: 414 or 431 */
  size_t body_octets;   /* 413, and nothing more is read */
  unsigned header_ms;   /* absolute, from the first octet of a request to the end of its header */
  unsigned body_ms;     /* absolute, from there to the end of the body */
  unsigned idle_ms;     /* absolute, between requests */
};

struct lurk_http_request {
  const char *method; /* constant name, e.g. "POST"; "unknown" for one that HTTP does not know */
  const char *path;   /* as sent, without query; absolute-form reduced to its path; NUL-terminated */
  bool has_query;
  const char *content_type; /* media type as sent, or NULL (also when there are several) */
  const char *accept;       /* or NULL */
#ifdef LURK_FAULTS
  const char *client_name; /* what a header says; fault claimed_name_believed */
#endif
  bool content_encoded; /* Content-Encoding other than identity */
  const uint8_t *body;  /* wiped after the handler has returned */
  size_t body_len;
};

struct lurk_http_response {
  unsigned status;
  const char *content_type; /* constant string, or NULL for no body */
  const char *allow;        /* constant string for 405, or NULL */
  unsigned retry_after_s;   /* Retry-After for 429 and 503; 0: none */
  bool close;               /* end the connection after this answer */
  struct lurk_octets body;  /* handed over; wiped after it was sent */
};

struct lurk_http_handler {
  /* A connection's state, e.g. the edge it belongs to; NULL closes it. */
  void *(*open)(void *arg, lurk_connection *connection);
  /* Fills *response, which is zero on entry. Called also for faults that the HTTP layer found (status 4xx,
   * request NULL), so that the protocol can put its own error object into the body; status is already set
   * then. */
  void (*handle)(void *session, const struct lurk_http_request *request, struct lurk_http_response *response);
  void (*close)(void *session);
};

typedef struct lurk_http_server lurk_http_server; /* what lurk_server needs as arg of lurk_http_service */

/* arg is the one of handler->open. NULL when memory is short. What the layer refuses is logged through
 * lurk_connection_log as "http-fault". */
lurk_http_server *lurk_http_server_new(const struct lurk_http_limits *limits,
                                       const struct lurk_http_handler *handler, void *arg);
void lurk_http_server_free(lurk_http_server *http);
/* The lurk_service whose arg is a lurk_http_server. See lurk_server_listener.service_arg. */
extern const struct lurk_service lurk_http_service;

#endif
