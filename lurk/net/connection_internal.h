/* Shared by connection.c (one connection) and connections.c (those of a thread). */
#ifndef LURK_NET_CONNECTION_INTERNAL_H
#define LURK_NET_CONNECTION_INTERNAL_H

#include "lurk/net/server_internal.h"

enum lurk_connection_phase { HANDSHAKE, SERVING, FINISHING, LINGERING, CLOSING };

struct lurk_connection {
  struct lurk_stream stream;
  uv_timer_t phase_timer; /* handshake, output, linger */
  uv_timer_t service_timer;
  uv_shutdown_t shutdown;
  struct server_thread *thread;
  const struct lurk_service *service;
  void *service_arg;
  lurk_connection *previous, *next;
  void *session;
  enum lurk_connection_phase phase;
  unsigned handles; /* not yet closed by libuv */
  bool busy;        /* within a callback of the service: settling comes after it */
  bool overdue;     /* the deadline has passed, a last look at the input is to come */
  bool resume;      /* the session has asked for another turn */
  bool held;        /* its turn ended because its output was full */
  bool waiting;     /* for its turn: more input may be in the channel */
  struct lurk_share *share;
  bool served; /* in the turn under way: not settled since */
  lurk_connection *next_waiting, *next_served;
  char address[64]; /* of the peer */
  char own_address[64];
};

extern const struct lurk_stream_events lurk_connection_stream_events;

static inline const struct lurk_server_options *lurk_connection_options(const lurk_connection *connection) {
  return &connection->thread->server->options;
}

/* Without another octet. */
void lurk_connection_close(lurk_connection *connection);
/* Its turn; lurk_connection_settle comes after it. */
void lurk_connection_serve(lurk_connection *connection);
/* After every event: output, reading, the next phase. */
void lurk_connection_settle(lurk_connection *connection);

#endif
