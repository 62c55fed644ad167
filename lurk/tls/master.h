/* What TLS 1.2 derives from the premaster: master secret (RFC 5246 §8.1), extended master secret (RFC 7627
 * §4) and Finished (RFC 5246 §7.4.9). Time depends on lengths only; BACKEND when the library fails. */
#ifndef LURK_TLS_MASTER_H
#define LURK_TLS_MASTER_H

#include "lurk/tls/prf.h"
#include "lurk/wire/handshake.h"

/* server_hello_random: what went over the wire, so the output of lurk_freshness, not S. */
lurk_status lurk_master(enum lurk_hash hash, const uint8_t premaster[LURK_PREMASTER_LEN],
                        const uint8_t client_random[LURK_RANDOM_LEN],
                        const uint8_t server_hello_random[LURK_RANDOM_LEN], uint8_t master[LURK_MASTER_LEN]);

/* messages: handshake messages from ClientHello to ClientKeyExchange, as they went over the wire. */
lurk_status lurk_extended_master(enum lurk_hash hash, const uint8_t premaster[LURK_PREMASTER_LEN],
                                 const uint8_t *messages, size_t len, uint8_t master[LURK_MASTER_LEN]);

enum lurk_finished_sender { LURK_FINISHED_CLIENT, LURK_FINISHED_SERVER };

/* messages: all before this Finished, as they went over the wire. Compare with lurk_equal. */
lurk_status lurk_verify_data(enum lurk_hash hash, enum lurk_finished_sender sender,
                             const uint8_t master[LURK_MASTER_LEN], const uint8_t *messages, size_t len,
                             uint8_t verify_data[LURK_VERIFY_DATA_LEN]);

#endif
