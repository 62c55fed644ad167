#include "lurk/wire/utf8.h"

#include "lurk/fault.h"

/* The rows of RFC 3629 §4: the first octet decides how many follow, and the range of the second, which is
 * where overlong forms, surrogates and too large characters show. */
static const struct {
  uint8_t first_from, first_to;
  uint8_t second_from, second_to;
  uint8_t len;
} rows[] = {
    {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

/* Length of the character at data, or 0 when there is none. left is at least 1. */
static size_t character_len(const uint8_t *data, size_t left) {
  size_t row = 0;
  while (row < sizeof rows / sizeof *rows && (data[0] < rows[row].first_from || data[0] > rows[row].first_to))
    row++;
  if (row == sizeof rows / sizeof *rows || (rows[row].len > left && !LURK_FAULT(character_cut_off_read)))
    return 0;
  if (rows[row].len > 1 && (data[1] < rows[row].second_from || data[1] > rows[row].second_to))
    return 0;
  for (size_t i = 2; i < rows[row].len; i++) {
    if (data[i] < 0x80 || data[i] > 0xbf)
      return 0;
  }
  return rows[row].len;
}

bool lurk_utf8_is_valid(const uint8_t *data, size_t len) {
  for (size_t at = 0; at < len;) {
    size_t step = character_len(data + at, len - at);
    if (step == 0)
      return false;
    at += step;
  }
  return true;
}
