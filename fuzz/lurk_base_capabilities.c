/* Whatever is taken encodes to the input. */
#include "fuzz/target.h"
#include "lurk/wire/lurk_base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct lurk_base_capabilities capabilities;
  struct lurk_decode_error error = {NULL, 0};
  struct lurk_octets again = {NULL, 0};
  lurk_status status = lurk_base_capabilities_decode(data, size, &capabilities, &error);
  if (status != LURK_OK) {
    check_refusal(status, &error, size);
    return 0;
  }
  FUZZ_CHECK(lurk_base_offers(&capabilities, 0, 1));
  FUZZ_CHECK(lurk_base_capabilities_encode(&capabilities, &again) == LURK_OK);
  check_repeated(&again, data, size);
  return 0;
}
