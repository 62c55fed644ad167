#include "recent.h"

#include <stdlib.h>
#include <string.h>

#define SMALLEST_SIZE 1024

struct entry {
  uint8_t digest[LURK_RECENT_DIGEST_LEN];
  uint64_t noted_at_ns;
  uint64_t tag;
  uint32_t next; /* link to the next one in the chain of its bucket */
};

/* Entries form a ring in the order of their age; chains find them by digest. A link is the place of an entry
 * plus one, 0 is the end. */
struct lurk_recent {
  struct entry *ring;
  uint32_t *buckets; /* links to the first entry of a chain */
  uint32_t size;     /* entries that there is memory for, and buckets */
  uint32_t capacity; /* of size */
  uint32_t oldest;
  uint32_t count;
  enum lurk_recent_full when_full;
};

static uint32_t *bucket_of(struct lurk_recent *recent, const uint8_t *digest) {
  uint32_t number;
  memcpy(&number, digest, sizeof number);
  return &recent->buckets[number % recent->size];
}

/* Puts an entry behind the others; there is room. */
static void append(struct lurk_recent *recent, const struct entry *entry) {
  uint32_t place = (recent->oldest + recent->count) % recent->size;
  uint32_t *bucket = bucket_of(recent, entry->digest);
  recent->ring[place] = *entry;
  recent->ring[place].next = *bucket;
  *bucket = place + 1;
  recent->count++;
}

/* Moves into memory of this size. False when memory is short; then nothing has changed. */
static bool resize(struct lurk_recent *recent, uint32_t size) {
  struct lurk_recent larger = {.ring = calloc(size, sizeof *larger.ring),
                               .buckets = calloc(size, sizeof *larger.buckets),
                               .size = size,
                               .capacity = recent->capacity,
                               .when_full = recent->when_full};
  if (larger.ring == NULL || larger.buckets == NULL) {
    free(larger.ring);
    free(larger.buckets);
    return false;
  }
  for (uint32_t i = 0; i < recent->count; i++)
    append(&larger, &recent->ring[(recent->oldest + i) % recent->size]);
  free(recent->ring);
  free(recent->buckets);
  *recent = larger;
  return true;
}

static uint32_t next_size(const struct lurk_recent *recent) {
  uint32_t size = recent->size == 0 ? SMALLEST_SIZE : 2 * recent->size;
  return size < recent->capacity ? size : recent->capacity;
}

lurk_recent *lurk_recent_new(size_t capacity, enum lurk_recent_full when_full) {
  lurk_recent *recent = calloc(1, sizeof *recent);
  if (recent == NULL || capacity == 0 || capacity > UINT32_MAX / 2)
    goto fail;
  recent->capacity = (uint32_t)capacity;
  recent->when_full = when_full;
  if (resize(recent, next_size(recent)))
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

static void forget_oldest(lurk_recent *recent) {
  uint32_t *link = bucket_of(recent, recent->ring[recent->oldest].digest);
  while (*link != recent->oldest + 1)
    link = &recent->ring[*link - 1].next;
  *link = recent->ring[recent->oldest].next;
  recent->oldest = (recent->oldest + 1) % recent->size;
  recent->count--;
}

static const struct entry *find(lurk_recent *recent, const uint8_t *digest) {
  for (uint32_t link = *bucket_of(recent, digest); link != 0; link = recent->ring[link - 1].next)
    if (memcmp(recent->ring[link - 1].digest, digest, LURK_RECENT_DIGEST_LEN) == 0)
      return &recent->ring[link - 1];
  return NULL;
}

/* False when nothing may be forgotten. */
static bool make_room(lurk_recent *recent) {
  if (recent->count < recent->size || (recent->size < recent->capacity && resize(recent, next_size(recent))))
    return true;
  if (recent->when_full == LURK_RECENT_REFUSE)
    return false;
  forget_oldest(recent);
  return true;
}

enum lurk_recent_result lurk_recent_note(lurk_recent *recent, const uint8_t digest[LURK_RECENT_DIGEST_LEN],
                                         uint64_t now_ns, uint64_t keep_ns, uint64_t *tag) {
  while (recent->count > 0 && recent->ring[recent->oldest].noted_at_ns + keep_ns <= now_ns)
    forget_oldest(recent);
  const struct entry *found = find(recent, digest);
  if (found != NULL) {
    *tag = found->tag;
    return LURK_RECENT_SEEN;
  }
  if (!make_room(recent))
    return LURK_RECENT_NO_ROOM;
  struct entry entry = {.noted_at_ns = now_ns, .tag = *tag};
  memcpy(entry.digest, digest, LURK_RECENT_DIGEST_LEN);
  append(recent, &entry);
  return LURK_RECENT_NEW;
}
