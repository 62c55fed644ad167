/* One connection of the server: handshake, turns of its service, orderly end. */
#include "lurk/net/connection_internal.h"

#include "lurk/fault.h"
#include "lurk/net/turns.h"
#include "lurk/secret.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* After our FIN the peer gets so long to read and to close, so that no reset destroys the last answer. */
#define LINGER_MS 1000

/* --- end --- */

static void on_handle_closed(uv_handle_t *handle) {
  lurk_connection *connection = uv_handle_get_data(handle);
  if (--connection->handles > 0)
    return;
  struct server_thread *thread = connection->thread;
  if (connection->previous != NULL)
    connection->previous->next = connection->next;
  else
    thread->connections = connection->next;
  if (connection->next != NULL)
    connection->next->previous = connection->previous;
  lurk_channel_free(connection->stream.channel);
  free(connection);
  atomic_fetch_sub(&thread->server->connections, 1);
  if (thread->stopping && thread->connections == NULL)
    lurk_server_thread_empty(thread);
}

static void close_handle(lurk_connection *connection, uv_handle_t *handle) {
  uv_handle_set_data(handle, connection);
  uv_close(handle, on_handle_closed);
}

void lurk_connection_close(lurk_connection *connection) {
  if (connection->phase == CLOSING)
    return;
  connection->phase = CLOSING;
  lurk_turns_leave(connection);
  if (connection->session != NULL)
    connection->service->close(connection->session);
  connection->session = NULL;
  close_handle(connection, (uv_handle_t *)&connection->stream.tcp);
  close_handle(connection, (uv_handle_t *)&connection->phase_timer);
  close_handle(connection, (uv_handle_t *)&connection->service_timer);
}

/* libuv calls it without a check when the handle is closed first. */
static void on_shutdown(uv_shutdown_t *request, int result) {
  (void)request;
  (void)result;
}

static void on_linger_over(uv_timer_t *timer) {
  lurk_connection_close(timer->data);
}

static void linger(lurk_connection *connection) {
  connection->phase = LINGERING;
  if (connection->stream.ended || connection->stream.gone ||
      uv_shutdown(&connection->shutdown, (uv_stream_t *)&connection->stream.tcp, on_shutdown) != 0) {
    lurk_connection_close(connection);
    return;
  }
  uv_timer_start(&connection->phase_timer, on_linger_over, LINGER_MS, 0);
}

/* --- after every event --- */

static void on_output_timeout(uv_timer_t *timer) {
  lurk_connection *connection = timer->data;
  lurk_connection_log(connection, "output-timeout", "the peer does not read");
  lurk_connection_close(connection);
}

static void watch_output(lurk_connection *connection) {
  if (connection->phase != SERVING && connection->phase != FINISHING)
    return;
  if (connection->stream.in_flight == 0)
    uv_timer_stop(&connection->phase_timer);
  else if (!uv_is_active((uv_handle_t *)&connection->phase_timer))
    uv_timer_start(&connection->phase_timer, on_output_timeout,
                   lurk_connection_options(connection)->limits.output_ms, 0);
}

static bool output_is_full(lurk_connection *connection) {
  return lurk_stream_queued(&connection->stream) > lurk_connection_options(connection)->limits.output_octets;
}

static void wait_for_turn(lurk_connection *connection) {
  lurk_turns_wait(connection);
  lurk_server_thread_again(connection->thread);
}

void lurk_connection_settle(lurk_connection *connection) {
  if (connection->phase == CLOSING || connection->busy)
    return;
  if (lurk_stream_flush(&connection->stream) != LURK_OK) {
    lurk_connection_close(connection);
    return;
  }
  watch_output(connection);
  if (connection->phase == SERVING && connection->held && !output_is_full(connection))
    wait_for_turn(connection);
  if (connection->phase == FINISHING && connection->stream.in_flight == 0)
    linger(connection);
  else
    lurk_stream_read(&connection->stream,
                     connection->phase != SERVING || (!connection->waiting && !output_is_full(connection)));
}

/* --- progress --- */

enum { LAST_LOOK_MS = 1 };

static void on_service_deadline(uv_timer_t *timer) {
  lurk_connection *connection = timer->data;
  if (connection->phase != SERVING)
    return;
  /* A thread that was busy with others has not read yet what came in time: one more look at the input. */
  if (!connection->overdue || connection->waiting) {
    connection->overdue = true;
    uv_timer_start(timer, on_service_deadline, LAST_LOOK_MS, 0);
    return;
  }
  if (LURK_FAULT(deadlines_ignored))
    return;
  connection->busy = true;
  const char *event = connection->service->expired(connection->session);
  if (event != NULL)
    lurk_connection_log(connection, "deadline", event);
  lurk_connection_finish(connection);
  connection->busy = false;
  lurk_connection_settle(connection);
}

static void begin_session(lurk_connection *connection) {
  uv_timer_stop(&connection->phase_timer);
  connection->phase = SERVING;
  lurk_connection_deadline(connection, lurk_connection_options(connection)->limits.idle_ms);
  bool has_share = lurk_turns_join(connection, connection);
  connection->session = has_share ? connection->service->open(connection->service_arg, connection) : NULL;
  if (connection->session == NULL)
    lurk_connection_finish(connection);
}

static void fail_channel(lurk_connection *connection, const char *kind) {
  lurk_connection_log(connection, kind, lurk_channel_failure(connection->stream.channel));
  lurk_connection_finish(connection);
}

static void end_service(lurk_connection *connection) {
  connection->service->ended(connection->session);
  lurk_connection_finish(connection);
}

/* As much as there is room for, record by record, so that the session sees what was pipelined as a whole. */
static lurk_status read_plaintext(lurk_connection *connection, size_t *len) {
  struct server_thread *thread = connection->thread;
  size_t got = 1;
  *len = 0;
  while (got > 0 && *len < sizeof thread->plaintext) {
    lurk_status status = lurk_channel_read(connection->stream.channel, thread->plaintext + *len,
                                           sizeof thread->plaintext - *len, &got);
    if (status != LURK_OK)
      return *len > 0 ? LURK_OK : status; /* it fails again when the session had the rest */
    *len += got;
  }
  return LURK_OK;
}

/* Reads and lets the session have it. False when there is nothing to go on with. */
static bool serve_input(lurk_connection *connection) {
  struct server_thread *thread = connection->thread;
  size_t len;
  if (read_plaintext(connection, &len) != LURK_OK) {
    fail_channel(connection, "channel-failed");
    return false;
  }
  if (len == 0) {
    if (lurk_channel_state(connection->stream.channel) == LURK_CHANNEL_CLOSED)
      end_service(connection);
    return false;
  }
  lurk_status status = connection->service->receive(connection->session, thread->plaintext, len);
  lurk_wipe(thread->plaintext, len);
  if (status != LURK_OK)
    lurk_connection_finish(connection);
  return true;
}

static void resume_session(lurk_connection *connection) {
  connection->resume = false;
  if (connection->service->resume(connection->session) != LURK_OK)
    lurk_connection_finish(connection);
}

/* Until there is nothing left, or the turn is over; then it waits for another one. */
static void serve(lurk_connection *connection) {
  connection->held = false;
  while (connection->phase == SERVING) {
    connection->held = output_is_full(connection);
    if (connection->held)
      return;
    if (connection->resume)
      resume_session(connection);
    else if (!serve_input(connection))
      return;
    if (connection->phase == SERVING && lurk_connection_turn_is_over(connection)) {
      wait_for_turn(connection);
      return;
    }
  }
}

void lurk_connection_serve(lurk_connection *connection) {
  connection->busy = true;
  serve(connection);
  connection->busy = false;
}

static void on_input(void *owner) {
  lurk_connection *connection = owner;
  if (connection->phase == CLOSING)
    return;
  if (connection->stream.gone || (connection->phase == LINGERING && connection->stream.ended)) {
    if (connection->phase == HANDSHAKE || connection->phase == SERVING)
      lurk_connection_log(connection, connection->phase == HANDSHAKE ? "handshake-failed" : "channel-failed",
                          lurk_channel_failure(connection->stream.channel));
    lurk_connection_close(connection);
    return;
  }
  connection->busy = true;
  if (connection->phase == HANDSHAKE) {
    if (lurk_channel_state(connection->stream.channel) == LURK_CHANNEL_FAILED)
      fail_channel(connection, "handshake-failed");
    else if (lurk_channel_state(connection->stream.channel) == LURK_CHANNEL_OPEN)
      begin_session(connection);
  }
  connection->busy = false;
  if (connection->phase != SERVING) {
    lurk_connection_settle(connection);
    return;
  }
  wait_for_turn(connection);
  if (connection->stream.filled) /* else libuv reads again at once, and the channel holds no more */
    lurk_stream_read(&connection->stream, false);
}

const struct lurk_stream_events lurk_connection_stream_events = {.input = on_input, .drained = on_input};

/* --- for the service --- */

const struct lurk_peer *lurk_connection_peer(const lurk_connection *connection) {
  return lurk_channel_peer(connection->stream.channel);
}

const char *lurk_connection_address(const lurk_connection *connection) {
  return connection->address;
}

bool lurk_connection_serves(const lurk_connection *connection, const char *host) {
  char name[256];
  bool bracketed = host[0] == '[';
  const char *begin = bracketed ? host + 1 : host;
  size_t len = strcspn(begin, bracketed ? "]" : ":");
  const char *rest = begin + len + (bracketed && begin[len] == ']');
  if (len == 0 || len >= sizeof name || (rest[0] != '\0' && rest[0] != ':') ||
      (rest[0] == ':' && rest[1 + strspn(rest + 1, "0123456789")] != '\0'))
    return false;
  memcpy(name, begin, len);
  name[len] = '\0';
  return strcasecmp(name, connection->own_address) == 0 ||
         (!bracketed && lurk_channel_is_named(connection->stream.channel, name));
}

void lurk_connection_log(lurk_connection *connection, const char *kind, const char *detail) {
  const struct lurk_server_options *options = lurk_connection_options(connection);
  if (options->log != NULL)
    options->log(options->arg, kind, connection->address, detail);
}

lurk_status lurk_connection_send(lurk_connection *connection, const uint8_t *data, size_t len) {
  if (connection->phase != SERVING)
    return LURK_ERR_CLOSED;
  lurk_status status = lurk_channel_write(connection->stream.channel, data, len);
  lurk_connection_settle(connection);
  return status;
}

void lurk_connection_finish(lurk_connection *connection) {
  if (connection->phase != HANDSHAKE && connection->phase != SERVING)
    return;
  connection->phase = FINISHING;
  lurk_turns_forgo(connection);
  connection->stream.discard = true;
  uv_timer_stop(&connection->phase_timer);
  uv_timer_stop(&connection->service_timer);
  lurk_channel_close(connection->stream.channel);
  lurk_connection_settle(connection);
}

void lurk_connection_again(lurk_connection *connection) {
  connection->resume = true;
}

bool lurk_connection_turn_is_over(const lurk_connection *connection) {
  return uv_hrtime() >= connection->thread->turns.over_ns;
}

bool lurk_connection_share(lurk_connection *connection, const void *owner) {
  return lurk_turns_join(connection, owner);
}

void lurk_connection_deadline(lurk_connection *connection, unsigned ms) {
  if (connection->phase != SERVING)
    return;
  connection->overdue = false;
  if (ms == 0) {
    uv_timer_stop(&connection->service_timer);
    return;
  }
  uv_update_time(connection->service_timer.loop); /* a deadline begins now, not when this turn began */
  uv_timer_start(&connection->service_timer, on_service_deadline, ms, 0);
}
