#include "lurk/net/turns.h"

#include "lurk/net/connection_internal.h"
#include <stdlib.h>

/* As long as one owner has the thread to itself, if it has so much to do: cheap operations share a flight of
 * records and a write to the log, and of dear ones, from RSA-2048 on, it is one that is waited for. */
#define TURN_NS 500000

void lurk_turns_init(struct lurk_turns *turns) {
  *turns = (struct lurk_turns){0};
}

/* --- shares --- */

static struct lurk_share *find_share(struct lurk_turns *turns, const void *owner) {
  struct lurk_share *share = turns->shares;
  while (share != NULL && share->owner != owner)
    share = share->next;
  return share;
}

static struct lurk_share *make_share(struct lurk_turns *turns, const void *owner) {
  struct lurk_share *share = calloc(1, sizeof *share);
  if (share == NULL)
    return NULL;
  share->owner = owner;
  share->last = &share->first;
  share->next = turns->shares;
  turns->shares = share;
  return share;
}

static void free_share(struct lurk_turns *turns, struct lurk_share *share) {
  struct lurk_share **place = &turns->shares;
  while (*place != share)
    place = &(*place)->next;
  *place = share->next;
  free(share);
}

bool lurk_turns_join(lurk_connection *connection, const void *owner) {
  struct lurk_turns *turns = &connection->thread->turns;
  struct lurk_share *share = find_share(turns, owner);
  if (share == NULL)
    share = make_share(turns, owner);
  if (share == NULL)
    return false;
  share->connections++; /* first, in case that it leaves the same one */
  lurk_turns_leave(connection);
  connection->share = share;
  return true;
}

void lurk_turns_leave(lurk_connection *connection) {
  struct lurk_share *share = connection->share;
  if (share == NULL)
    return;
  lurk_turns_forgo(connection);
  connection->share = NULL;
  if (--share->connections == 0)
    free_share(&connection->thread->turns, share);
}

/* --- queues --- */

/* Who was served longest ago comes first: who asks now and then does not wait until a flooder had another
 * turn. */
static void queue_share(struct lurk_turns *turns, struct lurk_share *share) {
  struct lurk_share **place = &turns->first;
  while (*place != NULL && (*place)->served <= share->served)
    place = &(*place)->next_waiting;
  share->next_waiting = *place;
  *place = share;
}

static void unqueue_share(struct lurk_turns *turns, struct lurk_share *share) {
  struct lurk_share **place = &turns->first;
  while (*place != share)
    place = &(*place)->next_waiting;
  *place = share->next_waiting;
}

void lurk_turns_wait(lurk_connection *connection) {
  struct lurk_share *share = connection->share;
  if (connection->waiting || share == NULL)
    return;
  if (share->first == NULL)
    queue_share(&connection->thread->turns, share);
  connection->waiting = true;
  connection->next_waiting = NULL;
  *share->last = connection;
  share->last = &connection->next_waiting;
}

void lurk_turns_forgo(lurk_connection *connection) {
  struct lurk_share *share = connection->share;
  if (!connection->waiting)
    return;
  lurk_connection **place = &share->first;
  while (*place != connection)
    place = &(*place)->next_waiting;
  *place = connection->next_waiting;
  if (*place == NULL)
    share->last = place;
  connection->waiting = false;
  if (share->first == NULL)
    unqueue_share(&connection->thread->turns, share);
}

/* --- turns --- */

/* Of those that wait now: a connection that wants another turn stands behind the others of its owner. What
 * all of them have to say leaves at the end, so that a peer with many connections is woken once. */
static void take_one(struct lurk_turns *turns, const void *owner, const struct lurk_turn_handler *handler) {
  struct lurk_share *share = find_share(turns, owner);
  lurk_connection *served = NULL, **last = &served;
  turns->over_ns = uv_hrtime() + TURN_NS;
  share->served = ++turns->taken;
  do {
    lurk_connection *connection = share->first;
    lurk_turns_forgo(connection);
    handler->serve(connection);
    if (!connection->served) {
      connection->served = true;
      connection->next_served = NULL;
      *last = connection;
      last = &connection->next_served;
    }
    share = find_share(turns, owner); /* gone once its last connection has left */
  } while (share != NULL && share->first != NULL && uv_hrtime() < turns->over_ns);
  while (served != NULL) {
    lurk_connection *connection = served;
    served = connection->next_served;
    connection->served = false;
    handler->settle(connection);
  }
  share = find_share(turns, owner);
  /* Behind the other owners. */
  if (share != NULL && share->first != NULL) {
    unqueue_share(turns, share);
    queue_share(turns, share);
  }
}

void lurk_turns_take(struct lurk_turns *turns, const struct lurk_turn_handler *handler) {
  size_t owners = 0;
  for (const struct lurk_share *share = turns->first; share != NULL; share = share->next_waiting)
    owners++;
  for (; owners > 0 && turns->first != NULL; owners--)
    take_one(turns, turns->first->owner, handler);
  for (const struct lurk_share *share = turns->first; share != NULL; share = share->next_waiting)
    for (lurk_connection *connection = share->first; connection != NULL;
         connection = connection->next_waiting)
      handler->hold(connection);
}
