#include "ski_http.h"

#include "edge_session.h"
#include "lurk/fault.h"
#include "media_type.h"
#include "request_log.h"
#include "ski_service.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One request on its way. */
struct turn {
  struct lurk_edge_session *session;
  const struct lurk_http_request *request;
  struct lurk_http_response *response;
  struct lurk_snapshot *snapshot;
  const struct lurk_edge *edge;
  enum lurk_ski_format format; /* of the answer */
  struct lurk_request_event event;
};

static void *open_session(void *arg, lurk_connection *connection) {
  return lurk_edge_session_open(arg, connection);
}

static void close_session(void *arg) {
  lurk_edge_session_close(arg);
}

/* --- answers --- */

/* The body is always the error object; without memory for it there is none. */
static void answer_error(struct turn *turn, unsigned status, enum lurk_ski_error error, const char *cause) {
  const struct lurk_ski_response object = {.is_error = true, .error = error};
  lurk_octets_clear(&turn->response->body);
  turn->response->status = status;
  turn->response->content_type = NULL;
  if (lurk_ski_response_encode(turn->format, &object, &turn->response->body) == LURK_OK)
    turn->response->content_type = lurk_ski_media_type(turn->format);
  turn->event.verdict = lurk_ski_error_name(error);
  turn->event.cause = cause;
}

static void answer_ski(struct turn *turn) {
  const struct lurk_snapshot *snapshot = turn->snapshot;
  const struct lurk_ski_call call = {.edge = turn->edge,
                                     .format = turn->format,
                                     .body = turn->request->body,
                                     .len = turn->request->body_len,
                                     .allow_alias = snapshot->config.ski.keyserver_dialect,
                                     .replay_window_seconds = snapshot->config.ski.replay_window_seconds,
                                     .watch = lurk_keyserver_watch(turn->session->server),
                                     .now = time(NULL),
                                     .now_ns = turn->event.began_ns};
  struct lurk_ski_record *record = &turn->event.ski;
  if (lurk_ski_answer(&call, record, &turn->response->body) != LURK_OK) {
    answer_error(turn, 500, LURK_SKI_UNSPECIFIED_ERROR, "response cannot be encoded");
    return;
  }
  turn->response->status = record->served ? 200 : lurk_ski_http_status(record->error);
  turn->response->content_type =
      lurk_ski_media_type(LURK_FAULT(answer_type_always_json) ? LURK_SKI_JSON : turn->format);
  turn->event.verdict = record->served ? LURK_VERDICT_SERVED : lurk_ski_error_name(record->error);
  turn->event.cause = record->cause;
}

static void answer_ski_request(struct turn *turn) {
  const struct lurk_http_request *request = turn->request;
  enum lurk_ski_format format;
  turn->event.operation = "ski";
  if (strcmp(request->method, "POST") != 0 && !LURK_FAULT(any_method_operates)) {
    answer_error(turn, 405, LURK_SKI_MALFORMED_REQUEST, "method is not POST");
    turn->response->allow = "POST";
  } else if (request->content_encoded) {
    answer_error(turn, 415, LURK_SKI_MALFORMED_REQUEST, "content encoding is not offered");
  } else if (!lurk_media_type_parse(request->content_type, &format) && !LURK_FAULT(any_media_type_read)) {
    answer_error(turn, 415, LURK_SKI_MALFORMED_REQUEST, "content type is neither JSON nor CBOR");
  } else {
    answer_ski(turn);
  }
}

static void answer_ping(struct turn *turn) {
  turn->event.operation = "ping";
  turn->event.verdict = LURK_VERDICT_SERVED;
  turn->response->status = 204;
  turn->response->close = LURK_FAULT(ping_ends_connection);
#ifdef LURK_FAULTS
  if (LURK_FAULT(body_behind_204))
    lurk_octets_copy(&turn->response->body, (const uint8_t *)"pong", strlen("pong"));
#endif
}

static void answer_capabilities(struct turn *turn) {
  turn->event.operation = "capabilities";
  if (!lurk_media_type_choose(LURK_FAULT(accept_ignored) ? NULL : turn->request->accept, &turn->format)) {
    answer_error(turn, 406, LURK_SKI_MALFORMED_REQUEST, "neither JSON nor CBOR is accepted");
    return;
  }
  lurk_status status =
      lurk_ski_capabilities_answer(turn->edge, turn->format, time(NULL), &turn->response->body);
  if (status != LURK_OK) {
    answer_error(turn, 500, LURK_SKI_UNSPECIFIED_ERROR, lurk_status_name(status));
    return;
  }
  turn->event.verdict = LURK_VERDICT_SERVED;
  turn->response->status = 200;
  turn->response->content_type = lurk_ski_media_type(turn->format);
}

static void answer_get(struct turn *turn, void (*answer)(struct turn *turn)) {
  if (strcmp(turn->request->method, "GET") == 0 || LURK_FAULT(any_method_asks)) {
    answer(turn);
    return;
  }
  answer_error(turn, 405, LURK_SKI_MALFORMED_REQUEST, "method is not GET");
  turn->response->allow = "GET";
}

#ifdef LURK_FAULTS
/* With the octets for which a percent sign and two digits stand. */
static void decode_path(const char *path, char *out, size_t room) {
  while (*path != '\0' && room-- > 1) {
    unsigned octet;
    bool stands_for_another = sscanf(path, "%%%2x", &octet) == 1;
    *out++ = stands_for_another ? (char)octet : *path;
    path += stands_for_another ? 3 : 1;
  }
  *out = '\0';
}
#endif

static void answer_path(struct turn *turn) {
  const char *path = turn->request->path;
  if (turn->request->has_query)
    answer_error(turn, 400, LURK_SKI_MALFORMED_REQUEST, "a query means nothing here");
  else if (strcmp(path, turn->snapshot->config.ski.path) == 0)
    answer_ski_request(turn);
  else if (strcmp(path, "/ping") == 0)
    answer_get(turn, answer_ping);
  else if (strcmp(path, "/capabilities") == 0)
    answer_get(turn, answer_capabilities);
  else if (LURK_FAULT(any_path_served))
    answer_ski_request(turn);
  else
    answer_error(turn, 404, LURK_SKI_MALFORMED_REQUEST, "no such path");
#ifdef LURK_FAULTS
  if (strcmp(turn->event.operation, "other") == 0 && LURK_FAULT(path_logged_raw))
    decode_path(path, turn->event.ski.leak, sizeof turn->event.ski.leak);
#endif
}

/* A fault that the HTTP layer found: its status stands. */
static void answer_http_fault(struct turn *turn) {
  unsigned status = turn->response->status;
  enum lurk_ski_error error = status == 403  ? LURK_SKI_REQUEST_DENIED
                              : status < 500 ? LURK_SKI_MALFORMED_REQUEST
                                             : LURK_SKI_UNSPECIFIED_ERROR;
  answer_error(turn, status, error, "not acceptable as HTTP");
}

#ifdef LURK_FAULTS
/* The edge that a header names, as if a proxy had ended the channel. */
static void take_claimed_edge(struct turn *turn) {
  const struct lurk_authorisation *all = turn->edge->all;
  for (size_t i = 0; i < all->count; i++) {
    const char *name = strchr(all->edges[i].config->identity_text, ':');
    if (strcmp(name + 1, turn->request->client_name) == 0)
      turn->edge = &all->edges[i];
  }
}
#endif

static void answer(struct turn *turn) {
  enum lurk_edge_match match = lurk_edge_session_find(turn->session, turn->snapshot, &turn->edge);
  turn->event.edge = turn->edge != NULL ? turn->edge->config->identity_text : NULL;
#ifdef LURK_FAULTS
  if (match == LURK_EDGE_FOUND && turn->request != NULL && turn->request->client_name != NULL &&
      LURK_FAULT(claimed_name_believed))
    take_claimed_edge(turn);
#endif
  uint64_t wait_ms;
  if (match != LURK_EDGE_FOUND) {
    answer_error(turn, 403, LURK_SKI_REQUEST_DENIED, lurk_edge_match_name(match));
    turn->response->close = true;
  } else if (!lurk_activity_take(turn->edge->activity, &turn->edge->config->rate, turn->event.began_ns,
                                 &wait_ms) &&
             !LURK_FAULT(rate_ignored)) {
    answer_error(turn, 429, LURK_SKI_REQUEST_DENIED, "rate of the edge is used up");
    turn->response->retry_after_s = (unsigned)((wait_ms + 999) / 1000);
  } else if (turn->request == NULL) {
    answer_http_fault(turn);
  } else {
    answer_path(turn);
  }
}

/* --- after the answer --- */

/* What is not in the log has not happened: then no output leaves (fail closed). */
static void conclude(struct turn *turn) {
  turn->event.status = turn->response->status;
  turn->event.number = lurk_keyserver_count(turn->session->server, turn->response->status < 400);
  turn->event.ended_ns = lurk_keyserver_now_ns();
  struct lurk_audit_line line;
  if (!LURK_FAULT(request_not_logged) &&
      (!lurk_request_line(&turn->event, &line) ||
       !lurk_audit_write_lines(lurk_keyserver_audit(turn->session->server), line.text, line.len)))
    answer_error(turn, 500, LURK_SKI_UNSPECIFIED_ERROR, "audit log cannot be written");
  const struct lurk_suspicion suspicion = {.refused = turn->response->status >= 400,
                                           .replayed = turn->event.ski.replayed,
                                           .ciphertext_edge = turn->event.ski.ciphertext_edge};
  lurk_edge_session_suspect(turn->session, turn->snapshot, turn->edge, &suspicion, turn->event.began_ns);
}

static void handle(void *arg, const struct lurk_http_request *request, struct lurk_http_response *response) {
  struct lurk_edge_session *session = arg;
  struct turn turn = {.session = session,
                      .request = request,
                      .response = response,
                      .snapshot = lurk_keyserver_snapshot(session->server),
                      .event = {.began_ns = lurk_keyserver_now_ns(),
                                .address = lurk_connection_address(session->connection),
                                .peer = lurk_connection_peer(session->connection),
                                .operation = "other"}};
  if (request == NULL || !lurk_media_type_parse(request->content_type, &turn.format))
    turn.format = LURK_SKI_JSON;
  turn.event.format = lurk_ski_media_type(turn.format);
  answer(&turn);
  conclude(&turn);
  lurk_snapshot_unref(turn.snapshot);
}

const struct lurk_http_handler lurk_ski_http_handler = {
    .open = open_session, .handle = handle, .close = close_session};
