/* Built once for each FORMAT. Whatever is decoded must encode, in either format, to a message that says the
 * same, unless no name of a list is known here: such a set cannot be encoded. */
#include "fuzz/target.h"
#include "lurk/wire/ski.h"
#include <string.h>

#define CHECK_SAME_SET(a, b, field) FUZZ_CHECK(memcmp(a->field, b->field, sizeof a->field) == 0)

static void check_same(const struct lurk_ski_capabilities *a, const struct lurk_ski_capabilities *b) {
  CHECK_SAME_SET(a, b, protocols);
  CHECK_SAME_SET(a, b, methods);
  CHECK_SAME_SET(a, b, hashes);
  CHECK_SAME_SET(a, b, formats);
  CHECK_SAME_SET(a, b, state);
  FUZZ_CHECK(a->scheme_count == b->scheme_count);
  FUZZ_CHECK(a->scheme_count == 0 ||
             memcmp(a->schemes, b->schemes, a->scheme_count * sizeof *a->schemes) == 0);
  FUZZ_CHECK(a->key_count == b->key_count);
  FUZZ_CHECK(a->key_count == 0 || memcmp(a->keys, b->keys, a->key_count * sizeof *a->keys) == 0);
}

static bool is_empty(const bool *set, size_t count) {
  return memchr(set, true, count) == NULL;
}

static bool can_be_encoded(const struct lurk_ski_capabilities *of) {
  return !is_empty(of->protocols, sizeof of->protocols) && !is_empty(of->methods, sizeof of->methods) &&
         !is_empty(of->hashes, sizeof of->hashes) && !is_empty(of->formats, sizeof of->formats);
}

static void check_says_the_same(enum lurk_ski_format format,
                                const struct lurk_ski_capabilities *capabilities) {
  struct lurk_octets message = {NULL, 0}, again = {NULL, 0};
  struct lurk_ski_capabilities back;
  struct lurk_decode_error error;
  FUZZ_CHECK(lurk_ski_capabilities_encode(format, capabilities, &message) == LURK_OK);
  FUZZ_CHECK(lurk_ski_capabilities_decode(format, message.data, message.len, &back, &error) == LURK_OK);
  check_same(capabilities, &back);
  FUZZ_CHECK(lurk_ski_capabilities_encode(format, &back, &again) == LURK_OK);
  FUZZ_CHECK(again.len == message.len && memcmp(again.data, message.data, again.len) == 0);
  lurk_octets_clear(&message);
  lurk_octets_clear(&again);
  lurk_ski_capabilities_clear(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct lurk_ski_capabilities capabilities;
  struct lurk_decode_error error = {NULL, 0};
  lurk_status status = lurk_ski_capabilities_decode(FORMAT, data, size, &capabilities, &error);
  if (status != LURK_OK) {
    check_refusal(status, &error, size);
    FUZZ_CHECK(capabilities.keys == NULL && capabilities.schemes == NULL);
    return 0;
  }
  if (can_be_encoded(&capabilities)) {
    check_says_the_same(LURK_SKI_CBOR, &capabilities);
    check_says_the_same(LURK_SKI_JSON, &capabilities);
  } else {
    struct lurk_octets message = {NULL, 0};
    FUZZ_CHECK(lurk_ski_capabilities_encode(FORMAT, &capabilities, &message) == LURK_ERR_MALFORMED);
    FUZZ_CHECK(message.data == NULL);
  }
  lurk_ski_capabilities_clear(&capabilities);
  return 0;
}
