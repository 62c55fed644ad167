#include "lurk/fault.h"
#include "lurk/wire/lurk_tls12_fields.h"
#include "lurk/wire/trusting.h"

/* A vector with a length of two octets. The fault takes one that claims too much as it comes. */
static bool read_vector(struct lurk_reader *reader, struct lurk_reader *out) {
  uint16_t ignored;
  if (lurk_read_vector(reader, 2, out) ||
      (LURK_FAULT(premaster_length_trusted) && lurk_trusting_vector(reader, 2, out)))
    return true;
  if (!LURK_FAULT(length_trusted) || !lurk_read_u16(reader, &ignored))
    return false;
  *out = *reader;
  reader->at += reader->left;
  reader->left = 0;
  return true;
}

static enum lurk_tls12_status read_prf_hash(struct lurk_reader *reader, enum lurk_tls12_prf_hash *out,
                                            struct lurk_decode_error *error) {
  struct lurk_reader field = *reader;
  uint8_t prf_hash;
  if (!lurk_read_u8(reader, &prf_hash))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_PAYLOAD_FORMAT, error, "prf_hash", &field);
  if (prf_hash > LURK_PRF_SHA512 && !LURK_FAULT(unknown_prf_hash_means_sha256))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_CIPHER_OR_PRF_HASH, error, "prf_hash", &field);
  *out = (enum lurk_tls12_prf_hash)prf_hash;
  return LURK_TLS12_SUCCESS;
}

static enum lurk_tls12_status read_head(struct lurk_reader *reader, const uint8_t **key_id,
                                        struct lurk_decode_error *error) {
  enum lurk_tls12_status status = lurk_tls12_read_key_id(reader, key_id, error);
  return status == LURK_TLS12_SUCCESS ? lurk_tls12_read_freshness(reader, error) : status;
}

static bool read_premaster(struct lurk_reader *reader, struct lurk_reader *out) {
#ifdef LURK_FAULTS
  /* Without its length it is the rest, as pylurk sends it. */
  struct lurk_reader whole = *reader, vector = *reader;
  if (!read_vector(&vector, out) && LURK_FAULT(premaster_prefix_optional)) {
    *out = whole;
    return lurk_read_octets(reader, whole.left, &whole.at);
  }
#endif
  return read_vector(reader, out);
}

enum lurk_tls12_status lurk_tls12_rsa_master_decode(const uint8_t *payload, size_t len,
                                                    struct lurk_tls12_rsa_master *out,
                                                    struct lurk_decode_error *error) {
  struct lurk_reader reader, premaster;
  struct lurk_tls12_rsa_master request;

  lurk_reader_init(&reader, payload, len);
  enum lurk_tls12_status status = read_head(&reader, &request.key_id, error);
  if (status == LURK_TLS12_SUCCESS)
    status = read_prf_hash(&reader, &request.prf_hash, error);
  if (status == LURK_TLS12_SUCCESS)
    status = lurk_tls12_read_randoms(&reader, &request.client_random, &request.server_random, error);
  if (status != LURK_TLS12_SUCCESS)
    return status;
  if (!read_premaster(&reader, &premaster))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_PAYLOAD_FORMAT, error, "pre_master", &reader);
  request.encrypted_premaster = premaster.at;
  request.encrypted_premaster_len = premaster.left;
  status = lurk_tls12_read_end(&reader, error);
  if (status == LURK_TLS12_SUCCESS)
    *out = request;
  return status;
}

lurk_status lurk_tls12_rsa_master_encode(const struct lurk_tls12_rsa_master *request,
                                         struct lurk_octets *out) {
  struct lurk_builder builder;
  if (request->prf_hash > LURK_PRF_SHA512)
    return LURK_ERR_MALFORMED;
  lurk_builder_init(&builder, LURK_TLS12_MAX_PAYLOAD_LEN);
  lurk_tls12_add_head(&builder, request->key_id);
  lurk_add_u8(&builder, (uint8_t)request->prf_hash);
  lurk_add_octets(&builder, request->client_random, LURK_RANDOM_LEN);
  lurk_add_octets(&builder, request->server_random, LURK_RANDOM_LEN);
  lurk_add_vector(&builder, 2, request->encrypted_premaster, request->encrypted_premaster_len);
  return lurk_builder_finish(&builder, out);
}

static bool has_proof_of_handshake(enum lurk_tls12_type type) {
  return type == LURK_TLS12_RSA_MASTER_WITH_POH || type == LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH;
}

static bool messages_len_is_legal(size_t len) {
  return len >= 2 && len <= 0xfffe; /* §4.1 */
}

enum lurk_tls12_status lurk_tls12_rsa_handshake_decode(enum lurk_tls12_type type, const uint8_t *payload,
                                                       size_t len, struct lurk_tls12_rsa_handshake *out,
                                                       struct lurk_decode_error *error) {
  struct lurk_reader reader, messages;
  struct lurk_tls12_rsa_handshake request = {.type = type};

  lurk_reader_init(&reader, payload, len);
  enum lurk_tls12_status status = read_head(&reader, &request.key_id, error);
  if (status != LURK_TLS12_SUCCESS)
    return status;
  struct lurk_reader field = reader;
  if (!read_vector(&reader, &messages) || !messages_len_is_legal(messages.left))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_PAYLOAD_FORMAT, error, "handshake_messages", &field);
  request.handshake_messages = messages.at;
  request.handshake_messages_len = messages.left;
  if (has_proof_of_handshake(type) &&
      !lurk_read_octets(&reader, LURK_VERIFY_DATA_LEN, &request.verify_data) &&
      !(LURK_FAULT(finished_length_trusted) &&
        lurk_trusting_octets(&reader, LURK_VERIFY_DATA_LEN, &request.verify_data)))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_PAYLOAD_FORMAT, error, "finished", &reader);
  status = lurk_tls12_read_end(&reader, error);
  if (status == LURK_TLS12_SUCCESS)
    *out = request;
  return status;
}

lurk_status lurk_tls12_rsa_handshake_encode(const struct lurk_tls12_rsa_handshake *request,
                                            struct lurk_octets *out) {
  struct lurk_builder builder;
  bool with_proof = has_proof_of_handshake(request->type);
  if ((!with_proof && request->type != LURK_TLS12_RSA_EXTENDED_MASTER) ||
      with_proof != (request->verify_data != NULL) || !messages_len_is_legal(request->handshake_messages_len))
    return LURK_ERR_MALFORMED;
  lurk_builder_init(&builder, LURK_TLS12_MAX_PAYLOAD_LEN);
  lurk_tls12_add_head(&builder, request->key_id);
  lurk_add_vector(&builder, 2, request->handshake_messages, request->handshake_messages_len);
  if (with_proof)
    lurk_add_octets(&builder, request->verify_data, LURK_VERIFY_DATA_LEN);
  return lurk_builder_finish(&builder, out);
}
