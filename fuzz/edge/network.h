/* The network under the edge's clients, without one: it defines the functions of dial.h, stream.h and
 * channel.h that they call, so that the linker takes neither sockets nor TLS. When a connection opens, fails,
 * brings octets or ends is said by the target; timers and the loop are real. */
#ifndef LURK_FUZZ_EDGE_NETWORK_H
#define LURK_FUZZ_EDGE_NETWORK_H

#include "lurk/net/buffer.h"
#include "lurk/net/dial.h"

/* A connection of a client, from its beginning until it is released. */
struct link {
  struct lurk_dial *dial;
  lurk_channel *channel;
  struct lurk_buffer sent;      /* by the client, whoever looks at it takes it out */
  struct lurk_buffer delivered; /* all that the client has been given */
  struct lurk_buffer unread;
  enum lurk_channel_state state;
  bool started;
  unsigned exchanges;  /* octets were written so many times */
  size_t delivered_at; /* how much had been delivered when octets were written last */
  struct link *next;
};

/* What a client writes is shown to it first. */
extern void (*fuzz_link_written)(struct link *link, const uint8_t *data, size_t len);

/* The link of this number, modulo how many there are; NULL when there is none. */
struct link *fuzz_link(size_t number);
void fuzz_link_open(struct link *link);
void fuzz_link_fail(struct link *link);
/* In pieces of step octets; 0: in one piece. */
void fuzz_link_deliver(struct link *link, const uint8_t *data, size_t len, size_t step);
void fuzz_link_end(struct link *link, enum lurk_channel_state state);
/* What was closed is released now, as libuv does it: not from within the client. */
void fuzz_links_release(void);

#endif
