/* Whatever is taken encodes to the input. */
#include "fuzz/lurk_tls12.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct lurk_tls12_rsa_master request;
  struct lurk_decode_error error = {NULL, 0};
  struct lurk_octets again = {NULL, 0};
  enum lurk_tls12_status status = lurk_tls12_rsa_master_decode(data, size, &request, &error);
  if (status != LURK_TLS12_SUCCESS) {
    check_tls12_refusal(status, &error, size);
    return 0;
  }
  FUZZ_CHECK(lurk_tls12_rsa_master_encode(&request, &again) == LURK_OK);
  check_repeated(&again, data, size);
  return 0;
}
