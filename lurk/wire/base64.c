#include "lurk/wire/base64.h"

#include "lurk/fault.h"
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t lurk_base64_encoded_len(size_t len) {
  if (len > SIZE_MAX / 4 * 3 - 2)
    return 0;
  return (len + 2) / 3 * 4;
}

void lurk_base64_encode(const uint8_t *data, size_t len, char *text) {
  for (size_t i = 0; i < len; i += 3) {
    size_t octets = len - i < 3 ? len - i : 3;
    uint32_t group = (uint32_t)data[i] << 16;
    if (octets > 1)
      group |= (uint32_t)data[i + 1] << 8;
    if (octets > 2)
      group |= data[i + 2];
    *text++ = alphabet[group >> 18];
    *text++ = alphabet[group >> 12 & 63];
    *text++ = octets > 1 ? alphabet[group >> 6 & 63] : '=';
    *text++ = octets > 2 ? alphabet[group & 63] : '=';
  }
}

size_t lurk_base64_decoded_max(size_t len) {
  return len / 4 * 3;
}

static bool decode_character(char character, uint32_t *out) {
  const char *found = character != '\0' ? strchr(alphabet, character) : NULL;
  if (found == NULL)
    return false;
  *out = (uint32_t)(found - alphabet);
  return true;
}

/* Four characters of which the last `padding` (0..2) are '='. False also when bits that say nothing are set.
 */
static bool decode_group(const char *text, unsigned padding, uint8_t *data) {
  uint32_t group = 0;
  for (unsigned i = 0; i < 4 - padding; i++) {
    uint32_t sextet;
    if (!decode_character(text[i], &sextet))
      return false;
    group |= sextet << (18 - 6 * i);
  }
  unsigned octets = 3 - padding;
  if ((group & ((uint32_t)0xffffff >> (8 * octets))) != 0 && !LURK_FAULT(base64_spare_bits_ignored))
    return false;
  for (unsigned i = 0; i < octets; i++)
    data[i] = (uint8_t)(group >> (16 - 8 * i));
  return true;
}

bool lurk_base64_decode(const char *text, size_t len, uint8_t *data, size_t *data_len) {
  if (len % 4 != 0)
    return false;
  uint8_t *at = data;
  for (size_t i = 0; i < len; i += 4) {
    unsigned padding = 0;
    if (i + 4 == len && text[len - 1] == '=')
      padding = text[len - 2] == '=' ? 2 : 1;
    if (!decode_group(text + i, padding, at))
      return false;
    at += 3 - padding;
  }
  *data_len = (size_t)(at - data);
  return true;
}
