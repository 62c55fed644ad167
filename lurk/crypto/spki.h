/* DER SubjectPublicKeyInfo, read once for all libraries: they differ in what they tolerate. */
#ifndef LURK_CRYPTO_SPKI_H
#define LURK_CRYPTO_SPKI_H

#include "lurk/crypto/crypto.h"

struct lurk_spki {
  enum lurk_key_type type;
  const uint8_t *modulus; /* RSA: within the input, big-endian without leading zeros; else NULL */
  size_t modulus_len;
};

/* MALFORMED: not one DER SubjectPublicKeyInfo (RFC 5280 §4.1), or its key has the wrong form for its
 * algorithm (RFC 8017 App. A.1.1, RFC 5480 §2.2, RFC 8410 §4). UNSUPPORTED: another algorithm or curve,
 * explicit curve parameters (RFC 5480 §2.1.1), RSA outside 2048..4096 bits or with a public exponent beyond
 * 32 bits. Whether the numbers make a key is left to the library. */
lurk_status lurk_spki_read(const uint8_t *der, size_t len, struct lurk_spki *out);

#endif
