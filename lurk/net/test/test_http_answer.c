/* Responses, good and bad, in one piece and octet by octet. */
#include "lurk/net/http_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BODY_LIMIT 100

static lurk_status feed_all(struct lurk_http_reply *reply, const char *text, size_t len, size_t step) {
  lurk_status status = LURK_OK;
  for (size_t at = 0; at < len && status == LURK_OK && !reply->complete; at += step)
    status = lurk_http_reply_feed(reply, (const uint8_t *)text + at, len - at < step ? len - at : step);
  return status;
}

struct expected {
  const char *text;
  lurk_status status;
  bool complete, reusable;
  unsigned code;
  const char *type, *body;
};

static void expect_at_step(const struct expected *row, size_t step) {
  struct lurk_http_reply reply;
  lurk_http_reply_begin(&reply, BODY_LIMIT);
  assert_int_equal(feed_all(&reply, row->text, strlen(row->text), step), row->status);
  if (row->status == LURK_OK && reply.complete != row->complete)
    fail_msg("complete %d: %s", reply.complete, row->text);
  if (reply.complete) {
    assert_int_equal(reply.code, row->code);
    assert_string_equal(reply.content_type, row->type);
    assert_int_equal(reply.body.len, strlen(row->body));
    if (reply.body.len > 0)
      assert_memory_equal(lurk_buffer_data(&reply.body), row->body, reply.body.len);
    assert_int_equal(reply.reusable, row->reusable);
  }
  lurk_http_reply_clear(&reply);
}

static void test_answers(void **state) {
  (void)state;
  static const struct expected rows[] = {
      {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", LURK_OK, true,
       true, 200, "application/json", "{}"},
      {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", LURK_OK, true, false, 404,
       "", ""},
      {"HTTP/1.1 204 No Content\r\n\r\n", LURK_OK, true, true, 204, "", ""},
      {"HTTP/1.1 100 Continue\r\nContent-Type: x/y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nz",
       LURK_OK, true, true, 200, "", "z"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", LURK_OK, true,
       true, 200, "", "abc"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", LURK_OK, false, false, 0, "", ""},
      {"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", LURK_OK, false, false, 0, "", ""},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", LURK_ERR_MALFORMED,
       false, false, 0, "", ""},
      {"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", LURK_ERR_MALFORMED,
       false, false, 0, "", ""},
      {"SSH-2.0-OpenSSH\r\n", LURK_ERR_MALFORMED, false, false, 0, "", ""},
      {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", LURK_ERR_MALFORMED, false, false, 0, "", ""},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    for (size_t step = 1; step < 200; step = step * 3 + 1)
      expect_at_step(&rows[i], step);
}

static void test_nul_in_a_field(void **state) {
  (void)state;
  static const char text[] = "HTTP/1.1 200 OK\r\nContent-Type: a\0b\r\nContent-Length: 0\r\n\r\n";
  for (size_t step = 1; step < 80; step += 13) {
    struct lurk_http_reply reply;
    lurk_http_reply_begin(&reply, BODY_LIMIT);
    assert_int_equal(feed_all(&reply, text, sizeof text - 1, step), LURK_ERR_MALFORMED);
    lurk_http_reply_clear(&reply);
  }
}

static void test_octets_behind_the_answer(void **state) {
  (void)state;
  static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n";
  struct lurk_http_reply reply;
  lurk_http_reply_begin(&reply, BODY_LIMIT);
  assert_int_equal(lurk_http_reply_feed(&reply, (const uint8_t *)text, sizeof text - 1), LURK_OK);
  assert_true(reply.complete);
  assert_false(reply.reusable);
  lurk_http_reply_clear(&reply);
}

static void test_end_of_connection(void **state) {
  (void)state;
  static const char until_end[] = "HTTP/1.1 200 OK\r\n\r\nabc",
                    cut[] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc";
  struct lurk_http_reply reply;
  lurk_http_reply_begin(&reply, BODY_LIMIT);
  assert_int_equal(feed_all(&reply, until_end, sizeof until_end - 1, 5), LURK_OK);
  assert_false(reply.complete);
  assert_int_equal(lurk_http_reply_end(&reply), LURK_OK);
  assert_int_equal(reply.body.len, 3);
  assert_false(reply.reusable);
  lurk_http_reply_clear(&reply);
  lurk_http_reply_begin(&reply, BODY_LIMIT);
  assert_int_equal(feed_all(&reply, cut, sizeof cut - 1, 5), LURK_OK);
  assert_int_equal(lurk_http_reply_end(&reply), LURK_ERR_CLOSED);
  lurk_http_reply_clear(&reply);
}

static lurk_status feed_repeated(const char *begin, const char *part, size_t times) {
  struct lurk_http_reply reply;
  lurk_http_reply_begin(&reply, BODY_LIMIT);
  lurk_status status = feed_all(&reply, begin, strlen(begin), 4096);
  for (size_t i = 0; i < times && status == LURK_OK; i++)
    status = feed_all(&reply, part, strlen(part), 4096);
  lurk_http_reply_clear(&reply);
  return status;
}

static void test_bounds(void **state) {
  (void)state;
  assert_int_equal(feed_repeated("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", "x", 101), LURK_ERR_LIMIT);
  assert_int_equal(feed_repeated("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n", 101),
                   LURK_ERR_LIMIT);
  assert_int_equal(feed_repeated("HTTP/1.1 200 OK\r\n", "X: yyyyyyyyyyyyyyyyyyyyyyyyyy\r\n", 1000),
                   LURK_ERR_LIMIT);
  assert_int_equal(feed_repeated("", "HTTP/1.1 100 Continue\r\n\r\n", 1000), LURK_ERR_LIMIT);
  assert_int_equal(feed_repeated("HTTP/1.1 200 OK\r\nContent-Type: ", "yyyyyyyyyyyyyyyyyyyyy", 10),
                   LURK_ERR_LIMIT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_answers),
      cmocka_unit_test(test_nul_in_a_field),
      cmocka_unit_test(test_octets_behind_the_answer),
      cmocka_unit_test(test_end_of_connection),
      cmocka_unit_test(test_bounds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
