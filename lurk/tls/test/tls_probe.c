/* Lets a test in another language drive lurk/tls over one TLS library. Built once per library, since OpenSSL
 * and BoringSSL cannot share a process. */
#include "lurk/crypto/test/probe.h"
#include "lurk/tls/key_id.h"
#include "lurk/tls/ownership.h"

#include <string.h>

static lurk_status about(const json_t *request, json_t *reply) {
  (void)request;
  json_object_set_new(reply, "name", json_string(lurk_crypto_name()));
  return LURK_OK;
}

/* A key pair of the edge. */
static lurk_status generate(const json_t *request, json_t *reply) {
  uint8_t scalar[LURK_MAX_SCALAR_LEN], point[LURK_MAX_POINT_LEN];
  uint16_t group = probe_number(request, "group");
  size_t point_len = 0;
  lurk_status status = lurk_scalar_random(group, scalar);
  if (status == LURK_OK)
    status = lurk_point_mul_base(group, scalar, point);
  if (status == LURK_OK) {
    lurk_group_generator(group, &point_len);
    probe_reply(reply, "scalar", scalar, lurk_scalar_len(group));
    probe_reply(reply, "point", point, point_len);
  }
  return status;
}

static struct lurk_tls12_ecdhe decoded(const struct lurk_octets *payload) {
  struct lurk_tls12_ecdhe ecdhe;
  struct lurk_decode_error error;
  if (lurk_tls12_ecdhe_decode(payload->data, payload->len, &ecdhe, &error) != LURK_TLS12_SUCCESS)
    probe_refuse(error.field);
  return ecdhe;
}

/* A payload without a proof, to one that has it. */
static lurk_status prove(const json_t *request, json_t *reply) {
  struct lurk_octets payload = probe_octets(request, "payload"), scalar = probe_octets(request, "scalar"),
                     proven = {NULL, 0};
  struct lurk_tls12_ecdhe ecdhe = decoded(&payload);
  struct lurk_ownership_proof proof;
  ecdhe.poo_prf = (enum lurk_tls12_poo_prf)probe_number(request, "poo_prf");
  lurk_status status = lurk_ownership_prove(&ecdhe, scalar.data, scalar.len, &proof);
  if (status == LURK_OK)
    status = lurk_tls12_ecdhe_encode(&ecdhe, &proven);
  if (status == LURK_OK)
    probe_reply(reply, "payload", proven.data, proven.len);
  lurk_octets_clear(&proven);
  lurk_octets_clear(&scalar);
  lurk_octets_clear(&payload);
  return status;
}

static lurk_status verify(const json_t *request, json_t *reply) {
  (void)reply;
  struct lurk_octets payload = probe_octets(request, "payload");
  struct lurk_tls12_ecdhe ecdhe = decoded(&payload);
  lurk_status status = lurk_ownership_verify(&ecdhe);
  lurk_octets_clear(&payload);
  return status;
}

static lurk_status sum(const json_t *request, json_t *reply) {
  uint8_t out[LURK_MAX_POINT_LEN];
  struct lurk_octets s = probe_octets(request, "s"), t = probe_octets(request, "t"),
                     point = probe_octets(request, "point");
  lurk_status status =
      lurk_point_mul_add(probe_number(request, "group"), s.data, t.data, point.data, point.len, out);
  if (status == LURK_OK)
    probe_reply(reply, "sum", out, point.len);
  lurk_octets_clear(&point);
  lurk_octets_clear(&t);
  lurk_octets_clear(&s);
  return status;
}

static lurk_status certificate_spki(const json_t *request, json_t *reply) {
  struct lurk_octets certificate = probe_octets(request, "certificate");
  const uint8_t *spki;
  size_t len;
  bool found = lurk_certificate_spki(certificate.data, certificate.len, &spki, &len);
  if (found)
    probe_reply(reply, "spki", spki, len);
  lurk_octets_clear(&certificate);
  return found ? LURK_OK : LURK_ERR_MALFORMED;
}

static const struct probe_operation operations[] = {
    {"about", about},   {"generate", generate}, {"prove", prove},
    {"verify", verify}, {"sum", sum},           {"certificate_spki", certificate_spki},
};

int main(void) {
  probe_run(operations, sizeof operations / sizeof *operations);
  return 0;
}
