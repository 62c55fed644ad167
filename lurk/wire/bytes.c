#include "lurk/wire/bytes.h"

#include <string.h>

/* Stands for the data of an empty message: arithmetic on NULL is undefined even with 0. */
static const uint8_t nothing[1];

void lurk_reader_init(struct lurk_reader *reader, const uint8_t *data, size_t len) {
  reader->at = data != NULL ? data : nothing;
  reader->left = data != NULL ? len : 0;
  reader->start = reader->at;
}

/* The only function that advances a reader. */
bool lurk_read_octets(struct lurk_reader *reader, size_t len, const uint8_t **out) {
  if (len > reader->left)
    return false;
  *out = reader->at;
  reader->at += len;
  reader->left -= len;
  return true;
}

static bool read_uint(struct lurk_reader *reader, unsigned octets, uint64_t *out) {
  const uint8_t *data;
  if (!lurk_read_octets(reader, octets, &data))
    return false;
  uint64_t value = 0;
  for (unsigned i = 0; i < octets; i++)
    value = value << 8 | data[i];
  *out = value;
  return true;
}

bool lurk_read_u8(struct lurk_reader *reader, uint8_t *out) {
  uint64_t value;
  if (!read_uint(reader, 1, &value))
    return false;
  *out = (uint8_t)value;
  return true;
}

bool lurk_read_u16(struct lurk_reader *reader, uint16_t *out) {
  uint64_t value;
  if (!read_uint(reader, 2, &value))
    return false;
  *out = (uint16_t)value;
  return true;
}

static bool read_uint32(struct lurk_reader *reader, unsigned octets, uint32_t *out) {
  uint64_t value;
  if (!read_uint(reader, octets, &value))
    return false;
  *out = (uint32_t)value;
  return true;
}

bool lurk_read_u24(struct lurk_reader *reader, uint32_t *out) {
  return read_uint32(reader, 3, out);
}

bool lurk_read_u32(struct lurk_reader *reader, uint32_t *out) {
  return read_uint32(reader, 4, out);
}

bool lurk_read_u64(struct lurk_reader *reader, uint64_t *out) {
  return read_uint(reader, 8, out);
}

bool lurk_read_vector(struct lurk_reader *reader, unsigned prefix_octets, struct lurk_reader *out) {
  struct lurk_reader ahead = *reader;
  uint32_t len;
  const uint8_t *data;
  if (prefix_octets < 1 || prefix_octets > 4 || !read_uint32(&ahead, prefix_octets, &len) ||
      !lurk_read_octets(&ahead, len, &data))
    return false;
  *reader = ahead;
  out->at = data;
  out->left = len;
  out->start = ahead.start;
  return true;
}

bool lurk_reader_finished(const struct lurk_reader *reader) {
  return reader->left == 0;
}

size_t lurk_reader_offset(const struct lurk_reader *reader) {
  return (size_t)(reader->at - reader->start);
}

lurk_status lurk_reader_blame(const struct lurk_reader *reader, const char *field,
                              struct lurk_decode_error *error) {
  error->field = field;
  error->offset = lurk_reader_offset(reader);
  return LURK_ERR_MALFORMED;
}

#define FIRST_CAPACITY 256

void lurk_builder_init(struct lurk_builder *builder, size_t limit) {
  *builder = (struct lurk_builder){.limit = limit, .error = LURK_OK};
}

static void fail(struct lurk_builder *builder, lurk_status error) {
  if (builder->error == LURK_OK)
    builder->error = error;
}

static bool grow(struct lurk_builder *builder, size_t needed) {
  size_t capacity = builder->buffer.len > 0 ? builder->buffer.len : FIRST_CAPACITY;
  while (capacity < needed)
    capacity = capacity <= builder->limit / 2 ? 2 * capacity : builder->limit;
  struct lurk_octets larger = {NULL, 0};
  if (!lurk_octets_alloc(&larger, capacity))
    return false;
  if (builder->len > 0)
    memcpy(larger.data, builder->buffer.data, builder->len);
  lurk_octets_clear(&builder->buffer);
  builder->buffer = larger;
  return true;
}

/* The only function that extends the message: room for len more octets, or NULL and a sticky error. */
static uint8_t *extend(struct lurk_builder *builder, size_t len) {
  if (builder->error != LURK_OK)
    return NULL;
  if (len > builder->limit - builder->len) {
    fail(builder, LURK_ERR_LIMIT);
    return NULL;
  }
  size_t needed = builder->len + len;
  if (needed > builder->buffer.len && !grow(builder, needed)) {
    fail(builder, LURK_ERR_MEMORY);
    return NULL;
  }
  uint8_t *room = builder->buffer.data + builder->len;
  builder->len = needed;
  return room;
}

static void write_uint(uint8_t *at, unsigned octets, uint64_t value) {
  for (unsigned i = octets; i > 0; i--) {
    at[i - 1] = (uint8_t)value;
    value >>= 8;
  }
}

static void add_uint(struct lurk_builder *builder, unsigned octets, uint64_t value) {
  uint8_t *room = extend(builder, octets);
  if (room != NULL)
    write_uint(room, octets, value);
}

void lurk_add_octets(struct lurk_builder *builder, const uint8_t *data, size_t len) {
  if (len == 0)
    return;
  uint8_t *room = extend(builder, len);
  if (room != NULL)
    memcpy(room, data, len);
}

void lurk_add_u8(struct lurk_builder *builder, uint8_t value) {
  add_uint(builder, 1, value);
}

void lurk_add_u16(struct lurk_builder *builder, uint16_t value) {
  add_uint(builder, 2, value);
}

void lurk_add_u24(struct lurk_builder *builder, uint32_t value) {
  if (value > 0xffffff)
    fail(builder, LURK_ERR_MALFORMED);
  add_uint(builder, 3, value);
}

void lurk_add_u32(struct lurk_builder *builder, uint32_t value) {
  add_uint(builder, 4, value);
}

void lurk_add_u64(struct lurk_builder *builder, uint64_t value) {
  add_uint(builder, 8, value);
}

void lurk_builder_open_vector(struct lurk_builder *builder, unsigned prefix_octets) {
  if (prefix_octets < 1 || prefix_octets > 4 || builder->depth == LURK_BUILDER_DEPTH) {
    fail(builder, LURK_ERR_MALFORMED);
    return;
  }
  builder->open[builder->depth].at = builder->len;
  builder->open[builder->depth].prefix_octets = prefix_octets;
  builder->depth++;
  add_uint(builder, prefix_octets, 0);
}

void lurk_builder_close_vector(struct lurk_builder *builder) {
  if (builder->depth == 0)
    fail(builder, LURK_ERR_MALFORMED);
  if (builder->error != LURK_OK)
    return;
  builder->depth--;
  size_t at = builder->open[builder->depth].at;
  unsigned prefix_octets = builder->open[builder->depth].prefix_octets;
  uint64_t len = builder->len - at - prefix_octets;
  if (len >> (8 * prefix_octets) != 0) {
    fail(builder, LURK_ERR_MALFORMED);
    return;
  }
  write_uint(builder->buffer.data + at, prefix_octets, len);
}

void lurk_add_vector(struct lurk_builder *builder, unsigned prefix_octets, const uint8_t *data, size_t len) {
  lurk_builder_open_vector(builder, prefix_octets);
  lurk_add_octets(builder, data, len);
  lurk_builder_close_vector(builder);
}

lurk_status lurk_builder_finish(struct lurk_builder *builder, struct lurk_octets *out) {
  if (builder->depth > 0)
    fail(builder, LURK_ERR_MALFORMED);
  lurk_status status = builder->error;
  if (status == LURK_OK && builder->len > 0) {
    *out = (struct lurk_octets){builder->buffer.data, builder->len};
    builder->buffer = (struct lurk_octets){NULL, 0};
  } else {
    *out = (struct lurk_octets){NULL, 0};
  }
  lurk_builder_clear(builder);
  return status;
}

void lurk_builder_clear(struct lurk_builder *builder) {
  lurk_octets_clear(&builder->buffer);
  lurk_builder_init(builder, builder->limit);
}
