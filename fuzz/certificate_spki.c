/* What is found in a certificate is one element of it, and what a library of X.509 finds in it, if that can
 * read it. */
#include "fuzz/target.h"
#include "lurk/tls/key_id.h"
#include "lurk/wire/base64.h"
#include "lurk/x509/x509.h"

static void add(char **text, const char *part) {
  const size_t len = strlen(part);
  memcpy(*text, part, len);
  *text += len;
}

/* With the lines of PEM, which some libraries insist on. */
static char *as_pem(const uint8_t *data, size_t size, size_t *len) {
  enum { LINE = 48 };
  char *pem = malloc(2 * size + 128), *text = pem;
  FUZZ_CHECK(pem != NULL);
  add(&text, "-----BEGIN CERTIFICATE-----\n");
  for (size_t used = 0; used < size; used += LINE) {
    const size_t part = size - used < LINE ? size - used : LINE;
    lurk_base64_encode(data + used, part, text);
    text += lurk_base64_encoded_len(part);
    add(&text, "\n");
  }
  add(&text, "-----END CERTIFICATE-----\n");
  *len = (size_t)(text - pem);
  return pem;
}

static void compare(const uint8_t *data, size_t size, const uint8_t *spki, size_t spki_len) {
  struct lurk_x509 *read = NULL;
  lurk_public_key *key;
  size_t count = 0, len;
  if (lurk_public_key_load(spki, spki_len, &key) != LURK_OK)
    return;
  lurk_public_key_free(key);
  char *pem = as_pem(data, size, &len);
  if (lurk_x509_load((const uint8_t *)pem, len, &read, &count) == LURK_OK) {
    FUZZ_CHECK(count == 1 && read->spki.len == spki_len);
    FUZZ_CHECK(memcmp(read->spki.data, spki, spki_len) == 0);
  }
  lurk_x509_free(read, count);
  free(pem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const uint8_t *spki;
  size_t len;
  if (!lurk_certificate_spki(data, size, &spki, &len))
    return 0;
  FUZZ_CHECK(spki > data && len >= 2 && len < size && (size_t)(spki - data) <= size - len);
  FUZZ_CHECK(spki[0] == 0x30);
  compare(data, size, spki, len);
  return 0;
}
