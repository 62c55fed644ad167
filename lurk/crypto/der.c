#include "lurk/crypto/der.h"

#include "lurk/fault.h"

bool lurk_der_take(struct lurk_der *in, uint8_t tag, struct lurk_der *content) {
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
  if (in->len - head < len && !LURK_FAULT(der_length_trusted))
    return false;
  *content = (struct lurk_der){in->data + head, len};
  *in = (struct lurk_der){in->data + head + len, in->len - head - len};
  return true;
}

bool lurk_der_take_positive(struct lurk_der *in, struct lurk_der *number) {
  if (!lurk_der_take(in, LURK_DER_INTEGER, number) || number->len == 0 || number->data[0] >= 0x80)
    return false;
  if (number->data[0] == 0) {
    if (number->len < 2 || number->data[1] < 0x80)
      return false;
    number->data++;
    number->len--;
  }
  return true;
}

bool lurk_der_take_version(struct lurk_der *in, uint8_t *version) {
  struct lurk_der number;
  if (!lurk_der_take(in, LURK_DER_INTEGER, &number) || number.len != 1 || number.data[0] >= 0x80)
    return false;
  *version = number.data[0];
  return true;
}

bool lurk_der_take_bits(struct lurk_der *in, struct lurk_der *octets) {
  if (!lurk_der_take(in, LURK_DER_BIT_STRING, octets) || octets->len == 0 || octets->data[0] != 0)
    return false;
  octets->data++;
  octets->len--;
  return true;
}
