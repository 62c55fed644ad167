/* Secrets that must not be seen: what is searched for is the octets, their hexadecimal and their base64. */
#ifndef LURK_FUZZ_KEYSERVER_CANARY_H
#define LURK_FUZZ_KEYSERVER_CANARY_H

#include "lurk/crypto/crypto.h"

#define FUZZ_CANARY_LEN 26 /* shorter ones are not noticed */

/* A part of a secret, for ever. */
void fuzz_canary_plant(const uint8_t *secret, size_t len);
/* Every private part of a key in PKCS#8: what its DER holds and its public half does not. */
void fuzz_canary_plant_key(const char *pem);
/* Whether data shows one of those that were planted. */
bool fuzz_canary_is_shown(const uint8_t *data, size_t len);
/* Whether data shows this one. */
bool fuzz_secret_is_shown(const uint8_t *secret, size_t secret_len, const uint8_t *data, size_t len);

#endif
