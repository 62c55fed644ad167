#include "lurk/secret.h"

#include <malloc.h>
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

void *lurk_wiping_malloc(size_t size) {
  if (size > PTRDIFF_MAX) /* malloc refuses it too; a sanitizer's malloc would end the program */
    return NULL;
  return malloc(size > 0 ? size : 1);
}

/* The allocator knows the size of the block, so that blocks need no head of their own and free() stays legal.
 */
void lurk_wiping_free(void *block) {
  if (block == NULL)
    return;
  lurk_wipe(block, malloc_usable_size(block));
  free(block);
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
