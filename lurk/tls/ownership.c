#include "lurk/tls/ownership.h"

#include "lurk/fault.h"
#include "lurk/wire/bytes.h"
#include <string.h>

#define MAX_INPUT_LEN 1024 /* of the challenge: P-521 needs some 620 octets */

static bool has_proofs(const struct lurk_tls12_ecdhe *request) {
  return request->poo_prf != LURK_POO_NULL && lurk_scalar_len(request->named_group) > 0;
}

static size_t challenge_len_of(enum lurk_tls12_poo_prf poo_prf) {
  return poo_prf == LURK_POO_SHA256_128 && !LURK_FAULT(challenge_not_truncated) ? 16 : 32;
}

/* L(x) */
static void add_item(struct lurk_builder *builder, const void *data, size_t len) {
  lurk_add_vector(builder, 4, data, len);
}

static void add_user_id(struct lurk_builder *builder, const struct lurk_tls12_ecdhe *request) {
  lurk_builder_open_vector(builder, 4);
  if (!LURK_FAULT(poo_challenge_without_randoms)) {
    lurk_add_octets(builder, request->client_random, LURK_RANDOM_LEN);
    lurk_add_octets(builder, request->server_random, LURK_RANDOM_LEN);
  }
  lurk_builder_close_vector(builder);
}

static void add_other_info(struct lurk_builder *builder, const struct lurk_tls12_ecdhe *request) {
  static const char label[9] = "tls12 poo";
  const uint8_t freshness_funct = LURK_FRESHNESS_SHA256;
  const uint8_t sig_and_hash[] = {(uint8_t)(request->scheme >> 8), (uint8_t)request->scheme};
  lurk_builder_open_vector(builder, 4);
  add_item(builder, request->key_id, LURK_KEY_ID_LEN);
  add_item(builder, &freshness_funct, sizeof freshness_funct);
  add_item(builder, sig_and_hash, sizeof sig_and_hash);
  add_item(builder, request->params, request->params_len);
  add_item(builder, label, sizeof label);
  lurk_builder_close_vector(builder);
}

lurk_status lurk_ownership_challenge(const struct lurk_tls12_ecdhe *request,
                                     uint8_t challenge[LURK_MAX_CHALLENGE_LEN], size_t *len) {
  struct lurk_builder builder;
  struct lurk_octets input = {NULL, 0};
  size_t generator_len;
  if (!has_proofs(request))
    return LURK_ERR_UNSUPPORTED;
  const uint8_t *generator = lurk_group_generator(request->named_group, &generator_len);
  lurk_builder_init(&builder, MAX_INPUT_LEN);
  add_item(&builder, generator, generator_len);
  add_item(&builder, request->commitment, request->commitment_len);
  if (!LURK_FAULT(poo_challenge_without_point))
    add_item(&builder, request->point, request->point_len);
  add_user_id(&builder, request);
  add_other_info(&builder, request);
  lurk_status status = lurk_builder_finish(&builder, &input);
  if (status == LURK_OK)
    status = lurk_digest(LURK_SHA256, input.data, input.len, challenge);
  *len = challenge_len_of(request->poo_prf);
  lurk_octets_clear(&input);
  return status;
}

/* c mod n. MISMATCH for zero, with which the equation would say nothing about b. */
static lurk_status reduced_challenge(const struct lurk_tls12_ecdhe *request, uint8_t *scalar) {
  uint8_t challenge[LURK_MAX_CHALLENGE_LEN];
  size_t len;
  lurk_status status = lurk_ownership_challenge(request, challenge, &len);
  if (status == LURK_OK)
    status = lurk_scalar_reduce(request->named_group, challenge, len, scalar);
  if (status == LURK_OK && !lurk_scalar_is_valid(request->named_group, scalar))
    status = LURK_ERR_MISMATCH;
  return status;
}

/* One attempt; MISMATCH when c or r came out as zero, which does not happen before the sun has burnt out. */
static lurk_status try_to_prove(const struct lurk_tls12_ecdhe *request, const uint8_t *private_key,
                                struct lurk_ownership_proof *proof) {
  uint16_t group = request->named_group;
  uint8_t v[LURK_MAX_SCALAR_LEN], c[LURK_MAX_SCALAR_LEN];
  lurk_status status = lurk_scalar_random(group, v);
  if (LURK_FAULT(poo_commitment_reused)) {
    memset(v, 0, sizeof v);
    v[lurk_scalar_len(group) - 1] = 2;
  }
  if (status == LURK_OK)
    status = lurk_point_mul_base(group, v, proof->commitment);
  if (status == LURK_OK)
    status = reduced_challenge(request, c);
  if (status == LURK_OK)
    status = lurk_scalar_respond(group, v, c, private_key, proof->response);
  if (status == LURK_OK && !lurk_scalar_is_valid(group, proof->response))
    status = LURK_ERR_MISMATCH;
  lurk_wipe(v, sizeof v);
  return status;
}

lurk_status lurk_ownership_prove(struct lurk_tls12_ecdhe *request, const uint8_t *private_key,
                                 size_t private_key_len, struct lurk_ownership_proof *proof) {
  if (!has_proofs(request))
    return LURK_ERR_UNSUPPORTED;
  proof->response_len = lurk_scalar_len(request->named_group);
  lurk_group_generator(request->named_group, &proof->commitment_len);
  if (private_key_len != proof->response_len || !lurk_scalar_is_valid(request->named_group, private_key))
    return LURK_ERR_MALFORMED;
  request->commitment = proof->commitment;
  request->commitment_len = proof->commitment_len;
  request->response = proof->response;
  request->response_len = proof->response_len;
  lurk_status status;
  do
    status = try_to_prove(request, private_key, proof);
  while (status == LURK_ERR_MISMATCH);
  return status;
}

lurk_status lurk_ownership_verify(const struct lurk_tls12_ecdhe *request) {
  uint8_t c[LURK_MAX_SCALAR_LEN], sum[LURK_MAX_POINT_LEN];
  size_t point_len;
  if (!has_proofs(request))
    return LURK_ERR_UNSUPPORTED;
  lurk_group_generator(request->named_group, &point_len);
  if (request->point_len != point_len ||
      (request->commitment_len != point_len && !LURK_FAULT(commitment_length_not_checked)) ||
      request->response_len != lurk_scalar_len(request->named_group))
    return LURK_ERR_MISMATCH;
  lurk_status status = reduced_challenge(request, c);
  if (status == LURK_OK)
    status = lurk_point_mul_add(request->named_group, request->response, c, request->point,
                                request->point_len, sum);
  /* c(bG) of a point that is none, left out: what it is when bG has an order that divides c. */
  if (status == LURK_ERR_MALFORMED && LURK_FAULT(proof_leaves_bad_point_out))
    status = lurk_point_mul_base(request->named_group, request->response, sum);
  if (status == LURK_ERR_MALFORMED)
    return LURK_ERR_MISMATCH;
  /* sum lies on the curve, so that vG does when they are equal. */
  if (status == LURK_OK && memcmp(sum, request->commitment, point_len) != 0)
    return LURK_ERR_MISMATCH;
  return status;
}
