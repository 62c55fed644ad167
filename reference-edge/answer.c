/* The answer page: HTTP/1.1, one request after the other, and how the connection was made as text or JSON. */
#include "reference-edge/service.h"

#include <http_parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TOKEN "lurkspec-edge-ok" /* in no other text that a TLS client prints */
#define EXPORTED_LEN 32
#define LARGEST_HEAD 8192
#define LARGEST_BODY 65536

struct answer {
  struct lurk_edge_connection *connection;
  http_parser parser;
  size_t head, body; /* octets of this request so far */
  bool in_head, in_value;
  char field[8]; /* name of the header field, as far as it may be Accept */
  size_t field_len;
  char accept[128];
  size_t accept_len;
  bool closing;         /* nothing more is answered */
  bool parsing, closed; /* closed while parsing: freed after that */
};

static const char *const members[] = {"stack",
                                      "key_server",
                                      "exchange",
                                      "method",
                                      "format",
                                      "version",
                                      "suite",
                                      "group",
                                      "scheme",
                                      "resumed",
                                      "key_us",
                                      "handshake_us",
                                      "certificate",
                                      "audit",
                                      "exporter",
                                      "retried",
                                      "extended_master_secret",
                                      "client"};

/* --- what is answered --- */

/* Lab: null without a label. */
static json_t *exported(const struct lurk_edge_connection *connection, const char *label) {
  uint8_t octets[EXPORTED_LEN];
  char text[2 * EXPORTED_LEN + 1];
  if (label == NULL || !lurk_edge_connection_export(connection, label, octets, sizeof octets))
    return json_null();
  for (size_t i = 0; i < sizeof octets; i++)
    snprintf(text + 2 * i, 3, "%02x", octets[i]);
  return json_string(text);
}

static json_t *page(const struct answer *answer) {
  static const char *const formats[] = {[LURK_SKI_JSON] = "json", [LURK_SKI_CBOR] = "cbor"};
  const struct lurk_handshake *handshake = lurk_edge_connection_handshake(answer->connection);
  json_t *all = lurk_handshake_members(handshake);
  const struct lurk_edge_config *config = lurk_edge_connection_edge(answer->connection)->config;
  if (all != NULL) {
    json_object_set_new(all, "token", json_string(TOKEN));
    json_object_set_new(all, "audit", handshake->audit == NULL ? json_null() : json_string(handshake->audit));
    json_object_set_new(all, "exporter", exported(answer->connection, config->exporter_label));
    json_object_set_new(all, "format",
                        config->protocol == LURK_EDGE_LURK ? json_null()
                                                           : json_string(formats[config->format]));
  }
  return all;
}

static char *as_text(json_t *all) {
  char *text = NULL;
  size_t len = 0;
  FILE *stream = open_memstream(&text, &len);
  if (stream == NULL)
    return NULL;
  fprintf(stream, TOKEN "\n");
  for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
    char *value = json_dumps(json_object_get(all, members[i]), JSON_ENCODE_ANY);
    bool quoted = value != NULL && value[0] == '"';
    if (quoted)
      value[strlen(value) - 1] = '\0';
    fprintf(stream, "%s: %s\n", members[i], value == NULL ? "" : value + quoted);
    free(value);
  }
  fclose(stream);
  return text;
}

static void respond(struct answer *answer, unsigned status, const char *type, const char *body) {
  char *text = NULL;
  bool keep = status == 200 && http_should_keep_alive(&answer->parser) != 0;
  int len =
      asprintf(&text,
               "HTTP/1.1 %u %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n%s"
               "Connection: %s\r\n\r\n%s",
               status, http_status_str((enum http_status)status), type, strlen(body),
               status == 405 ? "Allow: GET, HEAD\r\n" : "", keep ? "keep-alive" : "close",
               answer->parser.method == HTTP_HEAD ? "" : body);
  answer->closing = !keep || len < 0;
  if (len >= 0)
    lurk_edge_connection_send(answer->connection, (const uint8_t *)text, (size_t)len);
  free(text);
}

static void refuse(struct answer *answer, unsigned status) {
  respond(answer, status, "text/plain", "");
}

static void send_page(struct answer *answer) {
  bool json = strstr(answer->accept, "application/json") != NULL;
  json_t *all = page(answer);
  char *body = all == NULL ? NULL : json ? json_dumps(all, JSON_INDENT(2)) : as_text(all);
  json_decref(all);
  if (body == NULL)
    refuse(answer, 500);
  else
    respond(answer, 200, json ? "application/json" : "text/plain; charset=utf-8", body);
  free(body);
}

static void limit_time(struct answer *answer) {
  lurk_edge_connection_deadline(answer->connection,
                                lurk_edge_connection_edge(answer->connection)->config->limits.request_ms);
}

/* --- parser events --- */

static int begin(http_parser *parser) {
  struct answer *answer = parser->data;
  answer->head = answer->body = answer->field_len = answer->accept_len = 0;
  answer->accept[0] = '\0';
  answer->in_head = true;
  return 0;
}

/* The parser hands names and values over in pieces; what does not fit is not Accept, or not of interest. */
static size_t collect(char *to, size_t used, size_t room, const char *from, size_t len) {
  for (size_t i = 0; i < len && used + 1 < room; i++)
    to[used++] = (char)(from[i] >= 'A' && from[i] <= 'Z' ? from[i] - 'A' + 'a' : from[i]);
  to[used] = '\0';
  return used;
}

static int header_field(http_parser *parser, const char *at, size_t len) {
  struct answer *answer = parser->data;
  if (answer->in_value)
    answer->field_len = 0;
  answer->in_value = false;
  answer->field_len = collect(answer->field, answer->field_len, sizeof answer->field, at, len);
  return 0;
}

static int header_value(http_parser *parser, const char *at, size_t len) {
  struct answer *answer = parser->data;
  answer->in_value = true;
  if (strcmp(answer->field, "accept") == 0)
    answer->accept_len = collect(answer->accept, answer->accept_len, sizeof answer->accept, at, len);
  return 0;
}

static int head_complete(http_parser *parser) {
  struct answer *answer = parser->data;
  answer->in_head = false;
  if (parser->method != HTTP_CONNECT) /* RFC 9110 §7.8: an Upgrade may be ignored */
    parser->upgrade = 0;
  return 0;
}

static int body_part(http_parser *parser, const char *at, size_t len) {
  struct answer *answer = parser->data;
  (void)at;
  answer->body += len;
  return 0;
}

static int complete(http_parser *parser) {
  struct answer *answer = parser->data;
  if (parser->method == HTTP_GET || parser->method == HTTP_HEAD)
    send_page(answer);
  else
    refuse(answer, 405);
  if (!answer->closing)
    limit_time(answer);
  return answer->closing; /* nonzero ends the parsing */
}

static const http_parser_settings settings = {.on_message_begin = begin,
                                              .on_header_field = header_field,
                                              .on_header_value = header_value,
                                              .on_headers_complete = head_complete,
                                              .on_body = body_part,
                                              .on_message_complete = complete};

/* --- the service --- */

static void *open_answer(struct lurk_edge_connection *connection) {
  struct answer *answer = calloc(1, sizeof *answer);
  if (answer == NULL)
    return NULL;
  answer->connection = connection;
  http_parser_init(&answer->parser, HTTP_REQUEST);
  answer->parser.data = answer;
  limit_time(answer);
  return answer;
}

static void close_answer(void *session) {
  struct answer *answer = session;
  answer->closed = true;
  if (!answer->parsing)
    free(answer);
}

static void check_input(struct answer *answer) {
  if (answer->closing)
    return;
  if (HTTP_PARSER_ERRNO(&answer->parser) != HPE_OK || answer->parser.upgrade)
    refuse(answer, 400);
  else if (answer->head > LARGEST_HEAD)
    refuse(answer, 431);
  else if (answer->body > LARGEST_BODY)
    refuse(answer, 413);
}

static void receive(void *session, const uint8_t *data, size_t len) {
  struct answer *answer = session;
  answer->parsing = true;
  size_t used = http_parser_execute(&answer->parser, &settings, (const char *)data, len);
  if (answer->in_head)
    answer->head += used;
  if (!answer->closed)
    check_input(answer);
  answer->parsing = false;
  if (answer->closed)
    free(answer);
  else if (answer->closing)
    lurk_edge_connection_finish(answer->connection);
  else if (lurk_edge_connection_congested(answer->connection))
    lurk_edge_connection_pause(answer->connection, true);
}

static void ended(void *session) {
  struct answer *answer = session;
  lurk_edge_connection_finish(answer->connection);
}

static void drained(void *session) {
  struct answer *answer = session;
  lurk_edge_connection_pause(answer->connection, false);
}

const struct lurk_edge_service lurk_answer_service = {
    .open = open_answer, .receive = receive, .ended = ended, .drained = drained, .close = close_answer};
