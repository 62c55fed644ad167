/* The edge: what its connections share, the listener, and the way everything ends. */
#ifndef LURK_EDGE_EDGE_H
#define LURK_EDGE_EDGE_H

#include "reference-edge/grants.h"
#include "reference-edge/stacks/stack.h"

struct lurk_edge_connection;

struct lurk_edge {
  uv_loop_t *loop;
  const struct lurk_edge_config *config;
  lurk_event_log *log;
  lurk_stack *stack;
  lurk_key_client *keys;
  lurk_grants *grants;
  const struct lurk_edge_service *service;  /* what is spoken behind TLS */
  struct lurk_edge_connection *connections; /* those that are not gone yet */
  unsigned connection_count;
  uv_tcp_t listener;
};

/* Binds and listens. *address is "127.0.0.1:43211", the caller frees it. IO: why is a constant text. */
lurk_status lurk_edge_listen(struct lurk_edge *edge, char **address, const char **why);
/* Stops listening and ends all connections. Those that wait for an operation go when it ends: close the key
 * client, too. The loop ends when all are gone. */
void lurk_edge_close(struct lurk_edge *edge);

#endif
