#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"
#include "lurk/wire/utf8.h"

static bool is_valid(const char *notation) {
  struct lurk_octets octets = octets_of(notation);
  bool valid = lurk_utf8_is_valid(octets.data, octets.len);
  lurk_octets_clear(&octets);
  return valid;
}

static void well_formed(void **state) {
  (void)state;
  static const char *const rows[] = {
      "",       "00",       "7f",       "'plain'",  "c280",
      "dfbf",   "e0a080",   "ed9fbf",   "ee8080",   "efbfbf",
      "efbbbf", "f0908080", "f48fbfbf", "f1808080", "c3a9 e282ac f09f9880 'x'",
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (!is_valid(rows[i]))
      fail_msg("refused: %s", rows[i]);
  }
}

static void not_well_formed(void **state) {
  (void)state;
  static const char *const rows[] = {
      "80",       "bf",     "c0",       "c080",     "c1bf",     "c2",       "c241",         "c2c2",
      "e0",       "e0a0",   "e08080",   "e09fbf",   "e0a041",   "eda080",   "edbfbf",       "eda080edb080",
      "f0",       "f09080", "f0808080", "f08fbfbf", "f0904180", "f09080c0", "f4908080",     "f5808080",
      "f8888080", "ff",     "fe",       "'a'ff",    "'a'c3",    "c3a9a9",   "e282acf09f98",
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (is_valid(rows[i]))
      fail_msg("taken: %s", rows[i]);
  }
}

/* Of all strings of two octets: 128 * 128 ASCII pairs and the 1920 characters of two octets. */
static void every_pair_of_octets(void **state) {
  (void)state;
  unsigned valid = 0;
  for (unsigned a = 0; a < 256; a++) {
    for (unsigned b = 0; b < 256; b++) {
      const uint8_t pair[] = {(uint8_t)a, (uint8_t)b};
      valid += lurk_utf8_is_valid(pair, sizeof pair);
    }
  }
  assert_int_equal(valid, 128 * 128 + 1920);
}

/* All strings of three octets that begin with e0..ef: 0x10000 characters less surrogates and shorter ones. */
static void every_character_of_three_octets(void **state) {
  (void)state;
  unsigned valid = 0;
  for (unsigned first = 0xe0; first <= 0xef; first++) {
    for (unsigned rest = 0; rest < 0x10000; rest++) {
      const uint8_t character[] = {(uint8_t)first, (uint8_t)(rest >> 8), (uint8_t)rest};
      valid += lurk_utf8_is_valid(character, sizeof character);
    }
  }
  assert_int_equal(valid, 0x10000 - 0x800 - 0x800);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(well_formed),
      cmocka_unit_test(not_well_formed),
      cmocka_unit_test(every_pair_of_octets),
      cmocka_unit_test(every_character_of_three_octets),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
