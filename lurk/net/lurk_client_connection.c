/* One connection of the client: requests go out as they come, answers are matched by id. */
#include "lurk/net/lurk_client_internal.h"

#include "lurk/fault.h"
#include "lurk/net/buffer.h"
#include <stdlib.h>
#include <string.h>

struct message_connection {
  struct lurk_dial dial;
  lurk_message_client *client;
  size_t origin;
  struct lurk_origin_request *requests; /* outstanding, latest first */
  struct lurk_buffer received;          /* begins with a header */
  uint64_t heard_ms;                    /* of the last octets, on uv_now's clock; 0: none yet */
  bool used;                            /* a request was answered */
  bool strayed;                         /* a message that answers nothing was logged: once is enough */
};

/* --- end --- */

static void on_released(void *owner) {
  struct message_connection *connection = owner;
  lurk_message_client *client = connection->client;
  lurk_buffer_clear(&connection->received);
  free(connection);
  lurk_origin_client_release(&client->base);
}

static void close_connection(struct message_connection *connection) {
  struct message_connection **place = &connection->client->connections[connection->origin];
  if (*place == connection)
    *place = NULL;
  lurk_dial_close(&connection->dial);
}

static void take_out(struct message_connection *connection, struct message_request *request) {
  struct lurk_origin_request **place = &connection->requests;
  while (*place != &request->base)
    place = &(*place)->next;
  *place = request->base.next;
  request->connection = NULL;
}

/* --- faults --- */

/* elsewhere: this origin is not tried again for them. */
static void give_back(struct message_connection *connection, bool elsewhere) {
  struct lurk_origin_request *request;
  while ((request = connection->requests) != NULL) {
    take_out(connection, (struct message_request *)request);
    if (elsewhere)
      lurk_origin_request_avoid(request, connection->origin);
    if (request->sends > 1 && !elsewhere)
      lurk_origin_request_fail(request, LURK_ERR_CLOSED);
    else
      lurk_origin_request_again(request);
  }
  lurk_origin_client_wake(&connection->client->base);
}

/* A connection that was used before may just have been closed as idle: that says nothing about the origin,
 * unless what it sent cannot be LURK. */
static void give_up(struct message_connection *connection, const char *why, bool faulty) {
  struct lurk_origin_client *client = &connection->client->base;
  bool opened = connection->dial.phase == LURK_DIAL_OPEN;
  bool failed = faulty || !opened || (!connection->used && connection->requests != NULL);
  if (connection->dial.phase == LURK_DIAL_CLOSING)
    return;
  close_connection(connection);
  if (failed)
    lurk_origin_failed(client, connection->origin, why);
  give_back(connection, !opened || client->origin_count > 1);
}

static void on_failed(void *owner, const char *why) {
  give_up(owner, why, false);
}

void lurk_message_connection_abandon(struct lurk_origin_request *base) {
  struct message_request *request = (struct message_request *)base;
  struct message_connection *connection = request->connection;
  take_out(connection, request);
  bool silent = base->sends == 0 || connection->heard_ms < request->sent_ms;
  if (silent)
    give_up(connection, "no answer in time", true);
}

/* --- exchange --- */

static void send_request(struct message_connection *connection, struct message_request *request) {
  request->base.sends++;
  request->sent_ms = uv_now(connection->client->base.loop);
  /* A write that fails shows as a failed channel, which is looked at on the next input or flush. */
  if (lurk_channel_write(connection->dial.stream.channel, request->message.data, request->message.len) !=
      LURK_OK)
    lurk_channel_eof(connection->dial.stream.channel);
}

#ifdef LURK_FAULTS
static struct message_request *oldest(struct message_connection *connection) {
  struct lurk_origin_request *request = connection->requests;
  while (request->next != NULL)
    request = request->next;
  return (struct message_request *)request;
}
#endif

static struct message_request *find(struct message_connection *connection, uint64_t id) {
  struct message_request *request = (struct message_request *)connection->requests;
#ifdef LURK_FAULTS
  if (request != NULL && request->base.next != NULL && LURK_FAULT(answers_expected_in_order))
    return oldest(connection);
#endif
  while (request != NULL && request->header.id != id && !LURK_FAULT(answer_id_not_matched))
    request = (struct message_request *)request->base.next;
  return request;
}

/* Only what answers a request of this connection counts; the rest is passed over. */
static void take_message(struct message_connection *connection, const struct lurk_header *message,
                         const uint8_t *payload) {
  struct message_request *request = find(connection, message->id);
  enum lurk_answer kind = request == NULL ? LURK_ANSWER_FOREIGN : lurk_answer_to(&request->header, message);
  if (kind == LURK_ANSWER_FOREIGN) {
    if (!connection->strayed)
      lurk_origin_log(&connection->client->base, connection->origin, "message-discarded",
                      "it answers no outstanding request");
    connection->strayed = true;
    return;
  }
  take_out(connection, request);
  connection->used = true;
  lurk_origin_works(&connection->client->base, connection->origin);
  if (kind == LURK_ANSWER_MISMATCHED) {
    lurk_origin_request_fail(&request->base, LURK_ERR_MALFORMED);
    return;
  }
  lurk_origin_request_end(&request->base);
  request->done(request->arg, &(struct lurk_message_answer){.status = LURK_OK,
                                                            .kind = kind,
                                                            .error = message->status,
                                                            .payload = payload,
                                                            .payload_len = message->payload_len,
                                                            .origin = connection->origin});
}

/* False when there is no whole message, or a length that cannot be, which ends the connection (LC-11). */
static bool take_next(struct message_connection *connection) {
  const lurk_message_client *client = connection->client;
  struct lurk_header message;
  if (connection->received.len < LURK_HEADER_LEN) {
    if (connection->received.len > 0 && LURK_FAULT(answer_in_pieces_refused))
      give_up(connection, "a message in pieces", true);
    return false;
  }
  const uint8_t *data = lurk_buffer_data(&connection->received);
  if (lurk_header_decode(data, client->convention, client->message_octets, &message) != LURK_OK) {
    give_up(connection, "a message whose length cannot be", true);
    return false;
  }
  if (connection->received.len - LURK_HEADER_LEN < message.payload_len &&
      !LURK_FAULT(rest_of_answer_not_awaited))
    return false;
  take_message(connection, &message, data + LURK_HEADER_LEN);
  lurk_buffer_consume(&connection->received, LURK_HEADER_LEN + message.payload_len);
  return true;
}

static void on_input(void *owner) {
  struct message_connection *connection = owner;
  struct lurk_origin_client *client = &connection->client->base;
  lurk_channel *channel = connection->dial.stream.channel;
  size_t got = 1;
  while (connection->dial.phase == LURK_DIAL_OPEN && got > 0) {
    if (lurk_channel_read(channel, client->plaintext, sizeof client->plaintext, &got) != LURK_OK) {
      give_up(connection, lurk_channel_failure(channel), false);
      return;
    }
    bool kept = lurk_buffer_append(&connection->received, client->plaintext, got);
    lurk_wipe(client->plaintext, got);
    if (!kept) {
      give_up(connection, "out of memory", false);
      return;
    }
    if (got > 0)
      connection->heard_ms = uv_now(client->loop);
    while (connection->dial.phase == LURK_DIAL_OPEN && take_next(connection))
      ;
  }
  if (connection->dial.phase == LURK_DIAL_OPEN && lurk_channel_state(channel) == LURK_CHANNEL_CLOSED)
    give_up(connection, "closed by the peer", false);
}

/* --- opening --- */

static void on_opened(void *owner) {
  struct message_connection *connection = owner;
  for (struct lurk_origin_request *request = connection->requests; request != NULL; request = request->next)
    send_request(connection, (struct message_request *)request);
}

static const struct lurk_dial_events dial_events = {
    .opened = on_opened, .failed = on_failed, .input = on_input, .released = on_released};

static struct message_connection *new_connection(lurk_message_client *client, size_t origin) {
#ifdef LURK_FAULTS
  static uint64_t opened; /* bit per origin */
  if (LURK_FAULT(connection_not_reopened) && (opened >> origin & 1) != 0)
    return NULL;
  opened |= UINT64_C(1) << origin;
#endif
  struct message_connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL)
    return NULL;
  connection->client = client;
  connection->origin = origin;
  client->connections[origin] = connection;
  lurk_origin_client_dial(&client->base, origin, &connection->dial, &dial_events, connection);
  return connection;
}

lurk_status lurk_message_connection_take(struct lurk_origin_request *base) {
  lurk_message_client *client = (lurk_message_client *)base->client;
  struct message_request *request = (struct message_request *)base;
  struct message_connection *connection = client->connections[base->origin];
  bool fresh = connection == NULL;
  if (!fresh && connection->requests != NULL && LURK_FAULT(one_request_at_a_time))
    return LURK_ERR_LIMIT;
  if (fresh)
    connection = new_connection(client, base->origin);
  if (connection == NULL)
    return LURK_ERR_MEMORY;
  base->next = connection->requests;
  connection->requests = base;
  request->connection = connection;
  if (fresh)
    lurk_dial_start(&connection->dial);
  else if (connection->dial.phase == LURK_DIAL_OPEN)
    send_request(connection, request);
  return LURK_OK;
}

void lurk_message_connections_send(struct lurk_origin_client *base) {
  lurk_message_client *client = (lurk_message_client *)base;
  for (size_t i = 0; i < base->origin_count; i++) {
    struct message_connection *connection = client->connections[i];
    if (connection != NULL && connection->dial.phase == LURK_DIAL_OPEN &&
        (lurk_stream_flush(&connection->dial.stream) != LURK_OK ||
         lurk_channel_state(connection->dial.stream.channel) == LURK_CHANNEL_FAILED))
      give_up(connection, "cannot send", false);
  }
}

void lurk_message_connections_close(struct lurk_origin_client *base) {
  lurk_message_client *client = (lurk_message_client *)base;
  for (size_t i = 0; i < base->origin_count; i++) {
    struct message_connection *connection = client->connections[i];
    if (connection == NULL)
      continue;
    close_connection(connection);
    give_back(connection, false);
  }
}
