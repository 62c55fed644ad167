#include "rate.h"

/* One number holds the state: each token moves the moment at which the bucket is full by one interval, and no
 * token is left when that moment is a whole bucket away. */
bool lurk_rate_take(struct lurk_rate_bucket *bucket, const struct lurk_rate *rate, uint64_t now_ns,
                    uint64_t *wait_ms) {
  *wait_ms = 0;
  if (rate->per_second == 0)
    return true;
  uint64_t interval_ns = 1000000000u / rate->per_second;
  uint64_t room_ns = (rate->burst - 1) * interval_ns;
  uint64_t full_at_ns = bucket->full_at_ns > now_ns ? bucket->full_at_ns : now_ns;
  if (full_at_ns - now_ns > room_ns) {
    *wait_ms = (full_at_ns - now_ns - room_ns + 999999) / 1000000;
    return false;
  }
  bucket->full_at_ns = full_at_ns + interval_ns;
  return true;
}
