/* What is no JSON that is taken, wherever it stands in a request. */
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/json_request.h"
#include <stdio.h>

static void cut_off_anywhere(void **state) {
  (void)state;
  struct lurk_octets message = octets_of_text(GOOD);
  for (size_t len = 0; len < message.len; len++) {
    struct lurk_octets cut = octets_cut(&message, len);
    assert_message_malformed(&cut, "JSON syntax");
    lurk_octets_clear(&cut);
  }
  lurk_octets_clear(&message);
}

/* JS-01, JS-03, JS-04, JS-07: not a JSON text. */
static void not_json(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *field;
  } rows[] = {
      {" ", "JSON syntax"},
      {"null", "JSON syntax"},
      {"\"x\"", "JSON syntax"},
      {"1", "JSON syntax"},
      {"[]", "JSON object"},
      {"[" GOOD "]", "JSON object"},
      {"{" NEEDED ",}", "JSON syntax"},
      {"{," NEEDED "}", "JSON syntax"},
      {"{" NEEDED " /* */}", "JSON syntax"},
      {"{" NEEDED "} // x", "end of JSON text"},
      {"{" NEEDED ",'x':0}", "JSON syntax"},
      {"{" NEEDED ",x:0}", "JSON syntax"},
      {"{" NEEDED ",\"x\":NaN}", "JSON syntax"},
      {"{" NEEDED ",\"x\":Infinity}", "JSON syntax"},
      {"{" NEEDED ",\"x\":-Infinity}", "JSON syntax"},
      {"{" NEEDED ",\"x\":0x10}", "JSON syntax"},
      {"{" NEEDED ",\"x\":01}", "JSON syntax"},
      {"{" NEEDED ",\"x\":+1}", "JSON syntax"},
      {"{" NEEDED ",\"x\":.5}", "JSON syntax"},
      {"{" NEEDED ",\"x\":5.}", "JSON syntax"},
      {"{" NEEDED ",\"x\":1e}", "JSON syntax"},
      {"{" NEEDED ",\"x\":True}", "JSON syntax"},
      {"{" NEEDED ",\"x\":[0,]}", "JSON syntax"},
      {"{" NEEDED ",\"x\":[}]}", "JSON syntax"},
      {"{" NEEDED ",\"x\"}", "JSON syntax"},
      {"{" NEEDED ",\"x\":}", "JSON syntax"},
      {"{" NEEDED ",\"x\":\"\\x\"}", "JSON syntax"},
      {"{" NEEDED ",\"x\":\"\\u12\"}", "JSON syntax"},
      {"{" NEEDED ",\"x\":\"\t\"}", "JSON syntax"},
      {"{" NEEDED ",\"x\":\"\n\"}", "JSON syntax"},
      {"{" NEEDED ",\"x\":\"\\ud800\"}", "JSON syntax"},
      {"{" NEEDED ",\"x\":\"\\udc00\"}", "JSON syntax"},
      {"{" NEEDED ",\"x\":\"\\ud800\\u0041\"}", "JSON syntax"},
      {"{" NEEDED ",\"x\":\"\\ud800\\ud800\"}", "JSON syntax"},
      {"{" NEEDED ",\"\\udfff\":0}", "JSON syntax"},
      {"{" NEEDED ",\"x\":\"\\u0000\"}", "JSON syntax"},
      {"{" NEEDED ",\"\\u0000\":0}", "JSON syntax"},
      {"{" NEEDED ",\"input\\u0000\":0}", "JSON syntax"},
      {"\v{" NEEDED "}", "JSON syntax"},
      {"\xef\xbb\xbf{" NEEDED "}", "JSON syntax"},
      {"{" NEEDED ",\"x\":\"\xff\"}", "JSON text not UTF-8"},
      {"{" NEEDED ",\"x\":\"\xc0\x80\"}", "JSON text not UTF-8"},
      {"{" NEEDED ",\"x\":\"\xed\xa0\x80\"}", "JSON text not UTF-8"},
      {"{" NEEDED ",\"x\":\"\xf4\x90\x80\x80\"}", "JSON text not UTF-8"},
      {"{" NEEDED ",\"x\":\"\xe2\x82\"}", "JSON text not UTF-8"},
      {GOOD "x", "end of JSON text"},
      {GOOD GOOD, "end of JSON text"},
      {GOOD ",", "end of JSON text"},
      {GOOD "}", "end of JSON text"},
      {GOOD "0", "end of JSON text"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_malformed(rows[i].text, rows[i].field);
}

/* JS-04, JS-07, CB-24: what a C string cannot hold. */
static void octets_that_are_no_text(void **state) {
  (void)state;
  static const struct {
    const char *notation;
    const char *field;
  } rows[] = {
      {"'{}' 00", "end of JSON text"},
      {"00 '{}'", "JSON syntax"},
      {"'{\"a' 00 '\":1}'", "JSON syntax"},
      {"'{\"a\":\"' 00 '\"}'", "JSON syntax"},
      {"fffe 7b00 7d00", "JSON text not UTF-8"},
      {"feff 007b 007d", "JSON text not UTF-8"},
      {"7b00 2200", "JSON syntax"},
      {"007b 0022", "JSON syntax"},
      {"0000007b 0000007d", "JSON syntax"},
      {"a3 64'spki' 40", "JSON text not UTF-8"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_octets message = octets_of(rows[i].notation);
    assert_message_malformed(&message, rows[i].field);
    lurk_octets_clear(&message);
  }
}

/* JS-02: at any depth, of equal and of different value, also when an escape hides the name. */
static void members_once(void **state) {
  (void)state;
  static const char *const rows[] = {
      "{" NEEDED "," INPUT "}",
      "{" NEEDED ",\"input\":\"AAAA\"}",
      "{\"input\":\"AAAA\"," NEEDED "}",
      "{" NEEDED ",\"input\":null}",
      "{" NEEDED "," SPKI "}",
      "{" NEEDED "," METHOD "," METHOD "}",
      "{" NEEDED ",\"\\u0069nput\":\"wP/u\"}",
      "{\"\\u0069nput\":\"wP/u\"," NEEDED "}",
      "{" NEEDED ",\"x\":0,\"x\":0}",
      "{" NEEDED ",\"x\":[{\"y\":0,\"z\":1,\"y\":0}]}",
      "{" NEEDED ",\"\":0,\"\":0}",
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_malformed(rows[i], "JSON member twice");
}

/* JS-05: numbers that nothing here can hold end in bounded time, as unknown members and as known ones. */
static void numbers(void **state) {
  (void)state;
  static const char *const taken[] = {"0", "-0", "-0.0", "1e308", "1e-400", "-9223372036854775808", "0.1E-2"};
  static const char *const refused[] = {"1e400",
                                        "-1e400",
                                        "1E+2147483648",
                                        "1e99999999999999999999",
                                        "9223372036854775808",
                                        "99999999999999999999999999"};
  char text[256];
  for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
    struct lurk_ski_request request;
    snprintf(text, sizeof text, "{" NEEDED ",\"x\":%s}", taken[i]);
    assert_taken(text, &request);
    lurk_ski_request_clear(&request);
    snprintf(text, sizeof text, "{" PROTOCOL "," SPKI ",\"input\":%s}", taken[i]);
    assert_malformed(text, "input");
  }
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    snprintf(text, sizeof text, "{" NEEDED ",\"x\":%s}", refused[i]);
    assert_malformed(text, "JSON number too large");
    snprintf(text, sizeof text, "{" NEEDED ",\"scheme\":%s}", refused[i]);
    assert_malformed(text, "JSON number too large");
  }
}

static void a_number_of_very_many_digits(void **state) {
  (void)state;
  static const struct {
    const char *notation;
    const char *field;
  } rows[] = {
      {"'{\"x\":' (39*1000000) '}'", "JSON number too large"},
      {"'{\"x\":-' (39*1000000) '}'", "JSON number too large"},
      {"'{\"x\":1e' (39*1000000) '}'", "JSON number too large"},
      {"'{\"x\":0.' (39*1000000) '}'", "protocol"},
      {"'{\"x\":0.' (30*1000000) '1}'", "protocol"},
      {"'{\"x\":1e-' (39*1000000) '}'", "protocol"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_octets message = octets_of(rows[i].notation);
    assert_message_malformed(&message, rows[i].field);
    lurk_octets_clear(&message);
  }
}

/* JS-08: the object itself is the first of LURK_SKI_MAX_DEPTH containers. */
static void nesting(void **state) {
  (void)state;
  static const struct {
    const char *notation;
    const char *field;
    size_t offset;
  } rows[] = {
      {"'{\"x\":' (5b*15) (5d*15) '}'", "protocol", LURK_NO_OFFSET},
      {"'{\"x\":' (5b*16) (5d*16) '}'", "nesting too deep", 20},
      {"'{\"x\":' (5b*100000) (5d*100000) '}'", "nesting too deep", 20},
      {"'{\"x\":' (5b*100000)", "nesting too deep", 20},
      {"(5b*100000)", "nesting too deep", 16},
      {"(7b226122*1)", "JSON syntax", 4},
      {"(7b2261223a*14) '{}' (7d*14)", "protocol", LURK_NO_OFFSET},
      {"(7b2261223a*15) '{}' (7d*15)", "protocol", LURK_NO_OFFSET},
      {"(7b2261223a*16) '{}' (7d*16)", "nesting too deep", 80},
      {"(7b2261223a5b*50000)", "nesting too deep", 48},
      /* brackets in strings do not nest, and an escaped quote does not end a string */
      {"'{\"x\":\"' (5b*100) '\"}'", "protocol", LURK_NO_OFFSET},
      {"'{\"x\":\"\\\"' (5b*100) '\"}'", "protocol", LURK_NO_OFFSET},
      {"'{\"x\":\"\\\\\",\"y\":' (5b*16) (5d*16) '}'", "nesting too deep", 29},
      {"'{\"x\":[' (5b5d2c*100) '0]}'", "protocol", LURK_NO_OFFSET},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_ski_request request;
    struct lurk_decode_error error;
    struct lurk_octets message = octets_of(rows[i].notation);
    assert_int_equal(decode_json_request(&message, &request, &error), LURK_ERR_MALFORMED);
    assert_string_equal(error.field, rows[i].field);
    assert_int_equal(error.offset, rows[i].offset);
    lurk_octets_clear(&message);
  }
}
int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cut_off_anywhere),
      cmocka_unit_test(not_json),
      cmocka_unit_test(octets_that_are_no_text),
      cmocka_unit_test(members_once),
      cmocka_unit_test(numbers),
      cmocka_unit_test(a_number_of_very_many_digits),
      cmocka_unit_test(nesting),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
