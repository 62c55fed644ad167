/* One HTTP/1.1 response, read by http-parser within bounds. */
#ifndef LURK_NET_HTTP_ANSWER_H
#define LURK_NET_HTTP_ANSWER_H

#include "lurk/net/buffer.h"
#include "lurk/status.h"
#include <http_parser.h>

#define LURK_HTTP_ANSWER_HEADER 16384 /* octets, interim responses included */

struct lurk_http_reply {
  http_parser parser;
  size_t body_octets; /* limit */
  bool begun;         /* at least one octet came */
  bool complete;
  bool reusable; /* the connection may carry another request */
  unsigned code;
  char content_type[128]; /* empty: none */
  struct lurk_buffer body;
  /* internal */
  size_t header_octets;
  bool header_complete;
  bool in_value;
  char field[16]; /* longer names are cut */
  bool over_limit, short_of_memory;
};

void lurk_http_reply_begin(struct lurk_http_reply *reply, size_t body_octets);
/* OK: look at complete. MALFORMED, LIMIT or MEMORY. */
lurk_status lurk_http_reply_feed(struct lurk_http_reply *reply, const uint8_t *data, size_t len);
/* The peer has ended the connection in order: completes an answer that is delimited by that. CLOSED when
 * there is none. */
lurk_status lurk_http_reply_end(struct lurk_http_reply *reply);
/* Wipes. */
void lurk_http_reply_clear(struct lurk_http_reply *reply);

#endif
