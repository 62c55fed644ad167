#include "reference-edge/edge.h"

#include "lurk/net/listener.h"
#include "reference-edge/connection.h"

#define BACKLOG 511

static void connecting(uv_stream_t *listener, int status) {
  if (status == 0)
    lurk_edge_connection_accept(listener->data);
}

lurk_status lurk_edge_listen(struct lurk_edge *edge, char **address, const char **why) {
  struct sockaddr_storage bound;
  int len = sizeof bound;
  uv_tcp_init(edge->loop, &edge->listener);
  edge->listener.data = edge;
  int fault = uv_tcp_bind(&edge->listener, (const struct sockaddr *)&edge->config->listen, 0);
  if (fault == 0)
    fault = uv_listen((uv_stream_t *)&edge->listener, BACKLOG, connecting);
  if (fault == 0)
    fault = uv_tcp_getsockname(&edge->listener, (struct sockaddr *)&bound, &len);
  if (fault != 0) {
    *why = uv_strerror(fault);
    uv_close((uv_handle_t *)&edge->listener, NULL);
    return LURK_ERR_IO;
  }
  *address = lurk_listen_text(&bound);
  return *address == NULL ? LURK_ERR_MEMORY : LURK_OK;
}

void lurk_edge_close(struct lurk_edge *edge) {
  uv_close((uv_handle_t *)&edge->listener, NULL);
  struct lurk_edge_connection *next = NULL;
  for (struct lurk_edge_connection *at = edge->connections; at != NULL; at = next) {
    next = lurk_edge_connection_next(at); /* memory goes later, from the loop */
    lurk_edge_connection_abort(at);
  }
}
