/* Shared by the parts of the judge. */
#ifndef LURK_FUZZ_KEYSERVER_JUDGE_INTERNAL_H
#define LURK_FUZZ_KEYSERVER_JUDGE_INTERNAL_H

#include "fuzz/keyserver/judge.h"

/* These octets went to a peer. */
void judge_show(struct judge *judge, const uint8_t *data, size_t len);
/* A handshake was served: none of the window, within its time, may be served to this peer again. */
void judge_handshake(struct judge *judge, enum who who, char window, const uint8_t *data, size_t len);

#endif
