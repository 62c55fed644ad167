/* The pseudorandom function of TLS 1.2 (RFC 5246 §5). */
#ifndef LURK_TLS_PRF_H
#define LURK_TLS_PRF_H

#include "lurk/crypto/crypto.h"
#include "lurk/wire/lurk_tls12.h"

#define LURK_PRF_MAX_LABEL_LEN 32
#define LURK_PRF_MAX_SEED_LEN 64

/* The hash that prf_hash names. */
enum lurk_hash lurk_prf_hash(enum lurk_tls12_prf_hash prf_hash);

/* Writes out_len octets of PRF(secret, label, seed) = P_hash(secret, label || seed). label: ASCII, without
 * its NUL. LIMIT for a label or seed beyond the maximum; BACKEND. Time depends on lengths only. */
lurk_status lurk_prf(enum lurk_hash hash, const uint8_t *secret, size_t secret_len, const char *label,
                     const uint8_t *seed, size_t seed_len, uint8_t *out, size_t out_len);

#endif
