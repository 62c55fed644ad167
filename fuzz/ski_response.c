/* Built once for each FORMAT. Whatever is decoded must encode, in either format, to a message that says the
 * same; the encoding in FORMAT is the shortest message that says it. */
#include "fuzz/target.h"
#include "lurk/wire/ski.h"
#include <string.h>

static void check_same(const struct lurk_ski_response *a, const struct lurk_ski_response *b) {
  FUZZ_CHECK(a->is_error == b->is_error);
  FUZZ_CHECK(a->error == b->error);
  FUZZ_CHECK(a->output.len == b->output.len);
  FUZZ_CHECK(a->output.len == 0 || memcmp(a->output.data, b->output.data, a->output.len) == 0);
}

/* Leaves the encoding in *message. */
static void check_says_the_same(enum lurk_ski_format format, const struct lurk_ski_response *response,
                                struct lurk_octets *message) {
  struct lurk_ski_response back;
  struct lurk_decode_error error;
  FUZZ_CHECK(lurk_ski_response_encode(format, response, message) == LURK_OK);
  FUZZ_CHECK(lurk_ski_response_decode(format, message->data, message->len, &back, &error) == LURK_OK);
  check_same(response, &back);
  lurk_ski_response_clear(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct lurk_ski_response response;
  struct lurk_decode_error error = {NULL, 0};
  lurk_status status = lurk_ski_response_decode(FORMAT, data, size, &response, &error);
  if (status != LURK_OK) {
    check_refusal(status, &error, size);
    FUZZ_CHECK(response.output.data == NULL);
    return 0;
  }
  FUZZ_CHECK(!response.is_error || response.output.data == NULL);
  struct lurk_octets message = {NULL, 0}, other = {NULL, 0};
  check_says_the_same(FORMAT, &response, &message);
  FUZZ_CHECK(message.len <= size);
  /* Deterministic: two messages of one length that say the same are one message. */
  if (FORMAT == LURK_SKI_CBOR && message.len == size)
    FUZZ_CHECK(memcmp(message.data, data, size) == 0);
  check_says_the_same(FORMAT == LURK_SKI_CBOR ? LURK_SKI_JSON : LURK_SKI_CBOR, &response, &other);
  lurk_octets_clear(&message);
  lurk_octets_clear(&other);
  lurk_ski_response_clear(&response);
  return 0;
}
