#include "vectors/generator/octets.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blocks are chained by what stands in front of them. */
struct block {
  struct block *next;
  max_align_t content[];
};
static struct block *blocks;

_Noreturn void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("lurk-vectors: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(3);
}

uint8_t *octets_new(size_t len) {
  struct block *block = malloc(sizeof *block + len + 1);
  if (block == NULL)
    die("out of memory");
  block->next = blocks;
  blocks = block;
  return (uint8_t *)block->content;
}

void octets_release(void) {
  while (blocks != NULL) {
    struct block *next = blocks->next;
    free(blocks);
    blocks = next;
  }
}

struct octets octets_copy(const void *data, size_t len) {
  uint8_t *copy = octets_new(len);
  if (len > 0)
    memcpy(copy, data, len);
  return (struct octets){copy, len};
}

struct octets octets_text(const char *text) {
  return octets_copy(text, strlen(text));
}

static int digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

struct octets octets_hex(const char *digits) {
  uint8_t *out = octets_new(strlen(digits) / 2 + 1);
  size_t len = 0;
  for (const char *at = digits; *at != '\0';) {
    if (*at == ' ' || *at == '\n') {
      at++;
      continue;
    }
    int high = digit(at[0]), low = high < 0 ? -1 : digit(at[1]);
    if (low < 0)
      die("not hex: %s", digits);
    out[len++] = (uint8_t)(high << 4 | low);
    at += 2;
  }
  return (struct octets){out, len};
}

struct octets octets_repeat(uint8_t value, size_t count) {
  uint8_t *out = octets_new(count);
  memset(out, value, count);
  return (struct octets){out, count};
}

struct octets octets_number(uint64_t value, size_t len) {
  uint8_t *out = octets_new(len);
  for (size_t i = len; i > 0; i--) {
    out[i - 1] = (uint8_t)value;
    value >>= 8;
  }
  return (struct octets){out, len};
}

struct octets octets_join(const struct octets *parts, size_t count) {
  size_t len = 0, at = 0;
  for (size_t i = 0; i < count; i++)
    len += parts[i].len;
  uint8_t *out = octets_new(len);
  for (size_t i = 0; i < count; i++) {
    if (parts[i].len > 0)
      memcpy(out + at, parts[i].at, parts[i].len);
    at += parts[i].len;
  }
  return (struct octets){out, len};
}

struct octets octets_vector(unsigned prefix, struct octets content) {
  return CAT(octets_number(content.len, prefix), content);
}

struct octets octets_part(struct octets whole, size_t at, size_t len) {
  if (at > whole.len || len > whole.len - at)
    die("a part beyond the octets");
  return (struct octets){whole.at + at, len};
}

struct octets octets_first(struct octets whole, size_t len) {
  return octets_part(whole, 0, len);
}

struct octets octets_without_last(struct octets whole, size_t count) {
  return octets_part(whole, 0, whole.len - count);
}

struct octets octets_changed(struct octets whole, size_t at, uint8_t bits) {
  return octets_patched(whole, at, U8(octets_part(whole, at, 1).at[0] ^ bits));
}

struct octets octets_patched(struct octets whole, size_t at, struct octets patch) {
  octets_part(whole, at, patch.len);
  uint8_t *out = octets_new(whole.len);
  memcpy(out, whole.at, whole.len);
  memcpy(out + at, patch.at, patch.len);
  return (struct octets){out, whole.len};
}

struct octets octets_reversed(struct octets whole) {
  uint8_t *out = octets_new(whole.len);
  for (size_t i = 0; i < whole.len; i++)
    out[i] = whole.at[whole.len - 1 - i];
  return (struct octets){out, whole.len};
}

bool octets_equal(struct octets a, struct octets b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool octets_printable(struct octets octets) {
  for (size_t i = 0; i < octets.len; i++) {
    if (octets.at[i] < 0x20 || octets.at[i] > 0x7e)
      return false;
  }
  return octets.len > 0;
}

void message_add(struct message *message, const char *name, struct octets value) {
  if (message->count == MESSAGE_PIECES)
    die("too many pieces");
  message->pieces[message->count].name = name;
  message->pieces[message->count++].value = value;
}

static size_t piece_at(const struct message *message, const char *name) {
  for (size_t i = 0; i < message->count; i++) {
    if (strcmp(message->pieces[i].name, name) == 0)
      return i;
  }
  die("no piece %s", name);
}

struct message message_with(const struct message *message, const char *name, struct octets value) {
  struct message changed = *message;
  changed.pieces[piece_at(message, name)].value = value;
  return changed;
}

struct message message_without(const struct message *message, const char *name) {
  return message_with(message, name, (struct octets){NULL, 0});
}

struct octets message_piece(const struct message *message, const char *name) {
  return message->pieces[piece_at(message, name)].value;
}

struct octets message_octets(const struct message *message) {
  struct octets values[MESSAGE_PIECES];
  for (size_t i = 0; i < message->count; i++)
    values[i] = message->pieces[i].value;
  return octets_join(values, message->count);
}
