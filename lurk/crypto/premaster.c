#include "lurk/crypto/premaster.h"

#include "lurk/crypto/key.h"
#include "lurk/fault.h"

#include <string.h>

/* Hides a value from the optimiser, which could otherwise turn masks back into branches. */
static inline uint32_t opaque(uint32_t value) {
  __asm__("" : "+r"(value));
  return value;
}

/* All ones when value is zero, else all zeros; value is at most 16 bits wide. */
static inline uint32_t mask_of_zero(uint32_t value) {
  return opaque(0 - ((opaque(value) - 1) >> 31));
}

void lurk_premaster_select(const uint8_t *block, size_t len, bool usable, uint16_t version,
                           const uint8_t substitute[LURK_PREMASTER_LEN], uint8_t out[LURK_PREMASTER_LEN]) {
  const uint8_t *message = block + len - LURK_PREMASTER_LEN;
  size_t padding_end = len - LURK_PREMASTER_LEN - 1;

  uint32_t wrong = block[0] | (block[1] ^ 0x02U) | block[padding_end];
  for (size_t i = 2; i < padding_end; i++)
    wrong |= mask_of_zero(block[i]) & 0xff;
#ifdef LURK_FAULTS
  if (LURK_FAULT(premaster_version_ignored))
    version = (uint16_t)(message[0] << 8 | message[1]);
  if (lurk_equal(message + 2, message + 3, LURK_PREMASTER_LEN - 3) && LURK_FAULT(uniform_premaster_rejected))
    wrong = 1;
#endif
  wrong |= message[0] ^ (uint32_t)(version >> 8);
  wrong |= message[1] ^ (uint32_t)(version & 0xff);

  uint32_t good = mask_of_zero(wrong) & opaque(0 - (uint32_t)usable);
  for (size_t i = 0; i < LURK_PREMASTER_LEN; i++)
    out[i] = (uint8_t)((message[i] & good) | (substitute[i] & ~good));
}

/* RSADP wants a number below the modulus. One that is not is refused, but only after the same work: cleared
 * from the modulus' top bit upwards it is in range. Returns whether it was. All of this is public. */
static bool bring_in_range(const lurk_public_key *key, uint8_t *ciphertext) {
  if (memcmp(ciphertext, key->modulus, key->modulus_len) < 0)
    return true;
  uint8_t top_bit = 0x80;
  while (!(key->modulus[0] & top_bit))
    top_bit >>= 1;
  ciphertext[0] &= (uint8_t)(top_bit - 1);
  return false;
}

/* block has room for LURK_MAX_MODULUS_LEN octets. */
static lurk_status decrypt_block(const lurk_private_key *key, const uint8_t *ciphertext,
                                 size_t ciphertext_len, uint8_t *block, bool *in_range) {
  const lurk_public_key *public_key = key->public_key;
  if (public_key->type != LURK_KEY_RSA)
    return LURK_ERR_UNSUPPORTED;
  if (ciphertext_len != public_key->modulus_len && !LURK_FAULT(ciphertext_length_trusted))
    return LURK_ERR_MALFORMED;
  uint8_t reduced[LURK_MAX_MODULUS_LEN];
  memcpy(reduced, ciphertext, ciphertext_len);
  *in_range = bring_in_range(public_key, reduced);
  return lurk_backend_rsa_private(key->backend, reduced, ciphertext_len, block);
}

#ifdef LURK_FAULTS
enum { LEAKED_ROUNDS = 64 };

/* What only bad padding costs. */
static lurk_status spend_time(const lurk_private_key *key, const uint8_t *ciphertext, size_t len,
                              bool is_rejected) {
  uint8_t ignored[LURK_PREMASTER_LEN];
  lurk_status status = LURK_OK;
  for (int i = 0; is_rejected && i < LEAKED_ROUNDS && status == LURK_OK; i++)
    status =
        lurk_hmac(LURK_SHA384, key->rejection_secret, sizeof key->rejection_secret, ciphertext, len, ignored);
  return status;
}
#endif

lurk_status lurk_rsa_premaster(const lurk_private_key *key, const uint8_t *ciphertext, size_t ciphertext_len,
                               uint16_t version, uint8_t premaster[LURK_PREMASTER_LEN]) {
  uint8_t block[LURK_MAX_MODULUS_LEN];
  uint8_t substitute[LURK_PREMASTER_LEN];
  bool in_range;
  lurk_status status = decrypt_block(key, ciphertext, ciphertext_len, block, &in_range);
  if (status == LURK_OK)
    status = lurk_hmac(LURK_SHA384, key->rejection_secret,
                       LURK_FAULT(rejection_without_key) ? 0 : sizeof key->rejection_secret, ciphertext,
                       LURK_FAULT(rejection_same_for_all) ? 0 : ciphertext_len, substitute);
  if (status == LURK_OK && LURK_FAULT(rejection_different_each_time))
    status = lurk_random(substitute, sizeof substitute);
  if (status == LURK_OK) {
    substitute[0] = (uint8_t)(version >> 8);
    substitute[1] = (uint8_t)version;
    lurk_premaster_select(block, ciphertext_len, in_range, version, substitute, premaster);
#ifdef LURK_FAULTS
    if (LURK_FAULT(padding_timing_leak))
      status =
          spend_time(key, ciphertext, ciphertext_len, lurk_equal(premaster, substitute, sizeof substitute));
#endif
  }
  lurk_wipe(block, sizeof block);
  lurk_wipe(substitute, sizeof substitute);
  return status;
}

#ifdef LURK_FAULTS
lurk_status lurk_rsa_decrypt_unsafe(const lurk_private_key *key, const uint8_t *ciphertext,
                                    size_t ciphertext_len, struct lurk_octets *plaintext) {
  uint8_t block[LURK_MAX_MODULUS_LEN];
  bool in_range;
  lurk_status status = decrypt_block(key, ciphertext, ciphertext_len, block, &in_range);
  if (status != LURK_OK)
    goto out;
  status = LURK_ERR_MALFORMED;
  if (!in_range || block[0] != 0 || block[1] != 2)
    goto out;
  const uint8_t *separator = memchr(block + 2, 0, ciphertext_len - 2);
  if (separator == NULL || separator < block + 10)
    goto out;
  size_t len = ciphertext_len - (size_t)(separator + 1 - block);
  status = lurk_octets_copy(plaintext, separator + 1, len) ? LURK_OK : LURK_ERR_MEMORY;
out:
  lurk_wipe(block, sizeof block);
  return status;
}
#endif
