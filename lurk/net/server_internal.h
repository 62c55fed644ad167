/* Shared by server.c (threads, listeners), connections.c and connection.c. */
#ifndef LURK_NET_SERVER_INTERNAL_H
#define LURK_NET_SERVER_INTERNAL_H

#include "lurk/net/server.h"
#include "lurk/net/stream.h"
#include <stdatomic.h>

#define LURK_PLAINTEXT_READ 4096

struct bound_listener {
  const struct lurk_service *service;
  void *service_arg;
  char *address; /* with the port that it got */
};

/* Connections that wait for a turn of the thread (turns.h). */
struct lurk_turns {
  struct lurk_share *shares;
  struct lurk_share *first; /* those with waiting connections */
  uint64_t taken;           /* turns so far */
  uint64_t over_ns;         /* when the turn under way is over, on uv_hrtime's clock */
};

struct server_thread {
  struct lurk_server *server;
  uv_loop_t loop;
  uv_thread_t id;
  uv_async_t wake;
  uv_check_t turn; /* after the sockets were looked at */
  uv_idle_t again; /* runs while connections wait: then the sockets are looked at, not waited for */
  struct lurk_turns turns;
  uv_timer_t grace;
  uv_tcp_t *listeners;
  lurk_connection *connections;
  bool limit_logged; /* one line per period of overload */
  bool stopping;
  bool stop_wanted, visit_wanted; /* under the server's lock */
  char input[LURK_STREAM_INPUT];
  uint8_t plaintext[LURK_PLAINTEXT_READ];
};

struct lurk_server {
  struct lurk_server_options options;
  struct bound_listener *listeners; /* options.listener_count */
  struct server_thread *threads;
  unsigned thread_count;
  atomic_uint connections;
  unsigned grace_ms;
  uv_mutex_t lock;
  uv_cond_t visited;
  unsigned visits_left; /* under lock, as the next two */
  void (*visit)(void *arg, lurk_connection *connection);
  void *visit_arg;
};

void lurk_connection_accept(struct server_thread *thread, uv_stream_t *listener,
                            const struct bound_listener *bound);
/* For all connections of a thread. */
void lurk_connections_visit(struct server_thread *thread,
                            void (*visit)(void *arg, lurk_connection *connection), void *arg);
void lurk_connections_take_turns(struct server_thread *thread);
/* A connection waits for its turn: the next look at the sockets does not block. */
void lurk_server_thread_again(struct server_thread *thread);
void lurk_connections_drain(struct server_thread *thread);
void lurk_connections_close(struct server_thread *thread);
/* The last connection of a stopping thread has gone. */
void lurk_server_thread_empty(struct server_thread *thread);

#endif
