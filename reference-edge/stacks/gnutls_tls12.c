#include "reference-edge/stacks/gnutls_tls12.h"

#include "reference-edge/stacks/tls12.h"
#include <string.h>

#define HEADER_LEN 4

int lurk_gnutls_set_random(gnutls_session_t tls, const struct lurk_session_base *base) {
  const gnutls_datum_t random = {(uint8_t *)(uintptr_t)base->tls12.random, LURK_RANDOM_LEN};
  return gnutls_handshake_set_random(tls, &random);
}

int lurk_gnutls_see(struct lurk_session_base *base, unsigned type, const gnutls_datum_t *message) {
  struct lurk_octets whole = {NULL, 0};
  if (!lurk_octets_alloc(&whole, HEADER_LEN + message->size))
    return GNUTLS_E_MEMORY_ERROR;
  whole.data[0] = (uint8_t)type;
  whole.data[1] = (uint8_t)(message->size >> 16);
  whole.data[2] = (uint8_t)(message->size >> 8);
  whole.data[3] = (uint8_t)message->size;
  if (message->size > 0)
    memcpy(whole.data + HEADER_LEN, message->data, message->size);
  lurk_tls12_see(base, whole.data, whole.len);
  lurk_octets_clear(&whole);
  return 0;
}

bool lurk_gnutls_prf_hash(gnutls_session_t tls, enum lurk_tls12_prf_hash *out) {
  gnutls_digest_algorithm_t hash = gnutls_prf_hash_get(tls);
  *out = hash == GNUTLS_DIG_SHA384 ? LURK_PRF_SHA384 : LURK_PRF_SHA256;
  return hash == GNUTLS_DIG_SHA256 || hash == GNUTLS_DIG_SHA384;
}
