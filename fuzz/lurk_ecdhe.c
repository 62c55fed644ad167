/* Whatever is taken encodes to the input, and the parameters that would be signed say the same when they are
 * read and written by themselves. */
#include "fuzz/lurk_tls12.h"

static void check_params(const struct lurk_tls12_ecdhe *request) {
  struct lurk_tls12_ecdhe alone = {0};
  struct lurk_decode_error error;
  struct lurk_octets again = {NULL, 0};
  FUZZ_CHECK(lurk_ecdh_params_decode(request->params, request->params_len, &alone, &error) == LURK_OK);
  FUZZ_CHECK(alone.point == request->point && alone.named_group == request->named_group);
  FUZZ_CHECK(lurk_ecdh_params_encode(request->named_group, request->point, request->point_len, &again) ==
             LURK_OK);
  check_repeated(&again, request->params, request->params_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct lurk_tls12_ecdhe request;
  struct lurk_decode_error error = {NULL, 0};
  struct lurk_octets again = {NULL, 0};
  enum lurk_tls12_status status = lurk_tls12_ecdhe_decode(data, size, &request, &error);
  if (status != LURK_TLS12_SUCCESS) {
    check_tls12_refusal(status, &error, size);
    return 0;
  }
  FUZZ_CHECK(request.poo_prf == LURK_POO_NULL || request.named_group != LURK_GROUP_X25519);
  check_params(&request);
  FUZZ_CHECK(lurk_tls12_ecdhe_encode(&request, &again) == LURK_OK);
  check_repeated(&again, data, size);
  return 0;
}
