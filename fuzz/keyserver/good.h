/* Requests that are served, with handshakes of their own. */
#ifndef LURK_FUZZ_KEYSERVER_GOOD_H
#define LURK_FUZZ_KEYSERVER_GOOD_H

#include "fuzz/keyserver/lab.h"

enum { GOOD_ROOM = 2048 };

/* Numbers from a seed: the same ones each time. */
uint32_t fuzz_next(uint64_t *state);

/* A SKI request of a peer that is an edge, with method RSA if it can be. Returns how many octets it has. */
size_t good_ski(enum who who, enum lurk_ski_format format, bool rsa, uint64_t *state, uint8_t out[GOOD_ROOM]);
/* A LURK message of A or B, header included, whose S is of the time now. type: any but those that carry a
 * handshake. A premaster is garbage, which is served like any other. */
size_t good_lurk(enum who who, uint8_t type, int64_t now, uint64_t *state, uint8_t out[GOOD_ROOM]);

#endif
