/* GnuTLS 3.7: hashes, keys and signatures. What it does not offer is in nettle_rsa.c and nettle_group.c. */
#include "lurk/crypto/nettle.h"

#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

const char *lurk_crypto_name(void) {
  return "gnutls";
}

const char *lurk_crypto_version(void) {
  return gnutls_check_version(NULL);
}

static gnutls_datum_t datum(const uint8_t *data, size_t len) {
  return (gnutls_datum_t){(unsigned char *)data, (unsigned)len};
}

/* --- hash, HMAC, random --- */

static gnutls_digest_algorithm_t digest_of(enum lurk_hash hash) {
  switch (hash) {
  case LURK_SHA1:
    return GNUTLS_DIG_SHA1;
  case LURK_SHA224:
    return GNUTLS_DIG_SHA224;
  case LURK_SHA256:
    return GNUTLS_DIG_SHA256;
  case LURK_SHA384:
    return GNUTLS_DIG_SHA384;
  case LURK_SHA512:
    return GNUTLS_DIG_SHA512;
  }
  return GNUTLS_DIG_UNKNOWN;
}

lurk_status lurk_digest(enum lurk_hash hash, const uint8_t *data, size_t len, uint8_t *out) {
  return gnutls_hash_fast(digest_of(hash), data, len, out) == 0 ? LURK_OK : LURK_ERR_BACKEND;
}

/* GnuTLS numbers the MACs of these hashes as it numbers the hashes (gnutls.h). */
lurk_status lurk_hmac(enum lurk_hash hash, const uint8_t *key, size_t key_len, const uint8_t *data,
                      size_t len, uint8_t *out) {
  gnutls_mac_algorithm_t mac = (gnutls_mac_algorithm_t)digest_of(hash);
  return gnutls_hmac_fast(mac, key, key_len, data, len, out) == 0 ? LURK_OK : LURK_ERR_BACKEND;
}

lurk_status lurk_random(uint8_t *out, size_t len) {
  return gnutls_rnd(GNUTLS_RND_KEY, out, len) == 0 ? LURK_OK : LURK_ERR_BACKEND;
}

void lurk_nettle_random(void *unused, size_t len, uint8_t *out) {
  (void)unused;
  if (lurk_random(out, len) != LURK_OK)
    abort();
}

/* --- keys --- */

void lurk_backend_key_free(struct lurk_backend_key *key) {
  if (key == NULL)
    return;
  lurk_nettle_rsa_free(key->rsa);
  gnutls_privkey_deinit(key->private_key);
  gnutls_pubkey_deinit(key->public_key);
  free(key);
}

static int import_private(struct lurk_backend_key *key, const struct lurk_private_form *form) {
  gnutls_datum_t der = datum(form->der, form->len);
  gnutls_x509_privkey_t x509;
  int error = gnutls_x509_privkey_init(&x509);
  if (error != 0)
    return error;
  if (form->container == LURK_KEY_PKCS8)
    error = gnutls_x509_privkey_import_pkcs8(x509, &der, GNUTLS_X509_FMT_DER, NULL, GNUTLS_PKCS_PLAIN);
  else
    error = gnutls_x509_privkey_import(x509, &der, GNUTLS_X509_FMT_DER);
  if (error == 0)
    error = gnutls_privkey_init(&key->private_key);
  if (error == 0)
    error = gnutls_privkey_import_x509(key->private_key, x509, GNUTLS_PRIVKEY_IMPORT_COPY);
  gnutls_x509_privkey_deinit(x509);
  if (error == 0)
    error = gnutls_pubkey_init(&key->public_key);
  if (error == 0)
    error = gnutls_pubkey_import_privkey(key->public_key, key->private_key, 0, 0);
  return error;
}

/* GnuTLS finds Q wrong by itself; of an RSA key it looks at n = pq only, and takes new CRT values. */
static lurk_status check_private(struct lurk_backend_key *key, const struct lurk_private_form *form) {
  if (form->type == LURK_KEY_RSA)
    return lurk_nettle_rsa_new(form, &key->rsa);
  if (form->type != LURK_KEY_ED25519 && gnutls_privkey_verify_params(key->private_key) != 0)
    return LURK_ERR_MALFORMED;
  return LURK_OK;
}

lurk_status lurk_backend_private_load(const struct lurk_private_form *form, struct lurk_backend_key **out) {
  struct lurk_backend_key *key = calloc(1, sizeof *key);
  if (key == NULL)
    return LURK_ERR_MEMORY;
  lurk_status status = import_private(key, form) == 0 ? check_private(key, form) : LURK_ERR_MALFORMED;
  if (status != LURK_OK) {
    lurk_backend_key_free(key);
    return status;
  }
  *out = key;
  return LURK_OK;
}

lurk_status lurk_backend_public_load(const uint8_t *spki, size_t len, struct lurk_backend_key **out) {
  struct lurk_backend_key *key = calloc(1, sizeof *key);
  if (key == NULL)
    return LURK_ERR_MEMORY;
  gnutls_datum_t der = datum(spki, len);
  int error = gnutls_pubkey_init(&key->public_key);
  if (error == 0)
    error = gnutls_pubkey_import(key->public_key, &der, GNUTLS_X509_FMT_DER);
  if (error != 0) {
    lurk_backend_key_free(key);
    return LURK_ERR_MALFORMED;
  }
  *out = key;
  return LURK_OK;
}

lurk_status lurk_backend_spki(const struct lurk_backend_key *key, struct lurk_octets *out) {
  gnutls_datum_t der;
  if (gnutls_pubkey_export2(key->public_key, GNUTLS_X509_FMT_DER, &der) != 0)
    return LURK_ERR_BACKEND;
  bool copied = lurk_octets_copy(out, der.data, der.size);
  gnutls_free(der.data);
  return copied ? LURK_OK : LURK_ERR_MEMORY;
}

/* --- signatures --- */

static gnutls_sign_algorithm_t sign_algorithm(struct lurk_signature_algorithm algorithm) {
  switch (algorithm.kind) {
  case LURK_SIGN_RSA_PKCS1:
    return gnutls_pk_to_sign(GNUTLS_PK_RSA, digest_of(algorithm.hash));
  case LURK_SIGN_RSA_PSS:
    switch (algorithm.hash) {
    case LURK_SHA256:
      return GNUTLS_SIGN_RSA_PSS_RSAE_SHA256;
    case LURK_SHA384:
      return GNUTLS_SIGN_RSA_PSS_RSAE_SHA384;
    default:
      return GNUTLS_SIGN_RSA_PSS_RSAE_SHA512;
    }
  case LURK_SIGN_ECDSA:
    return gnutls_pk_to_sign(GNUTLS_PK_ECDSA, digest_of(algorithm.hash));
  case LURK_SIGN_ED25519:
    return GNUTLS_SIGN_EDDSA_ED25519;
  }
  return GNUTLS_SIGN_UNKNOWN;
}

/* nettle checks an RSA signature with the public exponent before it returns it (BG-8017-03). */
lurk_status lurk_backend_sign(const struct lurk_backend_key *key, struct lurk_signature_algorithm algorithm,
                              const uint8_t *message, size_t len, uint8_t *signature, size_t *signature_len) {
  gnutls_datum_t to_sign = datum(message, len);
  gnutls_datum_t made;
  unsigned flags = algorithm.kind == LURK_SIGN_RSA_PSS ? GNUTLS_PRIVKEY_FLAG_RSA_PSS_FIXED_SALT_LENGTH : 0;
  if (gnutls_privkey_sign_data2(key->private_key, sign_algorithm(algorithm), flags, &to_sign, &made) != 0)
    return LURK_ERR_BACKEND;
  lurk_status status = LURK_ERR_BACKEND;
  if (made.size <= LURK_MAX_SIGNATURE_LEN) {
    memcpy(signature, made.data, made.size);
    *signature_len = made.size;
    status = LURK_OK;
  }
  gnutls_free(made.data);
  return status;
}

/* GnuTLS reads an ECDSA signature as BER; the others insist on DER (RFC 8422 §5.4). */
static bool is_der_signature(const gnutls_datum_t *signature) {
  gnutls_datum_t r = {0}, s = {0}, again = {0};
  bool same = gnutls_decode_rs_value(signature, &r, &s) == 0 && gnutls_encode_rs_value(&again, &r, &s) == 0 &&
              again.size == signature->size && memcmp(again.data, signature->data, again.size) == 0;
  gnutls_free(r.data);
  gnutls_free(s.data);
  gnutls_free(again.data);
  return same;
}

lurk_status lurk_backend_verify(const struct lurk_backend_key *key, struct lurk_signature_algorithm algorithm,
                                const uint8_t *message, size_t len, const uint8_t *signature,
                                size_t signature_len) {
  gnutls_datum_t signed_data = datum(message, len);
  gnutls_datum_t given = datum(signature, signature_len);
  unsigned flags = algorithm.kind == LURK_SIGN_RSA_PSS ? GNUTLS_VERIFY_RSA_PSS_FIXED_SALT_LENGTH : 0;
  if (algorithm.kind == LURK_SIGN_ECDSA && !is_der_signature(&given))
    return LURK_ERR_MISMATCH;
  int error =
      gnutls_pubkey_verify_data2(key->public_key, sign_algorithm(algorithm), flags, &signed_data, &given);
  return error >= 0 ? LURK_OK : LURK_ERR_MISMATCH;
}
