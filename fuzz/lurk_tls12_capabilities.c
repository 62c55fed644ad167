/* Whatever is taken encodes to a message that is no longer and says the same. */
#include "lurk/wire/lurk_tls12_capabilities.h"
#include "fuzz/target.h"

static struct lurk_tls12_capabilities first, second;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct lurk_decode_error error = {NULL, 0};
  struct lurk_octets message = {NULL, 0};
  lurk_status status = lurk_tls12_capabilities_decode(data, size, &first, &error);
  if (status != LURK_OK) {
    check_refusal(status, &error, size);
    return 0;
  }
  FUZZ_CHECK(lurk_tls12_capabilities_encode(&first, &message) == LURK_OK);
  FUZZ_CHECK(message.len <= size);
  FUZZ_CHECK(lurk_tls12_capabilities_decode(message.data, message.len, &second, &error) == LURK_OK);
  FUZZ_CHECK(memcmp(&first, &second, sizeof first) == 0);
  lurk_octets_clear(&message);
  return 0;
}
