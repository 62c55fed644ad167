/* The cryptography that the protocols need, and nothing else. One of three implementations is linked into a
 * program: OpenSSL, GnuTLS with nettle, or BoringSSL (backend.h); the same input gives the same answer on all
 * of them. Keys are immutable after loading and may be used by several threads at once. Temporaries that hold
 * secrets are wiped. No call adds to the error queue of OpenSSL or BoringSSL. */
#ifndef LURK_CRYPTO_CRYPTO_H
#define LURK_CRYPTO_CRYPTO_H

#include "lurk/secret.h"
#include "lurk/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "openssl", "gnutls" or "boringssl", and its version. Constant strings. */
const char *lurk_crypto_name(void);
const char *lurk_crypto_version(void);

/* --- hash, HMAC, random --- */

enum lurk_hash {
  LURK_SHA1,
  LURK_SHA224,
  LURK_SHA256,
  LURK_SHA384,
  LURK_SHA512
}; /* SHA-1: fingerprints only */
#define LURK_MAX_HASH_LEN 64

size_t lurk_hash_len(enum lurk_hash hash);
/* out has room for lurk_hash_len(hash) octets. BACKEND on failure. */
lurk_status lurk_digest(enum lurk_hash hash, const uint8_t *data, size_t len, uint8_t *out);
lurk_status lurk_hmac(enum lurk_hash hash, const uint8_t *key, size_t key_len, const uint8_t *data,
                      size_t len, uint8_t *out);
lurk_status lurk_random(uint8_t *out, size_t len);

/* --- keys --- */

enum lurk_key_type { LURK_KEY_RSA, LURK_KEY_P256, LURK_KEY_P384, LURK_KEY_P521, LURK_KEY_ED25519 };
#define LURK_MAX_SIGNATURE_LEN 512 /* RSA-4096 */

typedef struct lurk_private_key lurk_private_key;
typedef struct lurk_public_key lurk_public_key;

/* PEM: PKCS#8, or the older RSA and EC forms; never asks for a password. UNSUPPORTED: RSA outside 2048..4096
 * bits, of more than two primes or with a public exponent beyond 32 bits; another curve (also explicit
 * parameters, RFC 5480 §2.1.1) or type; EC without its public half. MALFORMED: not a key, an encrypted one,
 * or one whose parts contradict each other. pem is not wiped. */
lurk_status lurk_private_key_load(const uint8_t *pem, size_t len, lurk_private_key **out);
lurk_private_key *lurk_private_key_ref(lurk_private_key *key); /* one more owner, who frees it too */
void lurk_private_key_free(lurk_private_key *key);             /* the last owner wipes; NULL is fine */
enum lurk_key_type lurk_private_key_type(const lurk_private_key *key);
const lurk_public_key *lurk_private_key_public(const lurk_private_key *key); /* belongs to the private key */

/* spki: DER SubjectPublicKeyInfo, nothing after it. Same limits as above. */
lurk_status lurk_public_key_load(const uint8_t *spki, size_t len, lurk_public_key **out);
void lurk_public_key_free(lurk_public_key *key);
enum lurk_key_type lurk_public_key_type(const lurk_public_key *key);
/* DER SubjectPublicKeyInfo as in a certificate (SKI fingerprints are over it); belongs to the key. */
void lurk_public_key_spki(const lurk_public_key *key, const uint8_t **der, size_t *len);
size_t lurk_public_key_modulus_len(const lurk_public_key *key); /* RSA: octets of the modulus; else 0 */

/* --- signatures --- */

enum lurk_signature_kind { LURK_SIGN_RSA_PKCS1, LURK_SIGN_RSA_PSS, LURK_SIGN_ECDSA, LURK_SIGN_ED25519 };

struct lurk_signature_algorithm {
  enum lurk_signature_kind kind;
  enum lurk_hash hash; /* without meaning for Ed25519; PSS: salt as long as the hash */
};

/* TLS 1.2 hash+signature with the key's own kind: PKCS#1 v1.5 or ECDSA. UNSUPPORTED for Ed25519,
 * SHA-1, SHA-224. */
lurk_status lurk_signature_for_hash(enum lurk_key_type type, enum lurk_hash hash,
                                    struct lurk_signature_algorithm *out);
/* TLS SignatureScheme. tls13: the curve must fit too, and PKCS#1 v1.5 is out (RFC 8446 §4.2.3). UNSUPPORTED
 * when the scheme is unknown, weak or does not fit the key type. rsa_pss_pss_* needs an RSASSA-PSS key, which
 * is not supported here. */
lurk_status lurk_signature_for_scheme(enum lurk_key_type type, uint16_t scheme, bool tls13,
                                      struct lurk_signature_algorithm *out);

/* Signs message (hashed here, never by the caller: SKI §4.2.3). signature has room for LURK_MAX_SIGNATURE_LEN
 * octets. ECDSA as DER. Protection of RSA signatures against faults (BG-8017-03) is the library's: all three
 * check the result with the public exponent before they release it. */
lurk_status lurk_sign(const lurk_private_key *key, struct lurk_signature_algorithm algorithm,
                      const uint8_t *message, size_t len, uint8_t *signature, size_t *signature_len);
/* OK, MISMATCH, or UNSUPPORTED when the algorithm does not fit the key. Strict: the length is exact, ECDSA is
 * DER without anything after it, PSS salt is as long as the hash, Ed25519 s is below the group order. */
lurk_status lurk_verify(const lurk_public_key *key, struct lurk_signature_algorithm algorithm,
                        const uint8_t *message, size_t len, const uint8_t *signature, size_t signature_len);

/* --- RSA premaster with implicit rejection (A-15, A-64; RFC 5246 §7.4.7.1) --- */

#define LURK_PREMASTER_LEN 48

/* Decrypts RSAES-PKCS1-v1_5 and writes 48 octets: the premaster when padding, length 48 and the two version
 * octets are right, else a substitute that depends on the private key, the ciphertext and version only:
 * version || HMAC-SHA-384(secret, ciphertext)[2..47] with secret = HMAC-SHA-256(d, "lurkspec premaster
 * implicit rejection"), d as octets of the modulus length. Which one it was is not to be told from result,
 * time or anything else: constant time in everything but lengths and the public question whether the
 * ciphertext is below the modulus. The substitute is the same in every implementation, so that replicas of a
 * key agree. MALFORMED: ciphertext_len is not the modulus length (public). UNSUPPORTED: not an RSA key.
 * BACKEND, MEMORY: a failure that does not depend on the ciphertext. A ciphertext >= modulus is bad padding,
 * not an error (BG-8017-01). */
lurk_status lurk_rsa_premaster(const lurk_private_key *key, const uint8_t *ciphertext, size_t ciphertext_len,
                               uint16_t version, uint8_t premaster[LURK_PREMASTER_LEN]);

#ifdef LURK_FAULTS
/* Lab only: what an unsafe key server would do. Returns the unpadded plaintext of any length into *plaintext,
 * which is empty before; MALFORMED on bad padding. */
lurk_status lurk_rsa_decrypt_unsafe(const lurk_private_key *key, const uint8_t *ciphertext,
                                    size_t ciphertext_len, struct lurk_octets *plaintext);
#endif

/* --- (EC)DH; groups are TLS NamedGroup values (lurk/wire/handshake.h) --- */

#define LURK_MAX_POINT_LEN 133
#define LURK_MAX_SHARED_SECRET_LEN 66

/* OK: a valid public point: NIST curves uncompressed, right length, coordinates below p, on the curve, not
 * infinity; X25519: 32 octets, not of small order (non-canonical u and the top bit are masked as RFC 7748
 * says). MALFORMED otherwise; UNSUPPORTED group. */
lurk_status lurk_group_check_point(uint16_t group, const uint8_t *point, size_t len);

typedef struct lurk_ecdh_key lurk_ecdh_key;
/* A fresh key pair; point has room for LURK_MAX_POINT_LEN octets. */
lurk_status lurk_ecdh_generate(uint16_t group, lurk_ecdh_key **out, uint8_t *point, size_t *point_len);
/* Checks the peer's point as above, then writes the shared secret (x coordinate, group length). */
lurk_status lurk_ecdh_derive(const lurk_ecdh_key *key, const uint8_t *point, size_t len,
                             uint8_t secret[LURK_MAX_SHARED_SECRET_LEN], size_t *secret_len);
void lurk_ecdh_free(lurk_ecdh_key *key);

/* --- scalars and points of P-256, P-384 and P-521, for proofs of ownership (tls12 §6.1, RFC 8235) ---
 *
 * A scalar is a number below the order n of the group, big endian, lurk_scalar_len(group) octets; a point is
 * uncompressed. Any other group: UNSUPPORTED, or what is said below. */

#define LURK_MAX_SCALAR_LEN 66

size_t lurk_scalar_len(uint16_t group); /* octets of n: 32, 48, 66; 0 for other groups */
/* G, as long as the points of the group; NULL for other groups. */
const uint8_t *lurk_group_generator(uint16_t group, size_t *len);
/* In [1, n-1]. Constant time. */
bool lurk_scalar_is_valid(uint16_t group, const uint8_t *scalar);
/* Uniform in [1, n-1]. */
lurk_status lurk_scalar_random(uint16_t group, uint8_t *scalar);
/* The number in at most LURK_MAX_REDUCIBLE_LEN octets, mod n. Constant time. MALFORMED: it is longer. */
#define LURK_MAX_REDUCIBLE_LEN 32
lurk_status lurk_scalar_reduce(uint16_t group, const uint8_t *octets, size_t len, uint8_t *scalar);
/* r = v - c b mod n. Constant time in v and b; c is public. All three are scalars; r may be any of them. */
lurk_status lurk_scalar_respond(uint16_t group, const uint8_t *v, const uint8_t *c, const uint8_t *b,
                                uint8_t *r);
/* point = scalar G, for a secret scalar in [1, n-1]. Constant time. MALFORMED: the scalar is not in range. */
lurk_status lurk_point_mul_base(uint16_t group, const uint8_t *scalar, uint8_t *point);
/* sum = s G + t P, for public values: NOT constant time. MALFORMED: P is not valid (lurk_group_check_point)
 * or s or t not in [1, n-1]; MISMATCH: the sum is the point at infinity. */
lurk_status lurk_point_mul_add(uint16_t group, const uint8_t *s, const uint8_t *t, const uint8_t *point,
                               size_t point_len, uint8_t *sum);

#endif
