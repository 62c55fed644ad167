/* One connection of the client: resolve, connect, handshake, one exchange after the other. */
#include "lurk/net/http_client_internal.h"

#include "lurk/fault.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct client_connection {
  struct lurk_dial dial;
  lurk_http_client *client;
  size_t origin;
  struct client_connection *previous, *next;
  struct request *request; /* that waits for it or is in exchange */
  struct lurk_http_reply reply;
  bool used; /* an exchange has succeeded on it */
};

/* --- end --- */

static void unlink_connection(struct client_connection *connection) {
  lurk_http_client *client = connection->client;
  if (connection->previous != NULL)
    connection->previous->next = connection->next;
  else
    client->connections = connection->next;
  if (connection->next != NULL)
    connection->next->previous = connection->previous;
  client->open[connection->origin]--;
}

static void on_released(void *owner) {
  struct client_connection *connection = owner;
  lurk_http_client *client = connection->client;
  lurk_http_reply_clear(&connection->reply);
  free(connection);
  lurk_origin_client_release(&client->base);
}

static void close_connection(struct client_connection *connection) {
  if (connection->dial.phase == LURK_DIAL_CLOSING)
    return;
  unlink_connection(connection);
  lurk_dial_close(&connection->dial);
}

static struct client_connection *find_idle(lurk_http_client *client, size_t origin) {
  for (struct client_connection *connection = client->connections; connection != NULL;
       connection = connection->next)
    if (connection->origin == origin && connection->dial.phase == LURK_DIAL_OPEN &&
        connection->request == NULL)
      return connection;
  return NULL;
}

static void close_idle(lurk_http_client *client, size_t origin) {
  struct client_connection *idle;
  while ((idle = find_idle(client, origin)) != NULL)
    close_connection(idle);
}

/* --- faults --- */

/* Nothing was sent: the request goes to the next origin. */
static void fail_opening(struct client_connection *connection, const char *why) {
  lurk_http_client *client = connection->client;
  struct request *request = connection->request;
  connection->request = NULL;
  lurk_origin_failed(&client->base, connection->origin, why);
  close_connection(connection);
  if (request != NULL) {
    lurk_origin_request_avoid(&request->base, connection->origin);
    lurk_origin_request_again(&request->base);
  }
  lurk_origin_client_wake(&client->base);
}

/* A connection that was used before may just have been closed as idle: that says nothing about the origin,
 * but as much about its other idle ones. The next try there is on a new one. */
static void break_exchange(struct client_connection *connection, const char *why) {
  lurk_http_client *client = connection->client;
  struct request *request = connection->request;
  bool fresh = !connection->used, answered = connection->reply.begun;
  connection->request = NULL;
  close_connection(connection);
  if (request == NULL) {
    lurk_origin_client_wake(&client->base);
    return;
  }
  if (fresh)
    lurk_origin_failed(&client->base, connection->origin, why);
  else
    close_idle(client, connection->origin);
  bool elsewhere = fresh && client->base.origin_count > 1;
  if (elsewhere)
    lurk_origin_request_avoid(&request->base, connection->origin);
  if (answered || (request->base.sends > 1 && !elsewhere))
    lurk_origin_request_fail(&request->base, LURK_ERR_CLOSED);
  else
    lurk_origin_request_again(&request->base);
  lurk_origin_client_wake(&client->base);
}

static void on_failed(void *owner, const char *why) {
  struct client_connection *connection = owner;
  if (connection->dial.phase == LURK_DIAL_OPEN)
    break_exchange(connection, why);
  else
    fail_opening(connection, why);
}

void lurk_client_abandon(struct lurk_origin_request *base) {
  struct client_connection *connection = ((struct request *)base)->connection;
  connection->request = NULL;
  lurk_origin_failed(base->client, connection->origin, "no answer in time");
  close_connection(connection);
}

/* --- exchange --- */

#ifdef LURK_FAULTS
/* With a request that waits on another connection. */
static void cross_answers(struct client_connection *connection) {
  struct client_connection *other = connection->client->connections;
  while (other != NULL && (other == connection || other->request == NULL || other->reply.begun))
    other = other->next;
  if (other == NULL || !LURK_FAULT(answers_crossed))
    return;
  struct request *mine = connection->request;
  connection->request = other->request;
  connection->request->connection = connection;
  other->request = mine;
  mine->connection = other;
}
#endif

static void end_exchange(struct client_connection *connection, lurk_status status) {
  lurk_http_client *client = connection->client;
#ifdef LURK_FAULTS
  cross_answers(connection);
#endif
  struct request *request = connection->request;
  struct lurk_http_reply reply = connection->reply;
  connection->request = NULL;
  connection->reply = (struct lurk_http_reply){0};
  connection->used = true;
  if (status == LURK_OK)
    lurk_origin_works(&client->base, connection->origin);
  if (status != LURK_OK || !reply.reusable)
    close_connection(connection);
  if (status == LURK_OK)
    lurk_request_finish(request, &reply);
  else
    lurk_origin_request_fail(&request->base, status);
  lurk_http_reply_clear(&reply);
  lurk_origin_client_wake(&client->base);
}

static int format_header(char *out, size_t size, const struct request *request) {
  const lurk_http_client *client = (const lurk_http_client *)request->base.client;
  const struct lurk_origin *origin = &client->base.origins[request->base.origin];
  char port[8] = "", content[400] = "", length[48] = "";
  const bool named = !LURK_FAULT(host_not_sent);
  if (origin->port != 443)
    snprintf(port, sizeof port, ":%u", (unsigned)origin->port);
  if (request->content_type != NULL && request->body.len > 0)
    snprintf(content, sizeof content, "Content-Type: %s\r\nAccept: %s\r\n", request->content_type,
             request->content_type);
  else if (request->content_type != NULL && !LURK_FAULT(accept_not_sent))
    snprintf(content, sizeof content, "Accept: %s\r\n", request->content_type);
  if (request->body.len > 0 || strcmp(request->method, "POST") == 0)
    snprintf(length, sizeof length, "Content-Length: %zu\r\n", request->body.len);
  return snprintf(out, size, "%s %s HTTP/1.1\r\n%s%s%s%s%s%s\r\n", request->method,
                  request->path == NULL ? client->paths[request->base.origin] : request->path,
                  named ? "Host: " : "", named ? origin->name : "", named ? port : "", named ? "\r\n" : "",
                  content, length);
}

static void send_request(struct client_connection *connection) {
  struct request *request = connection->request;
  char header[3072];
  request->base.sends++;
  lurk_http_reply_begin(&connection->reply, connection->client->body_octets);
  int len = format_header(header, sizeof header, request);
  lurk_status status =
      len < 0 || (size_t)len >= sizeof header
          ? LURK_ERR_LIMIT
          : lurk_channel_write(connection->dial.stream.channel, (uint8_t *)header, (size_t)len);
  if (status == LURK_OK)
    status = lurk_channel_write(connection->dial.stream.channel, request->body.data, request->body.len);
  if (status == LURK_OK)
    status = lurk_stream_flush(&connection->dial.stream);
  if (status != LURK_OK)
    break_exchange(connection, lurk_status_name(status));
}

static void receive(void *owner) {
  struct client_connection *connection = owner;
  lurk_http_client *client = connection->client;
  lurk_channel *channel = connection->dial.stream.channel;
  while (connection->dial.phase == LURK_DIAL_OPEN) {
    size_t got;
    if (lurk_channel_read(channel, client->base.plaintext, sizeof client->base.plaintext, &got) != LURK_OK) {
      break_exchange(connection, lurk_channel_failure(channel));
      return;
    }
    if (got == 0)
      break;
    if (connection->request == NULL) {
      lurk_wipe(client->base.plaintext, got);
      break_exchange(connection, "octets without a request");
      return;
    }
    lurk_status status = lurk_http_reply_feed(&connection->reply, client->base.plaintext, got);
    lurk_wipe(client->base.plaintext, got);
    if (status == LURK_OK && !connection->reply.complete && LURK_FAULT(answer_in_pieces_refused))
      status = LURK_ERR_MALFORMED;
    if (status != LURK_OK || connection->reply.complete)
      end_exchange(connection, status);
  }
  if (connection->dial.phase != LURK_DIAL_OPEN || lurk_channel_state(channel) != LURK_CHANNEL_CLOSED)
    return;
  if (connection->request != NULL && lurk_http_reply_end(&connection->reply) == LURK_OK)
    end_exchange(connection, LURK_OK);
  else
    break_exchange(connection, "closed by the peer");
}

/* --- opening --- */

static void on_opened(void *owner) {
  struct client_connection *connection = owner;
  if (connection->request != NULL)
    send_request(connection);
}

static const struct lurk_dial_events dial_events = {
    .opened = on_opened, .failed = on_failed, .input = receive, .released = on_released};

static struct client_connection *connect_to(lurk_http_client *client, size_t origin) {
#ifdef LURK_FAULTS
  static uint64_t opened; /* bit per origin */
  if (client->open[origin] == 0 && LURK_FAULT(connection_not_reopened) && (opened >> origin & 1) != 0)
    return NULL;
  opened |= UINT64_C(1) << origin;
#endif
  struct client_connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL)
    return NULL;
  connection->client = client;
  connection->origin = origin;
  lurk_origin_client_dial(&client->base, origin, &connection->dial, &dial_events, connection);
  connection->next = client->connections;
  if (connection->next != NULL)
    connection->next->previous = connection;
  client->connections = connection;
  client->open[origin]++;
  return connection;
}

/* --- pool --- */

bool lurk_client_full(struct lurk_origin_client *base, size_t origin) {
  lurk_http_client *client = (lurk_http_client *)base;
  return client->open[origin] >= client->connections_per_origin && find_idle(client, origin) == NULL;
}

lurk_status lurk_client_take(struct lurk_origin_request *base) {
  lurk_http_client *client = (lurk_http_client *)base->client;
  struct request *request = (struct request *)base;
  struct client_connection *idle = find_idle(client, base->origin);
  struct client_connection *connection = idle != NULL ? idle : connect_to(client, base->origin);
  if (connection == NULL)
    return LURK_ERR_MEMORY;
  connection->request = request;
  request->connection = connection;
  if (idle != NULL)
    send_request(connection);
  else
    lurk_dial_start(&connection->dial);
  return LURK_OK;
}

void lurk_client_close_connections(struct lurk_origin_client *base) {
  lurk_http_client *client = (lurk_http_client *)base;
  while (client->connections != NULL) {
    struct client_connection *connection = client->connections;
    if (connection->request != NULL)
      lurk_origin_request_again(&connection->request->base);
    connection->request = NULL;
    close_connection(connection);
  }
}
