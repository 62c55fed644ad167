/* One connection of the client: resolve, connect, handshake, one exchange after the other. */
#include "lurk/net/http_client_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEEPALIVE_S 30

enum phase { OPENING, HANDSHAKE, READY, CLOSING };

struct client_connection {
  struct lurk_stream stream;
  uv_timer_t timer; /* TCP and TLS handshake */
  uv_getaddrinfo_t resolve;
  uv_connect_t connect;
  struct addrinfo *addresses, *address; /* all, and the one that is tried */
  lurk_http_client *client;
  size_t origin;
  struct client_connection *previous, *next;
  struct request *request; /* that waits for it or is in exchange */
  struct lurk_http_reply reply;
  enum phase phase;
  bool resolving;
  bool used;        /* an exchange has succeeded on it */
  unsigned handles; /* libuv still holds so many of its parts */
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
  client->origins[connection->origin].connections--;
}

static void release_part(struct client_connection *connection) {
  if (--connection->handles > 0)
    return;
  lurk_http_client *client = connection->client;
  lurk_channel_free(connection->stream.channel);
  lurk_http_reply_clear(&connection->reply);
  uv_freeaddrinfo(connection->addresses);
  free(connection);
  lurk_client_release(client);
}

static void on_handle_closed(uv_handle_t *handle) {
  release_part(uv_handle_get_data(handle));
}

static void close_handle(struct client_connection *connection, uv_handle_t *handle) {
  uv_handle_set_data(handle, connection);
  if (!uv_is_closing(handle))
    uv_close(handle, on_handle_closed);
}

static void close_connection(struct client_connection *connection) {
  if (connection->phase == CLOSING)
    return;
  if (connection->phase == READY) {
    lurk_channel_close(connection->stream.channel);
    lurk_stream_flush(&connection->stream);
  }
  connection->phase = CLOSING;
  unlink_connection(connection);
  if (connection->resolving)
    uv_cancel((uv_req_t *)&connection->resolve);
  close_handle(connection, (uv_handle_t *)&connection->stream.tcp);
  close_handle(connection, (uv_handle_t *)&connection->timer);
}

/* --- faults --- */

/* Nothing was sent: the request goes to the next origin. */
static void fail_opening(struct client_connection *connection, const char *why) {
  lurk_http_client *client = connection->client;
  struct request *request = connection->request;
  connection->request = NULL;
  lurk_client_origin_failed(client, connection->origin, why);
  size_t origin = connection->origin;
  close_connection(connection);
  if (request != NULL) {
    request->tried |= UINT64_C(1) << origin;
    lurk_request_again(request);
  }
  lurk_client_wake(client);
}

/* A connection that was used before may just have been closed as idle: that says nothing about the origin. */
static void break_exchange(struct client_connection *connection, const char *why) {
  lurk_http_client *client = connection->client;
  struct request *request = connection->request;
  bool fresh = !connection->used, answered = connection->reply.begun;
  connection->request = NULL;
  close_connection(connection);
  if (request == NULL) {
    lurk_client_wake(client);
    return;
  }
  if (fresh)
    lurk_client_origin_failed(client, connection->origin, why);
  if (answered || request->sends > 1) {
    lurk_request_finish(request, LURK_ERR_CLOSED, NULL);
  } else {
    if (fresh && client->origin_count > 1)
      request->tried |= UINT64_C(1) << connection->origin;
    lurk_request_again(request);
  }
  lurk_client_wake(client);
}

static void fail(struct client_connection *connection, const char *why) {
  if (connection->phase == READY)
    break_exchange(connection, why);
  else if (connection->phase != CLOSING)
    fail_opening(connection, why);
}

void lurk_client_abandon(struct client_connection *connection) {
  connection->request = NULL;
  lurk_client_origin_failed(connection->client, connection->origin, "no answer in time");
  close_connection(connection);
}

/* --- exchange --- */

static void end_exchange(struct client_connection *connection, lurk_status status) {
  lurk_http_client *client = connection->client;
  struct request *request = connection->request;
  struct lurk_http_reply reply = connection->reply;
  connection->request = NULL;
  connection->reply = (struct lurk_http_reply){0};
  connection->used = true;
  if (status == LURK_OK)
    lurk_client_origin_works(client, connection->origin);
  if (status != LURK_OK || !reply.reusable)
    close_connection(connection);
  lurk_request_finish(request, status, &reply);
  lurk_http_reply_clear(&reply);
  lurk_client_wake(client);
}

static int format_header(char *out, size_t size, const struct origin *origin, const struct request *request) {
  char port[8] = "", content[400] = "", length[48] = "";
  if (origin->port != 443)
    snprintf(port, sizeof port, ":%u", (unsigned)origin->port);
  if (request->content_type != NULL && request->body.len > 0)
    snprintf(content, sizeof content, "Content-Type: %s\r\nAccept: %s\r\n", request->content_type,
             request->content_type);
  else if (request->content_type != NULL)
    snprintf(content, sizeof content, "Accept: %s\r\n", request->content_type);
  if (request->body.len > 0 || strcmp(request->method, "POST") == 0)
    snprintf(length, sizeof length, "Content-Length: %zu\r\n", request->body.len);
  return snprintf(out, size, "%s %s HTTP/1.1\r\nHost: %s%s\r\n%s%s\r\n", request->method,
                  request->path == NULL ? origin->path : request->path, origin->name, port, content, length);
}

void lurk_client_send(struct client_connection *connection, struct request *request) {
  lurk_http_client *client = connection->client;
  char header[3072];
  connection->request = request;
  request->connection = connection;
  request->origin = connection->origin;
  request->sends++;
  lurk_http_reply_begin(&connection->reply, client->options.body_octets);
  int len = format_header(header, sizeof header, &client->origins[connection->origin], request);
  lurk_status status = len < 0 || (size_t)len >= sizeof header
                           ? LURK_ERR_LIMIT
                           : lurk_channel_write(connection->stream.channel, (uint8_t *)header, (size_t)len);
  if (status == LURK_OK)
    status = lurk_channel_write(connection->stream.channel, request->body.data, request->body.len);
  if (status == LURK_OK)
    status = lurk_stream_flush(&connection->stream);
  if (status != LURK_OK)
    break_exchange(connection, lurk_status_name(status));
}

static void receive(struct client_connection *connection) {
  lurk_http_client *client = connection->client;
  lurk_channel *channel = connection->stream.channel;
  while (connection->phase == READY) {
    size_t got;
    if (lurk_channel_read(channel, client->plaintext, sizeof client->plaintext, &got) != LURK_OK) {
      break_exchange(connection, lurk_channel_failure(channel));
      return;
    }
    if (got == 0)
      break;
    if (connection->request == NULL) {
      lurk_wipe(client->plaintext, got);
      break_exchange(connection, "octets without a request");
      return;
    }
    lurk_status status = lurk_http_reply_feed(&connection->reply, client->plaintext, got);
    lurk_wipe(client->plaintext, got);
    if (status != LURK_OK || connection->reply.complete)
      end_exchange(connection, status);
  }
  if (connection->phase != READY || lurk_channel_state(channel) != LURK_CHANNEL_CLOSED)
    return;
  if (connection->request != NULL && lurk_http_reply_end(&connection->reply) == LURK_OK)
    end_exchange(connection, LURK_OK);
  else
    break_exchange(connection, "closed by the peer");
}

/* --- opening --- */

static void on_input(void *owner) {
  struct client_connection *connection = owner;
  if (connection->phase == HANDSHAKE) {
    switch (lurk_channel_state(connection->stream.channel)) {
    case LURK_CHANNEL_HANDSHAKING:
      break;
    case LURK_CHANNEL_OPEN:
      uv_timer_stop(&connection->timer);
      connection->phase = READY;
      if (connection->request != NULL)
        lurk_client_send(connection, connection->request);
      break;
    default:
      lurk_stream_flush(&connection->stream);
      fail_opening(connection, lurk_channel_failure(connection->stream.channel));
      return;
    }
  }
  if (connection->phase == READY)
    receive(connection);
  if (connection->phase != CLOSING && lurk_stream_flush(&connection->stream) != LURK_OK)
    fail(connection, "cannot send");
}

static void on_drained(void *owner) {
  (void)owner;
}

static const struct lurk_stream_events stream_events = {.input = on_input, .drained = on_drained};

static void on_connect_timeout(uv_timer_t *timer) {
  fail_opening(timer->data, "no connection in time");
}

static void begin_handshake(struct client_connection *connection) {
  lurk_http_client *client = connection->client;
  lurk_channel *channel;
  uv_tcp_nodelay(&connection->stream.tcp, 1);
  uv_tcp_keepalive(&connection->stream.tcp, 1, KEEPALIVE_S); /* an origin that vanished while it was idle */
  if (lurk_channel_connect(client->options.credentials, client->origins[connection->origin].name, &channel) !=
      LURK_OK) {
    fail_opening(connection, "no channel");
    return;
  }
  connection->stream.channel = channel;
  connection->phase = HANDSHAKE;
  lurk_channel_feed(channel, NULL, 0);
  lurk_stream_read(&connection->stream, true);
  if (lurk_stream_flush(&connection->stream) != LURK_OK)
    fail_opening(connection, "no connection");
}

static void connect_to(struct client_connection *connection);

static void on_socket_replaced(uv_handle_t *handle) {
  struct client_connection *connection = uv_handle_get_data(handle);
  if (connection->phase == CLOSING) {
    release_part(connection);
    return;
  }
  connection->address = connection->address->ai_next;
  lurk_stream_init(&connection->stream, connection->client->loop, connection->client->input, &stream_events,
                   connection);
  connect_to(connection);
}

static void on_connect(uv_connect_t *request, int result) {
  struct client_connection *connection = request->data;
  if (connection->phase == CLOSING)
    return;
  if (result == 0) {
    begin_handshake(connection);
  } else if (connection->address->ai_next != NULL) {
    uv_handle_set_data((uv_handle_t *)&connection->stream.tcp, connection);
    uv_close((uv_handle_t *)&connection->stream.tcp, on_socket_replaced);
  } else {
    fail_opening(connection, uv_strerror(result));
  }
}

static void connect_to(struct client_connection *connection) {
  connection->connect.data = connection;
  int result =
      uv_tcp_connect(&connection->connect, &connection->stream.tcp, connection->address->ai_addr, on_connect);
  if (result != 0)
    fail_opening(connection, uv_strerror(result));
}

static void on_resolved(uv_getaddrinfo_t *resolve, int result, struct addrinfo *addresses) {
  struct client_connection *connection = resolve->data;
  bool closing = connection->phase == CLOSING;
  connection->resolving = false;
  connection->addresses = connection->address = addresses;
  release_part(connection);
  if (closing)
    return;
  if (result != 0)
    fail_opening(connection, uv_strerror(result));
  else
    connect_to(connection);
}

/* A numeric address needs no other thread. */
static void resolve(struct client_connection *connection) {
  lurk_http_client *client = connection->client;
  const struct origin *origin = &client->origins[connection->origin];
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
  char port[8];
  snprintf(port, sizeof port, "%u", (unsigned)origin->port);
  connection->resolve.data = connection;
  if (uv_getaddrinfo(client->loop, &connection->resolve, NULL, origin->host, port, &hints) == 0) {
    connection->addresses = connection->address = connection->resolve.addrinfo;
    connect_to(connection);
    return;
  }
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  int result = uv_getaddrinfo(client->loop, &connection->resolve, on_resolved, origin->host, port, &hints);
  if (result != 0) {
    fail_opening(connection, uv_strerror(result));
    return;
  }
  connection->resolving = true;
  connection->handles++;
}

lurk_status lurk_client_connect(lurk_http_client *client, size_t origin, struct request *request) {
  struct client_connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL)
    return LURK_ERR_MEMORY;
  connection->client = client;
  connection->origin = origin;
  connection->request = request;
  request->connection = connection;
  request->origin = origin;
  lurk_stream_init(&connection->stream, client->loop, client->input, &stream_events, connection);
  uv_timer_init(client->loop, &connection->timer);
  connection->timer.data = connection;
  connection->handles = 2;
  connection->next = client->connections;
  if (connection->next != NULL)
    connection->next->previous = connection;
  client->connections = connection;
  client->origins[origin].connections++;
  client->references++;
  uv_timer_start(&connection->timer, on_connect_timeout, client->options.connect_ms, 0);
  resolve(connection);
  return LURK_OK;
}

/* --- pool --- */

struct client_connection *lurk_client_idle_connection(lurk_http_client *client, size_t origin) {
  for (struct client_connection *connection = client->connections; connection != NULL;
       connection = connection->next)
    if (connection->origin == origin && connection->phase == READY && connection->request == NULL)
      return connection;
  return NULL;
}

void lurk_client_close_connections(lurk_http_client *client) {
  while (client->connections != NULL) {
    struct client_connection *connection = client->connections;
    if (connection->request != NULL)
      lurk_request_again(connection->request);
    connection->request = NULL;
    close_connection(connection);
  }
}
