/* Payloads of designation lurk (draft-mglt-lurk-lurk-01 §5.4, §6), and the error payload of all extensions.
 * ping, and the capabilities request, have no payload: a server checks that its length is 0 (LN-09). Public
 * values, not constant time. */
#ifndef LURK_WIRE_LURK_BASE_H
#define LURK_WIRE_LURK_BASE_H

#include "lurk/secret.h"
#include "lurk/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 2 is unassigned. */
enum lurk_base_type { LURK_BASE_CAPABILITIES = 0, LURK_BASE_PING = 1 };

/* Stands for the configuration that one caller sees of one designation. */
#define LURK_STATE_LEN 4

/* What the server offers to this caller. Views: into the message after decoding, of the caller's for
 * encoding.
 */
struct lurk_base_capabilities {
  const uint8_t *extensions; /* pairs of designation and version; (lurk, 1) is always among them */
  size_t extension_count;    /* pairs */
  const uint8_t *types;      /* of designation lurk; NULL: the list is left out, as pylurk does */
  size_t type_count;
  uint8_t state[LURK_STATE_LEN];
};

/* error must not be NULL. MALFORMED with *error set: a list that is empty, of odd length or beyond the
 * message, (lurk, 1) missing, something between or after the fields. The type list is there or not: after
 * the extensions exactly four octets remain, or at least eight. Entries that are unknown or repeated
 * are left for lurk_base_offers to pass over. */
lurk_status lurk_base_capabilities_decode(const uint8_t *payload, size_t len,
                                          struct lurk_base_capabilities *out,
                                          struct lurk_decode_error *error);
/* MALFORMED for what the decoder would refuse. *out must be empty; the caller clears it. */
lurk_status lurk_base_capabilities_encode(const struct lurk_base_capabilities *capabilities,
                                          struct lurk_octets *out);

bool lurk_base_offers(const struct lurk_base_capabilities *capabilities, uint8_t designation,
                      uint8_t version);

/* The payload of an error is the four octets of lurk_state, or nothing; anything else counts as nothing
 * . True when *state was set. A server sends the state as it is. */
bool lurk_error_state(const uint8_t *payload, size_t len, uint8_t state[LURK_STATE_LEN]);

#endif
