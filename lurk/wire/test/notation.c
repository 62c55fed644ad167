#include "lurk/wire/test/notation.h"

#include "lurk/wire/bytes.h"
#include "lurk/wire/test/cmocka_all.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static uint8_t hex_octet(const char *digits) {
  if (!isxdigit((unsigned char)digits[0]) || !isxdigit((unsigned char)digits[1]))
    fail_msg("hex expected at \"%s\"", digits);
  const char pair[] = {digits[0], digits[1], '\0'};
  return (uint8_t)strtoul(pair, NULL, 16);
}

/* at stands behind the opening parenthesis; returns what follows the closing one. */
static const char *add_repeated(struct lurk_builder *builder, const char *at) {
  uint8_t unit[64];
  size_t unit_len = 0;
  for (; *at != '*'; at += 2) {
    assert_true(unit_len < sizeof unit);
    unit[unit_len++] = hex_octet(at);
  }
  char *end;
  unsigned long count = strtoul(at + 1, &end, 10);
  if (*end != ')')
    fail_msg("closing parenthesis expected at \"%s\"", end);
  for (; count > 0; count--)
    lurk_add_octets(builder, unit, unit_len);
  return end + 1;
}

static const char *add_quoted(struct lurk_builder *builder, const char *at) {
  const char *end = strchr(at, '\'');
  if (end == NULL)
    fail_msg("closing quote expected after \"%s\"", at);
  lurk_add_octets(builder, (const uint8_t *)at, (size_t)(end - at));
  return end + 1;
}

struct lurk_octets octets_of(const char *notation) {
  struct lurk_builder builder;
  struct lurk_octets out;
  lurk_builder_init(&builder, SIZE_MAX);
  for (const char *at = notation; *at != '\0';) {
    if (*at == ' ') {
      at++;
    } else if (*at == '\'') {
      at = add_quoted(&builder, at + 1);
    } else if (*at == '(') {
      at = add_repeated(&builder, at + 1);
    } else {
      lurk_add_u8(&builder, hex_octet(at));
      at += 2;
    }
  }
  assert_int_equal(lurk_builder_finish(&builder, &out), LURK_OK);
  struct lurk_octets exact = octets_cut(&out, out.len);
  lurk_octets_clear(&out);
  return exact;
}

struct lurk_octets octets_of_text(const char *text) {
  struct lurk_octets out;
  assert_true(lurk_octets_copy(&out, (const uint8_t *)text, strlen(text)));
  return out;
}

struct lurk_octets octets_cut(const struct lurk_octets *message, size_t len) {
  struct lurk_octets out;
  assert_true(len <= message->len);
  assert_true(lurk_octets_copy(&out, message->data, len));
  return out;
}

void assert_octets_equal(const struct lurk_octets *octets, const char *notation) {
  struct lurk_octets expected = octets_of(notation);
  assert_int_equal(octets->len, expected.len);
  if (expected.len > 0)
    assert_memory_equal(octets->data, expected.data, expected.len);
  lurk_octets_clear(&expected);
}
