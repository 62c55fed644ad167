/* A TCP connection with a channel in it, on one libuv loop: moves ciphertext between the two. Shared by
 * server and client. Its owner decides on deadlines and limits. */
#ifndef LURK_NET_STREAM_H
#define LURK_NET_STREAM_H

#include "lurk/net/channel.h"
#include <uv.h>

struct lurk_stream_events {
  /* Ciphertext was fed, or the peer has gone: read the channel, look at its state. */
  void (*input)(void *owner);
  /* All that lurk_stream_flush left over has gone to the kernel. */
  void (*drained)(void *owner);
};

struct lurk_stream {
  uv_tcp_t tcp;
  lurk_channel *channel; /* set by the owner before reading starts; freed by the owner */
  const struct lurk_stream_events *events;
  void *owner;
  char *input;      /* LURK_STREAM_INPUT octets, which all streams of a loop share */
  size_t in_flight; /* octets in libuv's write queue; at most one write at a time */
  size_t discarded;
  bool reading;
  bool discard; /* what the peer still sends is read and dropped, up to LURK_STREAM_DISCARD octets */
  bool filled;  /* the last read took as much as it could: libuv reads again at once */
  bool ended;   /* the peer sends nothing more */
  bool gone;    /* the socket has failed: nothing can be sent either */
};

#define LURK_STREAM_INPUT 65536
#define LURK_STREAM_DISCARD (1 << 20)

int lurk_stream_init(struct lurk_stream *stream, uv_loop_t *loop, char *input,
                     const struct lurk_stream_events *events, void *owner);
void lurk_stream_read(struct lurk_stream *stream, bool on);
/* Sends the channel's output as far as the kernel takes it; the rest follows, then drained is called. */
lurk_status lurk_stream_flush(struct lurk_stream *stream);
/* Octets that the peer has not read yet, as far as this process holds them. */
size_t lurk_stream_queued(struct lurk_stream *stream);

#endif
