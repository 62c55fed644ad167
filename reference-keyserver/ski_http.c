#include "ski_http.h"

#include "keyserver.h"
#include "media_type.h"
#include "request_log.h"
#include "ski_service.h"
#include <stdlib.h>
#include <string.h>

/* A connection of an edge, or of a peer with a valid certificate that is none. */
struct session {
  lurk_keyserver *server;
  lurk_connection *connection;
  lurk_activity *activity; /* counts this connection; a reference */
  struct in6_addr address;
  bool address_is_known;
};

/* One request on its way. */
struct turn {
  struct session *session;
  const struct lurk_http_request *request;
  struct lurk_http_response *response;
  struct lurk_snapshot *snapshot;
  const struct lurk_edge *edge;
  enum lurk_ski_format format; /* of the answer */
  struct lurk_request_event event;
};

/* --- connections --- */

static enum lurk_edge_match find_edge(const struct session *session, const struct lurk_snapshot *snapshot,
                                      const struct lurk_edge **edge) {
  return lurk_authorisation_find(&snapshot->authorisation, lurk_connection_peer(session->connection),
                                 session->address_is_known ? &session->address : NULL, edge);
}

static void *open_session(void *arg, lurk_connection *connection) {
  struct session *session = calloc(1, sizeof *session);
  if (session == NULL)
    return NULL;
  const char *address = lurk_connection_address(connection);
  *session = (struct session){.server = arg, .connection = connection};
  session->address_is_known = lurk_address_parse(address, &session->address);
  struct lurk_snapshot *snapshot = lurk_keyserver_snapshot(session->server);
  const struct lurk_edge *edge;
  find_edge(session, snapshot, &edge);
  session->activity = edge != NULL ? edge->activity : lurk_keyserver_strangers(session->server);
  lurk_activity_ref(session->activity);
  bool elsewhere;
  bool ok = lurk_activity_connect(session->activity, &session->address,
                                  snapshot->config.limits.connections_per_edge, &elsewhere);
  if (edge != NULL && elsewhere)
    lurk_keyserver_alarm(session->server, session->activity, LURK_ALARM_TWO_ADDRESSES, address, NULL);
  if (!ok) {
    lurk_connection_log(connection, "connection-limit", lurk_activity_identity(session->activity));
    lurk_activity_unref(session->activity);
    free(session);
    session = NULL;
  }
  lurk_snapshot_unref(snapshot);
  return session;
}

static void close_session(void *arg) {
  struct session *session = arg;
  lurk_activity_disconnect(session->activity);
  lurk_activity_unref(session->activity);
  free(session);
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
  turn->response->content_type = lurk_ski_media_type(turn->format);
  turn->event.verdict = record->served ? LURK_VERDICT_SERVED : lurk_ski_error_name(record->error);
  turn->event.cause = record->cause;
}

static void answer_ski_request(struct turn *turn) {
  const struct lurk_http_request *request = turn->request;
  enum lurk_ski_format format;
  turn->event.operation = "ski";
  if (strcmp(request->method, "POST") != 0) {
    answer_error(turn, 405, LURK_SKI_MALFORMED_REQUEST, "method is not POST");
    turn->response->allow = "POST";
  } else if (request->content_encoded) {
    answer_error(turn, 415, LURK_SKI_MALFORMED_REQUEST, "content encoding is not offered");
  } else if (!lurk_media_type_parse(request->content_type, &format)) {
    answer_error(turn, 415, LURK_SKI_MALFORMED_REQUEST, "content type is neither JSON nor CBOR");
  } else {
    answer_ski(turn);
  }
}

static void answer_ping(struct turn *turn) {
  turn->event.operation = "ping";
  turn->event.verdict = LURK_VERDICT_SERVED;
  turn->response->status = 204;
}

static void answer_capabilities(struct turn *turn) {
  turn->event.operation = "capabilities";
  if (!lurk_media_type_choose(turn->request->accept, &turn->format)) {
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
  if (strcmp(turn->request->method, "GET") == 0) {
    answer(turn);
    return;
  }
  answer_error(turn, 405, LURK_SKI_MALFORMED_REQUEST, "method is not GET");
  turn->response->allow = "GET";
}

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
  else
    answer_error(turn, 404, LURK_SKI_MALFORMED_REQUEST, "no such path");
}

/* A fault that the HTTP layer found: its status stands. */
static void answer_http_fault(struct turn *turn) {
  unsigned status = turn->response->status;
  enum lurk_ski_error error = status == 403  ? LURK_SKI_REQUEST_DENIED
                              : status < 500 ? LURK_SKI_MALFORMED_REQUEST
                                             : LURK_SKI_UNSPECIFIED_ERROR;
  answer_error(turn, status, error, "not acceptable as HTTP");
}

/* Who asks is looked up anew for each request: a reload takes effect on open connections. */
static void answer(struct turn *turn) {
  enum lurk_edge_match match = find_edge(turn->session, turn->snapshot, &turn->edge);
  turn->event.edge = turn->edge != NULL ? turn->edge->config->identity_text : NULL;
  uint64_t wait_ms;
  if (match != LURK_EDGE_FOUND) {
    answer_error(turn, 403, LURK_SKI_REQUEST_DENIED, lurk_edge_match_name(match));
    turn->response->close = true;
  } else if (!lurk_activity_take(turn->edge->activity, &turn->edge->config->rate, turn->event.began_ns,
                                 &wait_ms)) {
    answer_error(turn, 429, LURK_SKI_REQUEST_DENIED, "rate of the edge is used up");
    turn->response->retry_after_s = (unsigned)((wait_ms + 999) / 1000);
  } else if (turn->request == NULL) {
    answer_http_fault(turn);
  } else {
    answer_path(turn);
  }
}

/* --- after the answer --- */

static void raise_alarms(struct turn *turn) {
  lurk_keyserver *server = turn->session->server;
  lurk_activity *activity = turn->edge != NULL ? turn->edge->activity : lurk_keyserver_strangers(server);
  const struct lurk_ski_record *ski = &turn->event.ski;
  const char *address = turn->event.address;
  if (turn->response->status >= 400 &&
      lurk_activity_refused(activity, turn->snapshot->config.limits.refused_per_minute, turn->event.began_ns))
    lurk_keyserver_alarm(server, activity, LURK_ALARM_REFUSED_REQUESTS, address, NULL);
  if (ski->replayed)
    lurk_keyserver_alarm(server, activity, LURK_ALARM_REPLAY, address, NULL);
  if (ski->ciphertext_edge != 0) {
    const char *other = lurk_keyserver_identity(turn->snapshot, ski->ciphertext_edge);
    lurk_keyserver_alarm(server, activity, LURK_ALARM_SHARED_CIPHERTEXT, address, other);
  }
}

/* What is not in the log has not happened: then no output leaves (fail closed). */
static void conclude(struct turn *turn) {
  turn->event.status = turn->response->status;
  turn->event.number = lurk_keyserver_count(turn->session->server, turn->response->status < 400);
  turn->event.ended_ns = lurk_keyserver_now_ns();
  if (!lurk_audit_write(lurk_keyserver_audit(turn->session->server), lurk_request_event(&turn->event)))
    answer_error(turn, 500, LURK_SKI_UNSPECIFIED_ERROR, "audit log cannot be written");
  raise_alarms(turn);
}

static void handle(void *arg, const struct lurk_http_request *request, struct lurk_http_response *response) {
  struct session *session = arg;
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
