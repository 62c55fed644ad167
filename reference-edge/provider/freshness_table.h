/* ServerHello.random of LURK in a server that knows nothing of it: which S stands behind a random that
 * this process has given to the TLS library. */
#ifndef LURK_PROVIDER_FRESHNESS_TABLE_H
#define LURK_PROVIDER_FRESHNESS_TABLE_H

#include "lurk/tls/freshness.h"

/* Draws S, keeps it, and gives its freshness output. From any thread. */
lurk_status lurk_freshness_table_draw(uint8_t random[LURK_RANDOM_LEN]);
/* The S behind random, once: an S is never used for two handshakes. False when it is not, or no longer,
 * there.
 */
bool lurk_freshness_table_take(const uint8_t random[LURK_RANDOM_LEN], uint8_t s[LURK_RANDOM_LEN]);
void lurk_freshness_table_wipe(void);

#endif
