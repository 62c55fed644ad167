#include "lurk/fault.h"
#include "lurk/wire/cbor_reader.h"
#include "lurk/wire/ski_object.h"
#include <cbor.h>
#include <stdlib.h>
#include <string.h>

static lurk_status malformed(struct lurk_decode_error *error, const char *field,
                             const struct lurk_reader *reader) {
  error->field = field;
  error->offset = lurk_reader_offset(reader);
  return LURK_ERR_MALFORMED;
}

static bool take_value(enum lurk_ski_kind kind, const struct lurk_cbor_item *item,
                       struct lurk_ski_value *out) {
  switch (kind) {
  case LURK_SKI_KIND_TEXT:
    out->text = (const char *)item->data;
    out->text_len = item->len;
    return item->kind == LURK_CBOR_TEXT;
  case LURK_SKI_KIND_OCTETS:
    out->octets = item->data;
    out->len = item->len;
    return item->kind == LURK_CBOR_BYTES;
  case LURK_SKI_KIND_UINT16:
    out->number = (uint16_t)item->number;
    return item->kind == LURK_CBOR_UINT && (item->number <= UINT16_MAX || LURK_FAULT(scheme_cut_to_size));
  }
  return false;
}

static lurk_status take_list(struct lurk_ski_member *member, const struct lurk_cbor_item *head,
                             struct lurk_reader *reader, struct lurk_decode_error *error) {
  if (head->kind != LURK_CBOR_ARRAY)
    return lurk_ski_member_malformed(member, error);
  if (!lurk_ski_member_reserve(member, head->number)) /* the count was compared with the octets left */
    return LURK_ERR_MEMORY;
  const size_t offset_of_list = member->offset;
  for (size_t i = 0; i < member->item_count; i++) {
    struct lurk_cbor_item item;
    const char *rule;
    member->offset = lurk_reader_offset(reader);
    if (!lurk_cbor_next(reader, &item, &rule))
      return malformed(error, rule, reader);
    if (!take_value(member->kind, &item, &member->items[i]))
      return lurk_ski_member_malformed(member, error);
  }
  member->offset = offset_of_list;
  return LURK_OK;
}

static lurk_status take_member(struct lurk_ski_member *member, struct lurk_reader *reader,
                               struct lurk_decode_error *error) {
  struct lurk_cbor_item item;
  const char *rule;
  member->offset = lurk_reader_offset(reader);
  if (!lurk_cbor_next(reader, &item, &rule))
    return malformed(error, rule, reader);
  if (item.kind == LURK_CBOR_SIMPLE && LURK_FAULT(null_means_absent))
    return LURK_OK;
  member->present = true;
  if (member->is_list)
    return take_list(member, &item, reader, error);
  return take_value(member->kind, &item, &member->value) ? LURK_OK : lurk_ski_member_malformed(member, error);
}

static lurk_status take_members(struct lurk_ski_object *object, uint64_t pairs, struct lurk_reader *reader,
                                struct lurk_decode_error *error) {
  struct lurk_cbor_item previous, key;
  const char *rule;
  lurk_status status = LURK_OK;
  for (uint64_t i = 0; i < pairs && status == LURK_OK; i++) {
    struct lurk_reader before = *reader;
    if (!lurk_cbor_next_key(reader, &key, &rule))
      return malformed(error, rule, reader);
    struct lurk_ski_member *member = lurk_ski_object_member(object, (const char *)key.data, key.len);
    bool follows = lurk_cbor_key_follows(i > 0 ? &previous : NULL, &key, &rule);
    bool again = !follows && member != NULL && member->present && LURK_FAULT(duplicate_cbor_key_accepted);
    if (!follows && !again)
      return malformed(error, rule, &before);
    if (!again)
      previous = key;
    if (member != NULL)
      status = take_member(member, reader, error);
#ifdef LURK_FAULTS
    else if (LURK_FAULT(unknown_member_refused))
      status = malformed(error, "unknown member", &before);
#endif
    else if (!lurk_cbor_skip(reader, LURK_SKI_MAX_DEPTH - 1, &rule))
      status = malformed(error, rule, reader);
  }
  return status;
}

lurk_status lurk_ski_cbor_decode(const uint8_t *data, size_t len, struct lurk_ski_object *object,
                                 struct lurk_decode_error *error) {
  struct lurk_reader reader;
  struct lurk_cbor_item head;
  const char *rule;
  lurk_reader_init(&reader, data, len);
  if (!lurk_cbor_next(&reader, &head, &rule))
    return malformed(error, rule, &reader);
  if (head.kind != LURK_CBOR_MAP) {
    lurk_reader_init(&reader, data, len);
    return malformed(error, "CBOR map", &reader);
  }
  lurk_status status = take_members(object, head.number, &reader, error);
  if (status != LURK_OK)
    return status;
  if (!lurk_reader_finished(&reader) && !LURK_FAULT(trailing_bytes_accepted))
    return malformed(error, "end of CBOR map", &reader);
  return LURK_OK;
}

#define MAX_HEAD_LEN 9

static void add_text(struct lurk_builder *builder, const char *text, size_t len) {
  uint8_t head[MAX_HEAD_LEN];
  lurk_add_octets(builder, head, cbor_encode_string_start(len, head, sizeof head));
  lurk_add_octets(builder, (const uint8_t *)text, len);
}

static void add_value(struct lurk_builder *builder, enum lurk_ski_kind kind,
                      const struct lurk_ski_value *value) {
  uint8_t head[MAX_HEAD_LEN];
  switch (kind) {
  case LURK_SKI_KIND_TEXT:
    add_text(builder, value->text, value->text_len);
    break;
  case LURK_SKI_KIND_OCTETS:
    lurk_add_octets(builder, head, cbor_encode_bytestring_start(value->len, head, sizeof head));
    lurk_add_octets(builder, value->octets, value->len);
    break;
  case LURK_SKI_KIND_UINT16:
    lurk_add_octets(builder, head, cbor_encode_uint(value->number, head, sizeof head));
    break;
  }
}

static void add_member(struct lurk_builder *builder, const struct lurk_ski_member *member) {
  add_text(builder, member->name, strlen(member->name));
  if (!member->is_list) {
    add_value(builder, member->kind, &member->value);
    return;
  }
  uint8_t head[MAX_HEAD_LEN];
  lurk_add_octets(builder, head, cbor_encode_array_start(member->item_count, head, sizeof head));
  for (size_t i = 0; i < member->item_count; i++)
    add_value(builder, member->kind, &member->items[i]);
}

/* For qsort over pointers to members: the order of their keys. */
static int compare_members(const void *a, const void *b) {
  const char *left = (*(const struct lurk_ski_member *const *)a)->name;
  const char *right = (*(const struct lurk_ski_member *const *)b)->name;
  return lurk_cbor_compare_keys(left, strlen(left), right, strlen(right));
}

lurk_status lurk_ski_cbor_encode(const struct lurk_ski_object *object, struct lurk_octets *out) {
  const struct lurk_ski_member *sorted[LURK_SKI_MAX_MEMBERS];
  size_t count = 0;
  for (size_t i = 0; i < object->member_count; i++) {
    if (object->members[i].present)
      sorted[count++] = &object->members[i];
  }
  qsort(sorted, count, sizeof *sorted, compare_members);

  struct lurk_builder builder;
  uint8_t head[MAX_HEAD_LEN];
  lurk_builder_init(&builder, SIZE_MAX);
  lurk_add_octets(&builder, head, cbor_encode_map_start(count, head, sizeof head));
  for (size_t i = 0; i < count; i++)
    add_member(&builder, sorted[i]);
  return lurk_builder_finish(&builder, out);
}
