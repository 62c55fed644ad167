#include "lurk/crypto/key.h"

#include "lurk/crypto/pem.h"
#include "lurk/fault.h"
#include <stdlib.h>
#include <string.h>

/* No key on offer is near it; keeps lengths within the int of the libraries. */
#define MAX_KEY_FILE_LEN 65536

lurk_status lurk_public_key_load(const uint8_t *spki, size_t len, lurk_public_key **out) {
  *out = NULL;
  struct lurk_public_form form;
  lurk_status status = lurk_public_form_read(spki, len, &form);
  if (status == LURK_OK && form.curve != NULL) /* GnuTLS does not ask */
    status = lurk_backend_point_check(form.curve, form.point);
  if (status != LURK_OK)
    return status;
  lurk_public_key *key = calloc(1, sizeof *key);
  if (key == NULL || !lurk_octets_copy(&key->spki, spki, len)) {
    status = LURK_ERR_MEMORY;
    goto out;
  }
  key->type = form.type;
  if (form.type == LURK_KEY_RSA)
    key->modulus = key->spki.data + (form.modulus.data - spki);
  key->modulus_len = form.modulus.len;
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
static lurk_status derive_rejection_secret(lurk_private_key *key, const struct lurk_der *private_exponent) {
  static const char label[] = "lurkspec premaster implicit rejection";
  uint8_t octets[LURK_MAX_MODULUS_LEN] = {0};
  size_t len = key->public_key->modulus_len;
  if (LURK_FAULT(rejection_secret_of_process))
    return lurk_random(key->rejection_secret, sizeof key->rejection_secret);
  memcpy(octets + len - private_exponent->len, private_exponent->data, private_exponent->len);
  lurk_status status =
      lurk_hmac(LURK_SHA256, octets, len, (const uint8_t *)label, strlen(label), key->rejection_secret);
  lurk_wipe(octets, sizeof octets);
  return status;
}

static lurk_status make_spki(const lurk_private_key *key, const struct lurk_private_form *form,
                             struct lurk_octets *out) {
  if (form->curve == NULL)
    return lurk_backend_spki(key->backend, out);
  uint8_t spki[LURK_MAX_GROUP_SPKI_LEN];
  size_t len = lurk_group_spki(form->curve, form->point, spki);
  return lurk_octets_copy(out, spki, len) ? LURK_OK : LURK_ERR_MEMORY;
}

/* Everything of the key that follows from its form; what has been made so far is freed by the caller. */
static lurk_status load_form(lurk_private_key *key, const struct lurk_private_form *form) {
  struct lurk_octets spki = {0};
  lurk_status status = lurk_backend_private_load(form, &key->backend);
  if (status == LURK_OK)
    status = make_spki(key, form, &spki);
  if (status == LURK_OK)
    status = lurk_public_key_load(spki.data, spki.len, &key->public_key);
  lurk_octets_clear(&spki);
#ifdef LURK_FAULTS
  if (form->curve != NULL)
    memcpy(key->scalar, form->scalar, form->curve->secret_len);
#endif
  if (status == LURK_OK && form->type == LURK_KEY_RSA)
    status = derive_rejection_secret(key, &form->rsa[LURK_RSA_D]);
  return status;
}

lurk_status lurk_private_key_load(const uint8_t *pem, size_t len, lurk_private_key **out) {
  *out = NULL;
  if (len == 0 || len > MAX_KEY_FILE_LEN)
    return LURK_ERR_MALFORMED;
  struct lurk_octets der = {0};
  struct lurk_private_form form;
  lurk_private_key *key = NULL;
  lurk_status status = lurk_pem_decode(pem, len, &form.container, &der);
  if (status == LURK_OK)
    status = lurk_private_form_read(form.container, der.data, der.len, &form);
  if (status != LURK_OK)
    goto out;
  key = lurk_private_key_ref(calloc(1, sizeof *key));
  status = key != NULL ? load_form(key, &form) : LURK_ERR_MEMORY;
  if (status != LURK_OK)
    goto out;
  *out = key;
  key = NULL;
out:
  lurk_octets_clear(&der);
  lurk_private_key_free(key);
  return status;
}

lurk_private_key *lurk_private_key_ref(lurk_private_key *key) {
  if (key != NULL)
    atomic_fetch_add(&key->references, 1);
  return key;
}

void lurk_private_key_free(lurk_private_key *key) {
  if (key == NULL || atomic_fetch_sub(&key->references, 1) != 1)
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
