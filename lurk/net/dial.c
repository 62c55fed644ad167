#include "lurk/net/dial.h"

#include <stdio.h>

#define KEEPALIVE_S 30

/* --- end --- */

static void release_part(struct lurk_dial *dial) {
  if (--dial->handles > 0)
    return;
  lurk_channel_free(dial->stream.channel);
  uv_freeaddrinfo(dial->addresses);
  dial->events->released(dial->owner);
}

static void on_handle_closed(uv_handle_t *handle) {
  release_part(uv_handle_get_data(handle));
}

static void close_handle(struct lurk_dial *dial, uv_handle_t *handle) {
  uv_handle_set_data(handle, dial);
  if (!uv_is_closing(handle))
    uv_close(handle, on_handle_closed);
}

void lurk_dial_close(struct lurk_dial *dial) {
  if (dial->phase == LURK_DIAL_CLOSING)
    return;
  if (dial->phase == LURK_DIAL_OPEN) {
    lurk_channel_close(dial->stream.channel);
    lurk_stream_flush(&dial->stream);
  }
  dial->phase = LURK_DIAL_CLOSING;
  if (dial->resolving)
    uv_cancel((uv_req_t *)&dial->resolve);
  close_handle(dial, (uv_handle_t *)&dial->stream.tcp);
  close_handle(dial, (uv_handle_t *)&dial->timer);
}

static void fail(struct lurk_dial *dial, const char *why) {
  dial->events->failed(dial->owner, why);
}

/* --- handshake --- */

static void on_input(void *owner) {
  struct lurk_dial *dial = owner;
  if (dial->phase == LURK_DIAL_HANDSHAKE) {
    switch (lurk_channel_state(dial->stream.channel)) {
    case LURK_CHANNEL_HANDSHAKING:
      break;
    case LURK_CHANNEL_OPEN:
      uv_timer_stop(&dial->timer);
      dial->phase = LURK_DIAL_OPEN;
      dial->events->opened(dial->owner);
      break;
    default:
      lurk_stream_flush(&dial->stream);
      fail(dial, lurk_channel_failure(dial->stream.channel));
      return;
    }
  }
  if (dial->phase == LURK_DIAL_OPEN)
    dial->events->input(dial->owner);
  if (dial->phase != LURK_DIAL_CLOSING && lurk_stream_flush(&dial->stream) != LURK_OK)
    fail(dial, "cannot send");
}

static void on_drained(void *owner) {
  (void)owner;
}

static const struct lurk_stream_events stream_events = {.input = on_input, .drained = on_drained};

static void on_timeout(uv_timer_t *timer) {
  fail(timer->data, "no connection in time");
}

static void begin_handshake(struct lurk_dial *dial) {
  lurk_channel *channel;
  uv_tcp_nodelay(&dial->stream.tcp, 1);
  uv_tcp_keepalive(&dial->stream.tcp, 1, KEEPALIVE_S); /* an origin that vanished while it was idle */
  if (lurk_channel_connect(dial->target.credentials, dial->target.name, &channel) != LURK_OK) {
    fail(dial, "no channel");
    return;
  }
  dial->stream.channel = channel;
  dial->phase = LURK_DIAL_HANDSHAKE;
  lurk_channel_feed(channel, NULL, 0);
  lurk_stream_read(&dial->stream, true);
  if (lurk_stream_flush(&dial->stream) != LURK_OK)
    fail(dial, "no connection");
}

/* --- addresses --- */

static void connect_to(struct lurk_dial *dial);

static void on_socket_replaced(uv_handle_t *handle) {
  struct lurk_dial *dial = uv_handle_get_data(handle);
  if (dial->phase == LURK_DIAL_CLOSING) {
    release_part(dial);
    return;
  }
  dial->address = dial->address->ai_next;
  lurk_stream_init(&dial->stream, dial->loop, dial->stream.input, &stream_events, dial);
  connect_to(dial);
}

static void on_connect(uv_connect_t *request, int result) {
  struct lurk_dial *dial = request->data;
  if (dial->phase == LURK_DIAL_CLOSING)
    return;
  if (result == 0) {
    begin_handshake(dial);
  } else if (dial->address->ai_next != NULL) {
    uv_handle_set_data((uv_handle_t *)&dial->stream.tcp, dial);
    uv_close((uv_handle_t *)&dial->stream.tcp, on_socket_replaced);
  } else {
    fail(dial, uv_strerror(result));
  }
}

static void connect_to(struct lurk_dial *dial) {
  dial->connect.data = dial;
  int result = uv_tcp_connect(&dial->connect, &dial->stream.tcp, dial->address->ai_addr, on_connect);
  if (result != 0)
    fail(dial, uv_strerror(result));
}

static void on_resolved(uv_getaddrinfo_t *resolve, int result, struct addrinfo *addresses) {
  struct lurk_dial *dial = resolve->data;
  bool closing = dial->phase == LURK_DIAL_CLOSING;
  dial->resolving = false;
  dial->addresses = dial->address = addresses;
  release_part(dial);
  if (closing)
    return;
  if (result != 0)
    fail(dial, uv_strerror(result));
  else
    connect_to(dial);
}

/* A numeric address needs no other thread. */
void lurk_dial_start(struct lurk_dial *dial) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
  char port[8];
  uv_timer_start(&dial->timer, on_timeout, dial->target.connect_ms, 0);
  snprintf(port, sizeof port, "%u", (unsigned)dial->target.port);
  dial->resolve.data = dial;
  if (uv_getaddrinfo(dial->loop, &dial->resolve, NULL, dial->target.host, port, &hints) == 0) {
    dial->addresses = dial->address = dial->resolve.addrinfo;
    connect_to(dial);
    return;
  }
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  int result = uv_getaddrinfo(dial->loop, &dial->resolve, on_resolved, dial->target.host, port, &hints);
  if (result != 0) {
    fail(dial, uv_strerror(result));
    return;
  }
  dial->resolving = true;
  dial->handles++;
}

void lurk_dial_init(struct lurk_dial *dial, uv_loop_t *loop, char *input,
                    const struct lurk_dial_target *target, const struct lurk_dial_events *events,
                    void *owner) {
  *dial = (struct lurk_dial){.loop = loop, .target = *target, .events = events, .owner = owner};
  lurk_stream_init(&dial->stream, loop, input, &stream_events, dial);
  uv_timer_init(loop, &dial->timer);
  dial->timer.data = dial;
  dial->handles = 2;
}
