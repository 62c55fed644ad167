/* What crypto.h asks of a library, after everything that is not a library's has been decided (key.c,
 * key_form.c, signature.c, premaster.c, group.c). Implemented by libcrypto_common.c with openssl.c or
 * boringssl.c, and by gnutls.c with the nettle_*.c files. Nothing outside lurk/crypto includes it. */
#ifndef LURK_CRYPTO_BACKEND_H
#define LURK_CRYPTO_BACKEND_H

#include "lurk/crypto/crypto.h"
#include "lurk/crypto/key_form.h"

/* The library's own key object: a public key, or a private key with its public half. */
struct lurk_backend_key;

/* MALFORMED when the parts of the key contradict each other (n = pq, CRT values, Q = dG). */
lurk_status lurk_backend_private_load(const struct lurk_private_form *form, struct lurk_backend_key **out);
/* spki has passed lurk_public_form_read, and its point lurk_backend_point_check. */
lurk_status lurk_backend_public_load(const uint8_t *spki, size_t len, struct lurk_backend_key **out);
void lurk_backend_key_free(struct lurk_backend_key *key);

/* DER SubjectPublicKeyInfo; *out is empty before. */
lurk_status lurk_backend_spki(const struct lurk_backend_key *key, struct lurk_octets *out);
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

/* Of a NIST group; scalars are in [1, n-1] and as long as the order, points as above. point = scalar G, in
 * constant time. */
lurk_status lurk_backend_point_mul_base(const struct lurk_group *group, const uint8_t *scalar,
                                        uint8_t *point);
/* sum = s G + t point, of public values. MISMATCH: that is the point at infinity. */
lurk_status lurk_backend_point_mul_add(const struct lurk_group *group, const uint8_t *s, const uint8_t *t,
                                       const uint8_t *point, uint8_t *sum);

/* A key pair for one exchange. point has room for the group's point. */
struct lurk_backend_ecdh;
lurk_status lurk_backend_ecdh_generate(const struct lurk_group *group, struct lurk_backend_ecdh **out,
                                       uint8_t *point);
/* point has passed lurk_group_check_point; writes the secret, as long as the group says. */
lurk_status lurk_backend_ecdh_derive(const struct lurk_group *group, const struct lurk_backend_ecdh *key,
                                     const uint8_t *point, uint8_t *secret);
void lurk_backend_ecdh_free(const struct lurk_group *group, struct lurk_backend_ecdh *key); /* wipes */

#endif
