#include "lurk/wire/cbor_reader.h"

#include "lurk/fault.h"
#include "lurk/wire/utf8.h"
#include <cbor.h>
#include <string.h>

static void set_number(void *context, enum lurk_cbor_kind kind, uint64_t number) {
  struct lurk_cbor_item *item = context;
  item->kind = kind;
  item->number = number;
}

static void set_string(void *context, enum lurk_cbor_kind kind, const uint8_t *data, size_t len) {
  struct lurk_cbor_item *item = context;
  item->kind = kind;
  item->data = data;
  item->len = len;
}

static void on_uint8(void *context, uint8_t value) {
  set_number(context, LURK_CBOR_UINT, value);
}
static void on_uint16(void *context, uint16_t value) {
  set_number(context, LURK_CBOR_UINT, value);
}
static void on_uint32(void *context, uint32_t value) {
  set_number(context, LURK_CBOR_UINT, value);
}
static void on_uint64(void *context, uint64_t value) {
  set_number(context, LURK_CBOR_UINT, value);
}
static void on_negative8(void *context, uint8_t value) {
  set_number(context, LURK_CBOR_NEGATIVE, value);
}
static void on_negative16(void *context, uint16_t value) {
  set_number(context, LURK_CBOR_NEGATIVE, value);
}
static void on_negative32(void *context, uint32_t value) {
  set_number(context, LURK_CBOR_NEGATIVE, value);
}
static void on_negative64(void *context, uint64_t value) {
  set_number(context, LURK_CBOR_NEGATIVE, value);
}
static void on_bytes(void *context, cbor_data data, size_t len) {
  set_string(context, LURK_CBOR_BYTES, data, len);
}
static void on_text(void *context, cbor_data data, size_t len) {
  set_string(context, LURK_CBOR_TEXT, data, len);
}
static void on_array(void *context, size_t count) {
  set_number(context, LURK_CBOR_ARRAY, count);
}
static void on_map(void *context, size_t count) {
  set_number(context, LURK_CBOR_MAP, count);
}
static void on_null(void *context) {
  set_number(context, LURK_CBOR_SIMPLE, 0);
}
static void on_boolean(void *context, bool value) {
  (void)value; /* no SKI member is a boolean: only ignored members hold one */
  set_number(context, LURK_CBOR_SIMPLE, 0);
}

/* What the null callbacks take stays LURK_CBOR_REFUSED. */
static void on_tag(void *context, uint64_t tag) {
  struct lurk_cbor_item *item = context;
  (void)tag;
  item->tagged = true;
}

static const struct cbor_callbacks callbacks = {
    .uint8 = on_uint8,
    .uint16 = on_uint16,
    .uint32 = on_uint32,
    .uint64 = on_uint64,
    .negint8 = on_negative8,
    .negint16 = on_negative16,
    .negint32 = on_negative32,
    .negint64 = on_negative64,
    .byte_string = on_bytes,
    .string = on_text,
    .array_start = on_array,
    .map_start = on_map,
    .null = on_null,
    .boolean = on_boolean,
    .byte_string_start = cbor_null_byte_string_start_callback,
    .string_start = cbor_null_string_start_callback,
    .indef_array_start = cbor_null_indef_array_start_callback,
    .indef_map_start = cbor_null_indef_map_start_callback,
    .tag = on_tag,
    .float2 = cbor_null_float2_callback,
    .float4 = cbor_null_float4_callback,
    .float8 = cbor_null_float8_callback,
    .undefined = cbor_null_undefined_callback,
    .indef_break = cbor_null_indef_break_callback,
};

/* RFC 8949 §4.2.1: the argument of a head in as few octets as can hold it. */
static size_t shortest_head_len(uint64_t argument) {
  if (argument < 24)
    return 1;
  if (argument <= UINT8_MAX)
    return 2;
  if (argument <= UINT16_MAX)
    return 3;
  return argument <= UINT32_MAX ? 5 : 9;
}

static bool has_shortest_head(const struct lurk_cbor_item *item, size_t octets_read) {
  bool is_string = item->kind == LURK_CBOR_BYTES || item->kind == LURK_CBOR_TEXT;
  uint64_t argument = is_string ? item->len : item->number;
  return octets_read - item->len == shortest_head_len(argument);
}

/* Every item takes an octet at least, so a larger count cannot be true. */
static bool count_fits(const struct lurk_cbor_item *item, size_t left) {
  if (LURK_FAULT(cbor_count_not_checked))
    return true;
  if (item->kind == LURK_CBOR_ARRAY)
    return item->number <= left;
  if (item->kind == LURK_CBOR_MAP)
    return item->number <= left / 2;
  return true;
}

/* NULL when the item may stand in a SKI object, else the broken rule. */
static const char *broken_rule(const struct lurk_cbor_item *item, size_t octets_read, size_t left) {
  if (item->kind == LURK_CBOR_REFUSED)
    return "CBOR kind that has no place here";
  if (!has_shortest_head(item, octets_read) && !LURK_FAULT(non_shortest_cbor_accepted))
    return "CBOR head longer than needed";
  if (!count_fits(item, left))
    return "CBOR count larger than the message";
  if (item->kind == LURK_CBOR_TEXT && !lurk_utf8_is_valid(item->data, item->len) &&
      !LURK_FAULT(utf8_not_checked))
    return "CBOR text not UTF-8";
  return NULL;
}

bool lurk_cbor_next(struct lurk_reader *reader, struct lurk_cbor_item *out, const char **rule) {
  struct lurk_cbor_item item = {.kind = LURK_CBOR_REFUSED};
  struct cbor_decoder_result result = cbor_stream_decode(reader->at, reader->left, &callbacks, &item);
  const uint8_t *octets;
  /* result.required is never looked at: it wraps around for lengths near 2^64. */
  if (result.status != CBOR_DECODER_FINISHED || result.read > reader->left) {
    *rule = result.status == CBOR_DECODER_NEDATA ? "CBOR cut off" : "CBOR not well-formed";
    return false;
  }
  if (item.tagged && LURK_FAULT(cbor_tags_ignored))
    return lurk_read_octets(reader, result.read, &octets) && lurk_cbor_next(reader, out, rule);
  *rule = broken_rule(&item, result.read, reader->left - result.read);
  if (*rule != NULL)
    return false;
  *out = item;
  return lurk_read_octets(reader, result.read, &octets);
}

bool lurk_cbor_next_key(struct lurk_reader *reader, struct lurk_cbor_item *out, const char **rule) {
  struct lurk_reader ahead = *reader;
  if (!lurk_cbor_next(&ahead, out, rule))
    return false;
  if (out->kind != LURK_CBOR_TEXT && !LURK_FAULT(any_cbor_key_kind)) {
    *rule = "CBOR map key not text";
    return false;
  }
  *reader = ahead;
  return true;
}

int lurk_cbor_compare_keys(const void *a, size_t a_len, const void *b, size_t b_len) {
  if (a_len != b_len)
    return a_len < b_len ? -1 : 1;
  return memcmp(a, b, a_len);
}

bool lurk_cbor_key_follows(const struct lurk_cbor_item *previous, const struct lurk_cbor_item *key,
                           const char **rule) {
  if (previous == NULL)
    return true;
  int order = lurk_cbor_compare_keys(previous->data, previous->len, key->data, key->len);
  if (order >= 0)
    *rule = order == 0 ? "CBOR map key twice" : "CBOR map keys not in order";
  return order < 0;
}

static bool skip_map(struct lurk_reader *reader, uint64_t pairs, unsigned depth, const char **rule) {
  struct lurk_cbor_item previous, key;
  for (uint64_t i = 0; i < pairs; i++) {
    struct lurk_reader before = *reader;
    if (!lurk_cbor_next_key(reader, &key, rule))
      return false;
    if (!lurk_cbor_key_follows(i > 0 ? &previous : NULL, &key, rule)) {
      *reader = before;
      return false;
    }
    if (!lurk_cbor_skip(reader, depth, rule))
      return false;
    previous = key;
  }
  return true;
}

/* Recursion is bounded by depth. */
bool lurk_cbor_skip(struct lurk_reader *reader, unsigned depth, const char **rule) {
  struct lurk_reader before = *reader;
  struct lurk_cbor_item item;
  if (!lurk_cbor_next(reader, &item, rule))
    return false;
  if (item.kind != LURK_CBOR_ARRAY && item.kind != LURK_CBOR_MAP)
    return true;
  if (depth == 0 && !LURK_FAULT(nesting_unlimited)) {
    *reader = before;
    *rule = "nesting too deep";
    return false;
  }
  if (item.kind == LURK_CBOR_MAP)
    return skip_map(reader, item.number, depth - 1, rule);
  for (uint64_t i = 0; i < item.number; i++) {
    if (!lurk_cbor_skip(reader, depth - 1, rule))
      return false;
  }
  return true;
}
