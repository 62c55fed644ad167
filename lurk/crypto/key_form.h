/* Keys as they stand in files and certificates: which kind it is, and whether it is on offer. Decided here
 * and not by the libraries, so that all three take and refuse the same keys. */
#ifndef LURK_CRYPTO_KEY_FORM_H
#define LURK_CRYPTO_KEY_FORM_H

#include "lurk/crypto/crypto.h"
#include "lurk/crypto/der.h"
#include "lurk/crypto/group.h"

/* --- public keys --- */

struct lurk_public_form {
  enum lurk_key_type type;
  struct lurk_der modulus;        /* RSA: view into the input, without leading zeros */
  const struct lurk_group *curve; /* EC: else NULL */
  const uint8_t *point;           /* EC: view, uncompressed, as long as the curve says */
};

/* MALFORMED: not one DER SubjectPublicKeyInfo (RFC 5280 §4.1), or its key has the wrong form for its
 * algorithm (RFC 8017 App. A.1.1, RFC 5480 §2.2, RFC 8410 §4). UNSUPPORTED: another algorithm or curve,
 * explicit curve parameters (RFC 5480 §2.1.1), RSA outside 2048..4096 bits or with a public exponent beyond
 * 32 bits. Whether the numbers make a key is left to the library. */
lurk_status lurk_public_form_read(const uint8_t *spki, size_t len, struct lurk_public_form *out);

/* --- private keys --- */

enum lurk_key_container {
  LURK_KEY_PKCS8, /* "PRIVATE KEY": PrivateKeyInfo, RFC 5208 */
  LURK_KEY_PKCS1, /* "RSA PRIVATE KEY": RSAPrivateKey, RFC 8017 App. A.1.2 */
  LURK_KEY_SEC1   /* "EC PRIVATE KEY": ECPrivateKey, RFC 5915 */
};

enum lurk_rsa_number {
  LURK_RSA_N,
  LURK_RSA_E,
  LURK_RSA_D,
  LURK_RSA_P,
  LURK_RSA_Q,
  LURK_RSA_DP,
  LURK_RSA_DQ,
  LURK_RSA_QINV,
  LURK_RSA_NUMBERS
};

struct lurk_private_form {
  enum lurk_key_container container;
  const uint8_t *der; /* the input */
  size_t len;
  enum lurk_key_type type;
  struct lurk_der rsa[LURK_RSA_NUMBERS]; /* RSA: views into der, without leading zeros */
  const struct lurk_group *curve;        /* EC: else NULL */
  const uint8_t *scalar;                 /* EC: view, as long as the curve's order */
  const uint8_t *point;                  /* EC: view, uncompressed, as long as the curve says */
};

/* The same for the content of a PEM block. MALFORMED and UNSUPPORTED as above; RSA with more than two primes
 * and the second version of PKCS#8 (RFC 5958) are UNSUPPORTED. The size of an RSA key is judged on its public
 * half. */
lurk_status lurk_private_form_read(enum lurk_key_container container, const uint8_t *der, size_t len,
                                   struct lurk_private_form *out);

#endif
