/* An answer is read alike however it was cut, and within its bounds. */
#include "lurk/net/http_answer.h"
#include "fuzz/target.h"
#include <string.h>

enum { BODY_LIMIT = 512 };

static lurk_status read_answer(struct lurk_http_reply *reply, const uint8_t *data, size_t size, size_t step) {
  lurk_status status = LURK_OK;
  lurk_http_reply_begin(reply, BODY_LIMIT);
  for (size_t used = 0; used < size && status == LURK_OK && !reply->complete;) {
    size_t len = size - used < step ? size - used : step;
    status = lurk_http_reply_feed(reply, data + used, len);
    used += len;
  }
  if (status == LURK_OK && !reply->complete)
    status = lurk_http_reply_end(reply);
  FUZZ_CHECK(reply->body.len <= BODY_LIMIT);
  FUZZ_CHECK(status != LURK_OK || (reply->complete && reply->code >= 200));
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct lurk_http_reply whole, cut;
  /* The bound of the header counts pieces as they came: cut and whole may differ beyond it only. */
  if (size > LURK_HTTP_ANSWER_HEADER)
    return 0;
  lurk_status status = read_answer(&whole, data, size, SIZE_MAX);
  /* Which of several faults comes first may depend on the cut. */
  FUZZ_CHECK((read_answer(&cut, data, size, 1) == LURK_OK) == (status == LURK_OK));
  if (status == LURK_OK) {
    FUZZ_CHECK(whole.code == cut.code && strcmp(whole.content_type, cut.content_type) == 0);
    FUZZ_CHECK(whole.body.len == cut.body.len);
    FUZZ_CHECK(whole.body.len == 0 ||
               memcmp(lurk_buffer_data(&whole.body), lurk_buffer_data(&cut.body), cut.body.len) == 0);
  }
  lurk_http_reply_clear(&whole);
  lurk_http_reply_clear(&cut);
  return 0;
}
