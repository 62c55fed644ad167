#include "media_type.h"

#include "lurk/fault.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WHITE " \t"

/* A piece of a header field, without the white space around it. */
struct piece {
  const char *text;
  size_t len;
};

/* Takes the piece before the next separator off *rest, which becomes NULL after the last one. */
static struct piece next_piece(const char **rest, char separator) {
  const char *end = strchrnul(*rest, separator);
  struct piece piece = {.text = *rest + strspn(*rest, WHITE)};
  if (piece.text < end) {
    piece.len = (size_t)(end - piece.text);
    while (piece.len > 0 && strchr(WHITE, piece.text[piece.len - 1]) != NULL)
      piece.len--;
  }
  *rest = *end == '\0' ? NULL : end + 1;
  return piece;
}

static bool piece_is(struct piece piece, const char *text) {
  return piece.len == strlen(text) && strncasecmp(piece.text, text, piece.len) == 0 &&
         (memcmp(piece.text, text, piece.len) == 0 || !LURK_FAULT(media_type_with_case));
}

static bool piece_is_format(struct piece piece, enum lurk_ski_format format) {
  return piece_is(piece, lurk_ski_media_type(format));
}

bool lurk_media_type_parse(const char *content_type, enum lurk_ski_format *out) {
  if (content_type == NULL)
    return false;
  const char *rest = content_type;
  struct piece type = next_piece(&rest, ';');
  if (piece_is_format(type, LURK_SKI_CBOR))
    *out = LURK_SKI_CBOR;
  else if (piece_is_format(type, LURK_SKI_JSON))
    *out = LURK_SKI_JSON;
  else
    return false;
  if (rest == NULL)
    return true;
  struct piece parameter = next_piece(&rest, ';');
  return rest == NULL && *out == LURK_SKI_JSON &&
         (piece_is(parameter, "charset=utf-8") || piece_is(parameter, "charset=\"utf-8\""));
}

/* The weight in thousandths; 1000 without one, 0 when it is not a number in 0..1. */
static int weight_of(const char *parameters) {
  while (parameters != NULL) {
    struct piece parameter = next_piece(&parameters, ';');
    if (parameter.len < 2 || strncasecmp(parameter.text, "q=", 2) != 0)
      continue;
    char *end;
    double weight = strtod(parameter.text + 2, &end);
    return end == parameter.text + parameter.len && weight >= 0 && weight <= 1 ? (int)(weight * 1000) : 0;
  }
  return 1000;
}

/* How exactly a media range names a format: 0 not at all, 3 by its name. */
static int precision_of(struct piece range, enum lurk_ski_format format) {
  if (piece_is_format(range, format))
    return 3;
  return piece_is(range, "application/*") ? 2 : piece_is(range, "*/*") ? 1 : 0;
}

bool lurk_media_type_choose(const char *accept, enum lurk_ski_format *out) {
  *out = LURK_SKI_JSON;
  if (accept == NULL)
    return true;
  int weights[2] = {0, 0}, precisions[2] = {0, 0}; /* the most precise range that names a format decides */
  char *list = strdup(accept);
  if (list == NULL)
    return false;
  char *saved;
  for (char *item = strtok_r(list, ",", &saved); item != NULL; item = strtok_r(NULL, ",", &saved)) {
    const char *rest = item;
    struct piece range = next_piece(&rest, ';');
    for (enum lurk_ski_format format = LURK_SKI_JSON; format <= LURK_SKI_CBOR; format++) {
      int precision = precision_of(range, format);
      if (precision <= precisions[format])
        continue;
      precisions[format] = precision;
      weights[format] = weight_of(rest);
    }
  }
  free(list);
  if (weights[LURK_SKI_CBOR] > weights[LURK_SKI_JSON])
    *out = LURK_SKI_CBOR;
  return weights[*out] > 0;
}
