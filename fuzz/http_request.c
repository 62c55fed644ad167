/* A request is judged alike however it was cut, and nothing ambiguous is taken: its header has no fold, no
 * lone CR or LF, no NUL, and http-parser finds as much body in the chunks as the scan in front of it. */
#include "fuzz/target.h"
#include "lurk/net/buffer.h"
#include "lurk/net/http_head.h"
#include <string.h>

enum { HEADER_LIMIT = 2048, BODY_LIMIT = 512 };

struct outcome {
  unsigned status; /* 0: taken */
  size_t used;
  bool complete, parsed;
  uint64_t decoded;
  struct lurk_buffer header, body;
  struct lurk_http_head head;
};

static int on_body(http_parser *parser, const char *at, size_t len) {
  return !lurk_buffer_append(parser->data, at, len);
}

static size_t piece(size_t size, size_t used, size_t step) {
  return size - used < step ? size - used : step;
}

static void read_chunks(struct lurk_http_scan *scan, http_parser *parser, const uint8_t *data, size_t size,
                        size_t step, struct outcome *out) {
  static const http_parser_settings settings = {.on_body = on_body};
  parser->data = &out->body;
  out->parsed = true;
  lurk_http_scan_begin_chunks(scan);
  while (out->status == 0 && !scan->complete && out->used < size) {
    size_t used;
    out->status = lurk_http_scan_chunks(scan, data + out->used, piece(size, out->used, step), &used);
    if (out->status == 0 && out->parsed)
      out->parsed = http_parser_execute(parser, &settings, (const char *)data + out->used, used) == used;
    out->used += used;
  }
  out->complete = scan->complete;
  out->decoded = scan->decoded;
}

static void judge(const uint8_t *data, size_t size, size_t step, struct outcome *out) {
  struct lurk_http_scan scan;
  http_parser parser;
  const char *reason = NULL;
  *out = (struct outcome){0};
  lurk_http_scan_begin(&scan, HEADER_LIMIT, BODY_LIMIT);
  while (out->status == 0 && !scan.complete && out->used < size) {
    size_t used;
    out->status = lurk_http_scan_header(&scan, data + out->used, piece(size, out->used, step), &used);
    FUZZ_CHECK(lurk_buffer_append(&out->header, data + out->used, used));
    out->used += used;
  }
  if (out->status != 0 || !scan.complete)
    return;
  out->status = lurk_http_head_parse(&scan, lurk_buffer_data(&out->header), out->header.len, &parser,
                                     &out->head, &reason);
  FUZZ_CHECK(out->status == 0 || reason != NULL);
  if (out->status == 0 && out->head.framing == LURK_HTTP_CHUNKED)
    read_chunks(&scan, &parser, data, size, step, out);
  else
    out->complete = true;
}

static void check_taken(const uint8_t *data, const struct outcome *out) {
  size_t header_len = out->header.len;
  FUZZ_CHECK(header_len <= HEADER_LIMIT && out->head.path != NULL && out->head.method != NULL);
  for (size_t i = 0; i < header_len; i++) {
    FUZZ_CHECK(data[i] != '\0');
    FUZZ_CHECK((data[i] == '\n') == (i > 0 && data[i - 1] == '\r'));
    FUZZ_CHECK(i == 0 || data[i - 1] != '\n' || (data[i] != ' ' && data[i] != '\t'));
  }
  if (out->head.framing == LURK_HTTP_LENGTH)
    FUZZ_CHECK(out->head.content_length > 0 && out->head.content_length <= BODY_LIMIT);
  if (out->complete && out->parsed)
    FUZZ_CHECK(out->body.len == out->decoded && out->decoded <= BODY_LIMIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const size_t steps[] = {1, 5, SIZE_MAX};
  struct outcome outcomes[3];
  for (size_t i = 0; i < 3; i++)
    judge(data, size, steps[i], &outcomes[i]);
  for (size_t i = 0; i < 3; i++) {
    FUZZ_CHECK(outcomes[i].status == outcomes[0].status && outcomes[i].complete == outcomes[0].complete);
    if (outcomes[i].status == 0 && outcomes[i].head.path != NULL) {
      check_taken(data, &outcomes[i]);
      FUZZ_CHECK(strcmp(outcomes[i].head.path, outcomes[0].head.path) == 0);
      FUZZ_CHECK(outcomes[i].body.len == outcomes[0].body.len);
    }
  }
  for (size_t i = 0; i < 3; i++) {
    lurk_buffer_clear(&outcomes[i].header);
    lurk_buffer_clear(&outcomes[i].body);
  }
  return 0;
}
