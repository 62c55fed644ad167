#include "lurk/tls/master.h"

#include <string.h>

lurk_status lurk_master(enum lurk_hash hash, const uint8_t premaster[LURK_PREMASTER_LEN],
                        const uint8_t client_random[LURK_RANDOM_LEN],
                        const uint8_t server_hello_random[LURK_RANDOM_LEN], uint8_t master[LURK_MASTER_LEN]) {
  uint8_t seed[2 * LURK_RANDOM_LEN];
  memcpy(seed, client_random, LURK_RANDOM_LEN);
  memcpy(seed + LURK_RANDOM_LEN, server_hello_random, LURK_RANDOM_LEN);
  return lurk_prf(hash, premaster, LURK_PREMASTER_LEN, "master secret", seed, sizeof seed, master,
                  LURK_MASTER_LEN);
}

static lurk_status prf_of_messages(enum lurk_hash hash, const uint8_t *secret, const char *label,
                                   const uint8_t *messages, size_t len, uint8_t *out, size_t out_len) {
  uint8_t digest[LURK_MAX_HASH_LEN];
  lurk_status status = lurk_digest(hash, messages, len, digest);
  if (status != LURK_OK)
    return status;
  /* Premaster and master are equally long. */
  return lurk_prf(hash, secret, LURK_MASTER_LEN, label, digest, lurk_hash_len(hash), out, out_len);
}

lurk_status lurk_extended_master(enum lurk_hash hash, const uint8_t premaster[LURK_PREMASTER_LEN],
                                 const uint8_t *messages, size_t len, uint8_t master[LURK_MASTER_LEN]) {
  return prf_of_messages(hash, premaster, "extended master secret", messages, len, master, LURK_MASTER_LEN);
}

lurk_status lurk_verify_data(enum lurk_hash hash, enum lurk_finished_sender sender,
                             const uint8_t master[LURK_MASTER_LEN], const uint8_t *messages, size_t len,
                             uint8_t verify_data[LURK_VERIFY_DATA_LEN]) {
  const char *label = sender == LURK_FINISHED_CLIENT ? "client finished" : "server finished";
  return prf_of_messages(hash, master, label, messages, len, verify_data, LURK_VERIFY_DATA_LEN);
}
