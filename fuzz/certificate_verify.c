/* A content that is taken is the one that its transcript hash makes: no other octet is free. */
#include "fuzz/target.h"
#include "lurk/wire/bytes.h"
#include "lurk/wire/handshake.h"
#include <string.h>

static void content_of(const uint8_t *hash, size_t hash_len, struct lurk_octets *out) {
  static const char context[] = "TLS 1.3, server CertificateVerify";
  struct lurk_builder builder;
  lurk_builder_init(&builder, 1024);
  for (int i = 0; i < 64; i++)
    lurk_add_u8(&builder, ' ');
  lurk_add_octets(&builder, (const uint8_t *)context, sizeof context);
  lurk_add_octets(&builder, hash, hash_len);
  FUZZ_CHECK(lurk_builder_finish(&builder, out) == LURK_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const uint8_t *hash;
  size_t hash_len;
  struct lurk_decode_error error = {NULL, 0};
  struct lurk_octets content = {NULL, 0};
  lurk_status status = lurk_certificate_verify_decode(data, size, &hash, &hash_len, &error);
  if (status != LURK_OK) {
    check_refusal(status, &error, size);
    return 0;
  }
  FUZZ_CHECK(hash_len == 32 || hash_len == 48);
  content_of(hash, hash_len, &content);
  FUZZ_CHECK(content.len == size && memcmp(content.data, data, size) == 0);
  lurk_octets_clear(&content);
  return 0;
}
