#include "lurk/crypto/key.h"
#include "lurk/fault.h"

#include <string.h>

static bool is_ec(enum lurk_key_type type) {
  return type == LURK_KEY_P256 || type == LURK_KEY_P384 || type == LURK_KEY_P521;
}

static bool is_strong(enum lurk_hash hash) {
  return hash == LURK_SHA256 || hash == LURK_SHA384 || hash == LURK_SHA512;
}

lurk_status lurk_signature_for_hash(enum lurk_key_type type, enum lurk_hash hash,
                                    struct lurk_signature_algorithm *out) {
  if (type == LURK_KEY_ED25519 && LURK_FAULT(ed25519_asked_by_hash)) {
    *out = (struct lurk_signature_algorithm){LURK_SIGN_ED25519, LURK_SHA512};
    return LURK_OK;
  }
  if (hash == LURK_SHA512 && LURK_FAULT(sha512_refused))
    return LURK_ERR_UNSUPPORTED;
  if ((!is_strong(hash) && !LURK_FAULT(sha224_signed)) || type == LURK_KEY_ED25519)
    return LURK_ERR_UNSUPPORTED;
  out->kind = is_ec(type)                  ? LURK_SIGN_ECDSA
              : LURK_FAULT(hash_means_pss) ? LURK_SIGN_RSA_PSS
                                           : LURK_SIGN_RSA_PKCS1;
  out->hash = hash;
  return LURK_OK;
}

/* RFC 8446 §4.2.3. curve: the key type that TLS 1.3 binds an ECDSA scheme to; TLS 1.2 reads hash and
 * signature only. */
static const struct scheme {
  uint16_t value;
  struct lurk_signature_algorithm algorithm;
  enum lurk_key_type curve;
} schemes[] = {
    {0x0401, {LURK_SIGN_RSA_PKCS1, LURK_SHA256}, LURK_KEY_RSA},
    {0x0501, {LURK_SIGN_RSA_PKCS1, LURK_SHA384}, LURK_KEY_RSA},
    {0x0601, {LURK_SIGN_RSA_PKCS1, LURK_SHA512}, LURK_KEY_RSA},
    {0x0403, {LURK_SIGN_ECDSA, LURK_SHA256}, LURK_KEY_P256},
    {0x0503, {LURK_SIGN_ECDSA, LURK_SHA384}, LURK_KEY_P384},
    {0x0603, {LURK_SIGN_ECDSA, LURK_SHA512}, LURK_KEY_P521},
    {0x0804, {LURK_SIGN_RSA_PSS, LURK_SHA256}, LURK_KEY_RSA},
    {0x0805, {LURK_SIGN_RSA_PSS, LURK_SHA384}, LURK_KEY_RSA},
    {0x0806, {LURK_SIGN_RSA_PSS, LURK_SHA512}, LURK_KEY_RSA},
    {0x0807, {LURK_SIGN_ED25519, LURK_SHA512}, LURK_KEY_ED25519},
};

static bool kind_fits(enum lurk_signature_kind kind, enum lurk_key_type type) {
  switch (kind) {
  case LURK_SIGN_RSA_PKCS1:
  case LURK_SIGN_RSA_PSS:
    return type == LURK_KEY_RSA;
  case LURK_SIGN_ECDSA:
    return is_ec(type);
  case LURK_SIGN_ED25519:
    return type == LURK_KEY_ED25519;
  }
  return false;
}

lurk_status lurk_signature_for_scheme(enum lurk_key_type type, uint16_t scheme, bool tls13,
                                      struct lurk_signature_algorithm *out) {
  for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
    const struct scheme *found = &schemes[i];
    if (found->value != scheme)
      continue;
    if (!kind_fits(found->algorithm.kind, type))
      return LURK_FAULT(scheme_of_other_key_changed) && type != LURK_KEY_ED25519
                 ? lurk_signature_for_hash(type, found->algorithm.hash, out)
                 : LURK_ERR_UNSUPPORTED;
    if (!tls13 && found->algorithm.kind == LURK_SIGN_ECDSA && found->curve != type &&
        LURK_FAULT(tls12_scheme_as_in_tls13))
      return LURK_ERR_UNSUPPORTED;
    if (!tls13 && found->algorithm.kind == LURK_SIGN_RSA_PSS && LURK_FAULT(pss_refused_in_tls12))
      return LURK_ERR_UNSUPPORTED;
    if (tls13 && (found->algorithm.kind == LURK_SIGN_RSA_PKCS1 || found->curve != type) &&
        LURK_FAULT(tls13_scheme_as_in_tls12)) {
      *out = found->algorithm;
      return LURK_OK;
    }
    if (tls13 && (found->algorithm.kind == LURK_SIGN_RSA_PKCS1 || found->curve != type))
      return LURK_ERR_UNSUPPORTED;
    *out = found->algorithm;
    return LURK_OK;
  }
  return LURK_ERR_UNSUPPORTED;
}

static bool is_offered(struct lurk_signature_algorithm algorithm, enum lurk_key_type type) {
  return kind_fits(algorithm.kind, type) &&
         (algorithm.kind == LURK_SIGN_ED25519 || is_strong(algorithm.hash) || LURK_FAULT(sha1_accepted) ||
          LURK_FAULT(sha224_signed));
}

#ifdef LURK_FAULTS
enum { P256_OCTETS = 32 };

/* DER of a number; returns its length. */
static size_t write_integer(const uint8_t number[P256_OCTETS], uint8_t *out) {
  size_t zeros = 0;
  while (zeros < P256_OCTETS - 1 && number[zeros] == 0)
    zeros++;
  size_t sign = number[zeros] >> 7, len = sign + P256_OCTETS - zeros;
  out[0] = 0x02;
  out[1] = (uint8_t)len;
  out[2] = 0;
  memcpy(out + 2 + sign, number + zeros, P256_OCTETS - zeros);
  return 2 + len;
}

/* ECDSA with the nonce 1 for every message (FIPS 186-4 §6.4): r is the x of G, s = z + r d. */
static lurk_status sign_with_nonce_one(const lurk_private_key *key, const uint8_t *message, size_t len,
                                       uint8_t *signature, size_t *signature_len) {
  static const uint8_t zero[P256_OCTETS], one[P256_OCTETS] = {[P256_OCTETS - 1] = 1};
  uint8_t digest[LURK_MAX_HASH_LEN], z[P256_OCTETS], negated[P256_OCTETS], s[P256_OCTETS];
  size_t point_len;
  const uint8_t *r = lurk_group_generator(LURK_GROUP_SECP256R1, &point_len) + 1;
  lurk_status status = lurk_digest(LURK_SHA256, message, len, digest);
  if (status == LURK_OK)
    status = lurk_scalar_reduce(LURK_GROUP_SECP256R1, digest, P256_OCTETS, z);
  if (status == LURK_OK)
    status = lurk_scalar_respond(LURK_GROUP_SECP256R1, zero, one, r, negated);
  if (status == LURK_OK)
    status = lurk_scalar_respond(LURK_GROUP_SECP256R1, z, negated, key->scalar, s);
  if (status != LURK_OK)
    return status;
  size_t first = write_integer(r, signature + 2), second = write_integer(s, signature + 2 + first);
  signature[0] = 0x30;
  signature[1] = (uint8_t)(first + second);
  *signature_len = 2 + first + second;
  return LURK_OK;
}

/* The length of a P-521 signature takes two octets in DER. */
static void cut_length(uint8_t *signature, size_t *len) {
  if (signature[1] != 0x81 || !LURK_FAULT(long_der_length_cut))
    return;
  memmove(signature + 1, signature + 2, *len - 2);
  --*len;
}
#endif

lurk_status lurk_sign(const lurk_private_key *key, struct lurk_signature_algorithm algorithm,
                      const uint8_t *message, size_t len, uint8_t *signature, size_t *signature_len) {
  if (!is_offered(algorithm, key->public_key->type))
    return LURK_ERR_UNSUPPORTED;
  if (len > UINT32_MAX) /* GnuTLS counts in unsigned int: never sign a part instead */
    return LURK_ERR_LIMIT;
#ifdef LURK_FAULTS
  if (key->public_key->type == LURK_KEY_P256 && algorithm.hash == LURK_SHA256 &&
      LURK_FAULT(ecdsa_nonce_fixed))
    return sign_with_nonce_one(key, message, len, signature, signature_len);
#endif
  lurk_status status = lurk_backend_sign(key->backend, algorithm, message, len, signature, signature_len);
#ifdef LURK_FAULTS
  if (status == LURK_OK && algorithm.kind == LURK_SIGN_ECDSA)
    cut_length(signature, signature_len);
#endif
  return status;
}

lurk_status lurk_verify(const lurk_public_key *key, struct lurk_signature_algorithm algorithm,
                        const uint8_t *message, size_t len, const uint8_t *signature, size_t signature_len) {
  if (!is_offered(algorithm, key->type))
    return LURK_ERR_UNSUPPORTED;
  if (len > UINT32_MAX)
    return LURK_ERR_LIMIT;
  if (signature_len > LURK_MAX_SIGNATURE_LEN)
    return LURK_ERR_MISMATCH;
  return lurk_backend_verify(key->backend, algorithm, message, len, signature, signature_len);
}
