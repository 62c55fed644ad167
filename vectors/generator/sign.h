/* Signatures by own encoding and raw arithmetic, so that nonce and salt come from the seed and that wrong
 * ones can be made too. */
#ifndef LURK_VECTORS_SIGN_H
#define LURK_VECTORS_SIGN_H

#include "vectors/generator/curve.h"

/* --- DER --- */
struct octets der_element(uint8_t tag, struct octets content);
struct octets der_integer(struct octets number); /* not negative */
#define DER_SEQUENCE(...) der_element(0x30, CAT(__VA_ARGS__))

/* --- RSASSA-PKCS1-v1_5 (RFC 8017 §8.2, §9.2) --- */
struct octets digest_info(enum lurk_hash hash, struct octets digest);
/* 00 01 FF .. FF 00 content, as long as the modulus. */
struct octets pkcs1_block(const struct key *key, struct octets content);
struct octets sign_pkcs1(const struct key *key, enum lurk_hash hash, struct octets message);

/* --- RSASSA-PSS (RFC 8017 §8.1, §9.1), MGF1 with the same hash --- */
struct octets pss_block(const struct key *key, enum lurk_hash hash, struct octets message,
                        struct octets salt);
struct octets sign_pss(struct drbg *drbg, const struct key *key, enum lurk_hash hash, struct octets message);

/* --- ECDSA (FIPS 186-4 §6.4); the nonce is one of the stream, published with everything else --- */
struct ecdsa_signature {
  struct octets r, s; /* as long as the order */
};
struct ecdsa_signature sign_ecdsa(struct drbg *drbg, const struct key *key, const struct curve *curve,
                                  enum lurk_hash hash, struct octets message);
struct octets ecdsa_der(struct ecdsa_signature signature);

struct octets sign_ed25519(const struct key *key, struct octets message);

#endif
