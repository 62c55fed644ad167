/* The grammar of HTTP/1.1 framing octets, checked one by one before http-parser sees them (RFC 9112 §2-§7).
 * http-parser is lenient where leniency permits request smuggling (obs-fold, bare LF, space before the colon,
 * what follows a chunk); what passes here has one reading only. */
#ifndef LURK_NET_HTTP_SCAN_H
#define LURK_NET_HTTP_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LURK_HTTP_FIELDS 100 /* header fields; beyond it 431 */

struct lurk_http_scan {
  /* limits */
  size_t header_octets; /* of the header; also of all that surrounds chunks */
  size_t body_octets;
  /* result of lurk_http_scan_header: offsets into what was consumed */
  size_t method_start, method_len;
  size_t target_start, target_len;
  unsigned major, minor;
  bool complete;
  const char *reason; /* for the log, when a fault was returned */
  /* internal */
  int state;
  size_t octets; /* consumed that count against header_octets */
  unsigned fields;
  unsigned index;   /* within a fixed text or a number */
  char name[20];    /* of a trailer field; longer names are cut */
  uint64_t size;    /* of the current chunk, then what is left of it */
  uint64_t decoded; /* sum of the chunks */
  bool trailer;
};

void lurk_http_scan_begin(struct lurk_http_scan *scan, size_t header_octets, size_t body_octets);

/* Request line and header fields, with the empty line. Consumes *used octets of data; complete is set behind
 * the last one. Returns 0 or the HTTP status of a fault: 400, 414, 431, 505. One empty line in front is
 * passed over (RFC 9112 §2.2). */
unsigned lurk_http_scan_header(struct lurk_http_scan *scan, const uint8_t *data, size_t len, size_t *used);

/* To be called once between a complete header and its chunks. */
void lurk_http_scan_begin_chunks(struct lurk_http_scan *scan);
/* A chunked body with its trailers, in the same manner: 400 or 413. Trailer fields that carry framing or
 * routing are refused (RFC 9110 §6.5.1). */
unsigned lurk_http_scan_chunks(struct lurk_http_scan *scan, const uint8_t *data, size_t len, size_t *used);

#endif
