/* The one decision on a decrypted premaster, apart from everything else so that a test can show that neither
 * a branch nor an address depends on the block. */
#ifndef LURK_CRYPTO_PREMASTER_H
#define LURK_CRYPTO_PREMASTER_H

#include "lurk/crypto/crypto.h"

/* block: EM of RFC 8017 §7.2.2, len octets (at least 2 + 8 + 1 + LURK_PREMASTER_LEN). Copies its last 48
 * octets to out when EM is 00 02 PS 00 M with M 48 octets long and beginning with version, and usable; else
 * copies substitute. Constant time in block, usable and substitute. */
void lurk_premaster_select(const uint8_t *block, size_t len, bool usable, uint16_t version,
                           const uint8_t substitute[LURK_PREMASTER_LEN], uint8_t out[LURK_PREMASTER_LEN]);

#endif
