/* The first octet chooses the exchange, the rest is its payload. Whatever is taken encodes to the payload. */
#include "fuzz/lurk_tls12.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  struct lurk_tls12_rsa_handshake request;
  struct lurk_decode_error error = {NULL, 0};
  struct lurk_octets again = {NULL, 0};
  enum lurk_tls12_status status =
      lurk_tls12_rsa_handshake_decode(chosen_type(data[0]), data + 1, size - 1, &request, &error);
  if (status != LURK_TLS12_SUCCESS) {
    check_tls12_refusal(status, &error, size - 1);
    return 0;
  }
  FUZZ_CHECK((request.verify_data == NULL) == (request.type == LURK_TLS12_RSA_EXTENDED_MASTER));
  FUZZ_CHECK(lurk_tls12_rsa_handshake_encode(&request, &again) == LURK_OK);
  check_repeated(&again, data + 1, size - 1);
  return 0;
}
