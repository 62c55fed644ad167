/* Secrets: wiped when they go, compared in constant time. */
#ifndef LURK_SECRET_H
#define LURK_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Overwrites len octets with zeros; the compiler cannot drop it. data may be NULL when len is 0. */
void lurk_wipe(void *data, size_t len);

/* True when both hold the same len octets. Time depends on len only. */
bool lurk_equal(const void *a, const void *b, size_t len);

/* malloc, never NULL for size 0, and a free that wipes the block before it goes; usable as jansson
 * allocators. lurk_wiping_free takes any block of malloc, and NULL; free() of a block of lurk_wiping_malloc
 * is legal, it only does not wipe. */
void *lurk_wiping_malloc(size_t size);
void lurk_wiping_free(void *block);

/* An owned octet string that is wiped on lurk_octets_clear. {NULL, 0} is empty and valid. */
struct lurk_octets {
  uint8_t *data;
  size_t len;
};

/* Allocates len octets (uninitialised) into *out, which must be empty. False when memory is short. */
bool lurk_octets_alloc(struct lurk_octets *out, size_t len);
/* Copies len octets of data into *out, which must be empty. False when memory is short. */
bool lurk_octets_copy(struct lurk_octets *out, const uint8_t *data, size_t len);
/* Wipes, frees and empties. */
void lurk_octets_clear(struct lurk_octets *octets);

#endif
