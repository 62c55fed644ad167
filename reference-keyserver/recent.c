#include "recent.h"

#include <stdlib.h>
#include <string.h>

struct entry {
  uint8_t digest[LURK_RECENT_DIGEST_LEN];
  uint64_t noted_at_ns;
  uint64_t tag;
  uint32_t next; /* link to the next one in the chain of its bucket */
};

/* Entries form a ring in the order of their age; chains find them by digest. A link is the place of an entry
 * plus one, 0 is the end: so both arrays begin as zeros, which cost no memory before they are used. */
struct lurk_recent {
  struct entry *ring;
  uint32_t *buckets; /* capacity of them; links to the first entry of a chain */
  uint32_t capacity;
  uint32_t oldest;
  uint32_t count;
  enum lurk_recent_full when_full;
};

lurk_recent *lurk_recent_new(size_t capacity, enum lurk_recent_full when_full) {
  lurk_recent *recent = calloc(1, sizeof *recent);
  if (recent == NULL || capacity == 0 || capacity >= UINT32_MAX)
    goto fail;
  recent->capacity = (uint32_t)capacity;
  recent->when_full = when_full;
  recent->ring = calloc(capacity, sizeof *recent->ring);
  recent->buckets = calloc(capacity, sizeof *recent->buckets);
  if (recent->ring == NULL || recent->buckets == NULL)
    goto fail;
  return recent;
fail:
  lurk_recent_free(recent);
  return NULL;
}

void lurk_recent_free(lurk_recent *recent) {
  if (recent == NULL)
    return;
  free(recent->ring);
  free(recent->buckets);
  free(recent);
}

static uint32_t *bucket_of(lurk_recent *recent, const uint8_t *digest) {
  uint32_t number;
  memcpy(&number, digest, sizeof number);
  return &recent->buckets[number % recent->capacity];
}

static void forget_oldest(lurk_recent *recent) {
  uint32_t *link = bucket_of(recent, recent->ring[recent->oldest].digest);
  while (*link != recent->oldest + 1)
    link = &recent->ring[*link - 1].next;
  *link = recent->ring[recent->oldest].next;
  recent->oldest = (recent->oldest + 1) % recent->capacity;
  recent->count--;
}

enum lurk_recent_result lurk_recent_note(lurk_recent *recent, const uint8_t digest[LURK_RECENT_DIGEST_LEN],
                                         uint64_t now_ns, uint64_t keep_ns, uint64_t *tag) {
  while (recent->count > 0 && now_ns - recent->ring[recent->oldest].noted_at_ns >= keep_ns)
    forget_oldest(recent);
  uint32_t *bucket = bucket_of(recent, digest);
  for (uint32_t link = *bucket; link != 0; link = recent->ring[link - 1].next) {
    if (memcmp(recent->ring[link - 1].digest, digest, LURK_RECENT_DIGEST_LEN) == 0) {
      *tag = recent->ring[link - 1].tag;
      return LURK_RECENT_SEEN;
    }
  }
  if (recent->count == recent->capacity) {
    if (recent->when_full == LURK_RECENT_REFUSE)
      return LURK_RECENT_NO_ROOM;
    forget_oldest(recent);
  }
  uint32_t place = (recent->oldest + recent->count) % recent->capacity;
  recent->ring[place] = (struct entry){.noted_at_ns = now_ns, .tag = *tag, .next = *bucket};
  memcpy(recent->ring[place].digest, digest, LURK_RECENT_DIGEST_LEN);
  *bucket = place + 1;
  recent->count++;
  return LURK_RECENT_NEW;
}
