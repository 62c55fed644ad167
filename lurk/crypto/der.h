/* The little of DER (X.690) that keys need, read once for all libraries: they differ in what they tolerate.
 */
#ifndef LURK_CRYPTO_DER_H
#define LURK_CRYPTO_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  LURK_DER_INTEGER = 0x02,
  LURK_DER_BIT_STRING = 0x03,
  LURK_DER_OCTET_STRING = 0x04,
  LURK_DER_SEQUENCE = 0x30,
  LURK_DER_CONTEXT_0 = 0xa0, /* constructed */
  LURK_DER_CONTEXT_1 = 0xa1
};

/* A view. */
struct lurk_der {
  const uint8_t *data;
  size_t len;
};

/* Takes one element with this tag off the front of *in. False when it is not there or its length is not in
 * DER's only form. Lengths up to 65535 are enough for every key on offer. */
bool lurk_der_take(struct lurk_der *in, uint8_t tag, struct lurk_der *content);

/* An INTEGER above zero, without the zero octet that keeps it positive. */
bool lurk_der_take_positive(struct lurk_der *in, struct lurk_der *number);

/* An INTEGER from 0 to 127: a version. */
bool lurk_der_take_version(struct lurk_der *in, uint8_t *version);

/* A BIT STRING of whole octets. */
bool lurk_der_take_bits(struct lurk_der *in, struct lurk_der *octets);

#endif
