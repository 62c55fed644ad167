/* The success payloads that a client reads. A signature that is taken encodes to the input; a master secret
 * is 48 octets and nothing else. */
#include "fuzz/target.h"
#include "lurk/wire/lurk_tls12.h"

static void check_signature(const uint8_t *data, size_t size) {
  struct lurk_tls12_signature signature;
  struct lurk_decode_error error = {NULL, 0};
  struct lurk_octets again = {NULL, 0};
  uint16_t scheme = size < 2 ? 0 : (uint16_t)(data[0] << 8 | data[1]);
  lurk_status status = lurk_tls12_signature_decode(data, size, scheme, &signature, &error);
  if (status != LURK_OK) {
    check_refusal(status, &error, size);
    return;
  }
  FUZZ_CHECK(lurk_tls12_signature_encode(&signature, &again) == LURK_OK);
  check_repeated(&again, data, size);
  status = lurk_tls12_signature_decode(data, size, (uint16_t)(scheme + 1), &signature, &error);
  check_refusal(status, &error, size);
}

static void check_master(const uint8_t *data, size_t size) {
  const uint8_t *master;
  struct lurk_decode_error error = {NULL, 0};
  lurk_status status = lurk_tls12_master_decode(data, size, &master, &error);
  if (size == LURK_MASTER_LEN)
    FUZZ_CHECK(status == LURK_OK && master == data);
  else
    check_refusal(status, &error, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  check_signature(data, size);
  check_master(data, size);
  return 0;
}
