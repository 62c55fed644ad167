/* What crypto.h speaks of, as it stands in vectors.json and in the lines of crypto_probe: octets are hex. */
#ifndef LURK_CRYPTO_TEST_CRYPTO_JSON_H
#define LURK_CRYPTO_TEST_CRYPTO_JSON_H

#include "lurk/crypto/crypto.h"

#include <jansson.h>

/* The octets of a member in a block of exactly their length, so that a sanitizer sees a read beyond it. *out
 * is empty before. False when the member is no hex string. */
bool crypto_json_octets(const json_t *object, const char *member, struct lurk_octets *out);
json_t *crypto_json_hex(const uint8_t *data, size_t len);

/* By names such as "SHA-256". */
bool crypto_json_hash(const json_t *object, const char *member, enum lurk_hash *out);
/* "RSA", "P-256" ... */
const char *crypto_json_key_type(enum lurk_key_type type);

#endif
