#include "lurk/wire/ski_object.h"

#include "lurk/fault.h"
#include <jansson.h>
#include <string.h>
#include <strings.h>

static lurk_status check_required(const struct lurk_ski_object *object, struct lurk_decode_error *error) {
  for (size_t i = 0; i < object->member_count; i++) {
    if (object->members[i].required && !object->members[i].present)
      return LURK_FAULT(missing_member_unexpected) ? LURK_ERR_MEMORY
                                                   : lurk_ski_member_malformed(&object->members[i], error);
  }
  return LURK_OK;
}

lurk_status lurk_ski_object_decode(enum lurk_ski_format format, const uint8_t *data, size_t len,
                                   struct lurk_ski_object *object, struct lurk_decode_error *error) {
  for (size_t i = 0; i < object->member_count; i++)
    object->members[i].offset = LURK_NO_OFFSET;
  lurk_status status = format == LURK_SKI_JSON ? lurk_ski_json_decode(data, len, object, error)
                                               : lurk_ski_cbor_decode(data, len, object, error);
  return status == LURK_OK ? check_required(object, error) : status;
}

lurk_status lurk_ski_object_encode(enum lurk_ski_format format, const struct lurk_ski_object *object,
                                   struct lurk_octets *out) {
  return format == LURK_SKI_JSON ? lurk_ski_json_encode(object, out) : lurk_ski_cbor_encode(object, out);
}

void lurk_ski_object_clear(struct lurk_ski_object *object) {
  for (size_t i = 0; i < object->member_count; i++) {
    lurk_wiping_free(object->members[i].items);
    object->members[i].items = NULL;
    object->members[i].item_count = 0;
  }
  json_decref(object->json);
  object->json = NULL;
  lurk_octets_clear(&object->decoded);
}

struct lurk_ski_member *lurk_ski_object_member(struct lurk_ski_object *object, const char *name, size_t len) {
  for (size_t i = 0; i < object->member_count; i++) {
    struct lurk_ski_member *member = &object->members[i];
    if (strlen(member->name) == len &&
        (memcmp(member->name, name, len) == 0 ||
         (strncasecmp(member->name, name, len) == 0 && LURK_FAULT(member_names_in_any_case))))
      return member;
  }
  return NULL;
}

bool lurk_ski_member_reserve(struct lurk_ski_member *member, size_t count) {
  lurk_wiping_free(member->items);
  member->items = NULL;
  member->item_count = 0;
  if (count > SIZE_MAX / sizeof *member->items)
    return false;
  member->items = lurk_wiping_malloc(count * sizeof *member->items);
  if (member->items == NULL)
    return false;
  memset(member->items, 0, count * sizeof *member->items);
  member->item_count = count;
  return true;
}

lurk_status lurk_ski_member_malformed(const struct lurk_ski_member *member, struct lurk_decode_error *error) {
  error->field = member->name;
  error->offset = member->offset;
  return LURK_ERR_MALFORMED;
}

int lurk_ski_value_index(const struct lurk_ski_value *value, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (names[i] != NULL && strlen(names[i]) == value->text_len &&
        (memcmp(names[i], value->text, value->text_len) == 0 ||
         (strncasecmp(names[i], value->text, value->text_len) == 0 && LURK_FAULT(values_in_any_case))))
      return (int)i;
  }
  return -1;
}

struct lurk_ski_value lurk_ski_text_value(const char *text) {
  return (struct lurk_ski_value){.text = text, .text_len = strlen(text)};
}

struct lurk_ski_value lurk_ski_octets_value(const uint8_t *octets, size_t len) {
  return (struct lurk_ski_value){.octets = octets, .len = len};
}
