/* An input of the key server's target is a sequence of units: kind(1) who(1) cut(1) length(2) octets. The
 * last one may be cut off. */
#ifndef LURK_FUZZ_KEYSERVER_UNITS_H
#define LURK_FUZZ_KEYSERVER_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum unit_kind {
  UNIT_SKI_CBOR, /* the body of a request, on a connection of its own kind */
  UNIT_SKI_JSON,
  UNIT_LURK, /* a message, header included; or a part of one */
  UNIT_HTTP, /* octets of HTTP as they stand, on another connection */
  UNIT_TIME, /* so many seconds pass: two octets */
  UNIT_END,  /* the peer's connections end, in the way that cut says */
  UNIT_KINDS,
};

#define UNIT_HEAD 5

struct unit {
  enum unit_kind kind;
  uint8_t who;
  uint8_t cut; /* 0: in one piece; else so many octets at a time, and turns are short */
  const uint8_t *data;
  size_t len;
};

/* Takes a unit off the input. False at its end. */
bool fuzz_unit_take(const uint8_t **data, size_t *size, struct unit *out);
/* Appends it; returns the octets written, 0 when there is no room. */
size_t fuzz_unit_put(const struct unit *unit, uint8_t *out, size_t room);

#endif
