/* Readers that believe a length: what is left of a decoder when its check is gone. Only faults that are
 * planted for the fuzz targets call them. */
#ifndef LURK_WIRE_TRUSTING_H
#define LURK_WIRE_TRUSTING_H

#include "lurk/wire/bytes.h"

#ifdef LURK_FAULTS

static inline bool lurk_trusting_octets(struct lurk_reader *reader, size_t len, const uint8_t **out) {
  size_t step = len < reader->left ? len : reader->left;
  *out = reader->at;
  reader->at += step;
  reader->left -= step;
  return true;
}

static inline bool lurk_trusting_vector(struct lurk_reader *reader, unsigned prefix_octets,
                                        struct lurk_reader *out) {
  const uint8_t *prefix, *octets;
  size_t len = 0;
  if (!lurk_read_octets(reader, prefix_octets, &prefix))
    return false;
  for (unsigned i = 0; i < prefix_octets; i++)
    len = len << 8 | prefix[i];
  lurk_trusting_octets(reader, len, &octets);
  *out = (struct lurk_reader){.at = octets, .left = len, .start = reader->start};
  return true;
}

#else
#define lurk_trusting_octets(reader, len, out) false
#define lurk_trusting_vector(reader, prefix_octets, out) false
#endif

#endif
