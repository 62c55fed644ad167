/* ecdhe (tls12 §6): signs TLS 1.2 ServerKeyExchange parameters and nothing else. */
#include "lurk/fault.h"
#include "lurk/tls/ownership.h"
#include "lurk_exchange.h"
#include <string.h>

#define MAX_PARAMS_LEN (4 + LURK_MAX_POINT_LEN)

/* sig_and_hash must be one that the key can make and that is strong. */
static bool choose_algorithm(struct lurk_exchange *x, uint16_t scheme, struct lurk_signature_algorithm *out) {
  enum lurk_key_type type = lurk_private_key_type(x->grant->key->key);
#ifdef LURK_FAULTS
  if ((scheme == 0x0201 || scheme == 0x0203) && LURK_FAULT(sha1_accepted)) {
    *out = (struct lurk_signature_algorithm){.hash = LURK_SHA1};
    out->kind = scheme == 0x0201 ? LURK_SIGN_RSA_PKCS1 : LURK_SIGN_ECDSA;
    return true;
  }
#endif
  return lurk_signature_for_scheme(type, scheme, false, out) == LURK_OK ||
         lurk_exchange_refuse(x, LURK_TLS12_INVALID_CIPHER_OR_PRF_HASH,
                              "sig_and_hash is weak, unknown or of another key type");
}

/* The point is looked at even when nothing proves that the edge owns it. */
static bool check_point(struct lurk_exchange *x, const struct lurk_tls12_ecdhe *request) {
  lurk_status status = lurk_group_check_point(request->named_group, request->point, request->point_len);
  if (status == LURK_OK || LURK_FAULT(off_curve_without_poo))
    return true;
  if (status == LURK_ERR_MALFORMED || status == LURK_ERR_UNSUPPORTED)
    return lurk_exchange_refuse(x, LURK_TLS12_INVALID_EC_CURVE, "public point is not one of the curve");
  return lurk_exchange_fail(x, status);
}

static bool check_proof(struct lurk_exchange *x, const struct lurk_tls12_ecdhe *request) {
  lurk_status status = lurk_ownership_verify(request);
  if (status == LURK_OK || LURK_FAULT(no_poo_check))
    return true;
  if (LURK_FAULT(refused_uses_s) && !lurk_tls12_check_replay(x, request->server_random))
    return false;
  if (status == LURK_ERR_MISMATCH)
    return lurk_exchange_refuse(x, LURK_TLS12_INVALID_POO, "proof of ownership does not verify");
  return lurk_exchange_fail(x, status);
}

/* Without a proof only by policy, or where there is none. */
static bool check_ownership(struct lurk_exchange *x, const struct lurk_tls12_ecdhe *request) {
  if (request->poo_prf != LURK_POO_NULL)
    return check_proof(x, request);
  if (x->call->config->proof_required && lurk_scalar_len(request->named_group) != 0 &&
      !LURK_FAULT(null_poo_despite_policy))
    return lurk_exchange_refuse(x, LURK_TLS12_INVALID_POO_PRF, "a proof of ownership is required");
  return check_point(x, request);
}

/* client_random || ServerHello.random || ServerECDHParams (RFC 8422 §5.4), hashed here and nowhere else. */
static bool sign(struct lurk_exchange *x, const struct lurk_tls12_ecdhe *request,
                 struct lurk_signature_algorithm algorithm) {
  uint8_t message[2 * LURK_RANDOM_LEN + MAX_PARAMS_LEN], octets[LURK_MAX_SIGNATURE_LEN];
  struct lurk_tls12_signature signature = {.scheme = request->scheme, .octets = octets, .len = sizeof octets};
  if (request->params_len > MAX_PARAMS_LEN)
    return lurk_exchange_refuse(x, LURK_TLS12_INVALID_EC_CURVE, "public point is not one of the curve");
  memcpy(message, request->client_random, LURK_RANDOM_LEN);
  if (!lurk_tls12_derive_random(x, request->server_random, message + LURK_RANDOM_LEN))
    return false;
  if ((algorithm.kind != LURK_SIGN_ECDSA && LURK_FAULT(freshness_of_ecdsa_alone)) ||
      (request->poo_prf == LURK_POO_NULL && LURK_FAULT(freshness_skipped_without_proof)))
    memcpy(message + LURK_RANDOM_LEN, request->server_random, LURK_RANDOM_LEN);
  memcpy(message + 2 * LURK_RANDOM_LEN, request->params, request->params_len);
  lurk_status status = lurk_sign(x->grant->key->key, algorithm, message,
                                 2 * LURK_RANDOM_LEN + request->params_len, octets, &signature.len);
  if (status == LURK_OK)
    status = lurk_tls12_signature_encode(&signature, &x->output);
  return status == LURK_OK || lurk_exchange_fail(x, status);
}

#ifdef LURK_FAULTS
/* A signature of SHA-256 over whatever stands behind key id and freshness. */
static bool sign_unparsed(struct lurk_exchange *x) {
  const uint8_t *content = x->call->payload + LURK_KEY_ID_LEN + 1;
  uint8_t octets[LURK_MAX_SIGNATURE_LEN];
  struct lurk_signature_algorithm algorithm;
  if (x->call->request->payload_len <= LURK_KEY_ID_LEN || !lurk_tls12_find_key(x, x->call->payload))
    return false;
  enum lurk_key_type type = lurk_private_key_type(x->grant->key->key);
  struct lurk_tls12_signature signature = {.octets = octets, .len = sizeof octets};
  signature.scheme = type == LURK_KEY_RSA ? 0x0401 : type == LURK_KEY_ED25519 ? 0x0807 : 0x0403;
  return lurk_signature_for_scheme(type, signature.scheme, false, &algorithm) == LURK_OK &&
         lurk_sign(x->grant->key->key, algorithm, content,
                   x->call->request->payload_len - LURK_KEY_ID_LEN - 1, octets, &signature.len) == LURK_OK &&
         lurk_tls12_signature_encode(&signature, &x->output) == LURK_OK;
}
#endif

bool lurk_tls12_serve_ecdhe(struct lurk_exchange *x) {
  struct lurk_tls12_ecdhe request;
  struct lurk_signature_algorithm algorithm;
  enum lurk_tls12_status status =
      lurk_tls12_ecdhe_decode(x->call->payload, x->call->request->payload_len, &request, &x->record->where);
#ifdef LURK_FAULTS
  if (status != LURK_TLS12_SUCCESS && LURK_FAULT(unparsed_payload_signed) && sign_unparsed(x))
    return true;
#endif
  if (status != LURK_TLS12_SUCCESS)
    return lurk_exchange_refuse(x, status, "request cannot be parsed");
  x->record->has_scheme = true;
  x->record->scheme = request.scheme;
  x->record->poo_prf = request.poo_prf;
  return lurk_tls12_find_key(x, request.key_id) && choose_algorithm(x, request.scheme, &algorithm) &&
         lurk_tls12_check_time(x, request.server_random) && check_ownership(x, &request) &&
         lurk_tls12_check_replay(x, request.server_random) && sign(x, &request, algorithm);
}
