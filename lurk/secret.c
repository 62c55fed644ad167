#include "lurk/secret.h"

#include <stdlib.h>
#include <string.h>

void lurk_wipe(void *data, size_t len) {
  if (len > 0)
    explicit_bzero(data, len);
}

bool lurk_equal(const void *a, const void *b, size_t len) {
  const volatile uint8_t *left = a;
  const volatile uint8_t *right = b;
  uint8_t difference = 0;
  for (size_t i = 0; i < len; i++)
    difference |= left[i] ^ right[i];
  return difference == 0;
}

/* A block carries its size in front, so that free knows how much to wipe; the union keeps the alignment of
 * malloc. */
union block_head {
  size_t size;
  max_align_t align;
};

void *lurk_wiping_malloc(size_t size) {
  if (size > SIZE_MAX - sizeof(union block_head))
    return NULL;
  union block_head *head = malloc(sizeof *head + size);
  if (head == NULL)
    return NULL;
  head->size = size;
  return head + 1;
}

void lurk_wiping_free(void *block) {
  if (block == NULL)
    return;
  union block_head *head = (union block_head *)block - 1;
  lurk_wipe(block, head->size);
  free(head);
}

bool lurk_octets_alloc(struct lurk_octets *out, size_t len) {
  out->data = NULL;
  out->len = 0;
  if (len == 0)
    return true;
  out->data = lurk_wiping_malloc(len);
  if (out->data == NULL)
    return false;
  out->len = len;
  return true;
}

bool lurk_octets_copy(struct lurk_octets *out, const uint8_t *data, size_t len) {
  if (!lurk_octets_alloc(out, len))
    return false;
  if (len > 0)
    memcpy(out->data, data, len);
  return true;
}

void lurk_octets_clear(struct lurk_octets *octets) {
  lurk_wiping_free(octets->data);
  octets->data = NULL;
  octets->len = 0;
}
