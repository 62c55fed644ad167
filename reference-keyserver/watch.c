#include "watch.h"

#include "lurk/crypto/crypto.h"
#include "lurk/fault.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CIPHERTEXT_LABEL 'C'

struct lurk_watch {
  uint8_t key[32];
  pthread_mutex_t lock;
  lurk_recent *ciphertexts; /* tagged with the number of the edge */
};

lurk_watch *lurk_watch_new(void) {
  lurk_watch *watch = calloc(1, sizeof *watch);
  if (watch == NULL)
    return NULL;
  pthread_mutex_init(&watch->lock, NULL);
  watch->ciphertexts = lurk_recent_new(LURK_WATCH_CAPACITY, LURK_RECENT_FORGET);
  if (watch->ciphertexts == NULL || lurk_random(watch->key, sizeof watch->key) != LURK_OK) {
    lurk_watch_free(watch);
    return NULL;
  }
  return watch;
}

void lurk_watch_free(lurk_watch *watch) {
  if (watch == NULL)
    return;
  lurk_recent_free(watch->ciphertexts);
  pthread_mutex_destroy(&watch->lock);
  lurk_wipe(watch, sizeof *watch);
  free(watch);
}

/* SHA-256 over key, label and data, cut in half: nobody sees it, so that an HMAC, which costs four times as
 * much, would give nothing more. */
lurk_status lurk_watch_digest(const lurk_watch *watch, uint8_t label, const uint8_t *data, size_t len,
                              uint8_t digest[LURK_RECENT_DIGEST_LEN]) {
  uint8_t input[sizeof watch->key + 1 + LURK_WATCH_DATA_LEN], whole[LURK_MAX_HASH_LEN];
  if (len > LURK_WATCH_DATA_LEN)
    return LURK_ERR_LIMIT;
  memcpy(input, watch->key, sizeof watch->key);
  input[sizeof watch->key] = label;
  memcpy(input + sizeof watch->key + 1, data, len);
  lurk_status status = lurk_digest(LURK_SHA256, input, sizeof watch->key + 1 + len, whole);
  if (status == LURK_OK)
    memcpy(digest, whole, LURK_RECENT_DIGEST_LEN);
  lurk_wipe(input, sizeof watch->key + 1 + len);
  return status;
}

lurk_status lurk_watch_ciphertext(lurk_watch *watch, const lurk_activity *edge, const uint8_t *ciphertext,
                                  size_t len, uint64_t now_ns, uint64_t *other) {
  *other = 0;
  if (LURK_FAULT(shared_ciphertext_unnoticed))
    return LURK_OK;
  uint8_t digest[LURK_RECENT_DIGEST_LEN];
  lurk_status status = lurk_watch_digest(watch, CIPHERTEXT_LABEL, ciphertext, len, digest);
  if (status != LURK_OK)
    return status;
  uint64_t number = lurk_activity_number(edge), seen_from = number;
  pthread_mutex_lock(&watch->lock);
  lurk_recent_note(watch->ciphertexts, digest, now_ns, LURK_WATCH_SECONDS * UINT64_C(1000000000), &seen_from);
  pthread_mutex_unlock(&watch->lock);
  if (seen_from != number)
    *other = seen_from;
  return LURK_OK;
}
