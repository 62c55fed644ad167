#include "lurk_messages.h"

#include "edge_session.h"
#include "lurk/fault.h"
#include "lurk/net/buffer.h"
#include "lurk_service.h"
#include "request_log.h"
#include <stdlib.h>
#include <time.h>

struct session {
  struct lurk_edge_session *edge_session;
  struct lurk_buffer lines; /* for the log, of the answers that have not left */
  bool is_unlogged;         /* a line for one of these answers could not be made or written */
};

/* One message on its way. */
struct turn {
  struct session *session;
  struct lurk_snapshot *snapshot;
  const struct lurk_edge *edge;
  struct lurk_call call;
  struct lurk_call_record record;
  struct lurk_reply *reply;
  uint64_t began_ns;
};

static void refuse(struct turn *turn, enum lurk_base_status status, const char *cause) {
  lurk_call_refuse(&turn->call, status, cause, &turn->record, turn->reply);
}

/* The edge's view was made when the configuration was loaded; once a certificate has begun or ended since, it
 * is made anew. */
static void answer_edge(struct turn *turn) {
  struct lurk_view fresh = {0};
  turn->call.view = &turn->edge->view;
  if (!lurk_view_is_current(turn->call.view, turn->call.now)) {
    if (lurk_view_make(turn->edge, turn->call.config, turn->call.now, &fresh) != LURK_OK) {
      refuse(turn, LURK_BASE_TEMPORARY_FAILURE, "capabilities cannot be made");
      return;
    }
    turn->call.view = &fresh;
  }
  uint64_t wait_ms;
  if (turn->call.payload == NULL)
    refuse(turn, LURK_BASE_INVALID_FORMAT, "length is below its minimum or above the limit");
  else if (!lurk_activity_take(turn->edge->activity, &turn->edge->config->rate, turn->began_ns, &wait_ms) &&
           !LURK_FAULT(rate_ignored))
    refuse(turn, LURK_BASE_TEMPORARY_FAILURE, "rate of the edge is used up");
  else
    lurk_call_answer(&turn->call, &turn->record, turn->reply);
  turn->call.view = &turn->edge->view;
  lurk_view_clear(&fresh);
}

static void answer(struct turn *turn) {
  enum lurk_edge_match match =
      lurk_edge_session_find(turn->session->edge_session, turn->snapshot, &turn->edge);
  turn->call.edge = turn->edge;
  if (match == LURK_EDGE_FOUND) {
    answer_edge(turn);
    return;
  }
  refuse(turn, LURK_BASE_UNDEFINED_ERROR, lurk_edge_match_name(match));
  turn->reply->close = true;
}

static void write_lines(struct session *session) {
  lurk_audit *audit = lurk_keyserver_audit(session->edge_session->server);
  if (session->lines.len > 0 &&
      !lurk_audit_write_lines(audit, (const char *)lurk_buffer_data(&session->lines), session->lines.len))
    session->is_unlogged = true;
  lurk_buffer_clear(&session->lines);
}

/* The line waits for those of the answers that leave together, since a write costs as much as all the rest of
 * it. */
static void log_request(struct turn *turn) {
  const struct lurk_edge_session *session = turn->session->edge_session;
  const struct lurk_call_record *record = &turn->record;
  const struct lurk_header *request = turn->call.request;
  const struct lurk_request_event event = {.number = lurk_keyserver_count(session->server, record->served),
                                           .edge =
                                               turn->edge != NULL ? turn->edge->config->identity_text : NULL,
                                           .peer = lurk_connection_peer(session->connection),
                                           .address = lurk_connection_address(session->connection),
                                           .operation = lurk_call_operation(request),
                                           .format = "lurk",
                                           .verdict = record->served ? LURK_VERDICT_SERVED
                                                      : record->base ? lurk_base_status_name(record->status)
                                                                     : lurk_tls12_status_name(record->status),
                                           .cause = record->cause,
                                           .status = record->status,
                                           .began_ns = turn->began_ns,
                                           .ended_ns = lurk_keyserver_now_ns(),
                                           .header = request,
                                           .lurk = record};
  struct lurk_audit_line line;
  if (!lurk_request_line(&event, &line) || !lurk_buffer_append(&turn->session->lines, line.text, line.len))
    turn->session->is_unlogged = true;
}

static void suspect(struct turn *turn) {
  const struct lurk_call_record *record = &turn->record;
  const struct lurk_suspicion suspicion = {
      .refused = !record->served, .replayed = record->replayed, .ciphertext_edge = record->ciphertext_edge};
  if (suspicion.refused || suspicion.ciphertext_edge != 0)
    write_lines(turn->session); /* an alarm stands behind what raised it */
  lurk_edge_session_suspect(turn->session->edge_session, turn->snapshot, turn->edge, &suspicion,
                            turn->began_ns);
}

static void begin_turn(struct turn *turn, struct session *session, const struct lurk_header *request,
                       struct lurk_reply *reply) {
  lurk_keyserver *server = session->edge_session->server;
  *turn = (struct turn){.session = session,
                        .snapshot = lurk_keyserver_snapshot(server),
                        .reply = reply,
                        .began_ns = lurk_keyserver_now_ns()};
  turn->call = (struct lurk_call){.config = &turn->snapshot->config.lurk,
                                  .request = request,
                                  .watch = lurk_keyserver_watch(server),
                                  .now = time(NULL),
                                  .now_ns = turn->began_ns};
}

static void handle(void *arg, const struct lurk_header *request, const uint8_t *payload,
                   struct lurk_reply *reply) {
  struct turn turn;
  begin_turn(&turn, arg, request, reply);
  turn.call.payload = payload;
  answer(&turn);
  log_request(&turn);
  suspect(&turn);
  lurk_snapshot_unref(turn.snapshot);
}

static void handle_bad_length(void *arg, const struct lurk_header *request, struct lurk_reply *reply) {
  handle(arg, request, NULL, reply);
}

/* What is not in the log has not happened: then no output leaves (fail closed). */
static bool conclude(void *arg) {
  struct session *session = arg;
  write_lines(session);
  bool ok = !session->is_unlogged;
  session->is_unlogged = false;
  return ok;
}

static void withhold(void *arg, const struct lurk_header *request, struct lurk_reply *reply) {
  struct turn turn;
  begin_turn(&turn, arg, request, reply);
  if (lurk_edge_session_find(turn.session->edge_session, turn.snapshot, &turn.edge) == LURK_EDGE_FOUND)
    turn.call.view = &turn.edge->view;
  refuse(&turn, LURK_BASE_TEMPORARY_FAILURE, "audit log cannot be written");
  lurk_snapshot_unref(turn.snapshot);
}

static void *open_session(void *arg, lurk_connection *connection) {
  struct session *session = calloc(1, sizeof *session);
  if (session == NULL)
    return NULL;
  session->edge_session = lurk_edge_session_open(arg, connection);
  if (session->edge_session != NULL)
    return session;
  free(session);
  return NULL;
}

static void close_session(void *arg) {
  struct session *session = arg;
  lurk_edge_session_close(session->edge_session);
  lurk_buffer_clear(&session->lines);
  free(session);
}

const struct lurk_message_handler lurk_keyserver_message_handler = {.open = open_session,
                                                                    .handle = handle,
                                                                    .refuse = handle_bad_length,
                                                                    .conclude = conclude,
                                                                    .withhold = withhold,
                                                                    .close = close_session};
