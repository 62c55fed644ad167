#include "reference-edge/tls12_payload.h"

#include "lurk/fault.h"
#include "lurk/tls/key_id.h"
#include "lurk/tls/ownership.h"
#include <string.h>

#ifdef LURK_FAULTS
/* In place of the null that the payload ends with: the kind of proof, and nothing of it. */
static lurk_status claim_proof(enum lurk_tls12_poo_prf proof, struct lurk_octets *payload) {
  struct lurk_octets longer = {NULL, 0};
  if (!lurk_octets_alloc(&longer, payload->len + 1))
    return LURK_ERR_MEMORY;
  memcpy(longer.data, payload->data, payload->len);
  longer.data[payload->len - 1] = (uint8_t)proof;
  longer.data[payload->len] = 0;
  lurk_octets_clear(payload);
  *payload = longer;
  return LURK_OK;
}
#endif

static lurk_status encode_ecdhe(const struct lurk_key_request *request, const uint8_t *key_id,
                                enum lurk_tls12_poo_prf proof, struct lurk_octets *out) {
  const size_t randoms = 2 * LURK_RANDOM_LEN; /* stand before ServerECDHParams in what is signed */
  struct lurk_tls12_ecdhe payload = {.key_id = key_id,
                                     .client_random = request->tls12->client_random,
                                     .server_random = request->tls12->s,
                                     .scheme = request->scheme->id};
  struct lurk_ownership_proof ownership;
  struct lurk_decode_error error;
  if (request->input.len < randoms)
    return LURK_ERR_MALFORMED;
  lurk_status status =
      lurk_ecdh_params_decode(request->input.data + randoms, request->input.len - randoms, &payload, &error);
  if (status == LURK_OK && request->tls12->ephemeral.len > 0 && proof != LURK_POO_NULL &&
      !LURK_FAULT(null_poo_sent)) {
    payload.poo_prf = proof;
    status = lurk_ownership_prove(&payload, request->tls12->ephemeral.data, request->tls12->ephemeral.len,
                                  &ownership);
  }
  if (status == LURK_OK)
    status = lurk_tls12_ecdhe_encode(&payload, out);
#ifdef LURK_FAULTS
  if (status == LURK_OK && request->tls12->ephemeral.len == 0 && proof != LURK_POO_NULL &&
      LURK_FAULT(proof_without_point))
    status = claim_proof(proof, out);
#endif
  return status;
}

static lurk_status encode_rsa(const struct lurk_key_request *request, const uint8_t *key_id,
                              struct lurk_octets *out) {
  const struct lurk_tls12_material *material = request->tls12;
  if (material->type != LURK_TLS12_RSA_MASTER) {
    const bool proof = material->type != LURK_TLS12_RSA_EXTENDED_MASTER;
    const struct lurk_tls12_rsa_handshake payload = {
        .type = material->type,
        .key_id = key_id,
        .handshake_messages = material->messages.data,
        .handshake_messages_len = proof ? material->messages.len : material->until_key_exchange,
        .verify_data = proof ? material->verify_data : NULL};
    return lurk_tls12_rsa_handshake_encode(&payload, out);
  }
  const struct lurk_tls12_rsa_master payload = {.key_id = key_id,
                                                .prf_hash = material->prf_hash,
                                                .client_random = material->client_random,
                                                .server_random = material->s,
                                                .encrypted_premaster = request->input.data,
                                                .encrypted_premaster_len = request->input.len};
  return lurk_tls12_rsa_master_encode(&payload, out);
}

lurk_status lurk_tls12_payload(const struct lurk_key_request *request, enum lurk_tls12_poo_prf proof,
                               enum lurk_tls12_type *type, struct lurk_octets *out) {
  uint8_t key_id[LURK_KEY_ID_LEN];
  const lurk_public_key *key = request->certificate->public_key;
  /* The draft has ids of RSA and EC keys only; those of others are taken from SubjectPublicKeyInfo too. */
  lurk_status status = lurk_key_id(key, key_id);
  if (status == LURK_ERR_UNSUPPORTED ||
      (lurk_public_key_type(key) == LURK_KEY_RSA && LURK_FAULT(rsa_key_id_over_spki)))
    status = lurk_key_id_alias(key, key_id);
  if (status != LURK_OK)
    return status;
  const bool rsa = request->method == LURK_SKI_RSA;
  *type = rsa ? request->tls12->type : LURK_TLS12_ECDHE;
  if (rsa)
    return encode_rsa(request, key_id, out);
  return encode_ecdhe(request, key_id, proof, out);
}
