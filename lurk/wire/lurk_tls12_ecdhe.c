#include "lurk/fault.h"
#include "lurk/wire/lurk_tls12_fields.h"
#include "lurk/wire/trusting.h"

/* Octets of the order of a group that has proofs, which is the length of r; 0 for others. */
static size_t response_len_of(uint16_t named_group) {
  switch (named_group) {
  case LURK_GROUP_SECP256R1:
    return 32;
  case LURK_GROUP_SECP384R1:
    return 48;
  case LURK_GROUP_SECP521R1:
    return 66;
  default:
    return 0;
  }
}

static bool group_is_served(uint16_t named_group) {
  return response_len_of(named_group) > 0 || named_group == LURK_GROUP_X25519;
}

/* opaque point<1..2^8-1> (RFC 8422 §5.4) */
static bool read_point(struct lurk_reader *reader, const uint8_t **point, size_t *len) {
  struct lurk_reader octets;
  if (!lurk_read_vector(reader, 1, &octets) || octets.left == 0)
    return false;
  *point = octets.at;
  *len = octets.left;
  return true;
}

static enum lurk_tls12_status read_params(struct lurk_reader *reader, struct lurk_tls12_ecdhe *out,
                                          struct lurk_decode_error *error) {
  struct lurk_reader start = *reader, field = *reader;
  uint8_t curve_type;
  if (!lurk_read_u8(reader, &curve_type))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_PAYLOAD_FORMAT, error, "curve_type", &field);
  if (curve_type != LURK_NAMED_CURVE && !LURK_FAULT(curve_type_ignored))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_EC_TYPE, error, "curve_type", &field);
  field = *reader;
  if (!lurk_read_u16(reader, &out->named_group))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_PAYLOAD_FORMAT, error, "namedcurve", &field);
  if (!group_is_served(out->named_group) && !LURK_FAULT(unknown_curve_signed))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_EC_CURVE, error, "namedcurve", &field);
  field = *reader;
  if (!read_point(reader, &out->point, &out->point_len))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_PAYLOAD_FORMAT, error, "public", &field);
  out->params = start.at;
  out->params_len = (size_t)(reader->at - start.at);
  return LURK_TLS12_SUCCESS;
}

static enum lurk_tls12_status read_proof(struct lurk_reader *reader, struct lurk_tls12_ecdhe *out,
                                         struct lurk_decode_error *error) {
  struct lurk_reader field = *reader;
  uint8_t poo_prf;
  if (!lurk_read_u8(reader, &poo_prf))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_PAYLOAD_FORMAT, error, "poo_prf", &field);
  out->poo_prf = LURK_POO_NULL;
  if (poo_prf == LURK_POO_NULL)
    return LURK_TLS12_SUCCESS;
  size_t response_len = response_len_of(out->named_group);
  if (poo_prf > LURK_POO_SHA256_256 && LURK_FAULT(unknown_poo_prf_means_null))
    return LURK_TLS12_SUCCESS;
#ifdef LURK_FAULTS
  if (response_len == 0 && LURK_FAULT(proof_on_x25519_ignored)) {
    lurk_read_octets(reader, reader->left, &out->response);
    return LURK_TLS12_SUCCESS;
  }
#endif
  if (poo_prf > LURK_POO_SHA256_256 || response_len == 0)
    return lurk_tls12_refuse(LURK_TLS12_INVALID_POO_PRF, error, "poo_prf", &field);
  out->poo_prf = (enum lurk_tls12_poo_prf)poo_prf;
  field = *reader;
  if (!read_point(reader, &out->commitment, &out->commitment_len))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_PAYLOAD_FORMAT, error, "vG", &field);
#ifdef LURK_FAULTS
  if (reader->left != response_len && LURK_FAULT(response_of_any_length))
    response_len = reader->left;
#endif
  if (!lurk_read_octets(reader, response_len, &out->response) &&
      !(LURK_FAULT(response_length_trusted) && lurk_trusting_octets(reader, response_len, &out->response)))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_PAYLOAD_FORMAT, error, "r", reader);
  out->response_len = response_len;
  return LURK_TLS12_SUCCESS;
}

enum lurk_tls12_status lurk_tls12_ecdhe_decode(const uint8_t *payload, size_t len,
                                               struct lurk_tls12_ecdhe *out,
                                               struct lurk_decode_error *error) {
  struct lurk_reader reader;
  struct lurk_tls12_ecdhe request = {0};

  lurk_reader_init(&reader, payload, len);
  enum lurk_tls12_status status = lurk_tls12_read_key_id(&reader, &request.key_id, error);
  if (status == LURK_TLS12_SUCCESS)
    status = lurk_tls12_read_freshness(&reader, error);
  if (status == LURK_TLS12_SUCCESS)
    status = lurk_tls12_read_randoms(&reader, &request.client_random, &request.server_random, error);
  if (status != LURK_TLS12_SUCCESS)
    return status;
  if (!lurk_read_u16(&reader, &request.scheme))
    return lurk_tls12_refuse(LURK_TLS12_INVALID_PAYLOAD_FORMAT, error, "sig_and_hash", &reader);
  status = read_params(&reader, &request, error);
  if (status == LURK_TLS12_SUCCESS)
    status = read_proof(&reader, &request, error);
  if (status == LURK_TLS12_SUCCESS)
    status = lurk_tls12_read_end(&reader, error);
  if (status == LURK_TLS12_SUCCESS)
    *out = request;
  return status;
}

static bool proof_fits(const struct lurk_tls12_ecdhe *request) {
  if (request->poo_prf == LURK_POO_NULL)
    return request->commitment == NULL && request->response == NULL;
  return request->poo_prf <= LURK_POO_SHA256_256 && request->commitment_len > 0 &&
         request->response_len > 0 && request->response_len == response_len_of(request->named_group);
}

lurk_status lurk_tls12_ecdhe_encode(const struct lurk_tls12_ecdhe *request, struct lurk_octets *out) {
  struct lurk_builder builder;
  if (!proof_fits(request))
    return LURK_ERR_MALFORMED;
  lurk_builder_init(&builder, LURK_TLS12_MAX_PAYLOAD_LEN);
  lurk_tls12_add_head(&builder, request->key_id);
  lurk_add_octets(&builder, request->client_random, LURK_RANDOM_LEN);
  lurk_add_octets(&builder, request->server_random, LURK_RANDOM_LEN);
  lurk_add_u16(&builder, request->scheme);
  lurk_add_octets(&builder, request->params, request->params_len);
  lurk_add_u8(&builder, (uint8_t)request->poo_prf);
  if (request->poo_prf != LURK_POO_NULL) {
    lurk_add_vector(&builder, 1, request->commitment, request->commitment_len);
    lurk_add_octets(&builder, request->response, request->response_len);
  }
  return lurk_builder_finish(&builder, out);
}

lurk_status lurk_ecdh_params_encode(uint16_t named_group, const uint8_t *point, size_t point_len,
                                    struct lurk_octets *out) {
  struct lurk_builder builder;
  if (point_len == 0)
    return LURK_ERR_MALFORMED;
  lurk_builder_init(&builder, 4 + 255);
  lurk_add_u8(&builder, LURK_NAMED_CURVE);
  lurk_add_u16(&builder, named_group);
  lurk_add_vector(&builder, 1, point, point_len);
  return lurk_builder_finish(&builder, out);
}

lurk_status lurk_ecdh_params_decode(const uint8_t *params, size_t len, struct lurk_tls12_ecdhe *out,
                                    struct lurk_decode_error *error) {
  struct lurk_reader reader;
  struct lurk_tls12_ecdhe read = *out;
  lurk_reader_init(&reader, params, len);
  enum lurk_tls12_status status = read_params(&reader, &read, error);
  if (status == LURK_TLS12_SUCCESS)
    status = lurk_tls12_read_end(&reader, error);
  if (status != LURK_TLS12_SUCCESS)
    return status == LURK_TLS12_INVALID_EC_CURVE ? LURK_ERR_UNSUPPORTED : LURK_ERR_MALFORMED;
  *out = read;
  return LURK_OK;
}
