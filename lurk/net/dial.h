/* An outgoing connection on one libuv loop: resolve, connect to one address after the other, handshake of the
 * channel, all under one deadline. What is said over it is its owner's. */
#ifndef LURK_NET_DIAL_H
#define LURK_NET_DIAL_H

#include "lurk/net/stream.h"

struct lurk_dial_events {
  /* It is open; input follows. */
  void (*opened)(void *owner);
  /* It cannot be opened, or cannot send any more. The owner closes it. */
  void (*failed)(void *owner, const char *why);
  /* Of an open one: read the channel, look at its state. What the owner writes meanwhile is flushed. */
  void (*input)(void *owner);
  /* Once after lurk_dial_close: libuv holds nothing of it any more, and the owner may free it. */
  void (*released)(void *owner);
};

enum lurk_dial_phase { LURK_DIAL_OPENING, LURK_DIAL_HANDSHAKE, LURK_DIAL_OPEN, LURK_DIAL_CLOSING };

struct lurk_dial_target {
  const char *host; /* numeric address or name */
  uint16_t port;
  const char *name; /* expected SAN dNSName, sent as SNI */
  lurk_credentials *credentials;
  unsigned connect_ms; /* absolute: TCP and TLS handshake */
};

/* Part of its owner's struct, which must stay where it is. */
struct lurk_dial {
  struct lurk_stream stream;
  enum lurk_dial_phase phase; /* for the owner to read */
  uv_loop_t *loop;
  struct lurk_dial_target target;
  const struct lurk_dial_events *events;
  void *owner;
  uv_timer_t timer;
  uv_getaddrinfo_t resolve;
  uv_connect_t connect;
  struct addrinfo *addresses, *address; /* all, and the one that is tried */
  bool resolving;
  unsigned handles; /* libuv still holds so many of its parts */
};

/* Prepares; input is LURK_STREAM_INPUT octets, which all streams of a loop share. Strings and credentials of
 * target must outlive the dial, which is to be started or closed. */
void lurk_dial_init(struct lurk_dial *dial, uv_loop_t *loop, char *input,
                    const struct lurk_dial_target *target, const struct lurk_dial_events *events,
                    void *owner);
/* May call failed before it returns. */
void lurk_dial_start(struct lurk_dial *dial);
/* An open one says close_notify. May be repeated. */
void lurk_dial_close(struct lurk_dial *dial);

#endif
