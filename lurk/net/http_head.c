#include "lurk/net/http_head.h"

#include "lurk/fault.h"
#include <string.h>
#include <strings.h>

enum field {
  HOST,
  CONTENT_LENGTH,
  TRANSFER_ENCODING,
  CONTENT_TYPE,
  CONTENT_ENCODING,
  ACCEPT,
  EXPECT,
  ORIGIN,
#ifdef LURK_FAULTS
  CLIENT_NAME,
#endif
  FIELD_COUNT,
};

static const char *const field_names[FIELD_COUNT] = {
    "host",
    "content-length",
    "transfer-encoding",
    "content-type",
    "content-encoding",
    "accept",
    "expect",
    "origin",
#ifdef LURK_FAULTS
    "x-ssl-client-cn", /* set by proxies that end TLS */
#endif
};

struct collected {
  unsigned count[FIELD_COUNT];
  char *value[FIELD_COUNT]; /* the last one; not terminated */
  size_t value_len[FIELD_COUNT];
  enum field current; /* FIELD_COUNT: a field that does not matter */
};

/* --- http-parser gets the whole header in one call, so each field comes in one piece --- */

static int on_field(http_parser *parser, const char *at, size_t len) {
  struct collected *fields = parser->data;
  for (fields->current = 0; fields->current < FIELD_COUNT; fields->current++)
    if (strlen(field_names[fields->current]) == len &&
        strncasecmp(field_names[fields->current], at, len) == 0)
      break;
  return 0;
}

static int on_value(http_parser *parser, const char *at, size_t len) {
  struct collected *fields = parser->data;
  if (fields->current == FIELD_COUNT)
    return 0;
  while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == '\t'))
    len--;
  fields->count[fields->current]++;
  fields->value[fields->current] = (char *)at;
  fields->value_len[fields->current] = len;
  return 0;
}

static const http_parser_settings settings = {.on_header_field = on_field, .on_header_value = on_value};

static bool value_is(const struct collected *fields, enum field field, const char *text) {
  return fields->value_len[field] == strlen(text) &&
         strncasecmp(fields->value[field], text, fields->value_len[field]) == 0;
}

/* Behind the value stands at least the CR of its line. */
static const char *value_text(struct collected *fields, enum field field) {
  if (fields->count[field] != 1)
    return NULL;
  fields->value[field][fields->value_len[field]] = '\0';
  return fields->value[field];
}

/* --- framing: RFC 9112 §6 --- */

static unsigned parse_content_length(const struct collected *fields, uint64_t *out, const char **reason) {
  const char *text = fields->value[CONTENT_LENGTH];
  size_t len = fields->value_len[CONTENT_LENGTH];
  *reason = "Content-Length";
  if (len == 0 || len > 18)
    return 400;
  *out = 0;
  for (size_t i = 0; i < len; i++) {
    if (text[i] < '0' || text[i] > '9')
      return 400;
    *out = *out * 10 + (uint64_t)(text[i] - '0');
  }
  return 0;
}

static bool needs_body(const char *method) {
  return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
}

static unsigned judge_framing(const struct lurk_http_scan *scan, const struct collected *fields,
                              struct lurk_http_head *head, const char **reason) {
  if (fields->count[TRANSFER_ENCODING] > 0) {
    *reason = "Transfer-Encoding";
    if (LURK_FAULT(chunked_refused))
      return 411;
    if (fields->count[TRANSFER_ENCODING] > 1 || fields->count[CONTENT_LENGTH] > 0 || scan->minor == 0 ||
        !value_is(fields, TRANSFER_ENCODING, "chunked"))
      return 400;
    head->framing = LURK_HTTP_CHUNKED;
    return 0;
  }
  if (fields->count[CONTENT_LENGTH] > 1) {
    *reason = "several Content-Length";
    return 400;
  }
  if (fields->count[CONTENT_LENGTH] == 0) {
    *reason = "no Content-Length";
    return needs_body(head->method) ? 411 : 0;
  }
  unsigned status = parse_content_length(fields, &head->content_length, reason);
  if (status != 0)
    return status;
  *reason = "body too large";
  head->framing = head->content_length > 0 ? LURK_HTTP_LENGTH : LURK_HTTP_NO_BODY;
  return head->content_length > scan->body_octets && !LURK_FAULT(content_length_not_checked) &&
                 !LURK_FAULT(body_not_limited)
             ? 413
             : 0;
}

/* --- the rest --- */

static unsigned judge_expectation(const struct lurk_http_scan *scan, const struct collected *fields,
                                  struct lurk_http_head *head, const char **reason) {
  if (fields->count[EXPECT] == 0 || scan->minor == 0)
    return 0;
  *reason = "unknown expectation";
  head->expects_continue = head->framing != LURK_HTTP_NO_BODY && !LURK_FAULT(continue_not_sent);
  bool known = fields->count[EXPECT] == 1 && value_is(fields, EXPECT, "100-continue");
  return known || LURK_FAULT(expectation_ignored) ? 0 : 417;
}

static unsigned judge_origin(struct collected *fields, struct lurk_http_head *head, const char **reason) {
  /* Also in HTTP/1.0: no client of ours lacks it, and its absence hides another service's traffic. */
  *reason = "Host missing, repeated or empty";
  if ((fields->count[HOST] != 1 || fields->value_len[HOST] == 0) && !LURK_FAULT(host_not_required))
    return 400;
  head->host = value_text(fields, HOST);
  /* Only browsers send it: a script of a foreign page has no business here. */
  *reason = "Origin";
  return fields->count[ORIGIN] > 0 ? 403 : 0;
}

static unsigned take_path(const struct lurk_http_scan *scan, char *octets, struct lurk_http_head *head,
                          const char **reason) {
  struct http_parser_url url;
  char *target = octets + scan->target_start;
  *reason = "request target";
  target[scan->target_len] = '\0'; /* over the space in front of the version */
  head->path = target;
  if (target[0] == '*')
    return target[1] == '\0' ? 0 : 400;
  http_parser_url_init(&url);
  if (scan->target_len > UINT16_MAX || http_parser_parse_url(target, scan->target_len, 0, &url) != 0 ||
      url.field_set & 1 << UF_FRAGMENT)
    return 400;
  head->has_query = url.field_set & 1 << UF_QUERY;
  if (!(url.field_set & 1 << UF_PATH)) {
    head->path = "/";
    return 0;
  }
  head->path = target + url.field_data[UF_PATH].off;
  target[url.field_data[UF_PATH].off + url.field_data[UF_PATH].len] = '\0';
  return 0;
}

static const char *known_method(const uint8_t *text, size_t len) {
#define LURK_HTTP_METHOD(number, name, string)                                                               \
  if (len == sizeof #string - 1 && memcmp(text, #string, len) == 0)                                          \
    return #string;
  HTTP_METHOD_MAP(LURK_HTTP_METHOD)
#undef LURK_HTTP_METHOD
  return NULL;
}

unsigned lurk_http_head_parse(const struct lurk_http_scan *scan, uint8_t *octets, size_t len,
                              http_parser *parser, struct lurk_http_head *head, const char **reason) {
  struct collected fields = {0};
  *head = (struct lurk_http_head){.method = known_method(octets + scan->method_start, scan->method_len)};
  /* Not for http-parser: an authority instead of a path, or a method that it does not know. The answer is the
   * handler's 405 whatever else the header says, and the end of the connection. */
  if (head->method == NULL || strcmp(head->method, "CONNECT") == 0) {
    octets[scan->target_start + scan->target_len] = '\0';
    head->path = (char *)octets + scan->target_start;
    head->method = head->method == NULL ? "unknown" : head->method;
    return 0;
  }
  http_parser_init(parser, HTTP_REQUEST);
  parser->data = &fields;
  size_t parsed = http_parser_execute(parser, &settings, (char *)octets, len);
  if (HTTP_PARSER_ERRNO(parser) != HPE_OK || parsed != len) {
    *reason = http_errno_description(HTTP_PARSER_ERRNO(parser));
    return 400;
  }
  head->keep_alive = scan->minor == 1 && http_should_keep_alive(parser);
  if (parser->upgrade && LURK_FAULT(upgrade_refused)) {
    *reason = "Upgrade";
    return 400;
  }
  unsigned status = judge_framing(scan, &fields, head, reason);
  if (status == 0)
    status = judge_origin(&fields, head, reason);
  if (status == 0)
    status = judge_expectation(scan, &fields, head, reason);
  if (status == 0)
    status = take_path(scan, (char *)octets, head, reason);
  if (status != 0)
    return status;
  head->content_encoded = fields.count[CONTENT_ENCODING] > 0 &&
                          !value_is(&fields, CONTENT_ENCODING, "identity") &&
                          !LURK_FAULT(content_encoding_ignored);
  head->content_type = value_text(&fields, CONTENT_TYPE);
  head->accept = value_text(&fields, ACCEPT);
#ifdef LURK_FAULTS
  head->client_name = value_text(&fields, CLIENT_NAME);
#endif
  return 0;
}
