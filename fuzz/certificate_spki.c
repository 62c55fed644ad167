/* What is found in a certificate is one element of it. */
#include "fuzz/target.h"
#include "lurk/tls/key_id.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const uint8_t *spki;
  size_t len;
  if (!lurk_certificate_spki(data, size, &spki, &len))
    return 0;
  FUZZ_CHECK(spki > data && len >= 2 && len < size && (size_t)(spki - data) <= size - len);
  FUZZ_CHECK(spki[0] == 0x30);
  return 0;
}
