#include "lurk/tls/prf.h"

#include <string.h>

enum lurk_hash lurk_prf_hash(enum lurk_tls12_prf_hash prf_hash) {
  switch (prf_hash) {
  case LURK_PRF_SHA256:
    return LURK_SHA256;
  case LURK_PRF_SHA384:
    return LURK_SHA384;
  case LURK_PRF_SHA512:
    return LURK_SHA512;
  }
  return LURK_SHA256;
}

/* A(i) || label || seed, as P_hash feeds it to HMAC. */
struct feed {
  uint8_t octets[LURK_MAX_HASH_LEN + LURK_PRF_MAX_LABEL_LEN + LURK_PRF_MAX_SEED_LEN];
  size_t a_len;
  size_t len;
};

static lurk_status fill(struct feed *feed, enum lurk_hash hash, const char *label, const uint8_t *seed,
                        size_t seed_len) {
  size_t label_len = strlen(label);
  if (label_len > LURK_PRF_MAX_LABEL_LEN || seed_len > LURK_PRF_MAX_SEED_LEN)
    return LURK_ERR_LIMIT;
  feed->a_len = lurk_hash_len(hash);
  feed->len = feed->a_len + label_len + seed_len;
  memcpy(feed->octets + feed->a_len, label, label_len);
  if (seed_len > 0)
    memcpy(feed->octets + feed->a_len + label_len, seed, seed_len);
  return LURK_OK;
}

lurk_status lurk_prf(enum lurk_hash hash, const uint8_t *secret, size_t secret_len, const char *label,
                     const uint8_t *seed, size_t seed_len, uint8_t *out, size_t out_len) {
  struct feed feed;
  uint8_t block[LURK_MAX_HASH_LEN];
  lurk_status status = fill(&feed, hash, label, seed, seed_len);
  if (status != LURK_OK)
    return status;
  /* A(1) is of A(0), the label and seed alone; each further A(i) of the one before it. */
  const uint8_t *a_input = feed.octets + feed.a_len;
  size_t a_input_len = feed.len - feed.a_len;
  for (size_t done = 0; status == LURK_OK && done < out_len;) {
    size_t len = out_len - done < feed.a_len ? out_len - done : feed.a_len;
    status = lurk_hmac(hash, secret, secret_len, a_input, a_input_len, block);
    memcpy(feed.octets, block, feed.a_len);
    a_input = feed.octets;
    a_input_len = feed.a_len;
    if (status == LURK_OK)
      status = lurk_hmac(hash, secret, secret_len, feed.octets, feed.len, block);
    memcpy(out + done, block, len);
    done += len;
  }
  lurk_wipe(&feed, sizeof feed);
  lurk_wipe(block, sizeof block);
  return status;
}
