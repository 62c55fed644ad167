#include "lurk/crypto/key.h"

#include "lurk/crypto/spki.h"

#include <stdlib.h>
#include <string.h>

/* No key on offer is near it; keeps lengths within the int of the libraries. */
#define MAX_KEY_FILE_LEN 65536

lurk_status lurk_public_key_load(const uint8_t *spki, size_t len, lurk_public_key **out) {
  *out = NULL;
  struct lurk_spki read;
  lurk_status status = lurk_spki_read(spki, len, &read);
  if (status != LURK_OK)
    return status;
  lurk_public_key *key = calloc(1, sizeof *key);
  if (key == NULL || !lurk_octets_copy(&key->spki, spki, len)) {
    status = LURK_ERR_MEMORY;
    goto out;
  }
  key->type = read.type;
  if (read.modulus != NULL)
    key->modulus = key->spki.data + (read.modulus - spki);
  key->modulus_len = read.modulus_len;
  status = lurk_backend_public_load(spki, len, &key->backend);
  if (status != LURK_OK)
    goto out;
  *out = key;
  key = NULL;
out:
  lurk_public_key_free(key);
  return status;
}

void lurk_public_key_free(lurk_public_key *key) {
  if (key == NULL)
    return;
  lurk_backend_key_free(key->backend);
  lurk_octets_clear(&key->spki);
  free(key);
}

/* bound to the private key, so that replicas which hold the same key give the same substitute, and of
 * no use for anything else. */
static lurk_status derive_rejection_secret(lurk_private_key *key) {
  static const char label[] = "lurkspec premaster implicit rejection";
  uint8_t exponent[LURK_MAX_MODULUS_LEN];
  size_t len = key->public_key->modulus_len;
  lurk_status status = lurk_backend_private_exponent(key->backend, exponent, len);
  if (status == LURK_OK)
    status =
        lurk_hmac(LURK_SHA256, exponent, len, (const uint8_t *)label, strlen(label), key->rejection_secret);
  lurk_wipe(exponent, sizeof exponent);
  return status;
}

lurk_status lurk_private_key_load(const uint8_t *pem, size_t len, lurk_private_key **out) {
  *out = NULL;
  if (len > MAX_KEY_FILE_LEN)
    return LURK_ERR_MALFORMED;
  struct lurk_octets spki = {0};
  lurk_status status = LURK_ERR_MEMORY;
  lurk_private_key *key = calloc(1, sizeof *key);
  if (key == NULL)
    goto out;
  status = lurk_backend_private_load(pem, len, &key->backend);
  if (status != LURK_OK)
    goto out;
  status = lurk_backend_spki(key->backend, &spki);
  if (status != LURK_OK)
    goto out;
  status = lurk_public_key_load(spki.data, spki.len, &key->public_key);
  if (status != LURK_OK)
    goto out;
  if (key->public_key->type == LURK_KEY_RSA)
    status = derive_rejection_secret(key);
  if (status != LURK_OK)
    goto out;
  *out = key;
  key = NULL;
out:
  lurk_octets_clear(&spki);
  lurk_private_key_free(key);
  return status;
}

void lurk_private_key_free(lurk_private_key *key) {
  if (key == NULL)
    return;
  lurk_public_key_free(key->public_key);
  lurk_backend_key_free(key->backend);
  lurk_wipe(key->rejection_secret, sizeof key->rejection_secret);
  free(key);
}

enum lurk_key_type lurk_private_key_type(const lurk_private_key *key) {
  return key->public_key->type;
}

const lurk_public_key *lurk_private_key_public(const lurk_private_key *key) {
  return key->public_key;
}

enum lurk_key_type lurk_public_key_type(const lurk_public_key *key) {
  return key->type;
}

void lurk_public_key_spki(const lurk_public_key *key, const uint8_t **der, size_t *len) {
  *der = key->spki.data;
  *len = key->spki.len;
}

size_t lurk_public_key_modulus_len(const lurk_public_key *key) {
  return key->modulus_len;
}
