#include "lurk/net/buffer.h"

#include "lurk/secret.h"

#include <string.h>

#define SMALLEST_BLOCK 1024

static bool make_room(struct lurk_buffer *buffer, size_t len) {
  if (buffer->capacity - buffer->start - buffer->len >= len)
    return true;
  size_t capacity = buffer->capacity > 0 ? buffer->capacity : SMALLEST_BLOCK;
  while (capacity - buffer->len < len) {
    if (capacity > SIZE_MAX / 2)
      return false;
    capacity *= 2;
  }
  uint8_t *block = lurk_wiping_malloc(capacity);
  if (block == NULL)
    return false;
  if (buffer->len > 0)
    memcpy(block, buffer->block + buffer->start, buffer->len);
  lurk_wiping_free(buffer->block);
  buffer->block = block;
  buffer->start = 0;
  buffer->capacity = capacity;
  return true;
}

bool lurk_buffer_append(struct lurk_buffer *buffer, const void *data, size_t len) {
  if (len == 0)
    return true;
  if (len > SIZE_MAX - buffer->len || !make_room(buffer, len))
    return false;
  memcpy(buffer->block + buffer->start + buffer->len, data, len);
  buffer->len += len;
  return true;
}

void lurk_buffer_consume(struct lurk_buffer *buffer, size_t len) {
  if (len >= buffer->len) {
    lurk_buffer_clear(buffer);
    return;
  }
  lurk_wipe(buffer->block + buffer->start, len);
  buffer->start += len;
  buffer->len -= len;
}

void lurk_buffer_clear(struct lurk_buffer *buffer) {
  lurk_wiping_free(buffer->block);
  *buffer = (struct lurk_buffer){0};
}
