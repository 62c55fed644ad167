/* Headers and chunked bodies, good and bad, in one piece and octet by octet: the verdict may not depend on
 * how they were cut. */
#include "lurk/net/http_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEADER_LIMIT 1024
#define BODY_LIMIT 100

struct text {
  const char *octets;
  size_t len;
};
#define TEXT(literal)                                                                                        \
  { literal, sizeof(literal) - 1 }

/* --- headers --- */

struct judged {
  unsigned status;
  char octets[4096];
  size_t len;
  struct lurk_http_head head;
};

/* step: octets per call. Fills status, and head when it is 0. */
static void judge(const char *octets, size_t len, size_t step, struct judged *out) {
  struct lurk_http_scan scan;
  http_parser parser;
  const char *reason = NULL;
  size_t position = 0;
  *out = (struct judged){0};
  assert_true(len < sizeof out->octets);
  lurk_http_scan_begin(&scan, HEADER_LIMIT, BODY_LIMIT);
  while (out->status == 0 && !scan.complete && position < len) {
    size_t used, most = len - position < step ? len - position : step;
    out->status = lurk_http_scan_header(&scan, (const uint8_t *)octets + position, most, &used);
    assert_true(used <= most);
    position += used;
    reason = scan.reason;
  }
  if (out->status == 0 && !scan.complete) {
    out->status = 1; /* incomplete */
    return;
  }
  if (out->status == 0) {
    memcpy(out->octets, octets, position);
    out->len = position;
    out->status = lurk_http_head_parse(&scan, (uint8_t *)out->octets, position, &parser, &out->head, &reason);
  }
  if (out->status != 0)
    assert_non_null(reason);
}

static void expect(const char *octets, size_t len, unsigned status) {
  static const size_t steps[] = {1, 2, 7, 4096};
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
    struct judged judged;
    judge(octets, len, steps[i], &judged);
    if (judged.status != status)
      fail_msg("expected %u, got %u for: %s", status, judged.status, octets);
  }
}

#define HOST "Host: ks.example\r\n"
#define POST "POST /ski HTTP/1.1\r\n"
#define LENGTH "Content-Length: 5\r\n"

static void test_header_verdicts(void **state) {
  (void)state;
  static const struct {
    unsigned status;
    struct text text;
  } rows[] = {
      {0, TEXT(POST HOST LENGTH "\r\n")},
      {0, TEXT("\r\n" POST HOST LENGTH "\r\n")},
      {400, TEXT("\r\n\r\n" POST HOST LENGTH "\r\n")},
      {400, TEXT("\n" POST HOST LENGTH "\r\n")},
      {0, TEXT("GET /ping HTTP/1.1\r\n" HOST "\r\n")},
      {0, TEXT("GET https://ks.example/ping?x HTTP/1.1\r\n" HOST "\r\n")},
      {0, TEXT("OPTIONS * HTTP/1.1\r\n" HOST "\r\n")},
      {0, TEXT("CONNECT ks.example:443 HTTP/1.1\r\n" HOST "\r\n")},
      {0, TEXT("BREW /pot HTTP/1.1\r\n" HOST "\r\n")},
      {1, TEXT(POST HOST LENGTH "\r")},
      /* request line */
      {400, TEXT("POST /ski\r\n")},
      {400, TEXT("POST  /ski HTTP/1.1\r\n" HOST LENGTH "\r\n")},
      {400, TEXT(" POST /ski HTTP/1.1\r\n" HOST LENGTH "\r\n")},
      {400, TEXT("POST /ski  HTTP/1.1\r\n" HOST LENGTH "\r\n")},
      {400, TEXT("POST /ski HTTP/1.1 \r\n" HOST LENGTH "\r\n")},
      {400, TEXT("POST /ski HTTP/1.1\n" HOST LENGTH "\r\n")},
      {400, TEXT("POST /ski http/1.1\r\n" HOST LENGTH "\r\n")},
      {400, TEXT("POST /ski HTTP/11\r\n" HOST LENGTH "\r\n")},
      {400, TEXT("POST /s\0ki HTTP/1.1\r\n" HOST LENGTH "\r\n")},
      {400, TEXT("POST /sk\x80 HTTP/1.1\r\n" HOST LENGTH "\r\n")},
      {400, TEXT("POST /ski#part HTTP/1.1\r\n" HOST LENGTH "\r\n")},
      {400, TEXT("POST ski HTTP/1.1\r\n" HOST LENGTH "\r\n")},
      {400, TEXT("POST *x HTTP/1.1\r\n" HOST LENGTH "\r\n")},
      {400, TEXT("PO(ST /ski HTTP/1.1\r\n" HOST LENGTH "\r\n")},
      {505, TEXT("POST /ski HTTP/9.9\r\n")},
      {505, TEXT("POST /ski HTTP/1.2\r\n")},
      {505, TEXT("POST /ski HTTP/0.9\r\n")},
      {505, TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")},
      /* fields */
      {400, TEXT(POST HOST "X: a\r\n b\r\n" LENGTH "\r\n")},
      {400, TEXT(POST " X: a\r\n" HOST LENGTH "\r\n")},
      {400, TEXT(POST HOST "X : a\r\n" LENGTH "\r\n")},
      {400, TEXT(POST HOST "X\t: a\r\n" LENGTH "\r\n")},
      {400, TEXT(POST HOST ": a\r\n" LENGTH "\r\n")},
      {400, TEXT(POST HOST "no colon\r\n" LENGTH "\r\n")},
      {400, TEXT(POST HOST "X: a\nY: b\r\n" LENGTH "\r\n")},
      {400, TEXT(POST HOST "X: a\rY: b\r\n" LENGTH "\r\n")},
      {400, TEXT(POST HOST "X: a\0b\r\n" LENGTH "\r\n")},
      {400, TEXT(POST HOST "X: a\x7f\r\n" LENGTH "\r\n")},
      {400, TEXT(POST HOST LENGTH "\n")},
      {400, TEXT(POST HOST LENGTH "\rx")},
      /* Host, Origin, Expect */
      {400, TEXT(POST LENGTH "\r\n")},
      {400, TEXT(POST HOST HOST LENGTH "\r\n")},
      {400, TEXT(POST "Host:\r\n" LENGTH "\r\n")},
      {400, TEXT("POST /ski HTTP/1.0\r\n" LENGTH "\r\n")},
      {0, TEXT("POST /ski HTTP/1.0\r\n" HOST LENGTH "\r\n")},
      {403, TEXT(POST HOST "Origin: null\r\n" LENGTH "\r\n")},
      {0, TEXT(POST HOST LENGTH "Expect: 100-Continue\r\n\r\n")},
      {417, TEXT(POST HOST LENGTH "Expect: 200-ok\r\n\r\n")},
      {417, TEXT(POST HOST LENGTH "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n")},
      {0, TEXT("POST /ski HTTP/1.0\r\n" HOST LENGTH "Expect: x\r\n\r\n")},
      /* framing */
      {411, TEXT(POST HOST "\r\n")},
      {411, TEXT("PUT /ski HTTP/1.1\r\n" HOST "\r\n")},
      {0, TEXT(POST HOST "Content-Length: 0\r\n\r\n")},
      {400, TEXT(POST HOST "Content-Length:\r\n\r\n")},
      {400, TEXT(POST HOST "Content-Length: -5\r\n\r\n")},
      {400, TEXT(POST HOST "Content-Length: +5\r\n\r\n")},
      {400, TEXT(POST HOST "Content-Length: 5,5\r\n\r\n")},
      {400, TEXT(POST HOST "Content-Length: 5 5\r\n\r\n")},
      {400, TEXT(POST HOST "Content-Length: 0x5\r\n\r\n")},
      {400, TEXT(POST HOST "Content-Length: 9223372036854775808\r\n\r\n")},
      {400, TEXT(POST HOST "Content-Length: 18446744073709551621\r\n\r\n")},
      {400, TEXT(POST HOST LENGTH LENGTH "\r\n")},
      {400, TEXT(POST HOST LENGTH "Content-Length: 6\r\n\r\n")},
      {0, TEXT(POST HOST "Content-Length: 100\r\n\r\n")},
      {413, TEXT(POST HOST "Content-Length: 101\r\n\r\n")},
      {413, TEXT(POST HOST "Content-Length: 999999999999999999\r\n\r\n")},
      {0, TEXT(POST HOST "Transfer-Encoding: chunked\r\n\r\n")},
      {0, TEXT(POST HOST "Transfer-Encoding: Chunked\r\n\r\n")},
      {400, TEXT(POST HOST LENGTH "Transfer-Encoding: chunked\r\n\r\n")},
      {400, TEXT(POST HOST "Transfer-Encoding: chunked\r\n" LENGTH "\r\n")},
      {400, TEXT(POST HOST "Transfer-Encoding: xchunked\r\n\r\n")},
      {400, TEXT(POST HOST "Transfer-Encoding: gzip, chunked\r\n\r\n")},
      {400, TEXT(POST HOST "Transfer-Encoding: chunked, chunked\r\n\r\n")},
      {400, TEXT(POST HOST "Transfer-Encoding: identity\r\n\r\n")},
      {400, TEXT(POST HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n")},
      {400, TEXT(POST HOST "Transfer-Encoding: \x0b"
                           "chunked\r\n\r\n")},
      {400, TEXT("POST /ski HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n")},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    expect(rows[i].text.octets, rows[i].text.len, rows[i].status);
}

static void test_header_contents(void **state) {
  (void)state;
  static const char text[] = "POST https://ks.example:8443/ski?a=b HTTP/1.1\r\nHost: ks.example:8443\r\n"
                             "content-type: \t application/json \t\r\nAccept: application/cbor\r\n"
                             "Content-Encoding: gzip\r\nContent-Length: 007\r\nExpect: 100-continue\r\n\r\n";
  struct judged judged;
  judge(text, sizeof text - 1, 4096, &judged);
  assert_int_equal(judged.status, 0);
  assert_string_equal(judged.head.method, "POST");
  assert_string_equal(judged.head.path, "/ski");
  assert_true(judged.head.has_query);
  assert_string_equal(judged.head.host, "ks.example:8443");
  assert_string_equal(judged.head.content_type, "application/json");
  assert_string_equal(judged.head.accept, "application/cbor");
  assert_true(judged.head.content_encoded);
  assert_true(judged.head.expects_continue);
  assert_true(judged.head.keep_alive);
  assert_int_equal(judged.head.framing, LURK_HTTP_LENGTH);
  assert_int_equal(judged.head.content_length, 7);
}

static void test_header_defaults(void **state) {
  (void)state;
  struct judged judged;
  static const char text[] = "GET / HTTP/1.1\r\n" HOST "Content-Type: a/b\r\nContent-Type: c/d\r\n"
                             "Content-Encoding: identity\r\nConnection: close\r\n\r\n";
  judge(text, sizeof text - 1, 4096, &judged);
  assert_int_equal(judged.status, 0);
  assert_null(judged.head.content_type); /* two are as good as none */
  assert_null(judged.head.accept);
  assert_false(judged.head.content_encoded || judged.head.keep_alive || judged.head.has_query);
  assert_int_equal(judged.head.framing, LURK_HTTP_NO_BODY);
  static const char old[] = "GET / HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n";
  judge(old, sizeof old - 1, 4096, &judged);
  assert_false(judged.head.keep_alive);
  static const char unknown[] = "BREW /pot HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n";
  judge(unknown, sizeof unknown - 1, 4096, &judged);
  assert_int_equal(judged.status, 0);
  assert_string_equal(judged.head.method, "unknown");
  assert_string_equal(judged.head.path, "/pot");
  assert_false(judged.head.keep_alive);
}

/* A header of exactly len octets, filled by the target or by a field. */
static void expect_filled(bool target, size_t len, unsigned status) {
  char text[4096];
  static const char before_target[] = "GET /", after_target[] = " HTTP/1.1\r\n" HOST "\r\n";
  static const char before_field[] = "GET / HTTP/1.1\r\n" HOST "X: ", after_field[] = "\r\n\r\n";
  const char *before = target ? before_target : before_field, *after = target ? after_target : after_field;
  size_t fill = len - strlen(before) - strlen(after);
  char middle[2 * HEADER_LIMIT];
  memset(middle, 'x', fill);
  middle[fill] = '\0';
  snprintf(text, sizeof text, "%s%s%s", before, middle, after);
  assert_int_equal(strlen(text), len);
  expect(text, len, status);
}

static void test_header_limits(void **state) {
  (void)state;
  expect_filled(false, HEADER_LIMIT, 0);
  expect_filled(false, HEADER_LIMIT + 1, 431);
  expect_filled(true, HEADER_LIMIT, 0);
  expect_filled(true, HEADER_LIMIT + 100, 414);
  char many[2048] = "GET / HTTP/1.1\r\n" HOST;
  for (int i = 0; i < LURK_HTTP_FIELDS - 1; i++)
    strcat(many, "a:b\r\n");
  char one_more[2100];
  snprintf(one_more, sizeof one_more, "%sa:b\r\n\r\n", many);
  strcat(many, "\r\n");
  expect(many, strlen(many), 0);
  expect(one_more, strlen(one_more), 431);
}

/* --- chunks --- */

static unsigned judge_chunks(const char *octets, size_t len, size_t step, size_t *consumed, bool *complete) {
  struct lurk_http_scan scan;
  unsigned status = 0;
  lurk_http_scan_begin(&scan, HEADER_LIMIT, BODY_LIMIT);
  lurk_http_scan_begin_chunks(&scan);
  *consumed = 0;
  while (status == 0 && !scan.complete && *consumed < len) {
    size_t used, most = len - *consumed < step ? len - *consumed : step;
    status = lurk_http_scan_chunks(&scan, (const uint8_t *)octets + *consumed, most, &used);
    *consumed += used;
  }
  *complete = scan.complete;
  if (status != 0)
    assert_non_null(scan.reason);
  return status;
}

static void test_chunk_verdicts(void **state) {
  (void)state;
  static const struct {
    unsigned status;
    bool complete;
    size_t left;
    struct text text;
  } rows[] = {
      {0, true, 0, TEXT("5\r\nhello\r\n0\r\n\r\n")},
      {0, true, 3, TEXT("5\r\nhello\r\n0\r\n\r\nGET")},
      {0, true, 0, TEXT("2\r\nhe\r\n3;x=y\r\nllo\r\n00\r\nX-T: 1\r\n\r\n")},
      {0, true, 0, TEXT("0\r\n\r\n")},
      {0, true, 0, TEXT("000000000000005\r\nhello\r\n0\r\n\r\n")},
      {0, false, 0, TEXT("5\r\nhello\r\n")},
      {0, false, 0, TEXT("5\r\nhello\r\n0\r\n\r")},
      {400, false, 0, TEXT("0000000000000005\r\nhello\r\n0\r\n\r\n")},
      {400, false, 0, TEXT("10000000000000005\r\nhello\r\n0\r\n\r\n")},
      {400, false, 0, TEXT("5\nhello\r\n0\r\n\r\n")},
      {400, false, 0, TEXT("5\r\nhello\n0\r\n\r\n")},
      {400, false, 0, TEXT("5\r\nhelloXX0\r\n\r\n")},
      {400, false, 0, TEXT("4\r\nhello\r\n0\r\n\r\n")},
      {400, false, 0, TEXT("5 \r\nhello\r\n0\r\n\r\n")},
      {400, false, 0, TEXT(" 5\r\nhello\r\n0\r\n\r\n")},
      {400, false, 0, TEXT("+5\r\nhello\r\n0\r\n\r\n")},
      {400, false, 0, TEXT("0x5\r\nhello\r\n0\r\n\r\n")},
      {400, false, 0, TEXT("\r\nhello\r\n0\r\n\r\n")},
      {400, false, 0, TEXT("g\r\nhello\r\n0\r\n\r\n")},
      {400, false, 0, TEXT("5;a\nb\r\nhello\r\n0\r\n\r\n")},
      {400, false, 0, TEXT("5;a\0b\r\nhello\r\n0\r\n\r\n")},
      {400, false, 0, TEXT("0\r\nContent-Length: 5\r\n\r\n")},
      {400, false, 0, TEXT("0\r\ntransfer-encoding: chunked\r\n\r\n")},
      {400, false, 0, TEXT("0\r\nHost: x\r\n\r\n")},
      {400, false, 0, TEXT("0\r\nX: a\r\n b\r\n\r\n")},
      {413, false, 0, TEXT("65\r\n")},
      {413, false, 0, TEXT("fffffffffffffff\r\n")},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    for (size_t step = 1; step < 40; step += 3) {
      size_t consumed;
      bool complete;
      unsigned status = judge_chunks(rows[i].text.octets, rows[i].text.len, step, &consumed, &complete);
      if (status != rows[i].status || complete != rows[i].complete)
        fail_msg("expected %u, got %u for: %s", rows[i].status, status, rows[i].text.octets);
      if (status == 0)
        assert_int_equal(rows[i].text.len - consumed, rows[i].left);
    }
  }
}

static void test_chunk_limits(void **state) {
  (void)state;
  char text[4096], *end = text;
  size_t consumed;
  bool complete;
  /* one octet per chunk: the sum counts */
  for (int i = 0; i < BODY_LIMIT; i++)
    end += sprintf(end, "1\r\nx\r\n");
  strcpy(end, "0\r\n\r\n");
  assert_int_equal(judge_chunks(text, strlen(text), 11, &consumed, &complete), 0);
  assert_true(complete);
  strcpy(end, "1\r\nx\r\n");
  assert_int_equal(judge_chunks(text, strlen(text), 11, &consumed, &complete), 413);
  /* an endless extension */
  memset(text, 'y', sizeof text);
  memcpy(text, "5;", 2);
  assert_int_equal(judge_chunks(text, sizeof text, 64, &consumed, &complete), 400);
  assert_true(consumed <= HEADER_LIMIT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_header_verdicts), cmocka_unit_test(test_header_contents),
      cmocka_unit_test(test_header_defaults), cmocka_unit_test(test_header_limits),
      cmocka_unit_test(test_chunk_verdicts),  cmocka_unit_test(test_chunk_limits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
