/* Remembers digests for a time, in a bounded amount of memory: what replays and ciphertexts that wander
 * between edges are noticed with (SKI §4.2.1, §4.2.2). */
#ifndef KEYSERVER_RECENT_H
#define KEYSERVER_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LURK_RECENT_DIGEST_LEN 16

typedef struct lurk_recent lurk_recent;

enum lurk_recent_full {
  LURK_RECENT_FORGET, /* the oldest digest makes room */
  LURK_RECENT_REFUSE, /* nothing is forgotten before its time */
};

enum lurk_recent_result { LURK_RECENT_NEW, LURK_RECENT_SEEN, LURK_RECENT_NO_ROOM };

/* Remembers at most capacity digests; the memory grows with those that there are, to some 44 octets for each,
 * and stays. NULL when memory is short. Not locked. */
lurk_recent *lurk_recent_new(size_t capacity, enum lurk_recent_full when_full);
void lurk_recent_free(lurk_recent *recent);
/* Looks for a digest that was noted less than keep_ns ago: SEEN, and *tag is the one given then. Otherwise
 * notes it with *tag. now_ns is monotonic; of several threads it may come a little out of order. Digests must
 * be keyed: their first octets place them. */
enum lurk_recent_result lurk_recent_note(lurk_recent *recent, const uint8_t digest[LURK_RECENT_DIGEST_LEN],
                                         uint64_t now_ns, uint64_t keep_ns, uint64_t *tag);

#endif
