/* The TCP proxy: octets to and from the upstream, each direction as fast as its receiver reads, each end
 * passed on by itself. */
#include "reference-edge/service.h"

#include <stdlib.h>
#include <string.h>

#define HIGH_WATER 262144 /* octets that wait for an upstream that does not read */

struct proxy {
  struct lurk_edge_connection *connection; /* NULL once the client's side is closed */
  uv_tcp_t upstream;
  uv_connect_t connect;
  uv_shutdown_t shutdown;
  bool connected;
  bool client_ended, upstream_ended;
};

struct write {
  uv_write_t request;
  struct proxy *proxy;
  char data[];
};

static void freed(uv_handle_t *handle) {
  free(handle->data);
}

static void close_proxy(void *session) {
  struct proxy *proxy = session;
  proxy->connection = NULL;
  uv_close((uv_handle_t *)&proxy->upstream, freed);
}

/* Not in order: the client's connection ends without close_notify, so that it can tell. */
static void fail(struct proxy *proxy, int fault) {
  struct lurk_edge_connection *connection = proxy->connection;
  if (connection == NULL)
    return;
  lurk_event(lurk_edge_connection_edge(connection)->log, "upstream",
             json_pack("{s:s}", "failure", uv_strerror(fault)));
  lurk_edge_connection_abort(connection);
}

static void limit_time(struct proxy *proxy) {
  lurk_edge_connection_deadline(proxy->connection,
                                lurk_edge_connection_edge(proxy->connection)->config->limits.idle_ms);
}

/* --- from the upstream to the client --- */

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  static char block[65536]; /* one loop, and every read is used up before the next */
  (void)handle;
  (void)suggested;
  *buffer = uv_buf_init(block, sizeof block);
}

static void end_if_both_ended(struct proxy *proxy) {
  if (proxy->client_ended && proxy->upstream_ended)
    lurk_edge_connection_finish(proxy->connection);
}

static void upstream_received(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer) {
  struct proxy *proxy = stream->data;
  if (got == UV_EOF) {
    proxy->upstream_ended = true;
    uv_read_stop(stream);
    lurk_edge_connection_end(proxy->connection);
    if (proxy->connection != NULL)
      end_if_both_ended(proxy);
  } else if (got < 0) {
    fail(proxy, (int)got);
  } else if (got > 0) {
    limit_time(proxy);
    lurk_edge_connection_send(proxy->connection, (const uint8_t *)buffer->base, (size_t)got);
    if (proxy->connection != NULL && lurk_edge_connection_congested(proxy->connection))
      uv_read_stop(stream);
  }
}

static void client_drained(void *session) {
  struct proxy *proxy = session;
  limit_time(proxy);
  if (proxy->connected && !proxy->upstream_ended)
    uv_read_start((uv_stream_t *)&proxy->upstream, allocate, upstream_received);
}

/* --- from the client to the upstream --- */

static void written(uv_write_t *request, int status) {
  struct write *write = (struct write *)request;
  struct proxy *proxy = write->proxy;
  free(write);
  if (proxy->connection == NULL)
    return;
  if (status < 0) {
    fail(proxy, status);
    return;
  }
  limit_time(proxy);
  if (uv_stream_get_write_queue_size((uv_stream_t *)&proxy->upstream) == 0)
    lurk_edge_connection_pause(proxy->connection, false);
}

static void client_received(void *session, const uint8_t *data, size_t len) {
  struct proxy *proxy = session;
  struct write *write = malloc(sizeof *write + len);
  if (write == NULL) {
    fail(proxy, UV_ENOMEM);
    return;
  }
  memcpy(write->data, data, len);
  write->proxy = proxy;
  uv_buf_t buffer = uv_buf_init(write->data, (unsigned)len);
  int fault = uv_write(&write->request, (uv_stream_t *)&proxy->upstream, &buffer, 1, written);
  if (fault != 0) {
    free(write);
    fail(proxy, fault);
    return;
  }
  limit_time(proxy);
  if (uv_stream_get_write_queue_size((uv_stream_t *)&proxy->upstream) > HIGH_WATER)
    lurk_edge_connection_pause(proxy->connection, true);
}

static void shut_down(uv_shutdown_t *request, int status) {
  (void)request;
  (void)status; /* a fault shows in reading too */
}

static void client_ended(void *session) {
  struct proxy *proxy = session;
  proxy->client_ended = true;
  uv_shutdown(&proxy->shutdown, (uv_stream_t *)&proxy->upstream, shut_down);
  end_if_both_ended(proxy);
}

/* --- the beginning --- */

static void connected(uv_connect_t *request, int status) {
  struct proxy *proxy = request->data;
  if (proxy->connection == NULL)
    return;
  if (status < 0) {
    fail(proxy, status);
    return;
  }
  proxy->connected = true;
  uv_read_start((uv_stream_t *)&proxy->upstream, allocate, upstream_received);
  lurk_edge_connection_pause(proxy->connection, false);
}

static void *open_proxy(struct lurk_edge_connection *connection) {
  const struct lurk_edge *edge = lurk_edge_connection_edge(connection);
  struct proxy *proxy = calloc(1, sizeof *proxy);
  if (proxy == NULL)
    return NULL;
  proxy->connection = connection;
  uv_tcp_init(edge->loop, &proxy->upstream);
  proxy->upstream.data = proxy->connect.data = proxy;
  if (uv_tcp_connect(&proxy->connect, &proxy->upstream, (const struct sockaddr *)&edge->config->upstream,
                     connected) != 0) {
    close_proxy(proxy);
    return NULL;
  }
  lurk_edge_connection_pause(connection, true);
  limit_time(proxy);
  return proxy;
}

const struct lurk_edge_service lurk_proxy_service = {.open = open_proxy,
                                                     .receive = client_received,
                                                     .ended = client_ended,
                                                     .drained = client_drained,
                                                     .close = close_proxy};
