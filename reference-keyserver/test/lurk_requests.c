/* Good requests of tls12. */
#include "lurk/tls/freshness.h"
#include "lurk/tls/master.h"
#include "lurk/tls/ownership.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk_fixture.h"
#include <string.h>

/* --- rsa_master --- */

void lab_rsa_master(struct lab *lab, const json_t *vector, int key, struct lab_rsa_master *out) {
  *out = (struct lab_rsa_master){.ciphertext = lab_octets(vector, "ciphertext"),
                                 .premaster = lab_octets(vector, "premaster")};
  assert_int_equal(lurk_random(out->client_random, LURK_RANDOM_LEN), LURK_OK);
  lab_s(lab, 0, out->s);
  out->request = (struct lurk_tls12_rsa_master){.key_id = lab->keys.keys[key].key_id,
                                                .prf_hash = LURK_PRF_SHA256,
                                                .client_random = out->client_random,
                                                .server_random = out->s,
                                                .encrypted_premaster = out->ciphertext.data,
                                                .encrypted_premaster_len = out->ciphertext.len};
}

void lab_rsa_master_clear(struct lab_rsa_master *master) {
  lurk_octets_clear(&master->ciphertext);
  lurk_octets_clear(&master->premaster);
}

/* --- handshakes --- */

void lab_handshake(struct lab *lab, const json_t *vector, int key, struct lab_handshake *out) {
  *out = (struct lab_handshake){.version = (uint16_t)json_integer_value(json_object_get(vector, "version")),
                                .suite = 0x009c,
                                .client_ems = true,
                                .server_ems = true,
                                .key = key,
                                .certificate = key,
                                .ciphertext = lab_octets(vector, "ciphertext"),
                                .premaster = lab_octets(vector, "premaster")};
  assert_int_equal(lurk_random(out->client_random, LURK_RANDOM_LEN), LURK_OK);
  lab_s(lab, 0, out->s);
}

void lab_handshake_clear(struct lab_handshake *handshake) {
  lurk_octets_clear(&handshake->ciphertext);
  lurk_octets_clear(&handshake->premaster);
}

/* The least that X.509 calls a certificate: nothing before the key is looked into. */
static void add_certificate(struct lurk_builder *builder, const struct lurk_served_key *key) {
  static const uint8_t before_key[] = {0x02, 0x01, 0x01, 0x30, 0x00, 0x30, 0x00, 0x30, 0x00, 0x30, 0x00};
  const uint8_t *spki;
  size_t len;
  lurk_public_key_spki(lurk_private_key_public(key->key), &spki, &len);
  lurk_builder_open_vector(builder, 3);
  lurk_builder_open_vector(builder, 3);
  for (int i = 0; i < 2; i++) { /* Certificate, TBSCertificate */
    lurk_add_u16(builder, 0x3082);
    lurk_builder_open_vector(builder, 2);
  }
  lurk_add_octets(builder, before_key, sizeof before_key);
  lurk_add_octets(builder, spki, len);
  for (int i = 0; i < 4; i++)
    lurk_builder_close_vector(builder);
}

static void add_extensions(struct lurk_builder *builder, bool ems) {
  static const uint8_t extension[] = {0x00, 0x17, 0x00, 0x00};
  lurk_add_vector(builder, 2, extension, ems ? sizeof extension : 0);
}

/* Messages are put together one by one, since those of DTLS have their length twice, and numbers by side. */
struct flight {
  struct lurk_builder list, body;
  bool dtls;
  uint16_t numbers[2];
};

static void end_message(struct flight *flight, uint8_t type, bool from_client) {
  struct lurk_octets body = {0};
  assert_int_equal(lurk_builder_finish(&flight->body, &body), LURK_OK);
  lurk_add_u8(&flight->list, type);
  if (flight->dtls) {
    lurk_add_u24(&flight->list, (uint32_t)body.len);
    lurk_add_u16(&flight->list, flight->numbers[from_client]++);
    lurk_add_u24(&flight->list, 0);
  }
  lurk_add_vector(&flight->list, 3, body.data, body.len);
  lurk_octets_clear(&body);
  lurk_builder_init(&flight->body, 65536);
}

static void add_client_hello(struct flight *flight, const struct lab_handshake *handshake) {
  static const uint8_t suites[] = {0x00, 0x9d, 0x00, 0x9c}, no_compression = 0;
  lurk_add_u16(&flight->body, handshake->version);
  lurk_add_octets(&flight->body, handshake->client_random, LURK_RANDOM_LEN);
  lurk_add_vector(&flight->body, 1, NULL, 0);
  if (flight->dtls)
    lurk_add_vector(&flight->body, 1, (const uint8_t *)"cookie", 6);
  lurk_add_vector(&flight->body, 2, suites, sizeof suites);
  lurk_add_vector(&flight->body, 1, &no_compression, 1);
  add_extensions(&flight->body, handshake->client_ems);
  end_message(flight, 1, true);
}

static void add_server_hello(struct flight *flight, const struct lab_handshake *handshake,
                             const uint8_t random[LURK_RANDOM_LEN]) {
  lurk_add_u16(&flight->body, handshake->version);
  lurk_add_octets(&flight->body, random, LURK_RANDOM_LEN);
  lurk_add_vector(&flight->body, 1, NULL, 0);
  lurk_add_u16(&flight->body, handshake->suite);
  lurk_add_u8(&flight->body, 0);
  add_extensions(&flight->body, handshake->server_ems);
  end_message(flight, 2, false);
}

struct lurk_octets lab_messages(const struct lab *lab, const struct lab_handshake *handshake,
                                const uint8_t random[LURK_RANDOM_LEN]) {
  struct flight flight = {.dtls = handshake->version == LURK_DTLS_1_2};
  struct lurk_octets messages = {0};
  lurk_builder_init(&flight.list, 65536);
  lurk_builder_init(&flight.body, 65536);
  add_client_hello(&flight, handshake);
  add_server_hello(&flight, handshake, random);
  add_certificate(&flight.body, &lab->keys.keys[handshake->certificate]);
  end_message(&flight, 11, false);
  end_message(&flight, 14, false);
  lurk_add_vector(&flight.body, 2, handshake->ciphertext.data, handshake->ciphertext.len);
  end_message(&flight, 16, true);
  assert_int_equal(lurk_builder_finish(&flight.list, &messages), LURK_OK);
  return messages;
}

struct lurk_octets lab_handshake_request(const struct lab *lab, enum lurk_tls12_type type,
                                         const struct lab_handshake *handshake, const uint8_t *verify_data) {
  struct lurk_octets messages = lab_messages(lab, handshake, handshake->s), payload = {0};
  const struct lurk_tls12_rsa_handshake request = {.type = type,
                                                   .key_id = lab->keys.keys[handshake->key].key_id,
                                                   .handshake_messages = messages.data,
                                                   .handshake_messages_len = messages.len,
                                                   .verify_data = verify_data};
  assert_int_equal(lurk_tls12_rsa_handshake_encode(&request, &payload), LURK_OK);
  lurk_octets_clear(&messages);
  return payload;
}

void lab_handshake_secrets(const struct lab *lab, const struct lab_handshake *handshake,
                           uint8_t master[LURK_MASTER_LEN], uint8_t verify_data[LURK_VERIFY_DATA_LEN]) {
  enum lurk_hash hash = handshake->suite == 0x009d ? LURK_SHA384 : LURK_SHA256;
  uint8_t random[LURK_RANDOM_LEN];
  assert_int_equal(lurk_freshness(handshake->s, random), LURK_OK);
  struct lurk_octets messages = lab_messages(lab, handshake, random);
  if (handshake->server_ems)
    assert_int_equal(
        lurk_extended_master(hash, handshake->premaster.data, messages.data, messages.len, master), LURK_OK);
  else
    assert_int_equal(lurk_master(hash, handshake->premaster.data, handshake->client_random, random, master),
                     LURK_OK);
  assert_int_equal(
      lurk_verify_data(hash, LURK_FINISHED_CLIENT, master, messages.data, messages.len, verify_data),
      LURK_OK);
  lurk_octets_clear(&messages);
}

/* --- ecdhe --- */

void lab_ecdhe_prove(struct lab_ecdhe *ecdhe) {
  lurk_octets_clear(&ecdhe->proof);
  assert_true(lurk_octets_alloc(&ecdhe->proof, sizeof(struct lurk_ownership_proof)));
  assert_int_equal(lurk_ownership_prove(&ecdhe->request, ecdhe->b,
                                        lurk_scalar_len(ecdhe->request.named_group),
                                        (struct lurk_ownership_proof *)(void *)ecdhe->proof.data),
                   LURK_OK);
}

static size_t make_point(struct lab_ecdhe *out, uint16_t group, uint8_t *point) {
  size_t len = 0;
  if (lurk_scalar_len(group) != 0) {
    assert_non_null(lurk_group_generator(group, &len));
    assert_int_equal(lurk_scalar_random(group, out->b), LURK_OK);
    assert_int_equal(lurk_point_mul_base(group, out->b, point), LURK_OK);
  } else {
    lurk_ecdh_key *share;
    assert_int_equal(lurk_ecdh_generate(group, &share, point, &len), LURK_OK);
    lurk_ecdh_free(share);
  }
  return len;
}

void lab_ecdhe(struct lab *lab, int key, uint16_t scheme, uint16_t group, enum lurk_tls12_poo_prf poo_prf,
               struct lab_ecdhe *out) {
  *out = (struct lab_ecdhe){.params = {LURK_NAMED_CURVE, (uint8_t)(group >> 8), (uint8_t)group}};
  size_t point_len = make_point(out, group, out->params + 4);
  out->params[3] = (uint8_t)point_len;
  assert_int_equal(lurk_random(out->client_random, LURK_RANDOM_LEN), LURK_OK);
  lab_s(lab, 0, out->s);
  out->request = (struct lurk_tls12_ecdhe){.key_id = lab->keys.keys[key].key_id,
                                           .client_random = out->client_random,
                                           .server_random = out->s,
                                           .scheme = scheme,
                                           .params = out->params,
                                           .params_len = 4 + point_len,
                                           .named_group = group,
                                           .point = out->params + 4,
                                           .point_len = point_len,
                                           .poo_prf = poo_prf};
  if (poo_prf != LURK_POO_NULL)
    lab_ecdhe_prove(out);
}

struct lurk_octets lab_ecdhe_request(const struct lab_ecdhe *ecdhe) {
  struct lurk_octets payload = {0};
  assert_int_equal(lurk_tls12_ecdhe_encode(&ecdhe->request, &payload), LURK_OK);
  return payload;
}

void lab_ecdhe_clear(struct lab_ecdhe *ecdhe) {
  lurk_octets_clear(&ecdhe->proof);
}
