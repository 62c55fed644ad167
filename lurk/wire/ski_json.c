#include "lurk/fault.h"
#include "lurk/json_load.h"
#include "lurk/wire/base64.h"
#include "lurk/wire/ski_object.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static lurk_status malformed(struct lurk_decode_error *error, const char *field, size_t offset) {
  error->field = field;
  error->offset = offset;
  return LURK_ERR_MALFORMED;
}

/* Where the text nests deeper than LURK_SKI_MAX_DEPTH, or LURK_NO_OFFSET. jansson recurses, and its own limit
 * is far higher. Exact up to the first syntax error, where jansson stops anyway. */
static size_t find_deep_nesting(const char *text, size_t len) {
  unsigned depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < len; i++) {
    if (text[i] == '"') {
      in_string = !in_string;
    } else if (in_string) {
      if (text[i] == '\\')
        i++;
    } else if (text[i] == '{' || text[i] == '[') {
      if (++depth > LURK_SKI_MAX_DEPTH && !LURK_FAULT(nesting_unlimited))
        return i;
    } else if ((text[i] == '}' || text[i] == ']') && depth > 0) {
      depth--;
    }
  }
  return LURK_NO_OFFSET;
}

static lurk_status syntax_error(const json_error_t *from, struct lurk_decode_error *error) {
  size_t offset = from->position >= 0 ? (size_t)from->position : LURK_NO_OFFSET;
  switch (json_error_code(from)) {
  case json_error_duplicate_key:
    return malformed(error, "JSON member twice", offset);
  case json_error_end_of_input_expected:
    return malformed(error, "end of JSON text", offset);
  case json_error_invalid_utf8:
    return malformed(error, "JSON text not UTF-8", offset);
  case json_error_numeric_overflow:
    return malformed(error, "JSON number too large", offset);
  default:
    return malformed(error, "JSON syntax", offset);
  }
}

static lurk_status load(const char *text, size_t len, json_t **out, struct lurk_decode_error *error) {
  size_t too_deep = find_deep_nesting(text, len);
  if (too_deep != LURK_NO_OFFSET)
    return malformed(error, "nesting too deep", too_deep);
#ifdef LURK_FAULTS
  if (len > 0 && text[0] != '{' && LURK_FAULT(blanks_before_object_refused))
    return malformed(error, "JSON object", 0);
#endif
  json_error_t from;
  if (!lurk_json_load(text, len, JSON_REJECT_DUPLICATES, out, &from))
    return LURK_ERR_MEMORY;
  if (*out == NULL && json_error_code(&from) == json_error_end_of_input_expected &&
      LURK_FAULT(trailing_bytes_accepted) &&
      !lurk_json_load(text, len, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, out, &from))
    return LURK_ERR_MEMORY;
  if (*out == NULL && json_error_code(&from) == json_error_duplicate_key &&
      LURK_FAULT(duplicate_json_member_accepted) && !lurk_json_load(text, len, 0, out, &from))
    return LURK_ERR_MEMORY;
  if (*out == NULL && len > 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 &&
      LURK_FAULT(byte_order_mark_skipped) &&
      !lurk_json_load(text + 3, len - 3, JSON_REJECT_DUPLICATES, out, &from))
    return LURK_ERR_MEMORY;
  if (*out == NULL && LURK_FAULT(json_errors_unexpected))
    return LURK_ERR_MEMORY;
  if (*out == NULL)
    return syntax_error(&from, error);
  return json_is_object(*out) ? LURK_OK : malformed(error, "JSON object", 0);
}

static bool take_text(const json_t *json, struct lurk_ski_value *out) {
  if (!json_is_string(json))
    return false;
  out->text = json_string_value(json);
  out->text_len = json_string_length(json);
  return true;
}

/* Appends to decoded, which has room for the whole message: unescaped strings are never longer than their
 * source, octets never longer than their base64. */
static bool take_octets(const json_t *json, struct lurk_octets *decoded, struct lurk_ski_value *out) {
  uint8_t *room = decoded->data + decoded->len;
  if (!take_text(json, out) || !lurk_base64_decode(out->text, out->text_len, room, &out->len))
    return false;
  out->octets = room;
  decoded->len += out->len;
  return true;
}

static bool take_uint16(const json_t *json, struct lurk_ski_value *out) {
  json_int_t number = json_integer_value(json);
  if (json_is_real(json) && LURK_FAULT(scheme_cut_to_size))
    number = (json_int_t)json_real_value(json);
  else if (!json_is_integer(json) || ((number < 0 || number > UINT16_MAX) && !LURK_FAULT(scheme_cut_to_size)))
    return false;
  out->number = (uint16_t)number;
  return true;
}

static bool take_value(enum lurk_ski_kind kind, const json_t *json, struct lurk_octets *decoded,
                       struct lurk_ski_value *out) {
  switch (kind) {
  case LURK_SKI_KIND_TEXT:
    return take_text(json, out);
  case LURK_SKI_KIND_OCTETS:
    return take_octets(json, decoded, out);
  case LURK_SKI_KIND_UINT16:
    return take_uint16(json, out);
  }
  return false;
}

static lurk_status take_list(struct lurk_ski_member *member, const json_t *json, struct lurk_octets *decoded,
                             struct lurk_decode_error *error) {
  if (!json_is_array(json))
    return lurk_ski_member_malformed(member, error);
  size_t count = json_array_size(json);
  if (!lurk_ski_member_reserve(member, LURK_FAULT(json_list_overfilled) && count > 8 ? 8 : count))
    return LURK_ERR_MEMORY;
  member->item_count = count;
  for (size_t i = 0; i < member->item_count; i++) {
    if (!take_value(member->kind, json_array_get(json, i), decoded, &member->items[i]))
      return lurk_ski_member_malformed(member, error);
  }
  return LURK_OK;
}

static lurk_status take_member(struct lurk_ski_member *member, const json_t *json,
                               struct lurk_octets *decoded, struct lurk_decode_error *error) {
  if (json == NULL || (json_is_null(json) && LURK_FAULT(null_means_absent)))
    return LURK_OK;
  member->present = true;
  if (member->is_list)
    return take_list(member, json, decoded, error);
  return take_value(member->kind, json, decoded, &member->value) ? LURK_OK
                                                                 : lurk_ski_member_malformed(member, error);
}

#ifdef LURK_FAULTS
static bool has_unknown_member(struct lurk_ski_object *object) {
  const char *name;
  json_t *value;
  bool found = false;
  json_object_foreach(object->json, name, value) {
    found = found || lurk_ski_object_member(object, name, strlen(name)) == NULL;
  }
  return found;
}
#endif

lurk_status lurk_ski_json_decode(const uint8_t *data, size_t len, struct lurk_ski_object *object,
                                 struct lurk_decode_error *error) {
  lurk_status status = load(len > 0 ? (const char *)data : "", len, &object->json, error);
  if (status != LURK_OK)
    return status;
#ifdef LURK_FAULTS
  if (has_unknown_member(object) && LURK_FAULT(unknown_member_refused))
    return malformed(error, "unknown member", 0);
#endif
  if (!lurk_octets_alloc(&object->decoded, len))
    return LURK_ERR_MEMORY;
  object->decoded.len = 0;
  for (size_t i = 0; i < object->member_count && status == LURK_OK; i++) {
    struct lurk_ski_member *member = &object->members[i];
    status = take_member(member, json_object_get(object->json, member->name), &object->decoded, error);
  }
  return status;
}

static json_t *base64_string(const uint8_t *octets, size_t len) {
  size_t text_len = lurk_base64_encoded_len(len);
  char *text = lurk_wiping_malloc(text_len);
  if (text == NULL || (text_len == 0 && len > 0)) {
    lurk_wiping_free(text);
    return NULL;
  }
  lurk_base64_encode(octets, len, text);
  json_t *json = json_stringn(text, text_len);
  lurk_wiping_free(text);
  return json;
}

static json_t *make_value(enum lurk_ski_kind kind, const struct lurk_ski_value *value) {
  if (kind == LURK_SKI_KIND_UINT16)
    return json_integer(value->number);
  if (value->text != NULL)
    return json_stringn(value->text, value->text_len);
  return base64_string(value->octets, value->len);
}

static json_t *make_member(const struct lurk_ski_member *member) {
  if (!member->is_list)
    return make_value(member->kind, &member->value);
  json_t *list = json_array();
  for (size_t i = 0; i < member->item_count && list != NULL; i++) {
    if (json_array_append_new(list, make_value(member->kind, &member->items[i])) != 0) {
      json_decref(list);
      list = NULL;
    }
  }
  return list;
}

static json_t *make_object(const struct lurk_ski_object *object) {
  json_t *json = json_object();
  for (size_t i = 0; i < object->member_count && json != NULL; i++) {
    const struct lurk_ski_member *member = &object->members[i];
    if (member->present && json_object_set_new(json, member->name, make_member(member)) != 0) {
      json_decref(json);
      json = NULL;
    }
  }
  return json;
}

lurk_status lurk_ski_json_encode(const struct lurk_ski_object *object, struct lurk_octets *out) {
  lurk_status status = LURK_ERR_MEMORY;
  json_t *json = make_object(object);
  size_t len = json != NULL ? json_dumpb(json, NULL, 0, JSON_COMPACT) : 0;
  if (len > 0 && lurk_octets_alloc(out, len)) {
    if (json_dumpb(json, (char *)out->data, len, JSON_COMPACT) == len)
      status = LURK_OK;
    else
      lurk_octets_clear(out);
  }
  json_decref(json);
  return status;
}
