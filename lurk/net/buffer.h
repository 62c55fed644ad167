/* A queue of octets: appended at the end, consumed at the front. What was consumed or freed is wiped, because
 * it may be a request's plaintext. {0} is empty and valid. */
#ifndef LURK_NET_BUFFER_H
#define LURK_NET_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lurk_buffer {
  uint8_t *block;
  size_t start;
  size_t len; /* octets from block + start on */
  size_t capacity;
};

/* The octets in the queue; valid until the next change. NULL when empty. */
static inline uint8_t *lurk_buffer_data(const struct lurk_buffer *buffer) {
  return buffer->len == 0 ? NULL : buffer->block + buffer->start;
}

/* False when memory is short; the queue is then as before. */
bool lurk_buffer_append(struct lurk_buffer *buffer, const void *data, size_t len);
/* len is at most the queue's. An empty queue holds no memory. */
void lurk_buffer_consume(struct lurk_buffer *buffer, size_t len);
void lurk_buffer_clear(struct lurk_buffer *buffer);

#endif
