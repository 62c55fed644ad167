/* The freshness function of LURK tls12 (draft-mglt-lurk-tls12-05 §4.1.1): what an edge shows to the TLS
 * client does not let an observer ask the key server again. */
#ifndef LURK_TLS_FRESHNESS_H
#define LURK_TLS_FRESHNESS_H

#include "lurk/status.h"
#include "lurk/wire/handshake.h"
#include <stdbool.h>
#include <stdint.h>

/* ServerHello.random = SHA-256(S || "tls12 pfs") with gmt_unix_time, its first four octets, from S.
 * random may be s. BACKEND. */
lurk_status lurk_freshness(const uint8_t s[LURK_RANDOM_LEN], uint8_t random[LURK_RANDOM_LEN]);

/* An S for a new handshake: now, in seconds since 1970, then 28 random octets (RFC 5246 §7.4.1.2). BACKEND.
 */
lurk_status lurk_freshness_new(int64_t now, uint8_t s[LURK_RANDOM_LEN]);

/* Whether gmt_unix_time of S lies within window_seconds of now, both ends included. The field has 32 bits and
 * wraps in 2106; so does the difference. */
bool lurk_freshness_is_timely(const uint8_t s[LURK_RANDOM_LEN], int64_t now, uint32_t window_seconds);

#endif
