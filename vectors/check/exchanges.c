#include "lurk/tls/freshness.h"
#include "lurk/tls/key_id.h"
#include "lurk/tls/master.h"
#include "lurk/wire/handshake_messages.h"
#include "vectors/check/rsa.h"

#include <string.h>

/* A request as far as it is answered; status is "ok" until something is refused. */
struct exchange {
  struct call *call;
  const lurk_public_key *key;
  const char *status;
};

static bool refuse(struct exchange *x, enum lurk_tls12_status status) {
  x->status = lurk_tls12_status_name((uint8_t)status);
  return false;
}

static bool fail(struct exchange *x, lurk_status status) {
  if (status != LURK_OK)
    x->status = check_status(x->call, status);
  return status == LURK_OK;
}

static bool check_key_id(struct exchange *x, const uint8_t *key_id) {
  uint8_t own[LURK_KEY_ID_LEN];
  if (!fail(x, lurk_key_id(x->key, own)))
    return false;
  return memcmp(own, key_id, sizeof own) == 0 || refuse(x, LURK_TLS12_INVALID_KEY_ID);
}

static bool compare(struct exchange *x, const uint8_t *master) {
  struct lurk_octets answer = call_octets(x->call, "answer");
  reply_octets(x->call, "master", master, LURK_MASTER_LEN);
  if (answer.len == LURK_MASTER_LEN && memcmp(answer.data, master, LURK_MASTER_LEN) == 0)
    return true;
  x->status = "mismatch";
  return false;
}

/* --- rsa_master --- */

static bool decrypt(struct exchange *x, const uint8_t *ciphertext, size_t len, uint16_t version,
                    uint8_t *premaster) {
  const lurk_private_key *key = call_private_key(x->call);
  if (len != lurk_public_key_modulus_len(x->key))
    return refuse(x, LURK_TLS12_INVALID_PAYLOAD_FORMAT);
  return key != NULL && fail(x, lurk_rsa_premaster(key, ciphertext, len, version, premaster));
}

static bool serve_rsa_master(struct exchange *x, struct lurk_octets payload) {
  struct lurk_tls12_rsa_master request;
  struct lurk_decode_error error;
  uint8_t premaster[LURK_PREMASTER_LEN], random[LURK_RANDOM_LEN], master[LURK_MASTER_LEN];
  enum lurk_tls12_status status = lurk_tls12_rsa_master_decode(payload.data, payload.len, &request, &error);
  if (status != LURK_TLS12_SUCCESS)
    return refuse(x, status);
  if (!check_key_id(x, request.key_id) ||
      !decrypt(x, request.encrypted_premaster, request.encrypted_premaster_len, LURK_TLS_1_2, premaster) ||
      !fail(x, lurk_freshness(request.server_random, random)) ||
      !fail(x,
            lurk_master(lurk_prf_hash(request.prf_hash), premaster, request.client_random, random, master)))
    return false;
  reply_octets(x->call, "server_hello_random", random, sizeof random);
  return compare(x, master);
}

/* --- those that carry a handshake --- */

static bool check_certificate(struct exchange *x, const struct lurk_handshake_messages *messages) {
  const uint8_t *own, *found;
  size_t own_len, found_len;
  lurk_public_key_spki(x->key, &own, &own_len);
  return (lurk_certificate_spki(messages->certificate, messages->certificate_len, &found, &found_len) &&
          found_len == own_len && memcmp(found, own, own_len) == 0) ||
         refuse(x, LURK_TLS12_INVALID_PAYLOAD_FORMAT);
}

static bool check_finished(struct exchange *x, const struct lurk_tls12_rsa_handshake *request,
                           enum lurk_hash hash, const uint8_t *master, struct lurk_octets wire) {
  uint8_t verify_data[LURK_VERIFY_DATA_LEN];
  if (request->verify_data == NULL)
    return true;
  if (!fail(x, lurk_verify_data(hash, LURK_FINISHED_CLIENT, master, wire.data, wire.len, verify_data)))
    return false;
  return lurk_equal(verify_data, request->verify_data, sizeof verify_data) ||
         refuse(x, LURK_TLS12_INVALID_FINISHED);
}

static bool derive(struct exchange *x, const struct lurk_tls12_rsa_handshake *request,
                   const struct lurk_handshake_messages *messages, const uint8_t *premaster) {
  uint8_t random[LURK_RANDOM_LEN], master[LURK_MASTER_LEN];
  struct lurk_octets wire = {NULL, 0};
  enum lurk_hash hash = lurk_prf_hash(messages->prf_hash);
  bool extended = request->type != LURK_TLS12_RSA_MASTER_WITH_POH;
  bool good =
      fail(x, lurk_freshness(messages->server_random, random)) &&
      fail(x, lurk_handshake_messages_with_random(messages, random, &wire)) &&
      fail(x, extended ? lurk_extended_master(hash, premaster, wire.data, messages->session_len, master)
                       : lurk_master(hash, premaster, messages->client_random, random, master)) &&
      check_finished(x, request, hash, master, wire);
  lurk_octets_clear(&wire);
  if (!good)
    return false;
  reply_octets(x->call, "server_hello_random", random, sizeof random);
  return compare(x, master);
}

static bool serve_handshake(struct exchange *x, enum lurk_tls12_type type, struct lurk_octets payload) {
  struct lurk_tls12_rsa_handshake request;
  struct lurk_handshake_messages messages;
  struct lurk_decode_error error;
  uint8_t premaster[LURK_PREMASTER_LEN];
  enum lurk_tls12_status status =
      lurk_tls12_rsa_handshake_decode(type, payload.data, payload.len, &request, &error);
  if (status == LURK_TLS12_SUCCESS)
    status = lurk_handshake_messages_decode(type, request.handshake_messages, request.handshake_messages_len,
                                            &messages, &error);
  if (status != LURK_TLS12_SUCCESS)
    return refuse(x, status);
  return check_key_id(x, request.key_id) && check_certificate(x, &messages) &&
         decrypt(x, messages.encrypted_premaster, messages.encrypted_premaster_len, messages.client_version,
                 premaster) &&
         derive(x, &request, &messages, premaster);
}

static const char *rsa_exchange(struct call *call) {
  struct lurk_octets payload = call_octets(call, "payload"), spki = call_key(call, "spki");
  enum lurk_tls12_type type = (enum lurk_tls12_type)call_number(call, "type");
  lurk_public_key *key = NULL;
  struct exchange x = {.call = call, .status = CHECK_OK};
  if (fail(&x, lurk_public_key_load(spki.data, spki.len, &key))) {
    x.key = key;
    if (type == LURK_TLS12_RSA_MASTER)
      serve_rsa_master(&x, payload);
    else
      serve_handshake(&x, type, payload);
  }
  lurk_public_key_free(key);
  return x.status;
}

/* --- ecdhe --- */

static bool check_request(struct exchange *x, const struct lurk_tls12_ecdhe *request,
                          struct lurk_signature_algorithm *algorithm) {
  if (!check_key_id(x, request->key_id))
    return false;
  if (lurk_signature_for_scheme(lurk_public_key_type(x->key), request->scheme, false, algorithm) != LURK_OK)
    return refuse(x, LURK_TLS12_INVALID_CIPHER_OR_PRF_HASH);
  return lurk_group_check_point(request->named_group, request->point, request->point_len) == LURK_OK ||
         refuse(x, LURK_TLS12_INVALID_EC_CURVE);
}

static bool verify_answer(struct exchange *x, const struct lurk_tls12_ecdhe *request,
                          struct lurk_signature_algorithm algorithm) {
  struct lurk_octets answer = call_octets(x->call, "answer");
  struct lurk_octets message = call_room(x->call, 2 * LURK_RANDOM_LEN + request->params_len);
  struct lurk_tls12_signature signature;
  struct lurk_decode_error error;
  uint8_t *random = message.data + LURK_RANDOM_LEN;
  if (x->call->broken)
    return false;
  memcpy(message.data, request->client_random, LURK_RANDOM_LEN);
  memcpy(random + LURK_RANDOM_LEN, request->params, request->params_len);
  if (!fail(x, lurk_freshness(request->server_random, random)) ||
      !fail(x, lurk_tls12_signature_decode(answer.data, answer.len, request->scheme, &signature, &error)) ||
      !fail(x, lurk_verify(x->key, algorithm, message.data, message.len, signature.octets, signature.len)))
    return false;
  reply_octets(x->call, "server_hello_random", random, LURK_RANDOM_LEN);
  reply_octets(x->call, "signed", message.data, message.len);
  return true;
}

static const char *ecdhe_exchange(struct call *call) {
  struct lurk_octets payload = call_octets(call, "payload"), spki = call_key(call, "spki");
  struct lurk_tls12_ecdhe request;
  struct lurk_decode_error error;
  struct lurk_signature_algorithm algorithm;
  lurk_public_key *key = NULL;
  struct exchange x = {.call = call, .status = CHECK_OK};
  enum lurk_tls12_status status = lurk_tls12_ecdhe_decode(payload.data, payload.len, &request, &error);
  if (status != LURK_TLS12_SUCCESS)
    refuse(&x, status);
  else if (fail(&x, lurk_public_key_load(spki.data, spki.len, &key))) {
    x.key = key;
    if (check_request(&x, &request, &algorithm))
      verify_answer(&x, &request, algorithm);
  }
  lurk_public_key_free(key);
  return x.status;
}

const struct check_entry check_exchanges[] = {
    {"rsa_exchange", rsa_exchange}, {"ecdhe_exchange", ecdhe_exchange}, {NULL, NULL}};
