/* The cipher suites with RSA key exchange that are served, and the hash of their PRF (RFC 5246 §5): AES,
 * Camellia and ARIA in CBC, GCM and CCM. Without encryption, RC4, DES, IDEA, SEED and export are not. */
#ifndef LURK_WIRE_LURK_RSA_SUITES_H
#define LURK_WIRE_LURK_RSA_SUITES_H

#include "lurk/wire/lurk_tls12.h"

/* All of them, for capabilities. */
extern const uint16_t lurk_rsa_suites[];
extern const size_t lurk_rsa_suite_count;

/* False when the suite is none of them. */
bool lurk_rsa_suite_prf(uint16_t suite, enum lurk_tls12_prf_hash *out);

#endif
