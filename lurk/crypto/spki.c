#include "lurk/crypto/spki.h"

#include "lurk/crypto/group.h"

#include <string.h>

enum { DER_INTEGER = 0x02, DER_BIT_STRING = 0x03, DER_SEQUENCE = 0x30 };

struct span {
  const uint8_t *data;
  size_t len;
};

/* Takes one element with this tag off the front of *in. False when it is not there or its length is not in
 * DER's only form. Two length octets are enough for every key on offer. */
static bool der_take(struct span *in, uint8_t tag, struct span *content) {
  if (in->len < 2 || in->data[0] != tag)
    return false;
  size_t head = 2;
  size_t len = in->data[1];
  if (len == 0x81) {
    if (in->len < 3 || in->data[2] < 0x80)
      return false;
    head = 3;
    len = in->data[2];
  } else if (len == 0x82) {
    if (in->len < 4 || in->data[2] == 0)
      return false;
    head = 4;
    len = (size_t)in->data[2] << 8 | in->data[3];
  } else if (len >= 0x80) {
    return false;
  }
  if (in->len - head < len)
    return false;
  *content = (struct span){in->data + head, len};
  *in = (struct span){in->data + head + len, in->len - head - len};
  return true;
}

/* A positive INTEGER, without the zero octet that keeps it positive. */
static bool der_take_positive(struct span *in, struct span *number) {
  if (!der_take(in, DER_INTEGER, number) || number->len == 0 || number->data[0] >= 0x80)
    return false;
  if (number->data[0] == 0) {
    if (number->len < 2 || number->data[1] < 0x80)
      return false;
    number->data++;
    number->len--;
  }
  return true;
}

static size_t bit_len(const struct span *number) {
  size_t bits = 8 * number->len;
  for (uint8_t top = number->data[0]; top < 0x80; top = (uint8_t)(top << 1))
    bits--;
  return bits;
}

static bool is_odd(const struct span *number) {
  return number->data[number->len - 1] & 1;
}

/* RSAPublicKey (RFC 8017 App. A.1.1). The limit on the exponent is BoringSSL's, for all. */
static lurk_status read_rsa(struct span key, struct lurk_spki *out) {
  struct span numbers, modulus, exponent;
  if (!der_take(&key, DER_SEQUENCE, &numbers) || key.len > 0 || !der_take_positive(&numbers, &modulus) ||
      !der_take_positive(&numbers, &exponent) || numbers.len > 0)
    return LURK_ERR_MALFORMED;
  if (!is_odd(&modulus) || !is_odd(&exponent) || (exponent.len == 1 && exponent.data[0] == 1))
    return LURK_ERR_MALFORMED;
  if (bit_len(&modulus) < 2048 || bit_len(&modulus) > 4096 || exponent.len > 4)
    return LURK_ERR_UNSUPPORTED;
  *out = (struct lurk_spki){LURK_KEY_RSA, modulus.data, modulus.len};
  return LURK_OK;
}

static bool algorithm_is(const struct span *algorithm, const uint8_t *der) {
  return algorithm->len == der[1] && memcmp(algorithm->data, der + 2, algorithm->len) == 0;
}

lurk_status lurk_spki_read(const uint8_t *der, size_t len, struct lurk_spki *out) {
  static const uint8_t rsa_encryption[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                           0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
  static const uint8_t ed25519[] = {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70};
  static const struct {
    enum lurk_key_type type;
    uint16_t group;
  } curves[] = {{LURK_KEY_P256, LURK_GROUP_SECP256R1},
                {LURK_KEY_P384, LURK_GROUP_SECP384R1},
                {LURK_KEY_P521, LURK_GROUP_SECP521R1}};
  struct span in = {der, len};
  struct span spki, algorithm, key;
  if (!der_take(&in, DER_SEQUENCE, &spki) || in.len > 0 || !der_take(&spki, DER_SEQUENCE, &algorithm) ||
      !der_take(&spki, DER_BIT_STRING, &key) || spki.len > 0 || key.len < 1 || key.data[0] != 0)
    return LURK_ERR_MALFORMED;
  key.data++;
  key.len--;

  if (algorithm_is(&algorithm, rsa_encryption))
    return read_rsa(key, out);
  if (algorithm_is(&algorithm, ed25519)) {
    *out = (struct lurk_spki){.type = LURK_KEY_ED25519};
    return key.len == 32 ? LURK_OK : LURK_ERR_MALFORMED;
  }
  for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
    const struct lurk_group *group = lurk_group_find(curves[i].group);
    if (!algorithm_is(&algorithm, group->spki_head + group->spki_algorithm))
      continue;
    *out = (struct lurk_spki){.type = curves[i].type};
    return key.len == group->point_len && key.data[0] == 0x04 ? LURK_OK : LURK_ERR_MALFORMED;
  }
  return LURK_ERR_UNSUPPORTED;
}
