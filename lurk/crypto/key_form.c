#include "lurk/crypto/key_form.h"

#include <string.h>

/* --- algorithms --- */

struct algorithm {
  enum lurk_key_type type;
  const struct lurk_group *curve; /* NULL unless EC */
};

/* given is the content of element, without its first skip octets. */
static bool same_content(const struct lurk_der *given, const uint8_t *element, size_t skip) {
  return given->len + skip == element[1] && memcmp(given->data, element + 2 + skip, given->len) == 0;
}

/* given: the content of an AlgorithmIdentifier for id-ecPublicKey after its first skip octets. */
static bool find_curve(const struct lurk_der *given, size_t skip, struct algorithm *out) {
  static const struct {
    enum lurk_key_type type;
    uint16_t group;
  } curves[] = {{LURK_KEY_P256, LURK_GROUP_SECP256R1},
                {LURK_KEY_P384, LURK_GROUP_SECP384R1},
                {LURK_KEY_P521, LURK_GROUP_SECP521R1}};
  for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
    const struct lurk_group *group = lurk_group_find(curves[i].group);
    if (same_content(given, group->spki_head + group->spki_algorithm, skip)) {
      *out = (struct algorithm){curves[i].type, group};
      return true;
    }
  }
  return false;
}

/* ECParameters is the AlgorithmIdentifier's content without the OBJECT IDENTIFIER id-ecPublicKey. */
static bool find_named_curve(const struct lurk_der *parameters, struct algorithm *out) {
  return find_curve(parameters, 9, out);
}

static bool find_algorithm(const struct lurk_der *identifier, struct algorithm *out) {
  static const uint8_t rsa_encryption[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                           0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
  static const uint8_t ed25519[] = {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70};
  if (same_content(identifier, rsa_encryption, 0)) {
    *out = (struct algorithm){LURK_KEY_RSA, NULL};
    return true;
  }
  if (same_content(identifier, ed25519, 0)) {
    *out = (struct algorithm){LURK_KEY_ED25519, NULL};
    return true;
  }
  return find_curve(identifier, 0, out);
}

/* --- public keys --- */

static size_t bit_len(const struct lurk_der *number) {
  size_t bits = 8 * number->len;
  for (uint8_t top = number->data[0]; top < 0x80; top = (uint8_t)(top << 1))
    bits--;
  return bits;
}

static bool is_odd(const struct lurk_der *number) {
  return number->data[number->len - 1] & 1;
}

/* Uncompressed, by its form. */
static bool is_point(const struct lurk_der *octets, const struct lurk_group *curve) {
  return octets->len == curve->point_len && octets->data[0] == 0x04;
}

/* RSAPublicKey. The limit on the exponent is BoringSSL's, for all. */
static lurk_status read_rsa_public(struct lurk_der key, struct lurk_public_form *out) {
  struct lurk_der numbers, exponent;
  if (!lurk_der_take(&key, LURK_DER_SEQUENCE, &numbers) || key.len > 0 ||
      !lurk_der_take_positive(&numbers, &out->modulus) || !lurk_der_take_positive(&numbers, &exponent) ||
      numbers.len > 0)
    return LURK_ERR_MALFORMED;
  if (!is_odd(&out->modulus) || !is_odd(&exponent) || (exponent.len == 1 && exponent.data[0] == 1))
    return LURK_ERR_MALFORMED;
  size_t bits = bit_len(&out->modulus);
  return bits < 2048 || bits > 4096 || exponent.len > 4 ? LURK_ERR_UNSUPPORTED : LURK_OK;
}

lurk_status lurk_public_form_read(const uint8_t *spki, size_t len, struct lurk_public_form *out) {
  struct lurk_der in = {spki, len};
  struct lurk_der info, identifier, key;
  struct algorithm algorithm;
  if (!lurk_der_take(&in, LURK_DER_SEQUENCE, &info) || in.len > 0 ||
      !lurk_der_take(&info, LURK_DER_SEQUENCE, &identifier) || !lurk_der_take_bits(&info, &key) ||
      info.len > 0)
    return LURK_ERR_MALFORMED;
  if (!find_algorithm(&identifier, &algorithm))
    return LURK_ERR_UNSUPPORTED;
  *out = (struct lurk_public_form){.type = algorithm.type, .curve = algorithm.curve, .point = key.data};
  if (algorithm.type == LURK_KEY_RSA)
    return read_rsa_public(key, out);
  if (algorithm.type == LURK_KEY_ED25519)
    return key.len == 32 ? LURK_OK : LURK_ERR_MALFORMED;
  return is_point(&key, algorithm.curve) ? LURK_OK : LURK_ERR_MALFORMED;
}

/* --- private keys --- */

static lurk_status read_rsa_private(struct lurk_der in, struct lurk_private_form *out) {
  struct lurk_der key;
  uint8_t version;
  if (!lurk_der_take(&in, LURK_DER_SEQUENCE, &key) || in.len > 0 || !lurk_der_take_version(&key, &version))
    return LURK_ERR_MALFORMED;
  if (version != 0) /* more than two primes */
    return LURK_ERR_UNSUPPORTED;
  for (size_t i = 0; i < LURK_RSA_NUMBERS; i++) {
    if (!lurk_der_take_positive(&key, &out->rsa[i]))
      return LURK_ERR_MALFORMED;
  }
  if (key.len > 0 || out->rsa[LURK_RSA_D].len > out->rsa[LURK_RSA_N].len)
    return LURK_ERR_MALFORMED;
  out->type = LURK_KEY_RSA;
  return LURK_OK;
}

/* curve: what encloses the key says of it, or NULL when nothing does. */
static lurk_status read_ec_private(struct lurk_der in, const struct lurk_group *curve,
                                   struct lurk_private_form *out) {
  struct lurk_der key, scalar, parameters, outer, point;
  struct algorithm algorithm = {out->type, curve};
  uint8_t version;
  if (!lurk_der_take(&in, LURK_DER_SEQUENCE, &key) || in.len > 0 || !lurk_der_take_version(&key, &version) ||
      version != 1 || !lurk_der_take(&key, LURK_DER_OCTET_STRING, &scalar))
    return LURK_ERR_MALFORMED;
  if (lurk_der_take(&key, LURK_DER_CONTEXT_0, &parameters) && !find_named_curve(&parameters, &algorithm))
    return LURK_ERR_UNSUPPORTED;
  if (algorithm.curve == NULL || (curve != NULL && curve != algorithm.curve))
    return LURK_ERR_MALFORMED;
  if (key.len == 0) /* nothing to check the scalar against; GnuTLS does not take it either */
    return LURK_ERR_UNSUPPORTED;
  if (!lurk_der_take(&key, LURK_DER_CONTEXT_1, &outer) || key.len > 0 ||
      !lurk_der_take_bits(&outer, &point) || outer.len > 0)
    return LURK_ERR_MALFORMED;
  out->type = algorithm.type;
  out->curve = algorithm.curve;
  out->scalar = scalar.data;
  out->point = point.data;
  return scalar.len == algorithm.curve->secret_len && is_point(&point, algorithm.curve) ? LURK_OK
                                                                                        : LURK_ERR_MALFORMED;
}

/* CurvePrivateKey (RFC 8410 §7). */
static lurk_status read_ed25519_private(struct lurk_der in) {
  struct lurk_der seed;
  return lurk_der_take(&in, LURK_DER_OCTET_STRING, &seed) && in.len == 0 && seed.len == 32
             ? LURK_OK
             : LURK_ERR_MALFORMED;
}

static lurk_status read_pkcs8(struct lurk_der in, struct lurk_private_form *out) {
  struct lurk_der info, identifier, key, attributes;
  struct algorithm algorithm;
  uint8_t version;
  if (!lurk_der_take(&in, LURK_DER_SEQUENCE, &info) || in.len > 0 || !lurk_der_take_version(&info, &version))
    return LURK_ERR_MALFORMED;
  if (version != 0) /* RFC 5958 has added one with a public key */
    return LURK_ERR_UNSUPPORTED;
  if (!lurk_der_take(&info, LURK_DER_SEQUENCE, &identifier) ||
      !lurk_der_take(&info, LURK_DER_OCTET_STRING, &key))
    return LURK_ERR_MALFORMED;
  lurk_der_take(&info, LURK_DER_CONTEXT_0, &attributes);
  if (info.len > 0)
    return LURK_ERR_MALFORMED;
  if (!find_algorithm(&identifier, &algorithm))
    return LURK_ERR_UNSUPPORTED;
  out->type = algorithm.type;
  if (algorithm.type == LURK_KEY_RSA)
    return read_rsa_private(key, out);
  if (algorithm.type == LURK_KEY_ED25519)
    return read_ed25519_private(key);
  return read_ec_private(key, algorithm.curve, out);
}

lurk_status lurk_private_form_read(enum lurk_key_container container, const uint8_t *der, size_t len,
                                   struct lurk_private_form *out) {
  struct lurk_der in = {der, len};
  *out = (struct lurk_private_form){.container = container, .der = der, .len = len};
  switch (container) {
  case LURK_KEY_PKCS8:
    return read_pkcs8(in, out);
  case LURK_KEY_PKCS1:
    return read_rsa_private(in, out);
  case LURK_KEY_SEC1:
    return read_ec_private(in, NULL, out);
  }
  return LURK_ERR_UNSUPPORTED;
}
