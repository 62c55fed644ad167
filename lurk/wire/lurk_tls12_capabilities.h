/* The capabilities of designation tls12 (draft-mglt-lurk-tls12-05 §7.2): items back to back, then four octets
 * of state. Public values, not constant time. */
#ifndef LURK_WIRE_LURK_TLS12_CAPABILITIES_H
#define LURK_WIRE_LURK_TLS12_CAPABILITIES_H

#include "lurk/wire/lurk_base.h"
#include "lurk/wire/lurk_tls12.h"

/* Vectors <0..255> of one-octet and of two-octet values. */
#define LURK_LIST8_MAX 255
#define LURK_LIST16_MAX 127
struct lurk_list8 {
  uint8_t values[LURK_LIST8_MAX];
  size_t count;
};
struct lurk_list16 {
  uint16_t values[LURK_LIST16_MAX];
  size_t count;
};

/* TLS12RSACapability and TLS12ECDHECapability in one: a list that the type does not have stays empty. The
 * certificate list is sent empty and passed over when read. */
struct lurk_tls12_capability {
  bool offered;
  struct lurk_list8 key_id_types;
  struct lurk_list8 freshness_functs;
  struct lurk_list16 cipher_suites;
  struct lurk_list8 prf_hashes;    /* the four RSA types */
  struct lurk_list16 schemes;      /* ecdhe: SignatureAndHashAlgorithm, hash in the upper octet */
  struct lurk_list16 ecdsa_curves; /* ecdhe: NamedCurve */
  struct lurk_list16 ecdhe_curves; /* ecdhe: NamedCurve */
  struct lurk_list8 poo_prfs;      /* ecdhe */
};

/* About 16 kB: not for the stack of a small thread. */
struct lurk_tls12_capabilities {
  struct lurk_tls12_capability types[LURK_TLS12_TYPE_COUNT]; /* by enum lurk_tls12_type */
  uint8_t state[LURK_STATE_LEN];
};

/* Items come in the order of their types; capabilities and ping have empty bodies. MALFORMED for a count
 * above its maximum. *out must be empty; the caller clears it. */
lurk_status lurk_tls12_capabilities_encode(const struct lurk_tls12_capabilities *capabilities,
                                           struct lurk_octets *out);
/* Items of types that this enum does not have are passed over. MALFORMED with *error set: a type twice, a
 * length that does not fit the item or the message, a two-octet list of odd length, something after the last
 * list of an item. error must not be NULL. *out is without meaning unless OK. */
lurk_status lurk_tls12_capabilities_decode(const uint8_t *payload, size_t len,
                                           struct lurk_tls12_capabilities *out,
                                           struct lurk_decode_error *error);

#endif
