/* An ecdhe request. A proof that verifies is bound to all of the request: with one bit changed anywhere that
 * the decoder leaves as it is, it verifies no more. */
#include "lurk/tls/ownership.h"
#include "fuzz/lurk_tls12.h"

static void check_bound(const uint8_t *data, size_t size, size_t at) {
  struct lurk_octets bent = {NULL, 0};
  struct lurk_tls12_ecdhe request;
  struct lurk_decode_error error;
  FUZZ_CHECK(lurk_octets_copy(&bent, data, size));
  bent.data[at] ^= 1;
  if (lurk_tls12_ecdhe_decode(bent.data, bent.len, &request, &error) == LURK_TLS12_SUCCESS &&
      request.poo_prf != LURK_POO_NULL)
    FUZZ_CHECK(lurk_ownership_verify(&request) == LURK_ERR_MISMATCH);
  lurk_octets_clear(&bent);
}

/* With the commitment in a block of its own: a sanitizer sees each octet that is read beyond it. */
static lurk_status verify(struct lurk_tls12_ecdhe request) {
  struct lurk_octets commitment = {NULL, 0};
  if (request.poo_prf != LURK_POO_NULL) {
    FUZZ_CHECK(lurk_octets_copy(&commitment, request.commitment, request.commitment_len));
    request.commitment = commitment.data;
  }
  lurk_status status = lurk_ownership_verify(&request);
  lurk_octets_clear(&commitment);
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct lurk_tls12_ecdhe request;
  struct lurk_decode_error error = {NULL, 0};
  if (lurk_tls12_ecdhe_decode(data, size, &request, &error) != LURK_TLS12_SUCCESS)
    return 0;
  lurk_status status = verify(request);
  if (request.poo_prf == LURK_POO_NULL) {
    FUZZ_CHECK(status == LURK_ERR_UNSUPPORTED);
    return 0;
  }
  FUZZ_CHECK(status == LURK_OK || status == LURK_ERR_MISMATCH);
  if (status != LURK_OK)
    return 0;
  FUZZ_CHECK(lurk_group_check_point(request.named_group, request.point, request.point_len) == LURK_OK);
  const size_t places[] = {1,
                           6,
                           38,
                           70,
                           71,
                           (size_t)(request.point - data) + request.point_len - 1,
                           (size_t)(request.commitment - data) + 1,
                           size - 1};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    check_bound(data, size, places[i]);
  return 0;
}
