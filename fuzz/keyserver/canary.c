#include "fuzz/keyserver/canary.h"

#include "fuzz/target.h"
#include "lurk/wire/base64.h"

enum { MOST_PLANTED = 64, PART = 24, HEX = 2 * PART, BASE64 = PART / 3 * 4 };

/* What a secret looks like. */
struct looks {
  uint8_t first[PART], last[PART];
  char lower[HEX + 1], upper[HEX + 1];
  /* Wherever it begins in what was encoded, three octets from one of these offsets on make four characters.
   */
  char base64[3][BASE64];
};

static struct looks planted[MOST_PLANTED];
static size_t planted_count;

static void look_at(const uint8_t *secret, size_t len, struct looks *out) {
  FUZZ_CHECK(len >= FUZZ_CANARY_LEN);
  memcpy(out->first, secret, PART);
  memcpy(out->last, secret + len - PART, PART);
  for (size_t i = 0; i < PART; i++) {
    snprintf(out->lower + 2 * i, 3, "%02x", secret[i]);
    snprintf(out->upper + 2 * i, 3, "%02X", secret[i]);
  }
  for (size_t offset = 0; offset < 3; offset++)
    lurk_base64_encode(secret + offset, PART, out->base64[offset]);
}

void fuzz_canary_plant(const uint8_t *secret, size_t len) {
  FUZZ_CHECK(planted_count < MOST_PLANTED);
  look_at(secret, len, &planted[planted_count++]);
}

/* --- search --- */

static bool has(const uint8_t *data, size_t len, const void *part, size_t part_len) {
  return len >= part_len && memmem(data, len, part, part_len) != NULL;
}

static bool is_seen(const struct looks *looks, const uint8_t *data, size_t len) {
  return has(data, len, looks->first, PART) || has(data, len, looks->last, PART) ||
         has(data, len, looks->lower, HEX) || has(data, len, looks->upper, HEX) ||
         has(data, len, looks->base64[0], BASE64) || has(data, len, looks->base64[1], BASE64) ||
         has(data, len, looks->base64[2], BASE64);
}

bool fuzz_secret_is_shown(const uint8_t *secret, size_t secret_len, const uint8_t *data, size_t len) {
  struct looks looks;
  look_at(secret, secret_len, &looks);
  return is_seen(&looks, data, len);
}

bool fuzz_canary_is_shown(const uint8_t *data, size_t len) {
  for (size_t i = 0; i < planted_count; i++)
    if (is_seen(&planted[i], data, len))
      return true;
  return false;
}

/* --- keys --- */

/* A reader of DER for our own files: no more than these need. */
static size_t read_length(const uint8_t *der, size_t *at) {
  size_t len = der[(*at)++];
  if (len < 0x80)
    return len;
  size_t count = len & 0x7f;
  for (len = 0; count > 0; count--)
    len = len << 8 | der[(*at)++];
  return len;
}

static void plant_parts(const uint8_t *der, size_t len, const uint8_t *known, size_t known_len) {
  for (size_t at = 0; at < len;) {
    uint8_t tag = der[at++];
    size_t part = read_length(der, &at);
    FUZZ_CHECK(part <= len - at);
    const uint8_t *content = der + at;
    at += part;
    bool nested =
        (tag & 0x20) != 0 || (tag == 0x04 && part > 2 && (content[0] == 0x30 || content[0] == 0x04));
    if (nested && !(tag == 0x04 && content[0] == 0x04 && content[1] != part - 2))
      plant_parts(content, part, known, known_len);
    else if ((tag == 0x02 || tag == 0x04) && part >= FUZZ_CANARY_LEN && !has(known, known_len, content, part))
      fuzz_canary_plant(content + (content[0] == 0), part - (content[0] == 0));
  }
}

void fuzz_canary_plant_key(const char *pem) {
  lurk_private_key *key;
  const uint8_t *spki;
  size_t spki_len, before = planted_count;
  FUZZ_CHECK(lurk_private_key_load((const uint8_t *)pem, strlen(pem), &key) == LURK_OK);
  lurk_public_key_spki(lurk_private_key_public(key), &spki, &spki_len);
  char text[4096];
  size_t len = 0;
  for (const char *line = strchr(strstr(pem, "-----BEGIN"), '\n') + 1; *line != '-'; line++)
    if (*line != '\n') {
      FUZZ_CHECK(len < sizeof text);
      text[len++] = *line;
    }
  uint8_t der[sizeof text];
  FUZZ_CHECK(lurk_base64_decode(text, len, der, &len));
  plant_parts(der, len, spki, spki_len);
  FUZZ_CHECK(planted_count > before);
  lurk_private_key_free(key);
}
