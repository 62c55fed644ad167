#include "lurk/wire/base64.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"
#include <stdlib.h>
#include <string.h>

/* Decodes from a block of exactly the text's length into one of exactly the promised size. */
static bool decode(const char *text, size_t len, uint8_t *data, size_t *data_len) {
  char *exact = malloc(len > 0 ? len : 1);
  uint8_t *room = malloc(lurk_base64_decoded_max(len) > 0 ? lurk_base64_decoded_max(len) : 1);
  assert_non_null(exact);
  assert_non_null(room);
  memcpy(exact, text, len);
  bool ok = lurk_base64_decode(exact, len, room, data_len);
  if (ok)
    memcpy(data, room, *data_len);
  free(exact);
  free(room);
  return ok;
}

/* RFC 4648 §10, and the two characters that its vectors leave out. */
static void vectors_both_ways(void **state) {
  (void)state;
  static const struct {
    const char *data;
    const char *text;
  } rows[] = {
      {"", ""},
      {"'f'", "Zg=="},
      {"'fo'", "Zm8="},
      {"'foo'", "Zm9v"},
      {"'foob'", "Zm9vYg=="},
      {"'fooba'", "Zm9vYmE="},
      {"'foobar'", "Zm9vYmFy"},
      {"fbff", "+/8="},
      {"ffffff", "////"},
      {"000000", "AAAA"},
      {"00", "AA=="},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_octets data = octets_of(rows[i].data);
    char text[16];
    uint8_t back[16];
    size_t back_len;
    assert_int_equal(lurk_base64_encoded_len(data.len), strlen(rows[i].text));
    lurk_base64_encode(data.data, data.len, text);
    assert_memory_equal(text, rows[i].text, strlen(rows[i].text));
    assert_true(decode(rows[i].text, strlen(rows[i].text), back, &back_len));
    assert_int_equal(back_len, data.len);
    assert_memory_equal(back, data.data != NULL ? data.data : back, data.len);
    lurk_octets_clear(&data);
  }
}

static void round_trip_of_every_octet_and_length(void **state) {
  (void)state;
  uint8_t data[300], back[300];
  char text[400];
  for (size_t i = 0; i < sizeof data; i++)
    data[i] = (uint8_t)(i * 167 + 13);
  for (size_t len = 0; len <= sizeof data; len++) {
    size_t text_len = lurk_base64_encoded_len(len), back_len;
    assert_true(text_len <= sizeof text);
    lurk_base64_encode(data, len, text);
    assert_true(decode(text, text_len, back, &back_len));
    assert_int_equal(back_len, len);
    assert_memory_equal(back, data, len);
  }
}

/* JS-09: each octet string has one text only. */
static void only_the_canonical_text(void **state) {
  (void)state;
  static const char *const rows[] = {
      "Z",          "Zg",
      "Zg=",        "Zg===",
      "Zm8",        "Zm8==",
      "Zm9vYg",     "Zm9v=",
      "====",       "=",
      "==",         "===",
      "Z===",       "=Zg=",
      "Zg=A",       "Zg==Zg==",
      "Zm8=Zm9v",   "Zh==",
      "Zv==",       "Z/==",
      "Zm9=",       "Zm+=",
      "Zm/=",       "-_8=",
      "+_8=",       "Zm9v\n",
      "\nZm9v",     "Zm9\n",
      "Zm9vZm9\n",  " Zm9v",
      "Zm 9v",      "Zm9v ",
      "Zm9.",       "Zm9,",
      "Zm9\x7f",    "Zm9\xc3",
      "Zm\xc3\xa9", "\xef\xbb\xbfZm9v",
      "Zg\\=",      "%5Ag=",
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    uint8_t data[64];
    size_t len;
    if (decode(rows[i], strlen(rows[i]), data, &len))
      fail_msg("taken: \"%s\"", rows[i]);
  }
}

static void nul_is_no_character(void **state) {
  (void)state;
  uint8_t data[8];
  size_t len;
  assert_false(decode("Zm9\0", 4, data, &len));
  assert_false(decode("\0\0\0\0", 4, data, &len));
  assert_false(decode("Zm8=\0\0\0\0", 8, data, &len));
}

/* Of all texts of four octets of which two vary, exactly those of the alphabet decode. */
static void every_pair_of_octets(void **state) {
  (void)state;
  unsigned taken = 0;
  for (unsigned a = 0; a < 256; a++) {
    for (unsigned b = 0; b < 256; b++) {
      const char text[] = {'A', (char)a, (char)b, 'A'};
      uint8_t data[3];
      size_t len;
      taken += lurk_base64_decode(text, sizeof text, data, &len);
    }
  }
  assert_int_equal(taken, 64 * 64);
}

static void lengths_do_not_wrap(void **state) {
  (void)state;
  assert_int_equal(lurk_base64_encoded_len(SIZE_MAX), 0);
  assert_int_equal(lurk_base64_encoded_len(SIZE_MAX - 1), 0);
  assert_int_equal(lurk_base64_encoded_len(SIZE_MAX / 4 * 3), 0);
  assert_true(lurk_base64_encoded_len(SIZE_MAX / 4 * 3 - 2) > SIZE_MAX / 4 * 3);
  assert_true(lurk_base64_decoded_max(SIZE_MAX) < SIZE_MAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(vectors_both_ways),       cmocka_unit_test(round_trip_of_every_octet_and_length),
      cmocka_unit_test(only_the_canonical_text), cmocka_unit_test(nul_is_no_character),
      cmocka_unit_test(every_pair_of_octets),    cmocka_unit_test(lengths_do_not_wrap),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
