/* Built once for each FORMAT. Whatever is decoded must encode, in either format, to a message that says the
 * same; the encoding in FORMAT is the shortest message that says it. */
#include "fuzz/target.h"
#include "lurk/wire/ski.h"
#include <string.h>

static void check_same(const struct lurk_ski_request *a, const struct lurk_ski_request *b) {
  FUZZ_CHECK(a->protocol == b->protocol);
  FUZZ_CHECK(a->method == b->method && a->method_present == b->method_present);
  FUZZ_CHECK(a->hash == b->hash);
  FUZZ_CHECK(a->scheme_present == b->scheme_present && a->scheme == b->scheme);
  FUZZ_CHECK(a->spki_is_alias == b->spki_is_alias);
  FUZZ_CHECK(memcmp(a->spki, b->spki, sizeof a->spki) == 0);
  FUZZ_CHECK(a->input.len == b->input.len);
  FUZZ_CHECK(a->input.len == 0 || memcmp(a->input.data, b->input.data, a->input.len) == 0);
}

/* Leaves the encoding in *message. */
static void check_says_the_same(enum lurk_ski_format format, const struct lurk_ski_request *request,
                                struct lurk_octets *message) {
  struct lurk_ski_request back;
  struct lurk_decode_error error;
  FUZZ_CHECK(lurk_ski_request_encode(format, request, message) == LURK_OK);
  FUZZ_CHECK(lurk_ski_request_decode(format, message->data, message->len, request->spki_is_alias, &back,
                                     &error) == LURK_OK);
  check_same(request, &back);
  lurk_ski_request_clear(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct lurk_ski_request request;
  struct lurk_decode_error error = {NULL, 0};
  lurk_status status = lurk_ski_request_decode(FORMAT, data, size, true, &request, &error);
  if (status != LURK_OK) {
    check_refusal(status, &error, size);
    FUZZ_CHECK(request.input.data == NULL);
    return 0;
  }
  struct lurk_octets message = {NULL, 0}, other = {NULL, 0};
  check_says_the_same(FORMAT, &request, &message);
  FUZZ_CHECK(message.len <= size);
  /* Deterministic: two messages of one length that say the same are one message. */
  if (FORMAT == LURK_SKI_CBOR && message.len == size)
    FUZZ_CHECK(memcmp(message.data, data, size) == 0);
  if (!request.spki_is_alias)
    check_says_the_same(FORMAT == LURK_SKI_CBOR ? LURK_SKI_JSON : LURK_SKI_CBOR, &request, &other);
  lurk_octets_clear(&message);
  lurk_octets_clear(&other);
  lurk_ski_request_clear(&request);
  return 0;
}
