/* A token bucket: at most burst requests at once, per_second on average (SKI §4.2.2). */
#ifndef KEYSERVER_RATE_H
#define KEYSERVER_RATE_H

#include "config.h"
#include <stdbool.h>
#include <stdint.h>

/* Zero is a full bucket. Not locked. */
struct lurk_rate_bucket {
  uint64_t full_at_ns; /* when the bucket will be full again, if nothing is taken */
};

/* Takes one token. False: there is none; *wait_ms tells when there will be. now_ns is monotonic. */
bool lurk_rate_take(struct lurk_rate_bucket *bucket, const struct lurk_rate *rate, uint64_t now_ns,
                    uint64_t *wait_ms);

#endif
