/* What crypto.h asks of a library, after everything that is not a library's has been decided (key.c,
 * signature.c, premaster.c, group.c). Implemented by libcrypto_common.c with openssl.c or boringssl.c, and by
 * gnutls.c with nettle.c. Nothing outside lurk/crypto includes it. */
#ifndef LURK_CRYPTO_BACKEND_H
#define LURK_CRYPTO_BACKEND_H

#include "lurk/crypto/crypto.h"
#include "lurk/crypto/group.h"

/* The library's own key object: a public key, or a private key with its public half. */
struct lurk_backend_key;

/* PEM as lurk_private_key_load says. MALFORMED also when the parts of the key contradict each other (n = pq,
 * CRT values, Q = dG). UNSUPPORTED as far as the library can tell: the caller asks lurk_spki_read about the
 * rest. */
lurk_status lurk_backend_private_load(const uint8_t *pem, size_t len, struct lurk_backend_key **out);
/* spki has passed lurk_spki_read. MALFORMED when the numbers in it are no key (a point off its curve). */
lurk_status lurk_backend_public_load(const uint8_t *spki, size_t len, struct lurk_backend_key **out);
void lurk_backend_key_free(struct lurk_backend_key *key);

/* DER SubjectPublicKeyInfo; *out is empty before. */
lurk_status lurk_backend_spki(const struct lurk_backend_key *key, struct lurk_octets *out);
/* RSA: d, big-endian, len octets (the modulus length). */
lurk_status lurk_backend_private_exponent(const struct lurk_backend_key *key, uint8_t *out, size_t len);

/* RSADP (RFC 8017 §5.1.2); in is below the modulus, both have its length. Time does not depend on the result.
 */
lurk_status lurk_backend_rsa_private(const struct lurk_backend_key *key, const uint8_t *in, size_t len,
                                     uint8_t *out);
/* The algorithm fits the key. As lurk_sign and lurk_verify. */
lurk_status lurk_backend_sign(const struct lurk_backend_key *key, struct lurk_signature_algorithm algorithm,
                              const uint8_t *message, size_t len, uint8_t *signature, size_t *signature_len);
lurk_status lurk_backend_verify(const struct lurk_backend_key *key, struct lurk_signature_algorithm algorithm,
                                const uint8_t *message, size_t len, const uint8_t *signature,
                                size_t signature_len);

/* point: uncompressed, of the length of the NIST curve. MALFORMED: a coordinate not below p, or not on the
 * curve. */
lurk_status lurk_backend_point_check(const struct lurk_group *group, const uint8_t *point);

#endif
