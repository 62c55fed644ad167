#include "lurk/tls/freshness.h"

#include "lurk/crypto/crypto.h"
#include "lurk/wire/bytes.h"
#include <string.h>

#define TIME_LEN 4 /* gmt_unix_time */

lurk_status lurk_freshness(const uint8_t s[LURK_RANDOM_LEN], uint8_t random[LURK_RANDOM_LEN]) {
  static const char label[9] = "tls12 pfs";
  uint8_t input[LURK_RANDOM_LEN + sizeof label];
  memcpy(input, s, LURK_RANDOM_LEN);
  memcpy(input + LURK_RANDOM_LEN, label, sizeof label);
  lurk_status status = lurk_digest(LURK_SHA256, input, sizeof input, random);
  memcpy(random, input, TIME_LEN);
  lurk_wipe(input, sizeof input);
  return status;
}

lurk_status lurk_freshness_new(int64_t now, uint8_t s[LURK_RANDOM_LEN]) {
  for (unsigned i = 0; i < TIME_LEN; i++)
    s[i] = (uint8_t)((uint64_t)now >> (24 - 8 * i));
  return lurk_random(s + TIME_LEN, LURK_RANDOM_LEN - TIME_LEN);
}

bool lurk_freshness_is_timely(const uint8_t s[LURK_RANDOM_LEN], int64_t now, uint32_t window_seconds) {
  struct lurk_reader reader;
  uint32_t time = 0;
  lurk_reader_init(&reader, s, TIME_LEN);
  lurk_read_u32(&reader, &time);
  uint32_t ahead = time - (uint32_t)now;
  uint32_t behind = (uint32_t)now - time;
  return ahead <= window_seconds || behind <= window_seconds;
}
