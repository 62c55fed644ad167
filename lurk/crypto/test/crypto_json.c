#include "lurk/crypto/test/crypto_json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool crypto_json_octets(const json_t *object, const char *member, struct lurk_octets *out) {
  const char *hex = json_string_value(json_object_get(object, member));
  if (hex == NULL || strlen(hex) % 2 != 0 || !lurk_octets_alloc(out, strlen(hex) / 2))
    return false;
  for (size_t i = 0; i < out->len; i++) {
    const char pair[] = {hex[2 * i], hex[2 * i + 1], '\0'};
    if (!isxdigit((unsigned char)pair[0]) || !isxdigit((unsigned char)pair[1])) {
      lurk_octets_clear(out);
      return false;
    }
    out->data[i] = (uint8_t)strtoul(pair, NULL, 16);
  }
  return true;
}

json_t *crypto_json_hex(const uint8_t *data, size_t len) {
  static const char digits[] = "0123456789abcdef";
  char *hex = malloc(2 * len + 1);
  if (hex == NULL)
    return NULL;
  for (size_t i = 0; i < len; i++) {
    hex[2 * i] = digits[data[i] >> 4];
    hex[2 * i + 1] = digits[data[i] & 0x0f];
  }
  json_t *string = json_stringn(hex, 2 * len);
  free(hex);
  return string;
}

bool crypto_json_hash(const json_t *object, const char *member, enum lurk_hash *out) {
  static const char *const names[] = {[LURK_SHA1] = "SHA-1",
                                      [LURK_SHA224] = "SHA-224",
                                      [LURK_SHA256] = "SHA-256",
                                      [LURK_SHA384] = "SHA-384",
                                      [LURK_SHA512] = "SHA-512"};
  const char *given = json_string_value(json_object_get(object, member));
  for (size_t i = 0; given != NULL && i < sizeof names / sizeof names[0]; i++) {
    if (strcmp(given, names[i]) == 0) {
      *out = (enum lurk_hash)i;
      return true;
    }
  }
  return false;
}

const char *crypto_json_key_type(enum lurk_key_type type) {
  static const char *const names[] = {[LURK_KEY_RSA] = "RSA",
                                      [LURK_KEY_P256] = "P-256",
                                      [LURK_KEY_P384] = "P-384",
                                      [LURK_KEY_P521] = "P-521",
                                      [LURK_KEY_ED25519] = "Ed25519"};
  return names[type];
}
