/* The byte layer: the one place where lengths are checked.
 *
 * A reader is a view; every read goes through one function that checks and advances. A failed read leaves the
 * reader and *out unchanged and returns false. A message parser ends with lurk_reader_finished() or fails:
 * leftover octets are an error. A builder grows by itself up to its limit, closes its own length prefixes,
 * and its error sticks until lurk_builder_finish(). All lengths are in octets, all integers big endian.
 * Nothing here runs in constant time with respect to contents; only lengths decide. */
#ifndef LURK_WIRE_BYTES_H
#define LURK_WIRE_BYTES_H

#include "lurk/secret.h"
#include "lurk/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lurk_reader {
  const uint8_t *at;
  size_t left;
  const uint8_t *start; /* of the whole message, so that errors can name an offset */
};

/* The reader borrows data, which must outlive it. data may be NULL when len is 0. */
void lurk_reader_init(struct lurk_reader *reader, const uint8_t *data, size_t len);
/* *out views len octets of the message. */
bool lurk_read_octets(struct lurk_reader *reader, size_t len, const uint8_t **out);
bool lurk_read_u8(struct lurk_reader *reader, uint8_t *out);
bool lurk_read_u16(struct lurk_reader *reader, uint16_t *out);
bool lurk_read_u24(struct lurk_reader *reader, uint32_t *out);
bool lurk_read_u32(struct lurk_reader *reader, uint32_t *out);
bool lurk_read_u64(struct lurk_reader *reader, uint64_t *out);
/* Reads a vector with a length prefix of prefix_octets (1..4) into a sub-reader that keeps the start of the
 * message. */
bool lurk_read_vector(struct lurk_reader *reader, unsigned prefix_octets, struct lurk_reader *out);
bool lurk_reader_finished(const struct lurk_reader *reader);
/* Octets from the start of the message to the next one to be read. */
size_t lurk_reader_offset(const struct lurk_reader *reader);
/* Says in *error that decoding stopped at the field where reader stands. Returns LURK_ERR_MALFORMED. */
lurk_status lurk_reader_blame(const struct lurk_reader *reader, const char *field,
                              struct lurk_decode_error *error);

#define LURK_BUILDER_DEPTH 8 /* vectors open inside each other */

struct lurk_builder {
  struct lurk_octets buffer; /* capacity; wiped on growth and on clear */
  size_t len;
  size_t limit;
  lurk_status error;
  unsigned depth;
  struct {
    size_t at;
    unsigned prefix_octets;
  } open[LURK_BUILDER_DEPTH];
};

/* limit: the most octets that the message may have; more is the error LIMIT. */
void lurk_builder_init(struct lurk_builder *builder, size_t limit);
/* Copies. data may be NULL when len is 0. */
void lurk_add_octets(struct lurk_builder *builder, const uint8_t *data, size_t len);
void lurk_add_u8(struct lurk_builder *builder, uint8_t value);
void lurk_add_u16(struct lurk_builder *builder, uint16_t value);
void lurk_add_u24(struct lurk_builder *builder, uint32_t value); /* more than 24 bits: error MALFORMED */
void lurk_add_u32(struct lurk_builder *builder, uint32_t value);
void lurk_add_u64(struct lurk_builder *builder, uint64_t value);
/* Opens a vector with a length prefix of 1..4 octets; lurk_builder_close_vector fills the prefix in. A wrong
 * prefix size, more than LURK_BUILDER_DEPTH open vectors, or closing what is not open is the error MALFORMED.
 */
void lurk_builder_open_vector(struct lurk_builder *builder, unsigned prefix_octets);
void lurk_builder_close_vector(struct lurk_builder *builder);
/* A whole vector of octets. */
void lurk_add_vector(struct lurk_builder *builder, unsigned prefix_octets, const uint8_t *data, size_t len);
/* Hands the message over to *out (which must be empty; the caller clears it) and empties the builder, or
 * returns the first error that occurred (LIMIT, MEMORY, MALFORMED for an unclosed vector or an overfull
 * prefix) with *out empty and the builder cleared. */
lurk_status lurk_builder_finish(struct lurk_builder *builder, struct lurk_octets *out);
/* Wipes and frees. For builders that are given up; harmless after lurk_builder_finish. */
void lurk_builder_clear(struct lurk_builder *builder);

#endif
