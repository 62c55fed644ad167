#include "reference-edge/connection.h"

#include "lurk/fault.h"
#include "lurk/net/listener.h"
#include "reference-edge/audit.h"
#include "reference-edge/service.h"
#include <stdlib.h>
#include <string.h>
#ifdef LURK_FAULTS
#include <errno.h>
#include <sys/socket.h>
#endif

#define HIGH_WATER 262144 /* octets that wait for a client that does not read */
#define LINGER_MS 2000    /* how long a client may take to see the end, alert included */

enum state {
  IN_HANDSHAKE,
  IN_SERVICE,
  LINGERING, /* everything is said; waiting for the client to have read it */
  GONE,      /* the socket is closed; the session may still be busy */
};

struct lurk_edge_connection {
  struct lurk_edge *edge;
  struct lurk_edge_connection *next, *previous;
  enum state state;
  uv_tcp_t tcp;
  uv_timer_t timer;
  uv_async_t wake;
  unsigned handles; /* that libuv has not closed yet */
  uv_shutdown_t shutdown;
  lurk_stack_session *tls;
  enum lurk_stack_state tls_state;
  bool reading, paused, peer_ended, congested;
  bool under_operation;
  uint64_t started;
  struct lurk_handshake handshake;
  char *peer; /* address, NULL when it is not known */
  void *session;
};

struct write {
  uv_write_t request;
  struct lurk_edge_connection *connection;
  uint8_t data[];
};

static void drive(struct lurk_edge_connection *connection);
static void finish(struct lurk_edge_connection *connection, bool with_close_notify);

/* --- the end --- */

static void handle_closed(uv_handle_t *handle) {
  struct lurk_edge_connection *connection = handle->data;
  struct lurk_edge *edge = connection->edge;
  if (--connection->handles > 0)
    return;
  if (connection->previous != NULL)
    connection->previous->next = connection->next;
  else
    edge->connections = connection->next;
  if (connection->next != NULL)
    connection->next->previous = connection->previous;
  free(connection->peer);
  free(connection);
  edge->connection_count--;
}

static void close_handle(void *handle) {
  uv_close(handle, handle_closed);
}

/* A session that waits for a key or works on a thread cannot go yet: the operation is let fail first. */
static void release_session(struct lurk_edge_connection *connection) {
  if (connection->under_operation)
    return;
  if (connection->tls == NULL) {
    close_handle(&connection->wake);
    return;
  }
  while (connection->tls_state == LURK_STACK_KEY_OPERATION || connection->tls_state == LURK_STACK_BUSY) {
    if (connection->tls_state == LURK_STACK_KEY_OPERATION)
      lurk_stack_answer(connection->tls, NULL, 0);
    connection->tls_state = lurk_stack_step(connection->tls);
    if (connection->tls_state == LURK_STACK_BUSY)
      return; /* wake comes */
  }
  lurk_stack_session_free(connection->tls);
  connection->tls = NULL;
  close_handle(&connection->wake);
}

static void close_service(struct lurk_edge_connection *connection) {
  void *session = connection->session;
  connection->session = NULL;
  if (session != NULL)
    connection->edge->service->close(session);
}

void lurk_edge_connection_abort(struct lurk_edge_connection *connection) {
  if (connection->state == GONE)
    return;
  connection->state = GONE;
  lurk_audit_forget(&connection->handshake);
  close_service(connection);
  close_handle(&connection->tcp);
  close_handle(&connection->timer);
  release_session(connection);
}

static void fail_handshake(struct lurk_edge_connection *connection, const char *outcome, const char *reason) {
  connection->handshake.total_us = (uv_hrtime() - connection->started) / 1000;
  lurk_handshake_event(connection->edge->log, connection->peer, &connection->handshake, outcome, reason);
}

static void expired(uv_timer_t *timer) {
  struct lurk_edge_connection *connection = timer->data;
  if (connection->state == IN_HANDSHAKE) {
    fail_handshake(connection, "timeout", "the handshake took too long");
    lurk_edge_connection_abort(connection);
  } else if (connection->state == IN_SERVICE) {
    finish(connection, true);
  } else {
    lurk_edge_connection_abort(connection);
  }
}

/* --- output --- */

static void written(uv_write_t *request, int status) {
  struct write *write = (struct write *)request;
  struct lurk_edge_connection *connection = write->connection;
  free(write);
  if (connection->state == GONE)
    return;
  if (status < 0) {
    lurk_edge_connection_abort(connection);
  } else if (connection->congested && uv_stream_get_write_queue_size((uv_stream_t *)&connection->tcp) == 0) {
    connection->congested = false;
    if (connection->session != NULL)
      connection->edge->service->drained(connection->session);
  }
}

/* Hands the session's output to the socket. False: the connection is gone. */
static bool flush(struct lurk_edge_connection *connection) {
  const uint8_t *data = NULL;
  size_t len = 0;
  lurk_stack_output(connection->tls, &data, &len);
  if (len == 0)
    return true;
  struct write *write = malloc(sizeof *write + len);
  if (write == NULL) {
    lurk_edge_connection_abort(connection);
    return false;
  }
  memcpy(write->data, data, len);
  write->connection = connection;
  lurk_stack_output_taken(connection->tls, len);
  uv_buf_t buffer = uv_buf_init((char *)write->data, (unsigned)len);
  if (uv_write(&write->request, (uv_stream_t *)&connection->tcp, &buffer, 1, written) != 0) {
    free(write);
    lurk_edge_connection_abort(connection);
    return false;
  }
  if (uv_stream_get_write_queue_size((uv_stream_t *)&connection->tcp) > HIGH_WATER)
    connection->congested = true;
  return true;
}

/* --- input --- */

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  static char block[65536]; /* one loop, and every read is used up before the next */
  (void)handle;
  (void)suggested;
  *buffer = uv_buf_init(block, sizeof block);
}

static void peer_gone(struct lurk_edge_connection *connection) {
  if (connection->state == IN_HANDSHAKE)
    fail_handshake(connection, "gone", "the client has gone");
  /* After close_notify the client may still be reading. */
  if (connection->state == IN_SERVICE && connection->peer_ended)
    uv_read_stop((uv_stream_t *)&connection->tcp);
  else
    lurk_edge_connection_abort(connection);
}

/* MALFORMED is not TLS: the session has an alert for it. */
static void feed(struct lurk_edge_connection *connection, const uint8_t *data, size_t len) {
  lurk_status status = lurk_stack_feed(connection->tls, data, len);
  if (status == LURK_OK || status == LURK_ERR_MALFORMED)
    drive(connection);
  else
    lurk_edge_connection_abort(connection);
}

static void received(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer) {
  struct lurk_edge_connection *connection = stream->data;
  if (got < 0)
    peer_gone(connection);
  else if (got == 0 || connection->state == LINGERING)
    return;
  else
    feed(connection, (const uint8_t *)buffer->base, (size_t)got);
}

static void set_reading(struct lurk_edge_connection *connection, bool reading) {
  if (reading == connection->reading)
    return;
  connection->reading = reading;
  if (reading)
    uv_read_start((uv_stream_t *)&connection->tcp, allocate, received);
  else
    uv_read_stop((uv_stream_t *)&connection->tcp);
}

/* --- the handshake --- */

#ifdef LURK_FAULTS
/* While an operation is under way nothing is read, so that nobody has noticed. */
static bool client_has_left(const struct lurk_edge_connection *connection) {
  uv_os_fd_t socket;
  char octet;
  if (uv_fileno((const uv_handle_t *)&connection->tcp, &socket) != 0)
    return true;
  ssize_t got = recv(socket, &octet, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN);
}
#endif

static void operation_done(void *arg, const struct lurk_key_answer *answer) {
  struct lurk_edge_connection *connection = arg;
  connection->under_operation = false;
  connection->handshake.key_server = answer->key_server;
  connection->handshake.key_failure = answer->failure;
  connection->handshake.key_us = answer->microseconds;
#ifdef LURK_FAULTS
  if (client_has_left(connection) && LURK_FAULT(gone_client_fatal))
    abort();
#endif
  if (connection->state == GONE) {
    release_session(connection);
    return;
  }
  lurk_stack_answer(connection->tls, answer->output, answer->output_len);
  drive(connection);
}

static void perform_operation(struct lurk_edge_connection *connection) {
  set_reading(connection, false);
  connection->under_operation = true;
  if (lurk_key_client_submit(connection->edge->keys, lurk_stack_request(connection->tls), operation_done,
                             connection) == LURK_OK)
    return;
  connection->under_operation = false;
  lurk_stack_answer(connection->tls, NULL, 0);
  drive(connection);
}

static void handshake_complete(struct lurk_edge_connection *connection) {
  connection->handshake.total_us = (uv_hrtime() - connection->started) / 1000;
  lurk_stack_facts(connection->tls, &connection->handshake.facts);
  lurk_handshake_event(connection->edge->log, connection->peer, &connection->handshake, "ok", NULL);
  lurk_audit_start(connection->edge, connection->tls, connection->peer, &connection->handshake);
  uv_timer_stop(&connection->timer);
  connection->state = IN_SERVICE;
  connection->session = connection->edge->service->open(connection);
  if (connection->session == NULL && connection->state == IN_SERVICE)
    finish(connection, true);
}

/* --- data --- */

static void end_input(struct lurk_edge_connection *connection, enum lurk_stack_state state) {
  connection->tls_state = state;
  if (state == LURK_STACK_FAILED) {
    finish(connection, false); /* an alert may be waiting */
  } else if (!connection->peer_ended) {
    connection->peer_ended = true;
    connection->edge->service->ended(connection->session);
  }
}

static void read_plaintext(struct lurk_edge_connection *connection) {
  static uint8_t block[16384];
  while (connection->state == IN_SERVICE && !connection->paused && !connection->peer_ended) {
    size_t got = 0;
    enum lurk_stack_state state = lurk_stack_read(connection->tls, block, sizeof block, &got);
    if (got > 0)
      connection->edge->service->receive(connection->session, block, got);
    else if (state != LURK_STACK_OPEN)
      end_input(connection, state);
    else
      break;
  }
  if (connection->state == IN_SERVICE && flush(connection))
    set_reading(connection, !connection->paused);
}

static void drive(struct lurk_edge_connection *connection) {
  connection->tls_state = lurk_stack_step(connection->tls);
  if (connection->tls_state == LURK_STACK_BUSY) {
    set_reading(connection, false);
    return;
  }
  if (connection->tls_state == LURK_STACK_FAILED && LURK_FAULT(alert_not_sent)) {
    lurk_edge_connection_abort(connection);
    return;
  }
  if (!flush(connection))
    return;
  switch (connection->tls_state) {
  case LURK_STACK_HANDSHAKE:
    set_reading(connection, true);
    return;
  case LURK_STACK_KEY_OPERATION:
    perform_operation(connection);
    return;
  case LURK_STACK_FAILED:
    if (connection->state == IN_HANDSHAKE && !LURK_FAULT(failure_not_logged))
      fail_handshake(connection, "failed", lurk_stack_failure(connection->tls));
    finish(connection, false);
    return;
  default:
    if (connection->state == IN_HANDSHAKE)
      handshake_complete(connection);
    read_plaintext(connection);
  }
}

/* A thread of the stack has got somewhere, or a service takes input again. */
static void woken(uv_async_t *wake) {
  struct lurk_edge_connection *connection = wake->data;
  if (connection->state == IN_SERVICE)
    read_plaintext(connection);
  else if (connection->tls_state != LURK_STACK_BUSY)
    return;
  else if (connection->state == GONE)
    release_session(connection);
  else
    drive(connection);
}

static void wake_up(void *arg) {
  struct lurk_edge_connection *connection = arg;
  uv_async_send(&connection->wake);
}

/* --- the beginning --- */

static bool start_session(struct lurk_edge_connection *connection) {
  struct lurk_edge *edge = connection->edge;
  return edge->connection_count <= edge->config->limits.connections &&
         lurk_stack_accept(edge->stack, lurk_grants_policies(edge->grants), wake_up, connection,
                           &connection->tls) == LURK_OK;
}

static void init_handles(struct lurk_edge_connection *connection) {
  uv_loop_t *loop = connection->edge->loop;
  uv_tcp_init(loop, &connection->tcp);
  uv_timer_init(loop, &connection->timer);
  uv_async_init(loop, &connection->wake, woken);
  connection->tcp.data = connection->timer.data = connection->wake.data = connection;
  connection->handles = 3;
}

static void name_peer(struct lurk_edge_connection *connection) {
  struct sockaddr_storage address;
  int len = sizeof address;
  if (uv_tcp_getpeername(&connection->tcp, (struct sockaddr *)&address, &len) == 0)
    connection->peer = lurk_listen_text(&address);
}

void lurk_edge_connection_accept(struct lurk_edge *edge) {
  struct lurk_edge_connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL)
    return;
  connection->edge = edge;
  connection->started = uv_hrtime();
  init_handles(connection);
  connection->next = edge->connections;
  if (edge->connections != NULL)
    edge->connections->previous = connection;
  edge->connections = connection;
  edge->connection_count++;
  if (uv_accept((uv_stream_t *)&edge->listener, (uv_stream_t *)&connection->tcp) != 0 ||
      !start_session(connection)) {
    lurk_edge_connection_abort(connection);
    return;
  }
  uv_tcp_nodelay(&connection->tcp, 1);
  name_peer(connection);
  uv_timer_start(&connection->timer, expired, edge->config->limits.handshake_ms, 0);
  set_reading(connection, true);
}

/* --- for services --- */

static void shut_down(uv_shutdown_t *request, int status) {
  (void)request;
  (void)status; /* the client's end, or the timer, ends the connection */
}

/* Closing a socket with unread input would reset it and might take the alert away from the client, so what
 * still comes is read for a while. */
static void finish(struct lurk_edge_connection *connection, bool with_close_notify) {
  if (connection->state == LINGERING || connection->state == GONE)
    return;
  if (with_close_notify)
    lurk_stack_close(connection->tls);
  if (!flush(connection))
    return;
  connection->state = LINGERING;
  close_service(connection);
  uv_timer_start(&connection->timer, expired, LINGER_MS, 0);
  uv_shutdown(&connection->shutdown, (uv_stream_t *)&connection->tcp, shut_down);
  set_reading(connection, true);
}

void lurk_edge_connection_finish(struct lurk_edge_connection *connection) {
  finish(connection, true);
}

void lurk_edge_connection_end(struct lurk_edge_connection *connection) {
  lurk_stack_close(connection->tls);
  flush(connection);
}

void lurk_edge_connection_send(struct lurk_edge_connection *connection, const uint8_t *data, size_t len) {
  if (lurk_stack_write(connection->tls, data, len) == LURK_OK)
    flush(connection);
  else
    finish(connection, false);
}

bool lurk_edge_connection_congested(const struct lurk_edge_connection *connection) {
  return connection->congested;
}

void lurk_edge_connection_pause(struct lurk_edge_connection *connection, bool paused) {
  if (connection->paused == paused)
    return;
  connection->paused = paused;
  if (connection->state == IN_SERVICE)
    uv_async_send(&connection->wake);
}

void lurk_edge_connection_deadline(struct lurk_edge_connection *connection, unsigned milliseconds) {
  uv_timer_start(&connection->timer, expired, milliseconds, 0);
}

bool lurk_edge_connection_export(const struct lurk_edge_connection *connection, const char *label,
                                 uint8_t *out, size_t len) {
  return lurk_stack_export(connection->tls, label, out, len);
}

const struct lurk_handshake *lurk_edge_connection_handshake(const struct lurk_edge_connection *connection) {
  return &connection->handshake;
}

struct lurk_edge *lurk_edge_connection_edge(const struct lurk_edge_connection *connection) {
  return connection->edge;
}

struct lurk_edge_connection *lurk_edge_connection_next(struct lurk_edge_connection *connection) {
  return connection->next;
}
