#include "lurk/wire/lurk_tls12_capabilities.h"

#include "lurk/fault.h"
#include "lurk/wire/lurk_tls12_fields.h"
#include "lurk/wire/trusting.h"
#include <string.h>

enum form { LIST8, LIST16, CERTIFICATES };

/* TLS12RSACapability and TLS12ECDHECapability, in their common order. */
static const struct list {
  const char *field;
  enum form form;
  bool in_rsa, in_ecdhe;
  size_t at; /* in struct lurk_tls12_capability */
} lists[] = {
    {"key_id_type_list", LIST8, true, true, offsetof(struct lurk_tls12_capability, key_id_types)},
    {"typed_certificate_list", CERTIFICATES, true, true, 0},
    {"freshness_funct_list", LIST8, true, true, offsetof(struct lurk_tls12_capability, freshness_functs)},
    {"cipher_suite_list", LIST16, true, true, offsetof(struct lurk_tls12_capability, cipher_suites)},
    {"prf_hash_list", LIST8, true, false, offsetof(struct lurk_tls12_capability, prf_hashes)},
    {"sig_and_hash_list", LIST16, false, true, offsetof(struct lurk_tls12_capability, schemes)},
    {"ecdsa_curves_list", LIST16, false, true, offsetof(struct lurk_tls12_capability, ecdsa_curves)},
    {"ecdhe_curves_list", LIST16, false, true, offsetof(struct lurk_tls12_capability, ecdhe_curves)},
    {"poo_prf_list", LIST8, false, true, offsetof(struct lurk_tls12_capability, poo_prfs)},
};
#define LIST_COUNT (sizeof lists / sizeof *lists)

static bool is_in(const struct list *list, unsigned type) {
  if (type == LURK_TLS12_ECDHE)
    return list->in_ecdhe;
  return list->in_rsa && type >= LURK_TLS12_RSA_MASTER && type <= LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH;
}

/* --- encoding --- */

static bool add_list8(struct lurk_builder *builder, const struct lurk_list8 *list) {
  if (list->count > LURK_LIST8_MAX)
    return false;
  lurk_add_vector(builder, 1, list->values, list->count);
  return true;
}

static bool add_list16(struct lurk_builder *builder, const struct lurk_list16 *list) {
  if (list->count > LURK_LIST16_MAX)
    return false;
  lurk_builder_open_vector(builder, 1);
  for (size_t i = 0; i < list->count; i++)
    lurk_add_u16(builder, list->values[i]);
  lurk_builder_close_vector(builder);
  return true;
}

static bool add_list(struct lurk_builder *builder, const struct list *list,
                     const struct lurk_tls12_capability *capability) {
  const void *values = (const char *)capability + list->at;
  if (list->form == CERTIFICATES)
    lurk_add_vector(builder, 1, NULL, 0);
  else
    return list->form == LIST8 ? add_list8(builder, values) : add_list16(builder, values);
  return true;
}

static bool add_item(struct lurk_builder *builder, unsigned type,
                     const struct lurk_tls12_capability *capability) {
  lurk_builder_open_vector(builder, 4);
  lurk_add_u8(builder, (uint8_t)type);
  for (size_t i = 0; i < LIST_COUNT; i++) {
    if (is_in(&lists[i], type) && !add_list(builder, &lists[i], capability))
      return false;
  }
  lurk_builder_close_vector(builder);
  return true;
}

lurk_status lurk_tls12_capabilities_encode(const struct lurk_tls12_capabilities *capabilities,
                                           struct lurk_octets *out) {
  struct lurk_builder builder;
  lurk_builder_init(&builder, LURK_TLS12_MAX_PAYLOAD_LEN);
  for (unsigned type = 0; type < LURK_TLS12_TYPE_COUNT; type++) {
    if (capabilities->types[type].offered && !add_item(&builder, type, &capabilities->types[type])) {
      lurk_builder_clear(&builder);
      return LURK_ERR_MALFORMED;
    }
  }
  lurk_add_octets(&builder, capabilities->state, LURK_STATE_LEN);
  return lurk_builder_finish(&builder, out);
}

/* --- decoding --- */

static void read_list8(struct lurk_reader *octets, struct lurk_list8 *out) {
  out->count = octets->left;
  memcpy(out->values, octets->at, octets->left);
}

static bool read_list16(struct lurk_reader *octets, struct lurk_list16 *out) {
  if (octets->left % 2 != 0)
    return false;
  while (lurk_read_u16(octets, &out->values[out->count]))
    out->count++;
  return true;
}

static bool read_list(struct lurk_reader *reader, const struct list *list,
                      struct lurk_tls12_capability *out) {
  void *values = (char *)out + list->at;
  struct lurk_reader octets;
  if (!lurk_read_vector(reader, 1, &octets) &&
      !(LURK_FAULT(capability_list_trusted) && lurk_trusting_vector(reader, 1, &octets)))
    return false;
  if (list->form == LIST16)
    return read_list16(&octets, values);
  if (list->form == LIST8)
    read_list8(&octets, values);
  return true;
}

static lurk_status read_item(struct lurk_reader *reader, struct lurk_tls12_capabilities *out,
                             struct lurk_decode_error *error) {
  struct lurk_reader field = *reader, item;
  uint8_t type;
  if (!lurk_read_vector(reader, 4, &item) || !lurk_read_u8(&item, &type))
    return lurk_reader_blame(&field, "TLS12Capability", error);
  if (type >= LURK_TLS12_TYPE_COUNT)
    return LURK_OK;
  if (out->types[type].offered)
    return lurk_reader_blame(&field, "TLS12Capability of the same type", error);
  out->types[type].offered = true;
  for (size_t i = 0; i < LIST_COUNT; i++) {
    field = item;
    if (is_in(&lists[i], type) && !read_list(&item, &lists[i], &out->types[type]))
      return lurk_reader_blame(&field, lists[i].field, error);
  }
  if (!lurk_reader_finished(&item))
    return lurk_reader_blame(&item, "end of TLS12Capability", error);
  return LURK_OK;
}

lurk_status lurk_tls12_capabilities_decode(const uint8_t *payload, size_t len,
                                           struct lurk_tls12_capabilities *out,
                                           struct lurk_decode_error *error) {
  struct lurk_reader reader;
  const uint8_t *state;
  lurk_status status = LURK_OK;
  memset(out, 0, sizeof *out);
  lurk_reader_init(&reader, payload, len);
  while (status == LURK_OK && reader.left > LURK_STATE_LEN)
    status = read_item(&reader, out, error);
  if (status != LURK_OK)
    return status;
  if (!lurk_read_octets(&reader, LURK_STATE_LEN, &state))
    return lurk_reader_blame(&reader, "state", error);
  memcpy(out->state, state, LURK_STATE_LEN);
  return LURK_OK;
}
