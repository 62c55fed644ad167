#include "lurk/net/http_server.h"

#include "lurk/fault.h"
#include "lurk/net/buffer.h"
#include "lurk/net/http_head.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct lurk_http_server {
  struct lurk_http_limits limits;
  struct lurk_http_handler handler;
  void *arg;
};

enum stage { BETWEEN, HEADER, BODY, ENDED };

struct session {
  const lurk_http_server *http;
  lurk_connection *connection;
  void *handled; /* the handler's session */
  enum stage stage;
  bool draining;
  bool handled_before; /* a request */
  struct lurk_http_scan scan;
  struct lurk_http_head head; /* points into header */
  struct lurk_buffer header, body;
  struct lurk_buffer queued; /* requests that wait for a turn */
  http_parser parser;
  uint64_t body_left; /* LURK_HTTP_LENGTH */
};

/* --- answers --- */

static void date(char *out, size_t len) {
  struct tm now;
  time_t seconds = time(NULL);
  gmtime_r(&seconds, &now);
  strftime(out, len, "%a, %d %b %Y %H:%M:%S GMT", &now);
}

static bool has_body(unsigned status) {
  return status != 204 || LURK_FAULT(body_behind_204);
}

static int format_header(char *out, size_t len, const struct lurk_http_response *response, bool close) {
  char now[40], content[160] = "", retry_after[40] = "";
  date(now, sizeof now);
  if (response->status != 204)
    snprintf(content, sizeof content, "%s%s%sContent-Length: %zu\r\n",
             response->content_type == NULL ? "" : "Content-Type: ",
             response->content_type == NULL ? "" : response->content_type,
             response->content_type == NULL ? "" : "\r\n", response->body.len);
  if (response->retry_after_s > 0)
    snprintf(retry_after, sizeof retry_after, "Retry-After: %u\r\n", response->retry_after_s);
  return snprintf(out, len, "HTTP/1.1 %u %s\r\nDate: %s\r\n%s%s%s%s%s%s%s\r\n", response->status,
                  http_status_str((enum http_status)response->status), now,
                  LURK_FAULT(answer_may_be_stored) ? "" : "Cache-Control: no-store\r\n", content, retry_after,
                  response->allow == NULL ? "" : "Allow: ", response->allow == NULL ? "" : response->allow,
                  response->allow == NULL ? "" : "\r\n", close ? "Connection: close\r\n" : "");
}

static lurk_status send_response(struct session *session, struct lurk_http_response *response, bool close,
                                 bool without_body) {
  char header[512];
  int len = format_header(header, sizeof header, response, close);
  lurk_status status = len < 0 || (size_t)len >= sizeof header
                           ? LURK_ERR_LIMIT
                           : lurk_connection_send(session->connection, (uint8_t *)header, (size_t)len);
  if (status == LURK_OK && !without_body && has_body(response->status))
    status = lurk_connection_send(session->connection, response->body.data, response->body.len);
  lurk_octets_clear(&response->body);
  return status;
}

static void end(struct session *session) {
  session->stage = ENDED;
  lurk_connection_finish(session->connection);
}

/* Framing is in doubt from here on: one answer, then the end. */
static void refuse(struct session *session, unsigned status, const char *reason) {
  struct lurk_http_response response = {.status = LURK_FAULT(http_faults_are_500) ? 500 : status};
  lurk_connection_log(session->connection, "http-fault", reason);
  session->http->handler.handle(session->handled, NULL, &response);
  bool head = session->head.method != NULL && strcmp(session->head.method, "HEAD") == 0;
  send_response(session, &response, true, head);
  end(session);
}

/* --- requests --- */

static void await_request(struct session *session) {
  const struct lurk_http_limits *limits = &session->http->limits;
  session->stage = BETWEEN;
  session->head = (struct lurk_http_head){0};
  lurk_buffer_clear(&session->header);
  lurk_buffer_clear(&session->body);
  lurk_http_scan_begin(&session->scan, limits->header_octets, limits->body_octets);
  lurk_connection_deadline(session->connection, limits->idle_ms);
}

static lurk_status handle(struct session *session) {
  const struct lurk_http_head *head = &session->head;
  struct lurk_http_request request = {
      .method = head->method,
      .path = head->path,
      .has_query = head->has_query,
      .content_type = head->content_type,
      .accept = head->accept,
#ifdef LURK_FAULTS
      .client_name = head->client_name,
#endif
      .content_encoded = head->content_encoded,
      .body = lurk_buffer_data(&session->body),
      .body_len = session->body.len,
  };
  struct lurk_http_response response = {0};
  session->http->handler.handle(session->handled, &request, &response);
  bool close = response.close || session->draining ||
               (!head->keep_alive && !LURK_FAULT(connection_close_ignored)) ||
               (session->handled_before && LURK_FAULT(second_request_ends_connection));
  session->handled_before = true;
  lurk_status status = send_response(session, &response, close, strcmp(head->method, "HEAD") == 0);
  if (close || status != LURK_OK) {
    lurk_buffer_clear(&session->body);
    end(session);
  } else {
    await_request(session);
  }
  return status;
}

static lurk_status header_complete(struct session *session) {
  const char *reason = NULL;
  unsigned fault = lurk_http_head_parse(&session->scan, lurk_buffer_data(&session->header),
                                        session->header.len, &session->parser, &session->head, &reason);
  if (fault == 0 && session->head.host != NULL &&
      !lurk_connection_serves(session->connection, session->head.host) && !LURK_FAULT(foreign_host_served)) {
    fault = 403; /* DNS rebinding (HT-15), or a client of another service */
    reason = "foreign Host";
  }
  if (fault != 0) {
    refuse(session, fault, reason);
    return LURK_OK;
  }
  if (session->head.framing == LURK_HTTP_NO_BODY)
    return handle(session);
  session->stage = BODY;
  session->parser.data = session;
  session->body_left = session->head.content_length;
  lurk_http_scan_begin_chunks(&session->scan);
  lurk_connection_deadline(session->connection, session->http->limits.body_ms);
  static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
  if (!session->head.expects_continue)
    return LURK_OK;
  return lurk_connection_send(session->connection, (const uint8_t *)go_on, sizeof go_on - 1);
}

static lurk_status receive_header(struct session *session, const uint8_t *data, size_t len, size_t *used) {
  if (session->stage == BETWEEN) {
    session->stage = HEADER;
    lurk_connection_deadline(session->connection, session->http->limits.header_ms);
  }
  unsigned fault = lurk_http_scan_header(&session->scan, data, len, used);
  if (fault != 0) {
    refuse(session, fault, session->scan.reason);
    return LURK_OK;
  }
  if (!lurk_buffer_append(&session->header, data, *used))
    return LURK_ERR_MEMORY;
  return session->scan.complete ? header_complete(session) : LURK_OK;
}

static int on_body(http_parser *parser, const char *at, size_t len) {
  struct session *session = parser->data;
  return lurk_buffer_append(&session->body, at, len) ? 0 : -1;
}

static const http_parser_settings body_settings = {.on_body = on_body};

static lurk_status receive_body(struct session *session, const uint8_t *data, size_t len, size_t *used) {
  unsigned fault = 0;
  bool complete;
  if (session->head.framing == LURK_HTTP_CHUNKED) {
    fault = lurk_http_scan_chunks(&session->scan, data, len, used);
    complete = session->scan.complete;
  } else {
    *used = session->body_left < len ? (size_t)session->body_left : len;
    session->body_left -= *used;
    complete = session->body_left == 0;
  }
  if (fault == 0) {
    size_t parsed = http_parser_execute(&session->parser, &body_settings, (const char *)data, *used);
    if (HTTP_PARSER_ERRNO(&session->parser) != HPE_OK || parsed != *used)
      fault = 400;
  }
  if (fault == 0)
    return complete ? handle(session) : LURK_OK;
  refuse(session, fault, session->scan.reason == NULL ? "body" : session->scan.reason);
  return LURK_OK;
}

/* --- service --- */

static void *http_open(void *arg, lurk_connection *connection) {
  const lurk_http_server *http = arg;
  struct session *session = calloc(1, sizeof *session);
  if (session == NULL)
    return NULL;
  session->http = http;
  session->connection = connection;
  session->handled = http->handler.open(http->arg, connection);
  if (session->handled == NULL) {
    free(session);
    return NULL;
  }
  await_request(session);
  return session;
}

/* Takes what a turn allows, and returns in *used how many octets that was. */
static lurk_status take_turn(struct session *session, const uint8_t *data, size_t len, size_t *used) {
  *used = 0;
  while (*used < len && session->stage != ENDED) {
    bool between = session->stage == BETWEEN && *used > 0;
    if (between && LURK_FAULT(pipeline_dropped)) {
      *used = len;
      return LURK_OK;
    }
    if (between && lurk_connection_turn_is_over(session->connection)) {
      lurk_connection_again(session->connection);
      return LURK_OK;
    }
    size_t part = 0;
    lurk_status status = session->stage == BODY ? receive_body(session, data + *used, len - *used, &part)
                                                : receive_header(session, data + *used, len - *used, &part);
    *used += part;
    if (status != LURK_OK)
      return status;
  }
  return LURK_OK;
}

static lurk_status http_receive(void *arg, const uint8_t *data, size_t len) {
  struct session *session = arg;
  size_t used;
  lurk_status status = take_turn(session, data, len, &used);
  if (status == LURK_OK && session->stage != ENDED &&
      !lurk_buffer_append(&session->queued, data + used, len - used))
    status = LURK_ERR_MEMORY;
  return status;
}

static lurk_status http_resume(void *arg) {
  struct session *session = arg;
  size_t used;
  lurk_status status = take_turn(session, lurk_buffer_data(&session->queued), session->queued.len, &used);
  lurk_buffer_consume(&session->queued, used);
  return status;
}

static void http_ended(void *arg) {
  struct session *session = arg;
  if (session->stage == BODY && LURK_FAULT(half_request_handled))
    handle(session);
  else if (session->stage == HEADER || session->stage == BODY)
    refuse(session, 400, "request cut off");
}

static const char *http_expired(void *arg) {
  struct session *session = arg;
  if (session->stage == BETWEEN)
    return NULL;
  const char *event = session->stage == HEADER ? "request header" : "request body";
  refuse(session, 408, event);
  return event;
}

static void http_drain(void *arg) {
  struct session *session = arg;
  session->draining = true;
  if (session->stage == BETWEEN && LURK_FAULT(stop_is_answered))
    refuse(session, 503, "the server stops");
  else if (session->stage == BETWEEN)
    end(session);
}

static void http_close(void *arg) {
  struct session *session = arg;
  session->http->handler.close(session->handled);
  lurk_buffer_clear(&session->header);
  lurk_buffer_clear(&session->body);
  lurk_buffer_clear(&session->queued);
  free(session);
}

const struct lurk_service lurk_http_service = {
    .open = http_open,
    .receive = http_receive,
    .resume = http_resume,
    .ended = http_ended,
    .expired = http_expired,
    .drain = http_drain,
    .close = http_close,
};

lurk_http_server *lurk_http_server_new(const struct lurk_http_limits *limits,
                                       const struct lurk_http_handler *handler, void *arg) {
  lurk_http_server *http = malloc(sizeof *http);
  if (http != NULL)
    *http = (lurk_http_server){.limits = *limits, .handler = *handler, .arg = arg};
  return http;
}

void lurk_http_server_free(lurk_http_server *http) {
  free(http);
}
