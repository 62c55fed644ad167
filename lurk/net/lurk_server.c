#include "lurk/net/lurk_server.h"

#include "lurk/fault.h"
#include "lurk/net/buffer.h"
#include <stdlib.h>
#include <string.h>

struct lurk_message_server {
  struct lurk_message_limits limits;
  struct lurk_message_handler handler;
  void *arg;
};

/* What the deadline of the connection is for. */
enum awaited { NEXT_MESSAGE, REST_OF_MESSAGE, NEXT_TURN };

struct session {
  const lurk_message_server *server;
  lurk_connection *connection;
  void *handled;              /* the handler's session */
  struct lurk_buffer queued;  /* messages that wait for a turn, then the begin of one that is incomplete */
  struct lurk_buffer replies; /* of this turn, sent as one: in few records */
  struct lurk_header answered[LURK_ANSWERS_TOGETHER]; /* the requests that they are for */
  size_t answered_count;
  enum awaited awaited;
  unsigned stray_answers; /* in a row */
  bool draining;
  bool ended;
};

static lurk_status add_reply(struct session *session, struct lurk_reply *reply) {
  uint8_t header[LURK_HEADER_LEN];
  reply->header.payload_len = (uint32_t)reply->payload.len;
  lurk_status status = lurk_header_encode(&reply->header, session->server->limits.convention, header);
  if (status == LURK_OK && (!lurk_buffer_append(&session->replies, header, sizeof header) ||
                            !lurk_buffer_append(&session->replies, reply->payload.data, reply->payload.len)))
    status = LURK_ERR_MEMORY;
  lurk_octets_clear(&reply->payload);
  return status;
}

static void withhold_replies(struct session *session) {
  lurk_buffer_clear(&session->replies);
  for (size_t i = 0; i < session->answered_count; i++) {
    struct lurk_reply reply = {0};
    session->server->handler.withhold(session->handled, &session->answered[i], &reply);
    add_reply(session, &reply);
  }
}

static lurk_status send_replies(struct session *session) {
  if (session->replies.len == 0 && session->answered_count == 0)
    return LURK_OK;
  if (!session->server->handler.conclude(session->handled))
    withhold_replies(session);
  session->answered_count = 0;
  lurk_status status =
      lurk_connection_send(session->connection, lurk_buffer_data(&session->replies), session->replies.len);
  lurk_buffer_clear(&session->replies);
  return status;
}

static void end(struct session *session) {
  session->ended = true;
  send_replies(session);
  lurk_connection_finish(session->connection);
}

/* The answer to this request. */
static lurk_status answer(struct session *session, const struct lurk_header *request,
                          struct lurk_reply *reply) {
  session->answered[session->answered_count++] = *request;
  lurk_status status = add_reply(session, reply);
  if (status == LURK_OK && session->answered_count == LURK_ANSWERS_TOGETHER)
    status = send_replies(session);
  return status;
}

static void refuse(struct session *session, const struct lurk_header *request) {
  struct lurk_reply reply = {0};
  lurk_connection_log(session->connection, "lurk-fault", "length");
  session->server->handler.refuse(session->handled, request, &reply);
  answer(session, request, &reply);
  end(session);
}

static lurk_status handle(struct session *session, const struct lurk_header *request,
                          const uint8_t *payload) {
  struct lurk_reply reply = {0};
  session->server->handler.handle(session->handled, request, payload, &reply);
  bool close = reply.close;
  lurk_status status = answer(session, request, &reply);
  session->stray_answers = request->status == LURK_MESSAGE_REQUEST ? 0 : session->stray_answers + 1;
  if (session->stray_answers == LURK_STRAY_ANSWERS && LURK_FAULT(stray_answers_unlimited))
    session->stray_answers = 0;
  if (session->stray_answers == LURK_STRAY_ANSWERS)
    lurk_connection_log(session->connection, "lurk-fault", "answers instead of requests");
  if (close || status != LURK_OK || session->stray_answers == LURK_STRAY_ANSWERS)
    end(session);
  return status;
}

/* progress: a message was handled, so that what is awaited now was not awaited before. */
static void await(struct session *session, enum awaited awaited, bool progress) {
  const struct lurk_message_limits *limits = &session->server->limits;
  if (awaited == session->awaited && !progress)
    return;
  session->awaited = awaited;
  lurk_connection_deadline(session->connection, awaited == NEXT_MESSAGE      ? limits->idle_ms
                                                : awaited == REST_OF_MESSAGE ? limits->message_ms
                                                                             : 0);
}

#ifdef LURK_FAULTS
/* What one read gave is taken for one message. True: it is more or less than that, and was refused. */
static bool refuse_other_than_one(struct session *session, size_t len, const struct lurk_header *header) {
  bool one = len >= LURK_HEADER_LEN && len - LURK_HEADER_LEN == header->payload_len;
  if (!one)
    refuse(session, header);
  return !one;
}
#endif

/* Whether data begins with a whole message, whose header is put out. A length that cannot be ends the
 * session. */
static bool find_message(struct session *session, const uint8_t *data, size_t len, struct lurk_header *out) {
  const struct lurk_message_limits *limits = &session->server->limits;
  if (len < LURK_HEADER_LEN) {
    if (len > 0 && LURK_FAULT(split_header_ends_connection))
      end(session);
#ifdef LURK_FAULTS
    if (len > 0 && LURK_FAULT(read_is_message))
      refuse_other_than_one(session, len, &(struct lurk_header){0});
#endif
    return false;
  }
  if (lurk_header_decode(data, limits->convention, limits->message_octets, out) != LURK_OK) {
    refuse(session, out);
    return false;
  }
#ifdef LURK_FAULTS
  if (len - LURK_HEADER_LEN != out->payload_len && LURK_FAULT(read_is_message))
    return !refuse_other_than_one(session, len, out);
#endif
  return len - LURK_HEADER_LEN >= out->payload_len || LURK_FAULT(rest_of_request_not_awaited);
}

/* Handles the messages at data, as many as a turn allows, and returns in *used how many octets they had. */
static lurk_status take_turn(struct session *session, const uint8_t *data, size_t len, size_t *used) {
  struct lurk_header request;
  lurk_status status = LURK_OK;
  bool more = find_message(session, data, len, &request);
  *used = 0;
  while (more && (*used == 0 || !lurk_connection_turn_is_over(session->connection))) {
    status = handle(session, &request, data + *used + LURK_HEADER_LEN);
    *used += LURK_HEADER_LEN + request.payload_len;
    if (*used < len && LURK_FAULT(lurk_pipeline_dropped))
      *used = len;
    more = !session->ended && find_message(session, data + *used, len - *used, &request);
  }
  if (session->ended)
    return status;
  status = send_replies(session);
  if (more)
    lurk_connection_again(session->connection);
  await(session, more ? NEXT_TURN : *used < len ? REST_OF_MESSAGE : NEXT_MESSAGE, *used > 0);
  if (session->draining && *used == len)
    end(session);
  return status;
}

/* --- service --- */

static void *message_open(void *arg, lurk_connection *connection) {
  const lurk_message_server *server = arg;
  struct session *session = calloc(1, sizeof *session);
  if (session == NULL)
    return NULL;
  session->server = server;
  session->connection = connection;
  session->handled = server->handler.open(server->arg, connection);
  if (session->handled == NULL) {
    free(session);
    return NULL;
  }
  await(session, NEXT_MESSAGE, true);
  return session;
}

static lurk_status message_resume(void *arg) {
  struct session *session = arg;
  size_t used;
  lurk_status status = take_turn(session, lurk_buffer_data(&session->queued), session->queued.len, &used);
  lurk_buffer_consume(&session->queued, used);
  return status;
}

static lurk_status message_receive(void *arg, const uint8_t *data, size_t len) {
  struct session *session = arg;
  if (session->queued.len > 0)
    return lurk_buffer_append(&session->queued, data, len) ? message_resume(session) : LURK_ERR_MEMORY;
  size_t used;
  lurk_status status = take_turn(session, data, len, &used);
  if (status == LURK_OK && !session->ended && !lurk_buffer_append(&session->queued, data + used, len - used))
    status = LURK_ERR_MEMORY;
  return status;
}

/* A message that was cut off gets no answer (LURK-P-01). */
static void message_ended(void *arg) {
  (void)arg;
}

static const char *message_expired(void *arg) {
  const struct session *session = arg;
  return session->awaited == REST_OF_MESSAGE ? "LURK message" : NULL;
}

#ifdef LURK_FAULTS
/* A message that nobody asked for. */
static void announce_stop(struct session *session) {
  struct lurk_reply farewell = {.header = {.designation = LURK_DESIGNATION_LURK,
                                           .version = LURK_EXTENSION_VERSION,
                                           .type = 1, /* ping */
                                           .status = LURK_BASE_TEMPORARY_FAILURE}};
  add_reply(session, &farewell);
  send_replies(session);
}
#endif

static void message_drain(void *arg) {
  struct session *session = arg;
#ifdef LURK_FAULTS
  if (LURK_FAULT(stop_announced))
    announce_stop(session);
#endif
  session->draining = true;
  if (session->queued.len == 0)
    end(session);
}

static void message_close(void *arg) {
  struct session *session = arg;
  session->server->handler.close(session->handled);
  lurk_buffer_clear(&session->queued);
  lurk_buffer_clear(&session->replies);
  free(session);
}

const struct lurk_service lurk_message_service = {
    .open = message_open,
    .receive = message_receive,
    .resume = message_resume,
    .ended = message_ended,
    .expired = message_expired,
    .drain = message_drain,
    .close = message_close,
};

lurk_message_server *lurk_message_server_new(const struct lurk_message_limits *limits,
                                             const struct lurk_message_handler *handler, void *arg) {
  lurk_message_server *server = malloc(sizeof *server);
  if (server != NULL)
    *server = (lurk_message_server){.limits = *limits, .handler = *handler, .arg = arg};
  return server;
}

void lurk_message_server_free(lurk_message_server *server) {
  free(server);
}
