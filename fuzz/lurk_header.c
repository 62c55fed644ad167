/* The first octet says how length is counted, the rest is a stream of messages. Every header that is taken
 * comes back from the encoder, and is refused for its length alone. */
#include "lurk/wire/lurk_header.h"
#include "fuzz/target.h"
#include <string.h>

#define LIMIT 4096

static uint32_t length_field(const uint8_t *header) {
  return (uint32_t)header[12] << 24 | (uint32_t)header[13] << 16 | (uint32_t)header[14] << 8 | header[15];
}

static void check_refused_for_its_length(lurk_status status, uint32_t length, uint32_t counted) {
  FUZZ_CHECK(status == (length < counted ? LURK_ERR_MALFORMED : LURK_ERR_LIMIT));
  FUZZ_CHECK(length < counted || length - counted > LIMIT - LURK_HEADER_LEN);
}

static void check_answers(const struct lurk_header *request) {
  const struct lurk_header answers[] = {lurk_header_answer(request, LURK_MESSAGE_SUCCESS, 0),
                                        lurk_header_answer(request, 13, 4),
                                        lurk_header_refusal(request, LURK_BASE_INVALID_TYPE, 4)};
  const bool is_base = request->designation == LURK_DESIGNATION_LURK && request->version == 1;
  FUZZ_CHECK(lurk_answer_to(request, &answers[0]) == LURK_ANSWER_SUCCESS);
  FUZZ_CHECK(lurk_answer_to(request, &answers[1]) == (is_base ? LURK_ANSWER_BASE_ERROR : LURK_ANSWER_ERROR));
  FUZZ_CHECK(lurk_answer_to(request, &answers[2]) == LURK_ANSWER_BASE_ERROR);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  bool whole = data[0] % 2 == 0;
  enum lurk_length_convention convention = whole ? LURK_LENGTH_WHOLE_MESSAGE : LURK_LENGTH_PAYLOAD;
  size_t at = 1;
  while (size - at >= LURK_HEADER_LEN) {
    struct lurk_header header;
    uint8_t again[LURK_HEADER_LEN];
    uint32_t length = length_field(data + at), counted = whole ? LURK_HEADER_LEN : 0;
    lurk_status status = lurk_header_decode(data + at, convention, LIMIT, &header);
    check_answers(&header);
    if (status != LURK_OK) {
      check_refused_for_its_length(status, length, counted);
      FUZZ_CHECK(header.payload_len == 0 && header.type == data[at + 2]);
      return 0;
    }
    FUZZ_CHECK(header.payload_len == length - counted && header.payload_len <= LIMIT - LURK_HEADER_LEN);
    FUZZ_CHECK(lurk_header_encode(&header, convention, again) == LURK_OK);
    FUZZ_CHECK(memcmp(again, data + at, LURK_HEADER_LEN) == 0);
    at += LURK_HEADER_LEN;
    if (header.payload_len > size - at)
      return 0;
    at += header.payload_len;
  }
  return 0;
}
