#include "lurk/net/http_answer.h"

#include "lurk/fault.h"
#include <string.h>
#include <strings.h>

static bool append_text(char *text, size_t size, const char *more, size_t len) {
  size_t have = strlen(text);
  bool fits = len < size - have;
  if (!fits)
    len = size - have - 1;
  memcpy(text + have, more, len);
  text[have + len] = '\0';
  return fits;
}

static int on_field(http_parser *parser, const char *at, size_t len) {
  struct lurk_http_reply *reply = parser->data;
  if (reply->in_value)
    reply->field[0] = '\0';
  reply->in_value = false;
  append_text(reply->field, sizeof reply->field, at, len);
  return 0;
}

static int on_value(http_parser *parser, const char *at, size_t len) {
  struct lurk_http_reply *reply = parser->data;
  reply->in_value = true;
  if (strcasecmp(reply->field, "content-type") != 0)
    return 0;
  for (size_t i = 0; i < len; i++)
    if (at[i] != '\t' && (at[i] < ' ' || at[i] > '~'))
      return -1; /* http-parser lets control octets pass */
  reply->over_limit = !append_text(reply->content_type, sizeof reply->content_type, at, len);
  return reply->over_limit;
}

static int on_header_complete(http_parser *parser) {
  struct lurk_http_reply *reply = parser->data;
  reply->header_complete = parser->status_code >= 200;
  /* An upgrade was not asked for. */
  return parser->status_code == 101 ? -1 : 0;
}

static int on_body(http_parser *parser, const char *at, size_t len) {
  struct lurk_http_reply *reply = parser->data;
  reply->over_limit = len > reply->body_octets - reply->body.len && !LURK_FAULT(answer_body_not_limited);
  reply->short_of_memory = !reply->over_limit && !lurk_buffer_append(&reply->body, at, len);
  return reply->over_limit || reply->short_of_memory;
}

static int on_complete(http_parser *parser) {
  struct lurk_http_reply *reply = parser->data;
  reply->in_value = true; /* the next field name is a new one */
  if (!reply->header_complete) {
    reply->content_type[0] = '\0';
    return 0;
  }
  reply->complete = true;
  reply->code = parser->status_code;
  reply->reusable = http_should_keep_alive(parser);
  http_parser_pause(parser, 1);
  return 0;
}

static const http_parser_settings settings = {
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_header_complete,
    .on_body = on_body,
    .on_message_complete = on_complete,
};

void lurk_http_reply_begin(struct lurk_http_reply *reply, size_t body_octets) {
  *reply = (struct lurk_http_reply){.body_octets = body_octets};
  http_parser_init(&reply->parser, HTTP_RESPONSE);
  reply->parser.data = reply;
}

lurk_status lurk_http_reply_feed(struct lurk_http_reply *reply, const uint8_t *data, size_t len) {
  reply->begun = reply->begun || len > 0;
  if (!reply->header_complete)
    reply->header_octets += len;
  size_t parsed = http_parser_execute(&reply->parser, &settings, (const char *)data, len);
  if (reply->complete) {
    reply->reusable = reply->reusable && parsed == len;
    return LURK_OK;
  }
  if (reply->over_limit || (!reply->header_complete && reply->header_octets > LURK_HTTP_ANSWER_HEADER))
    return LURK_ERR_LIMIT;
  if (reply->short_of_memory)
    return LURK_ERR_MEMORY;
  return HTTP_PARSER_ERRNO(&reply->parser) == HPE_OK ? LURK_OK : LURK_ERR_MALFORMED;
}

lurk_status lurk_http_reply_end(struct lurk_http_reply *reply) {
  if (reply->header_complete && !reply->complete)
    http_parser_execute(&reply->parser, &settings, NULL, 0);
  reply->reusable = false;
  return reply->complete ? LURK_OK : LURK_ERR_CLOSED;
}

void lurk_http_reply_clear(struct lurk_http_reply *reply) {
  lurk_buffer_clear(&reply->body);
  *reply = (struct lurk_http_reply){0};
}
