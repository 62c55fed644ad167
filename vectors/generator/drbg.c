#include "vectors/generator/drbg.h"

#include "lurk/crypto/crypto.h"
#include <string.h>

static void hmac(const uint8_t key[32], struct octets message, uint8_t out[32]) {
  uint8_t tag[LURK_MAX_HASH_LEN];
  if (lurk_hmac(LURK_SHA256, key, 32, message.at, message.len, tag) != LURK_OK)
    die("HMAC failed");
  memcpy(out, tag, 32);
}

static void step(struct drbg *drbg, uint8_t round, struct octets provided) {
  struct octets value = octets_copy(drbg->value, sizeof drbg->value);
  hmac(drbg->key, CAT(value, U8(round), provided), drbg->key);
  hmac(drbg->key, value, drbg->value);
}

static void update(struct drbg *drbg, struct octets provided) {
  step(drbg, 0, provided);
  if (provided.len > 0)
    step(drbg, 1, provided);
}

void drbg_start(struct drbg *drbg, const char *seed, const char *group) {
  memset(drbg->key, 0, sizeof drbg->key);
  memset(drbg->value, 1, sizeof drbg->value);
  update(drbg, CAT(octets_text("lurk-vectors"), U8(0), octets_text(seed), U8(0), octets_text(group)));
}

struct octets drbg_octets(struct drbg *drbg, size_t len) {
  uint8_t *out = octets_new(len);
  for (size_t at = 0; at < len; at += sizeof drbg->value) {
    hmac(drbg->key, octets_copy(drbg->value, sizeof drbg->value), drbg->value);
    size_t left = len - at;
    memcpy(out + at, drbg->value, left < sizeof drbg->value ? left : sizeof drbg->value);
  }
  update(drbg, (struct octets){NULL, 0});
  return (struct octets){out, len};
}

struct octets drbg_nonzero(struct drbg *drbg, size_t len) {
  uint8_t *out = octets_new(len);
  for (size_t filled = 0; filled < len;) {
    struct octets more = drbg_octets(drbg, len - filled);
    for (size_t i = 0; i < more.len; i++) {
      if (more.at[i] != 0)
        out[filled++] = more.at[i];
    }
  }
  return (struct octets){out, len};
}
