#include "lurk/net/http_scan.h"

#include "lurk/fault.h"
#include <string.h>
#include <strings.h>

enum state {
  START,
  BLANK_LF,
  METHOD,
  TARGET,
  VERSION,
  LINE_LF,
  FIELD_START,
  FIELD_NAME,
  FIELD_VALUE,
  FIELD_LF,
  END_LF,
  CHUNK_SIZE,
  CHUNK_EXTENSION,
  CHUNK_SIZE_LF,
  CHUNK_DATA,
  CHUNK_CR,
  CHUNK_LF,
};

#define LONGEST_CHUNK_SIZE 15 /* hex digits: no overflow in 64 bits */

static unsigned fault(struct lurk_http_scan *scan, unsigned status, const char *reason) {
  scan->reason = reason;
  return status;
}

/* RFC 9110 §5.6.2 */
static bool is_token(uint8_t c) {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
    return true;
  return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static bool is_graphic(uint8_t c) {
  return c > ' ' && c < 0x7f;
}

/* RFC 9110 §5.5: also what a chunk extension may hold. */
static bool is_field_text(uint8_t c) {
  return c == '\t' || (c >= ' ' && c != 0x7f);
}

void lurk_http_scan_begin(struct lurk_http_scan *scan, size_t header_octets, size_t body_octets) {
  *scan = (struct lurk_http_scan){.header_octets = header_octets, .body_octets = body_octets, .state = START};
}

/* --- request line --- */

static unsigned scan_version(struct lurk_http_scan *scan, uint8_t c) {
  static const char form[] = "HTTP/d.d\r";
  char expected = form[scan->index++];
  bool fits = expected == 'd' ? c >= '0' && c <= '9' : c == (uint8_t)expected;
  if (!fits)
    return fault(scan, 400, "not an HTTP/1.1 request line");
  if (scan->index == 6)
    scan->major = c - '0';
  else if (scan->index == 8)
    scan->minor = c - '0';
  else if (expected == '\r')
    scan->state = LINE_LF;
  return 0;
}

static unsigned scan_request_line(struct lurk_http_scan *scan, uint8_t c) {
  switch (scan->state) {
  case START:
    if (c == '\r') {
      scan->state = BLANK_LF;
      return 0;
    }
    scan->method_start = scan->octets;
    scan->state = METHOD;
    break;
  case BLANK_LF:
    scan->method_start = scan->octets + 1;
    scan->state = METHOD;
    return c == '\n' ? 0 : fault(scan, 400, "CR without LF");
  case TARGET:
    if (c == ' ' && scan->target_len > 0) {
      scan->state = VERSION;
      return 0;
    }
    scan->target_len++;
    return is_graphic(c) ? 0 : fault(scan, 400, "not an HTTP/1.1 request line");
  case VERSION:
    return scan_version(scan, c);
  case LINE_LF:
    if (c != '\n')
      return fault(scan, 400, "CR without LF");
    scan->state = FIELD_START;
    return (scan->major == 1 && scan->minor <= 1) || LURK_FAULT(http_version_ignored)
               ? 0
               : fault(scan, 505, "HTTP version");
  }
  if (c == ' ' && scan->method_len > 0) {
    scan->target_start = scan->octets + 1;
    scan->state = TARGET;
    return 0;
  }
  scan->method_len++;
  return is_token(c) ? 0 : fault(scan, 400, "not an HTTP request line");
}

/* --- fields of header and trailer --- */

static unsigned check_trailer_name(struct lurk_http_scan *scan) {
  static const char *const refused[] = {"content-length",   "transfer-encoding", "host",       "expect",
                                        "content-encoding", "content-type",      "connection", "trailer"};
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
    if (strcasecmp(scan->name, refused[i]) == 0 && !LURK_FAULT(framing_in_trailers))
      return fault(scan, 400, "trailer field that carries framing");
  return 0;
}

static unsigned scan_field_name(struct lurk_http_scan *scan, uint8_t c) {
  if (c == ':') {
    scan->state = FIELD_VALUE;
    return scan->trailer ? check_trailer_name(scan) : 0;
  }
  if (scan->index < sizeof scan->name - 1) {
    scan->name[scan->index++] = (char)c;
    scan->name[scan->index] = '\0';
  }
  if (c == ' ' || c == '\t')
    return LURK_FAULT(space_before_colon) ? 0 : fault(scan, 400, "space before the colon");
  return is_token(c) ? 0 : fault(scan, 400, "field name");
}

static unsigned scan_field(struct lurk_http_scan *scan, uint8_t c) {
  switch (scan->state) {
  case FIELD_START:
    if (c == '\r') {
      scan->state = END_LF;
      return 0;
    }
    if ((c == ' ' || c == '\t') && LURK_FAULT(obs_fold_taken)) {
      scan->state = FIELD_VALUE;
      return 0;
    }
    if (c == ' ' || c == '\t')
      return fault(scan, 400, "obs-fold");
    if (c == ':')
      return fault(scan, 400, "empty field name");
    if (++scan->fields > LURK_HTTP_FIELDS)
      return fault(scan, 431, "too many header fields");
    scan->state = FIELD_NAME;
    scan->index = 0;
    return scan_field_name(scan, c);
  case FIELD_NAME:
    return scan_field_name(scan, c);
  case FIELD_VALUE:
    if (c == '\r')
      scan->state = FIELD_LF;
    else if (c == '\n' && LURK_FAULT(bare_lf_taken))
      scan->state = FIELD_START;
    else if (!is_field_text(c))
      return fault(scan, 400, c == '\n' ? "bare LF" : "control octet in a field value");
    return 0;
  case FIELD_LF:
    scan->state = FIELD_START;
    return c == '\n' ? 0 : fault(scan, 400, "CR without LF");
  default:
    scan->complete = c == '\n';
    return c == '\n' ? 0 : fault(scan, 400, "CR without LF");
  }
}

static unsigned over_limit(struct lurk_http_scan *scan) {
  return scan->state < FIELD_START ? fault(scan, 414, "request line too long")
                                   : fault(scan, 431, "header too large");
}

unsigned lurk_http_scan_header(struct lurk_http_scan *scan, const uint8_t *data, size_t len, size_t *used) {
  for (*used = 0; *used < len && !scan->complete; ++*used) {
    if (scan->octets >= scan->header_octets && !LURK_FAULT(header_not_limited))
      return over_limit(scan);
    uint8_t c = data[*used];
    unsigned status = scan->state < FIELD_START ? scan_request_line(scan, c) : scan_field(scan, c);
    if (status != 0)
      return status;
    scan->octets++;
  }
  return 0;
}

/* --- chunks --- */

void lurk_http_scan_begin_chunks(struct lurk_http_scan *scan) {
  scan->state = CHUNK_SIZE;
  scan->octets = scan->fields = scan->index = 0;
  scan->size = scan->decoded = 0;
  scan->complete = false;
  scan->trailer = true;
}

static int hex_digit(uint8_t c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static unsigned scan_chunk_size(struct lurk_http_scan *scan, uint8_t c) {
  int digit = hex_digit(c);
  if (digit >= 0 && scan->index < LONGEST_CHUNK_SIZE) {
    scan->size = scan->size << 4 | (unsigned)digit;
    scan->index++;
    return 0;
  }
  if (scan->index == 0 || (c != ';' && c != '\r'))
    return fault(scan, 400, "chunk size");
  scan->state = c == ';' ? CHUNK_EXTENSION : CHUNK_SIZE_LF;
  return 0;
}

static unsigned begin_chunk(struct lurk_http_scan *scan, uint8_t c) {
  if (c != '\n')
    return fault(scan, 400, "CR without LF");
  scan->decoded += scan->size;
  scan->state = scan->size == 0 ? FIELD_START : CHUNK_DATA;
  return scan->decoded > scan->body_octets && !LURK_FAULT(body_not_limited)
             ? fault(scan, 413, "body too large")
             : 0;
}

static unsigned scan_chunk(struct lurk_http_scan *scan, uint8_t c) {
  switch (scan->state) {
  case CHUNK_SIZE:
    return scan_chunk_size(scan, c);
  case CHUNK_EXTENSION:
    if (c == '\r')
      scan->state = CHUNK_SIZE_LF;
    else if (!is_field_text(c))
      return fault(scan, 400, "control octet in a chunk extension");
    return 0;
  case CHUNK_SIZE_LF:
    return begin_chunk(scan, c);
  case CHUNK_CR:
    scan->state = CHUNK_LF;
    return c == '\r' ? 0 : fault(scan, 400, "no CRLF behind a chunk");
  case CHUNK_LF:
    scan->state = CHUNK_SIZE;
    scan->index = 0;
    scan->size = 0;
    return c == '\n' ? 0 : fault(scan, 400, "no CRLF behind a chunk");
  default:
    return scan_field(scan, c);
  }
}

unsigned lurk_http_scan_chunks(struct lurk_http_scan *scan, const uint8_t *data, size_t len, size_t *used) {
  *used = 0;
  while (*used < len && !scan->complete) {
    if (scan->state == CHUNK_DATA) {
      size_t skip = len - *used < scan->size ? len - *used : (size_t)scan->size;
      *used += skip;
      scan->size -= skip;
      if (scan->size == 0)
        scan->state = CHUNK_CR;
      continue;
    }
    if (scan->octets++ >= scan->header_octets)
      return fault(scan, 400, "chunk framing too large");
    unsigned status = scan_chunk(scan, data[*used]);
    if (status != 0)
      return status;
    ++*used;
  }
  return 0;
}
