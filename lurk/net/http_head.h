/* The header of a request, parsed by http-parser and judged: what it asks for and how its body is framed. */
#ifndef LURK_NET_HTTP_HEAD_H
#define LURK_NET_HTTP_HEAD_H

#include "lurk/net/http_scan.h"
#include <http_parser.h>

enum lurk_http_framing { LURK_HTTP_NO_BODY, LURK_HTTP_LENGTH, LURK_HTTP_CHUNKED };

/* Strings point into the octets that were parsed. */
struct lurk_http_head {
  const char *method; /* constant; "unknown" for a method that http-parser does not know */
  const char *path;
  bool has_query;
  const char *content_type; /* NULL also when there are several */
  const char *accept;
#ifdef LURK_FAULTS
  const char *client_name; /* fault claimed_name_believed */
#endif
  const char *host; /* with port, as sent */
  bool content_encoded;
  bool expects_continue;
  bool keep_alive;
  enum lurk_http_framing framing;
  uint64_t content_length;
};

/* octets: exactly the header that scan has found complete; NUL octets are put behind the strings. parser is
 * ready for the body afterwards. Returns 0 or the HTTP status of a fault, with *reason for the log. */
unsigned lurk_http_head_parse(const struct lurk_http_scan *scan, uint8_t *octets, size_t len,
                              http_parser *parser, struct lurk_http_head *head, const char **reason);

#endif
