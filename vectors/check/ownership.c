#include "lurk/tls/ownership.h"

#include "lurk/wire/bytes.h"
#include "vectors/check/check.h"
#include <string.h>

/* --- r --- */

static lurk_status respond(uint16_t group, struct lurk_octets v, struct lurk_octets c, struct lurk_octets b,
                           uint8_t *r) {
  uint8_t challenge[LURK_MAX_SCALAR_LEN];
  size_t len = lurk_scalar_len(group);
  if (len == 0 || b.len != len || v.len != len || !lurk_scalar_is_valid(group, b.data) ||
      !lurk_scalar_is_valid(group, v.data))
    return LURK_ERR_MALFORMED;
  lurk_status status = lurk_scalar_reduce(group, c.data, c.len, challenge);
  return status == LURK_OK ? lurk_scalar_respond(group, v.data, challenge, b.data, r) : status;
}

static lurk_status reply_point(struct call *call, const char *name, uint16_t group,
                               struct lurk_octets scalar) {
  uint8_t point[LURK_MAX_POINT_LEN];
  size_t len;
  lurk_group_generator(group, &len);
  lurk_status status = lurk_point_mul_base(group, scalar.data, point);
  if (status == LURK_OK)
    reply_octets(call, name, point, len);
  return status;
}

static const char *response(struct call *call) {
  struct lurk_octets b = call_octets(call, "b"), v = call_octets(call, "v"), c = call_octets(call, "c");
  struct lurk_octets claimed = call_octets(call, "r");
  uint16_t group = (uint16_t)call_number(call, "group");
  uint8_t r[LURK_MAX_SCALAR_LEN];
  lurk_status status = respond(group, v, c, b, r);
  if (status == LURK_OK)
    status = reply_point(call, "bG", group, b);
  if (status == LURK_OK)
    status = reply_point(call, "vG", group, v);
  if (status == LURK_OK) {
    reply_octets(call, "r", r, b.len);
    status = claimed.len == b.len && memcmp(claimed.data, r, b.len) == 0 ? LURK_OK : LURK_ERR_MISMATCH;
  }
  return check_status(call, status);
}

/* --- proofs --- */

static void add_item(struct lurk_builder *builder, const void *data, size_t len) {
  lurk_add_vector(builder, 4, data, len);
}

/* What c is the hash of, apart from liblurk's own. */
static void reply_challenge_input(struct call *call, const struct lurk_tls12_ecdhe *request) {
  const uint8_t freshness = 0, scheme[] = {(uint8_t)(request->scheme >> 8), (uint8_t)request->scheme};
  struct lurk_builder builder;
  struct lurk_octets out = {NULL, 0};
  size_t len;
  const uint8_t *generator = lurk_group_generator(request->named_group, &len);
  lurk_builder_init(&builder, 4096);
  add_item(&builder, generator, len);
  add_item(&builder, request->commitment, request->commitment_len);
  add_item(&builder, request->point, request->point_len);
  lurk_builder_open_vector(&builder, 4);
  lurk_add_octets(&builder, request->client_random, LURK_RANDOM_LEN);
  lurk_add_octets(&builder, request->server_random, LURK_RANDOM_LEN);
  lurk_builder_close_vector(&builder);
  lurk_builder_open_vector(&builder, 4);
  add_item(&builder, request->key_id, LURK_KEY_ID_LEN);
  add_item(&builder, &freshness, sizeof freshness);
  add_item(&builder, scheme, sizeof scheme);
  add_item(&builder, request->params, request->params_len);
  add_item(&builder, "tls12 poo", 9);
  lurk_builder_close_vector(&builder);
  if (lurk_builder_finish(&builder, &out) == LURK_OK)
    reply_octets(call, "challenge_input", out.data, out.len);
  lurk_octets_clear(&out);
}

/* With b and v the edge's side is computed too. */
static bool is_made_of(struct call *call, const struct lurk_tls12_ecdhe *request, struct lurk_octets c) {
  uint8_t r[LURK_MAX_SCALAR_LEN], point[LURK_MAX_POINT_LEN];
  struct lurk_octets b = call_octets(call, "b"), v = call_octets(call, "v");
  uint16_t group = request->named_group;
  return respond(group, v, c, b, r) == LURK_OK && memcmp(r, request->response, request->response_len) == 0 &&
         lurk_point_mul_base(group, b.data, point) == LURK_OK &&
         memcmp(point, request->point, request->point_len) == 0 &&
         lurk_point_mul_base(group, v.data, point) == LURK_OK &&
         memcmp(point, request->commitment, request->commitment_len) == 0;
}

static const char *proof(struct call *call) {
  struct lurk_octets payload = call_octets(call, "payload");
  struct lurk_tls12_ecdhe request;
  struct lurk_decode_error error;
  uint8_t challenge[LURK_MAX_CHALLENGE_LEN];
  struct lurk_octets c = {challenge, 0};
  enum lurk_tls12_status decoded = lurk_tls12_ecdhe_decode(payload.data, payload.len, &request, &error);
  if (decoded != LURK_TLS12_SUCCESS)
    return lurk_tls12_status_name((uint8_t)decoded);
  lurk_status status = lurk_ownership_verify(&request);
  if (status != LURK_OK)
    return status == LURK_ERR_MISMATCH ? "invalid_poo" : check_status(call, status);
  if (lurk_ownership_challenge(&request, challenge, &c.len) != LURK_OK ||
      (call_has(call, "b") && !is_made_of(call, &request, c)))
    return "mismatch";
  reply_octets(call, "c", c.data, c.len);
  reply_challenge_input(call, &request);
  return CHECK_OK;
}

const struct check_entry check_ownership[] = {
    {"ownership_response", response}, {"ownership_proof", proof}, {NULL, NULL}};
