#include "lurk/wire/lurk_base.h"

#include "lurk/fault.h"
#include "lurk/wire/bytes.h"
#include "lurk/wire/lurk_header.h"
#include <string.h>

#define MIN_LIST_LEN 2 /* lurk-01 §6.1.2, both lists */
#define MAX_LIST_LEN 0xfffe

static bool list_len_is_legal(size_t len) {
  return len >= MIN_LIST_LEN && len <= MAX_LIST_LEN;
}

static bool read_list(struct lurk_reader *reader, struct lurk_reader *list) {
  return lurk_read_vector(reader, 2, list) && list_len_is_legal(list->left);
}

lurk_status lurk_base_capabilities_decode(const uint8_t *payload, size_t len,
                                          struct lurk_base_capabilities *out,
                                          struct lurk_decode_error *error) {
  struct lurk_reader reader, list;
  struct lurk_base_capabilities capabilities = {0};
  const uint8_t *state;

  lurk_reader_init(&reader, payload, len);
  struct lurk_reader field = reader;
  if (!read_list(&reader, &list) || (list.left % 2 != 0 && !LURK_FAULT(odd_extension_list_taken)))
    return lurk_reader_blame(&field, "supported_extensions_list", error);
  capabilities.extensions = list.at;
  capabilities.extension_count = list.left / 2;
  if (!lurk_base_offers(&capabilities, LURK_DESIGNATION_LURK, LURK_EXTENSION_VERSION))
    return lurk_reader_blame(&field, "(lurk, 1) in supported_extensions_list", error);
  if (reader.left != LURK_STATE_LEN) {
    field = reader;
    if (!read_list(&reader, &list))
      return lurk_reader_blame(&field, "supported_type", error);
    capabilities.types = list.at;
    capabilities.type_count = list.left;
  }
  field = reader;
  if (!lurk_read_octets(&reader, LURK_STATE_LEN, &state))
    return lurk_reader_blame(&field, "lurk_state", error);
  if (!lurk_reader_finished(&reader))
    return lurk_reader_blame(&reader, "end of capabilities", error);
  memcpy(capabilities.state, state, LURK_STATE_LEN);
  *out = capabilities;
  return LURK_OK;
}

lurk_status lurk_base_capabilities_encode(const struct lurk_base_capabilities *capabilities,
                                          struct lurk_octets *out) {
  struct lurk_builder builder;
  if (capabilities->extension_count > MAX_LIST_LEN / 2 ||
      !lurk_base_offers(capabilities, LURK_DESIGNATION_LURK, LURK_EXTENSION_VERSION) ||
      (capabilities->types != NULL && !list_len_is_legal(capabilities->type_count)))
    return LURK_ERR_MALFORMED;
  lurk_builder_init(&builder, 2 + MAX_LIST_LEN + 2 + MAX_LIST_LEN + LURK_STATE_LEN);
  lurk_add_vector(&builder, 2, capabilities->extensions, 2 * capabilities->extension_count);
  if (capabilities->types != NULL)
    lurk_add_vector(&builder, 2, capabilities->types, capabilities->type_count);
  lurk_add_octets(&builder, capabilities->state, LURK_STATE_LEN);
  return lurk_builder_finish(&builder, out);
}

bool lurk_base_offers(const struct lurk_base_capabilities *capabilities, uint8_t designation,
                      uint8_t version) {
  for (size_t i = 0; i < capabilities->extension_count; i++) {
    const uint8_t *extension = capabilities->extensions + 2 * i;
    if (extension[0] == designation && extension[1] == version)
      return true;
  }
  return false;
}

bool lurk_error_state(const uint8_t *payload, size_t len, uint8_t state[LURK_STATE_LEN]) {
  if (len != LURK_STATE_LEN)
    return false;
  memcpy(state, payload, LURK_STATE_LEN);
  return true;
}
