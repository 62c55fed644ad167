#include "lurk/wire/lurk_tls12.h"

#include "lurk/fault.h"
#include "lurk/wire/lurk_tls12_fields.h"
#include <string.h>

static const char *const type_names[LURK_TLS12_TYPE_COUNT] = {
    [LURK_TLS12_CAPABILITIES] = "capabilities",
    [LURK_TLS12_PING] = "ping",
    [LURK_TLS12_RSA_MASTER] = "rsa_master",
    [LURK_TLS12_RSA_MASTER_WITH_POH] = "rsa_master_with_poh",
    [LURK_TLS12_RSA_EXTENDED_MASTER] = "rsa_extended_master",
    [LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH] = "rsa_extended_master_with_poh",
    [LURK_TLS12_ECDHE] = "ecdhe"};

static const char *const status_names[] = {
    [LURK_TLS12_REQUEST] = "request",
    [LURK_TLS12_SUCCESS] = "success",
    [LURK_TLS12_UNDEFINED_ERROR] = "undefined_error",
    [LURK_TLS12_INVALID_PAYLOAD_FORMAT] = "invalid_payload_format",
    [LURK_TLS12_INVALID_KEY_ID_TYPE] = "invalid_key_id_type",
    [LURK_TLS12_INVALID_KEY_ID] = "invalid_key_id",
    [LURK_TLS12_INVALID_TLS_RANDOM] = "invalid_tls_random",
    [LURK_TLS12_INVALID_FRESHNESS_FUNCT] = "invalid_freshness_funct",
    [LURK_TLS12_INVALID_ENCRYPTED_PREMASTER] = "invalid_encrypted_premaster",
    [LURK_TLS12_INVALID_FINISHED] = "invalid_finished",
    [LURK_TLS12_INVALID_EC_TYPE] = "invalid_ec_type",
    [LURK_TLS12_INVALID_EC_CURVE] = "invalid_ec_curve",
    [LURK_TLS12_INVALID_POO_PRF] = "invalid_poo_prf",
    [LURK_TLS12_INVALID_POO] = "invalid_poo",
    [LURK_TLS12_INVALID_CIPHER_OR_PRF_HASH] = "invalid_cipher_or_prf_hash"};

const char *lurk_tls12_type_name(uint8_t type) {
  return type < LURK_TLS12_TYPE_COUNT ? type_names[type] : NULL;
}

const char *lurk_tls12_status_name(uint8_t status) {
  return status < sizeof status_names / sizeof *status_names ? status_names[status] : "unassigned";
}

bool lurk_tls12_type_find(const char *name, enum lurk_tls12_type *out) {
  for (size_t i = 0; i < LURK_TLS12_TYPE_COUNT; i++) {
    if (strcmp(type_names[i], name) == 0) {
      *out = (enum lurk_tls12_type)i;
      return true;
    }
  }
  return false;
}

enum lurk_tls12_status lurk_tls12_refuse(enum lurk_tls12_status status, struct lurk_decode_error *error,
                                         const char *field, const struct lurk_reader *reader) {
  lurk_reader_blame(reader, field, error);
  return status;
}

enum lurk_tls12_status lurk_tls12_read_key_id(struct lurk_reader *reader, const uint8_t **key_id,
                                              struct lurk_decode_error *error) {
  struct lurk_reader field = *reader;
  if (reader->left > 0 && reader->at[0] != LURK_KEY_ID_SHA256_32 && !LURK_FAULT(key_id_type_ignored))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_KEY_ID_TYPE, error, "key_id.type", &field);
  if (!lurk_read_octets(reader, LURK_KEY_ID_LEN, key_id))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_PAYLOAD_FORMAT, error, "key_id", &field);
  return LURK_TLS12_SUCCESS;
}

enum lurk_tls12_status lurk_tls12_read_freshness(struct lurk_reader *reader,
                                                 struct lurk_decode_error *error) {
  struct lurk_reader field = *reader;
  uint8_t freshness_funct;
  if (!lurk_read_u8(reader, &freshness_funct))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_PAYLOAD_FORMAT, error, "freshness_funct", &field);
  if (freshness_funct != LURK_FRESHNESS_SHA256 &&
      !(freshness_funct == 0xff && LURK_FAULT(freshness_null_accepted)))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_FRESHNESS_FUNCT, error, "freshness_funct", &field);
  return LURK_TLS12_SUCCESS;
}

enum lurk_tls12_status lurk_tls12_read_randoms(struct lurk_reader *reader, const uint8_t **client_random,
                                               const uint8_t **server_random,
                                               struct lurk_decode_error *error) {
  if (!lurk_read_octets(reader, LURK_RANDOM_LEN, client_random))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_PAYLOAD_FORMAT, error, "client_random", reader);
  if (!lurk_read_octets(reader, LURK_RANDOM_LEN, server_random))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_PAYLOAD_FORMAT, error, "server_random", reader);
  return LURK_TLS12_SUCCESS;
}

enum lurk_tls12_status lurk_tls12_read_end(const struct lurk_reader *reader,
                                           struct lurk_decode_error *error) {
  if (!lurk_reader_finished(reader) && !LURK_FAULT(lurk_trailing_bytes_accepted))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_PAYLOAD_FORMAT, error, "end of payload", reader);
  return LURK_TLS12_SUCCESS;
}

void lurk_tls12_add_head(struct lurk_builder *builder, const uint8_t *key_id) {
  lurk_add_octets(builder, key_id, LURK_KEY_ID_LEN);
  lurk_add_u8(builder, LURK_FRESHNESS_SHA256);
}
