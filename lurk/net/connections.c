/* The connections of one thread of the server: which are let in, and what concerns all of them. */
#include "lurk/fault.h"
#include "lurk/net/connection_internal.h"
#include "lurk/net/turns.h"

#include <stdlib.h>

/* --- admission --- */

static void on_handshake_timeout(uv_timer_t *timer) {
  lurk_connection *connection = timer->data;
  if (LURK_FAULT(half_open_kept))
    return;
  lurk_connection_log(connection, "handshake-timeout", "no complete handshake in time");
  lurk_connection_close(connection);
}

typedef int get_name(const uv_tcp_t *tcp, struct sockaddr *name, int *len);

static void read_address(const uv_tcp_t *tcp, get_name *get, char *text, size_t size) {
  struct sockaddr_storage address = {0};
  int len = sizeof address;
  if (get(tcp, (struct sockaddr *)&address, &len) != 0 ||
      uv_ip_name((struct sockaddr *)&address, text, size) != 0)
    text[0] = '\0';
}

static lurk_connection *connection_new(struct server_thread *thread, const struct bound_listener *bound) {
  lurk_connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL)
    return NULL;
  connection->thread = thread;
  connection->service = bound->service;
  connection->service_arg = bound->service_arg;
  connection->handles = 3;
  lurk_stream_init(&connection->stream, &thread->loop, thread->input, &lurk_connection_stream_events,
                   connection);
  uv_timer_init(&thread->loop, &connection->phase_timer);
  uv_timer_init(&thread->loop, &connection->service_timer);
  connection->phase_timer.data = connection->service_timer.data = connection;
  connection->next = thread->connections;
  if (connection->next != NULL)
    connection->next->previous = connection;
  thread->connections = connection;
  return connection;
}

/* The one that is longest in its handshake; new connections stand in front of the list. */
static lurk_connection *oldest_handshake(struct server_thread *thread, const lurk_connection *newcomer) {
  lurk_connection *oldest = NULL;
  for (lurk_connection *connection = thread->connections; connection != NULL; connection = connection->next)
    if (connection->phase == HANDSHAKE && connection != newcomer)
      oldest = connection;
  return oldest;
}

/* A flood of silent connections (CH-21) must not keep edges out: it gives way first. */
static bool over_limit(lurk_connection *connection) {
  struct server_thread *thread = connection->thread;
  bool full = atomic_fetch_add(&thread->server->connections, 1) >=
                  lurk_connection_options(connection)->limits.connections &&
              !LURK_FAULT(connections_unlimited);
  lurk_connection *oldest = full ? oldest_handshake(thread, connection) : NULL;
  if (full && !thread->limit_logged)
    lurk_connection_log(connection, "connection-limit", "new or half-open connections are closed at once");
  thread->limit_logged = full;
  if (oldest != NULL)
    lurk_connection_close(oldest);
  return full && oldest == NULL;
}

static lurk_status make_channel(lurk_connection *connection) {
  const struct lurk_server_options *options = lurk_connection_options(connection);
  lurk_credentials *credentials = options->credentials(options->arg);
  if (credentials == NULL)
    return LURK_ERR_BACKEND;
  lurk_status status = lurk_channel_accept(credentials, &connection->stream.channel);
  lurk_credentials_unref(credentials);
  return status;
}

void lurk_connection_accept(struct server_thread *thread, uv_stream_t *listener,
                            const struct bound_listener *bound) {
  lurk_connection *connection = connection_new(thread, bound);
  if (connection == NULL)
    return;
  int accepted = uv_accept(listener, (uv_stream_t *)&connection->stream.tcp);
  const uv_tcp_t *tcp = &connection->stream.tcp;
  read_address(tcp, uv_tcp_getpeername, connection->address, sizeof connection->address);
  read_address(tcp, uv_tcp_getsockname, connection->own_address, sizeof connection->own_address);
  if (over_limit(connection) || accepted != 0 || make_channel(connection) != LURK_OK) {
    lurk_connection_close(connection);
    return;
  }
  uv_tcp_nodelay(&connection->stream.tcp, 1);
  uv_timer_start(&connection->phase_timer, on_handshake_timeout,
                 lurk_connection_options(connection)->limits.handshake_ms, 0);
  lurk_stream_read(&connection->stream, true);
}

/* --- for all of them --- */

void lurk_connections_visit(struct server_thread *thread,
                            void (*visit)(void *arg, lurk_connection *connection), void *arg) {
  for (lurk_connection *connection = thread->connections; connection != NULL; connection = connection->next) {
    if (connection->phase != HANDSHAKE && connection->phase != SERVING)
      continue;
    connection->busy = true;
    visit(arg, connection);
    connection->busy = false;
    lurk_connection_settle(connection);
  }
}

/* What was read must be served before more is read: a channel holds no more than one read of a socket. */
static void stop_reading(lurk_connection *connection) {
  lurk_stream_read(&connection->stream, false);
}

void lurk_connections_take_turns(struct server_thread *thread) {
  static const struct lurk_turn_handler handler = {
      .serve = lurk_connection_serve, .settle = lurk_connection_settle, .hold = stop_reading};
  lurk_turns_take(&thread->turns, &handler);
}

static void drain(void *arg, lurk_connection *connection) {
  (void)arg;
  if (connection->phase == HANDSHAKE)
    lurk_connection_close(connection);
  else
    connection->service->drain(connection->session);
}

void lurk_connections_drain(struct server_thread *thread) {
  lurk_connections_visit(thread, drain, NULL);
}

void lurk_connections_close(struct server_thread *thread) {
  for (lurk_connection *connection = thread->connections; connection != NULL; connection = connection->next)
    lurk_connection_close(connection);
}
