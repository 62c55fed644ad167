/* Whose turn it is on a thread of the server. Connections that have something to do wait in a queue of their
 * owner, and owners take turns: one that floods, over however many connections, gets no more of the thread
 * than one that asks a single thing. */
#ifndef LURK_NET_TURNS_H
#define LURK_NET_TURNS_H

#include "lurk/net/server_internal.h"

/* The connections of one owner on one thread. */
struct lurk_share {
  const void *owner; /* only compared */
  size_t connections;
  lurk_connection *first, **last; /* waiting */
  uint64_t served;                /* which turn was its last one */
  struct lurk_share *next;        /* all of the thread */
  struct lurk_share *next_waiting;
};

void lurk_turns_init(struct lurk_turns *turns);
/* Makes the connection one of owner's, in place of whose it was. False when memory is short; then nothing
 * has changed. */
bool lurk_turns_join(lurk_connection *connection, const void *owner);
/* It waits no more and is nobody's. */
void lurk_turns_leave(lurk_connection *connection);
/* Queues it, unless it waits already. */
void lurk_turns_wait(lurk_connection *connection);
/* Takes it out of the queue. */
void lurk_turns_forgo(lurk_connection *connection);
struct lurk_turn_handler {
  void (*serve)(lurk_connection *connection);  /* may queue the connection again */
  void (*settle)(lurk_connection *connection); /* once at the end of a turn, for each that was served in it */
  void (*hold)(lurk_connection *connection);   /* for each that has to wait longer */
};
/* One turn for each owner that waits now. */
void lurk_turns_take(struct lurk_turns *turns, const struct lurk_turn_handler *handler);
/* Whether some have to wait for the next call. */
static inline bool lurk_turns_waiting(const struct lurk_turns *turns) {
  return turns->first != NULL;
}

#endif
