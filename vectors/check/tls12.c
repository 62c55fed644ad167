#include "lurk/wire/handshake_messages.h"
#include "lurk/wire/lurk_tls12.h"
#include "lurk/wire/lurk_tls12_capabilities.h"
#include "vectors/check/check.h"

#include <stdlib.h>

static const char *tls12_status(enum lurk_tls12_status status) {
  return status == LURK_TLS12_SUCCESS ? CHECK_OK : lurk_tls12_status_name((uint8_t)status);
}

/* --- requests --- */

static const char *rsa_master(struct call *call, struct lurk_octets payload) {
  struct lurk_tls12_rsa_master request;
  struct lurk_decode_error error;
  enum lurk_tls12_status status = lurk_tls12_rsa_master_decode(payload.data, payload.len, &request, &error);
  if (status == LURK_TLS12_SUCCESS) {
    reply_octets(call, "key_id", request.key_id, LURK_KEY_ID_LEN);
    reply_number(call, "prf_hash", request.prf_hash);
    reply_octets(call, "client_random", request.client_random, LURK_RANDOM_LEN);
    reply_octets(call, "server_random", request.server_random, LURK_RANDOM_LEN);
    reply_octets(call, "encrypted_premaster", request.encrypted_premaster, request.encrypted_premaster_len);
  }
  return tls12_status(status);
}

static void reply_handshake(struct call *call, const struct lurk_tls12_rsa_handshake *request,
                            const struct lurk_handshake_messages *messages) {
  reply_octets(call, "key_id", request->key_id, LURK_KEY_ID_LEN);
  reply_octets(call, "client_random", messages->client_random, LURK_RANDOM_LEN);
  reply_octets(call, "server_random", messages->server_random, LURK_RANDOM_LEN);
  reply_number(call, "cipher_suite", messages->cipher_suite);
  reply_number(call, "prf_hash", messages->prf_hash);
  reply_octets(call, "certificate", messages->certificate, messages->certificate_len);
  reply_octets(call, "encrypted_premaster", messages->encrypted_premaster, messages->encrypted_premaster_len);
  reply_number(call, "session_octets", (long long)messages->session_len);
  if (request->verify_data != NULL)
    reply_octets(call, "verify_data", request->verify_data, LURK_VERIFY_DATA_LEN);
}

static const char *handshake(struct call *call, enum lurk_tls12_type type, struct lurk_octets payload) {
  struct lurk_tls12_rsa_handshake request;
  struct lurk_handshake_messages messages;
  struct lurk_decode_error error;
  enum lurk_tls12_status status =
      lurk_tls12_rsa_handshake_decode(type, payload.data, payload.len, &request, &error);
  if (status == LURK_TLS12_SUCCESS)
    status = lurk_handshake_messages_decode(type, request.handshake_messages, request.handshake_messages_len,
                                            &messages, &error);
  if (status == LURK_TLS12_SUCCESS)
    reply_handshake(call, &request, &messages);
  return tls12_status(status);
}

static const char *ecdhe(struct call *call, struct lurk_octets payload) {
  struct lurk_tls12_ecdhe request;
  struct lurk_decode_error error;
  enum lurk_tls12_status status = lurk_tls12_ecdhe_decode(payload.data, payload.len, &request, &error);
  if (status != LURK_TLS12_SUCCESS)
    return tls12_status(status);
  reply_octets(call, "key_id", request.key_id, LURK_KEY_ID_LEN);
  reply_octets(call, "client_random", request.client_random, LURK_RANDOM_LEN);
  reply_octets(call, "server_random", request.server_random, LURK_RANDOM_LEN);
  reply_number(call, "sig_and_hash", request.scheme);
  reply_number(call, "group", request.named_group);
  reply_octets(call, "point", request.point, request.point_len);
  reply_number(call, "poo_prf", request.poo_prf);
  if (request.poo_prf != LURK_POO_NULL) {
    reply_octets(call, "vG", request.commitment, request.commitment_len);
    reply_octets(call, "r", request.response, request.response_len);
  }
  return CHECK_OK;
}

static const char *request(struct call *call) {
  struct lurk_octets payload = call_octets(call, "payload");
  enum lurk_tls12_type type = (enum lurk_tls12_type)call_number(call, "type");
  switch (type) {
  case LURK_TLS12_CAPABILITIES:
  case LURK_TLS12_PING: /* LN-09 */
    return payload.len == 0 ? CHECK_OK : tls12_status(LURK_TLS12_INVALID_PAYLOAD_FORMAT);
  case LURK_TLS12_RSA_MASTER:
    return rsa_master(call, payload);
  case LURK_TLS12_ECDHE:
    return ecdhe(call, payload);
  default:
    return handshake(call, type, payload);
  }
}

/* --- answers --- */

static const char *answer(struct call *call) {
  struct lurk_octets payload = call_octets(call, "payload");
  struct lurk_decode_error error;
  lurk_status status;
  if (call_number(call, "type") == LURK_TLS12_ECDHE) {
    struct lurk_tls12_signature signature;
    status = lurk_tls12_signature_decode(payload.data, payload.len,
                                         (uint16_t)call_number(call, "sig_and_hash"), &signature, &error);
    if (status == LURK_OK) {
      reply_number(call, "sig_and_hash", signature.scheme);
      reply_octets(call, "signature", signature.octets, signature.len);
    }
  } else {
    const uint8_t *master;
    status = lurk_tls12_master_decode(payload.data, payload.len, &master, &error);
    if (status == LURK_OK)
      reply_octets(call, "master", master, LURK_MASTER_LEN);
  }
  return check_status(call, status);
}

/* --- capabilities --- */

static void set_list8(json_t *offer, const char *name, const struct lurk_list8 *list) {
  json_t *values = json_array();
  for (size_t i = 0; i < list->count; i++)
    json_array_append_new(values, json_integer(list->values[i]));
  json_object_set_new(offer, name, values);
}

static void set_list16(json_t *offer, const char *name, const struct lurk_list16 *list) {
  json_t *values = json_array();
  for (size_t i = 0; i < list->count; i++)
    json_array_append_new(values, json_integer(list->values[i]));
  json_object_set_new(offer, name, values);
}

static json_t *offer_of(unsigned type, const struct lurk_tls12_capability *capability) {
  json_t *offer = json_object();
  if (type <= LURK_TLS12_PING)
    return offer;
  set_list8(offer, "key_id_types", &capability->key_id_types);
  set_list8(offer, "freshness_functs", &capability->freshness_functs);
  set_list16(offer, "cipher_suites", &capability->cipher_suites);
  if (type != LURK_TLS12_ECDHE) {
    set_list8(offer, "prf_hashes", &capability->prf_hashes);
    return offer;
  }
  set_list16(offer, "schemes", &capability->schemes);
  set_list16(offer, "ecdsa_curves", &capability->ecdsa_curves);
  set_list16(offer, "ecdhe_curves", &capability->ecdhe_curves);
  set_list8(offer, "poo_prfs", &capability->poo_prfs);
  return offer;
}

static const char *capabilities(struct call *call) {
  struct lurk_octets payload = call_octets(call, "payload");
  struct lurk_tls12_capabilities *offers = malloc(sizeof *offers);
  struct lurk_decode_error error;
  lurk_status status = offers == NULL
                           ? LURK_ERR_MEMORY
                           : lurk_tls12_capabilities_decode(payload.data, payload.len, offers, &error);
  if (status == LURK_OK) {
    json_t *types = json_object();
    for (unsigned type = 0; type < LURK_TLS12_TYPE_COUNT; type++) {
      if (offers->types[type].offered)
        json_object_set_new(types, lurk_tls12_type_name((uint8_t)type), offer_of(type, &offers->types[type]));
    }
    json_object_set_new(call->output, "types", types);
    reply_octets(call, "state", offers->state, LURK_STATE_LEN);
  }
  free(offers);
  return check_status(call, status);
}

const struct check_entry check_tls12[] = {
    {"tls12_request", request}, {"tls12_answer", answer}, {"tls12_capabilities", capabilities}, {NULL, NULL}};
