/* What a session needs for LURK tls12 and no TLS library decides: S and its freshness output, the record of
 * the handshake, the stand-in for a premaster that stays in the key server. */
#ifndef LURK_EDGE_STACKS_TLS12_H
#define LURK_EDGE_STACKS_TLS12_H

#include "reference-edge/stacks/session.h"

/* A ClientHello has come: draws S and derives ServerHello.random from it. False with the fault noted.
 */
bool lurk_tls12_begin(struct lurk_session_base *base, const uint8_t client_random[LURK_RANDOM_LEN]);
void lurk_tls12_clear(struct lurk_session_base *base);

/* A handshake message with its header, as sent or received, in order from ClientHello on. Notes a fault when
 * the random of ServerHello is not the one derived: the library has not taken it. */
void lurk_tls12_see(struct lurk_session_base *base, const uint8_t *message, size_t len);

/* No operation is asked for before the freshness output has gone over the wire; false with the fault noted.
 */
bool lurk_tls12_may_ask(struct lurk_session_base *base);

/* The private key of the ephemeral key pair for the proof of ownership, big endian, as long as the order of
 * its group. False when memory is short. */
bool lurk_tls12_keep_ephemeral(struct lurk_session_base *base, const uint8_t *key, size_t len);

/* Keeps the encrypted premaster and gives a random one in place of it. False with the fault noted. */
bool lurk_tls12_stand_in(struct lurk_session_base *base, const uint8_t *ciphertext, size_t len,
                         uint8_t premaster[LURK_PREMASTER_LEN]);
/* Whether the secret is that one. In constant time. */
bool lurk_tls12_is_stand_in(const struct lurk_session_base *base, const uint8_t *secret, size_t len);
/* Asks for the master secret: rsa_extended_master or rsa_master. hash: of the suite's PRF. */
bool lurk_tls12_ask_master(struct lurk_session_base *base, bool extended, enum lurk_tls12_prf_hash hash);

/* The same exchange with proof of handshake, when the handshake is complete; NULL when no master
 * secret was asked for. A view into the session, which is used for nothing else after this. */
const struct lurk_key_request *lurk_tls12_audit(struct lurk_session_base *base);

#endif
