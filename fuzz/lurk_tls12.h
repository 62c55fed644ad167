/* What the targets for tls12 requests share. */
#ifndef LURK_FUZZ_LURK_TLS12_H
#define LURK_FUZZ_LURK_TLS12_H

#include "fuzz/target.h"
#include "lurk/wire/lurk_tls12.h"

/* A decoder refuses with an error of its own, never with success or one that needs a key or a clock. */
static inline void check_tls12_refusal(enum lurk_tls12_status status, const struct lurk_decode_error *error,
                                       size_t size) {
  FUZZ_CHECK(status == LURK_TLS12_INVALID_PAYLOAD_FORMAT || status == LURK_TLS12_INVALID_KEY_ID_TYPE ||
             status == LURK_TLS12_INVALID_FRESHNESS_FUNCT || status == LURK_TLS12_INVALID_EC_TYPE ||
             status == LURK_TLS12_INVALID_EC_CURVE || status == LURK_TLS12_INVALID_POO_PRF ||
             status == LURK_TLS12_INVALID_CIPHER_OR_PRF_HASH);
  check_refusal(LURK_ERR_MALFORMED, error, size);
}

/* The first octet of an input chooses one of the exchanges that carry a handshake. */
static inline enum lurk_tls12_type chosen_type(uint8_t choice) {
  return (enum lurk_tls12_type)(LURK_TLS12_RSA_MASTER_WITH_POH + choice % 3);
}

#endif
