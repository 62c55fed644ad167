#include "lurk/tls/key_id.h"

#include "lurk/crypto/der.h"
#include <string.h>

#define HASH_LEN_ON_WIRE (LURK_KEY_ID_LEN - 1)

static lurk_status id_of(const uint8_t *der, size_t len, uint8_t key_id[LURK_KEY_ID_LEN]) {
  uint8_t digest[LURK_MAX_HASH_LEN];
  lurk_status status = lurk_digest(LURK_SHA256, der, len, digest);
  key_id[0] = LURK_KEY_ID_SHA256_32;
  memcpy(key_id + 1, digest, HASH_LEN_ON_WIRE);
  return status;
}

/* subjectPublicKey, without what stands before it in a SubjectPublicKeyInfo. */
static bool find_public_key(const uint8_t *spki, size_t len, struct lurk_der *key) {
  struct lurk_der in = {spki, len}, content, algorithm;
  return lurk_der_take(&in, LURK_DER_SEQUENCE, &content) &&
         lurk_der_take(&content, LURK_DER_SEQUENCE, &algorithm) && lurk_der_take_bits(&content, key);
}

lurk_status lurk_key_id(const lurk_public_key *key, uint8_t key_id[LURK_KEY_ID_LEN]) {
  enum lurk_key_type type = lurk_public_key_type(key);
  const uint8_t *spki;
  size_t spki_len;
  struct lurk_der public_key;
  if (type == LURK_KEY_ED25519)
    return LURK_ERR_UNSUPPORTED;
  if (type != LURK_KEY_RSA)
    return lurk_key_id_alias(key, key_id);
  lurk_public_key_spki(key, &spki, &spki_len);
  if (!find_public_key(spki, spki_len, &public_key))
    return LURK_ERR_BACKEND;
  return id_of(public_key.data, public_key.len, key_id);
}

lurk_status lurk_key_id_alias(const lurk_public_key *key, uint8_t key_id[LURK_KEY_ID_LEN]) {
  const uint8_t *spki;
  size_t spki_len;
  lurk_public_key_spki(key, &spki, &spki_len);
  return id_of(spki, spki_len, key_id);
}

bool lurk_certificate_spki(const uint8_t *certificate, size_t len, const uint8_t **spki, size_t *spki_len) {
  struct lurk_der in = {certificate, len}, content, tbs, ignored;
  if (!lurk_der_take(&in, LURK_DER_SEQUENCE, &content) || in.len != 0 ||
      !lurk_der_take(&content, LURK_DER_SEQUENCE, &tbs))
    return false;
  lurk_der_take(&tbs, LURK_DER_CONTEXT_0, &ignored); /* version, absent in version 1 */
  if (!lurk_der_take(&tbs, LURK_DER_INTEGER, &ignored))
    return false;
  for (int i = 0; i < 4; i++) { /* signature, issuer, validity, subject */
    if (!lurk_der_take(&tbs, LURK_DER_SEQUENCE, &ignored))
      return false;
  }
  *spki = tbs.data;
  if (!lurk_der_take(&tbs, LURK_DER_SEQUENCE, &ignored))
    return false;
  *spki_len = (size_t)(tbs.data - *spki);
  return true;
}
