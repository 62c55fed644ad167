/* Deterministic CBOR, item by item (RFC 8949 §4.2.1): libcbor reads a head, this layer adds what libcbor lets
 * through. Refused: heads that are longer than they must be, indefinite lengths, tags, floats, undefined and
 * unassigned simple values, text that is not UTF-8, and array or map counts that the octets left cannot hold.
 * Nothing is allocated. Private to lurk/wire. */
#ifndef LURK_WIRE_CBOR_READER_H
#define LURK_WIRE_CBOR_READER_H

#include "lurk/wire/bytes.h"

#include "lurk/fault.h"
enum lurk_cbor_kind {
  LURK_CBOR_REFUSED, /* well-formed CBOR that has no place in a SKI object */
  LURK_CBOR_UINT,
  LURK_CBOR_NEGATIVE,
  LURK_CBOR_BYTES,
  LURK_CBOR_TEXT,
  LURK_CBOR_ARRAY,
  LURK_CBOR_MAP,
  LURK_CBOR_SIMPLE, /* false, true, null */
};

struct lurk_cbor_item {
  enum lurk_cbor_kind kind;
  uint64_t number;     /* UINT: the value; NEGATIVE: -1 minus it; ARRAY: items, MAP: pairs that follow */
  const uint8_t *data; /* BYTES, TEXT: view */
  size_t len;
  bool tagged; /* a tag, which a fault passes over */
};

/* Reads one head, with the string behind it. The items of an array or map are read by the caller. False with
 * *rule (a constant string) set when the item is not acceptable; the reader then stands before it. */
bool lurk_cbor_next(struct lurk_reader *reader, struct lurk_cbor_item *out, const char **rule);

/* Reads a map key, which must be text. */
bool lurk_cbor_next_key(struct lurk_reader *reader, struct lurk_cbor_item *out, const char **rule);
/* True when key may stand after previous in one map: later in the order of lurk_cbor_compare_keys, which also
 * excludes a second time. previous is NULL for the first key. */
bool lurk_cbor_key_follows(const struct lurk_cbor_item *previous, const struct lurk_cbor_item *key,
                           const char **rule);
/* Order of keys: that of their encodings, bytewise, which for text is shorter first, then bytewise. Negative,
 * 0 or positive like memcmp. */
int lurk_cbor_compare_keys(const void *a, size_t a_len, const void *b, size_t b_len);

/* Reads one complete value of any kind and forgets it; its maps must have text keys in order, each once.
 * depth: containers that the value may still open inside each other. On false the reader stands where the
 * rule was broken. */
bool lurk_cbor_skip(struct lurk_reader *reader, unsigned depth, const char **rule);

#endif
