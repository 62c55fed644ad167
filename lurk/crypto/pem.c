#include "lurk/crypto/pem.h"

#include "lurk/wire/base64.h"
#include <string.h>

struct text {
  const uint8_t *at;
  size_t left;
};

struct line {
  const char *at;
  size_t len;
};

static bool take_line(struct text *text, struct line *out) {
  if (text->left == 0)
    return false;
  const uint8_t *end = memchr(text->at, '\n', text->left);
  size_t len = end == NULL ? text->left : (size_t)(end - text->at);
  *out = (struct line){(const char *)text->at, len};
  len += end != NULL;
  text->at += len;
  text->left -= len;
  while (out->len > 0 && strchr(" \t\r", out->at[out->len - 1]) != NULL && out->at[out->len - 1] != '\0')
    out->len--;
  return true;
}

static bool is_boundary(const struct line *line, const char *word, const char *label) {
  const size_t word_len = strlen(word), label_len = strlen(label);
  return line->len == word_len + label_len + 5 && memcmp(line->at, word, word_len) == 0 &&
         memcmp(line->at + word_len, label, label_len) == 0 &&
         memcmp(line->at + word_len + label_len, "-----", 5) == 0;
}

/* What stands up to the end, without line breaks; characters has room for it. False: there is no end. */
static bool collect(struct text *text, const char *label, char *characters, size_t *len) {
  struct line line;
  *len = 0;
  while (take_line(text, &line)) {
    if (is_boundary(&line, "-----END ", label))
      return true;
    memcpy(characters + *len, line.at, line.len);
    *len += line.len;
  }
  return false;
}

static lurk_status decode_block(struct text *text, const char *label, struct lurk_octets *der) {
  struct lurk_octets characters = {NULL, 0}, decoded = {NULL, 0};
  lurk_status status = LURK_ERR_MALFORMED;
  size_t len, decoded_len;
  if (text->left == 0)
    return status;
  if (!lurk_octets_alloc(&characters, text->left)) {
    status = LURK_ERR_MEMORY;
    goto out;
  }
  if (!collect(text, label, (char *)characters.data, &len) || len == 0)
    goto out;
  if (!lurk_octets_alloc(&decoded, lurk_base64_decoded_max(len))) {
    status = LURK_ERR_MEMORY;
    goto out;
  }
  if (lurk_base64_decode((const char *)characters.data, len, decoded.data, &decoded_len) && decoded_len > 0)
    status = lurk_octets_copy(der, decoded.data, decoded_len) ? LURK_OK : LURK_ERR_MEMORY;
out:
  lurk_octets_clear(&characters);
  lurk_octets_clear(&decoded);
  return status;
}

lurk_status lurk_pem_decode(const uint8_t *pem, size_t len, enum lurk_key_container *container,
                            struct lurk_octets *der) {
  static const char *const labels[] = {[LURK_KEY_PKCS8] = "PRIVATE KEY",
                                       [LURK_KEY_PKCS1] = "RSA PRIVATE KEY",
                                       [LURK_KEY_SEC1] = "EC PRIVATE KEY"};
  struct text text = {pem, len};
  struct line line;
  while (take_line(&text, &line)) {
    if (is_boundary(&line, "-----BEGIN ", "ENCRYPTED PRIVATE KEY"))
      return LURK_ERR_MALFORMED;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
      if (is_boundary(&line, "-----BEGIN ", labels[i])) {
        *container = (enum lurk_key_container)i;
        return decode_block(&text, labels[i], der);
      }
  }
  return LURK_ERR_MALFORMED;
}
