/* LURK: what is served, and that the answers are right. */
#include "lurk/tls/freshness.h"
#include "lurk/tls/master.h"
#include "lurk/wire/lurk_tls12_capabilities.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk_fixture.h"
#include <stdlib.h>
#include <string.h>

static const struct lurk_octets nothing;

/* --- rsa --- */

static size_t file_key(const json_t *vector) {
  const char *file = json_string_value(json_object_get(vector, "key"));
  return strcmp(file, "rsa4096.pem") == 0   ? LAB_RSA_KX
         : strcmp(file, "rsa2050.pem") == 0 ? LAB_RSA_DTLS
                                            : SIZE_MAX;
}

static bool is_dtls(const json_t *vector) {
  return json_integer_value(json_object_get(vector, "version")) == LURK_DTLS_1_2;
}

static void expect_master(struct lab *lab, uint8_t type, const struct lurk_octets *payload,
                          const uint8_t master[LURK_MASTER_LEN]) {
  struct lab_answer answer = lab_ask_tls12(lab, lab->a, type, payload);
  assert_int_equal(answer.header.status, LURK_TLS12_SUCCESS);
  assert_int_equal(answer.payload.len, LURK_MASTER_LEN);
  assert_memory_equal(answer.payload.data, master, LURK_MASTER_LEN);
  lab_clear(&answer);
}

/* Good and bad ciphertexts alike: the master secret that premaster or substitute give. */
static void check_rsa_master(struct lab *lab, const json_t *vector, int key,
                             enum lurk_tls12_prf_hash prf_hash) {
  static const enum lurk_hash hashes[] = {LURK_SHA256, LURK_SHA384, LURK_SHA512};
  struct lab_rsa_master made;
  struct lurk_octets payload = {0};
  uint8_t random[LURK_RANDOM_LEN], master[LURK_MASTER_LEN];
  lab_rsa_master(lab, vector, key, &made);
  made.request.prf_hash = prf_hash;
  if (prf_hash == LURK_PRF_SHA512)
    made.request.key_id = lab->keys.keys[key].key_id_alias;
  assert_int_equal(lurk_tls12_rsa_master_encode(&made.request, &payload), LURK_OK);
  assert_int_equal(lurk_freshness(made.s, random), LURK_OK);
  assert_int_equal(lurk_master(hashes[prf_hash], made.premaster.data, made.client_random, random, master),
                   LURK_OK);
  expect_master(lab, LURK_TLS12_RSA_MASTER, &payload, master);
  lurk_octets_clear(&payload);
  lab_rsa_master_clear(&made);
}

static void masters_and_their_substitutes(void **state) {
  struct lab *lab = *state;
  size_t index, checked = 0;
  json_t *vector;
  json_array_foreach(json_object_get(lab->vectors, "premasters"), index, vector) {
    size_t key = file_key(vector);
    if (key == SIZE_MAX || is_dtls(vector) != (key == LAB_RSA_DTLS))
      continue;
    check_rsa_master(lab, vector, (int)key, (enum lurk_tls12_prf_hash)(index % 3));
    checked++;
  }
  assert_true(checked > 50);
}

static void check_handshake(struct lab *lab, const json_t *vector, int key, enum lurk_tls12_type type,
                            uint16_t suite) {
  struct lab_handshake handshake;
  uint8_t master[LURK_MASTER_LEN], verify_data[LURK_VERIFY_DATA_LEN];
  bool proof = type != LURK_TLS12_RSA_EXTENDED_MASTER;
  lab_handshake(lab, vector, key, &handshake);
  handshake.suite = suite;
  handshake.client_ems = handshake.server_ems = type != LURK_TLS12_RSA_MASTER_WITH_POH;
  lab_handshake_secrets(lab, &handshake, master, verify_data);
  struct lurk_octets payload = lab_handshake_request(lab, type, &handshake, proof ? verify_data : NULL);
  expect_master(lab, type, &payload, master);
  if (proof) {
    payload.data[payload.len - 1] ^= 1;
    lab_expect(lab, lab->a, type, &payload, LURK_TLS12_INVALID_FINISHED);
  }
  lurk_octets_clear(&payload);
  lab_handshake_clear(&handshake);
}

/* A key for DTLS serves TLS too; the version is the ClientHello's. */
static void handshakes_and_their_substitutes(void **state) {
  struct lab *lab = *state;
  size_t index, checked = 0;
  json_t *vector;
  json_array_foreach(json_object_get(lab->vectors, "premasters"), index, vector) {
    size_t key = file_key(vector);
    if (key == SIZE_MAX || (is_dtls(vector) && key != LAB_RSA_DTLS))
      continue;
    enum lurk_tls12_type type = (enum lurk_tls12_type)(LURK_TLS12_RSA_MASTER_WITH_POH + index % 3);
    check_handshake(lab, vector, (int)key, type, index % 2 == 0 ? 0x009c : 0x009d);
    checked++;
  }
  assert_true(checked > 100);
}

/* --- ecdhe --- */

static void check_ecdhe(struct lab *lab, const struct lurk_edge *edge, int key, uint16_t scheme,
                        uint16_t group, enum lurk_tls12_poo_prf poo_prf) {
  struct lab_ecdhe made;
  struct lurk_tls12_signature signature;
  struct lurk_decode_error error;
  struct lurk_signature_algorithm algorithm;
  uint8_t message[2 * LURK_RANDOM_LEN + sizeof made.params];
  lab_ecdhe(lab, key, scheme, group, poo_prf, &made);
  struct lurk_octets payload = lab_ecdhe_request(&made);
  struct lab_answer answer = lab_ask_tls12(lab, edge, LURK_TLS12_ECDHE, &payload);
  assert_int_equal(answer.header.status, LURK_TLS12_SUCCESS);
  assert_ptr_equal(answer.record.key, &lab->keys.keys[key]);
  assert_int_equal(answer.record.scheme, scheme);
  assert_int_equal(
      lurk_tls12_signature_decode(answer.payload.data, answer.payload.len, scheme, &signature, &error),
      LURK_OK);
  memcpy(message, made.client_random, LURK_RANDOM_LEN);
  assert_int_equal(lurk_freshness(made.s, message + LURK_RANDOM_LEN), LURK_OK);
  memcpy(message + 2 * LURK_RANDOM_LEN, made.params, made.request.params_len);
  assert_int_equal(
      lurk_signature_for_scheme(lurk_private_key_type(lab->keys.keys[key].key), scheme, false, &algorithm),
      LURK_OK);
  assert_int_equal(lurk_verify(lurk_private_key_public(lab->keys.keys[key].key), algorithm, message,
                               2 * LURK_RANDOM_LEN + made.request.params_len, signature.octets,
                               signature.len),
                   LURK_OK);
  lab_clear(&answer);
  lurk_octets_clear(&payload);
  lab_ecdhe_clear(&made);
}

static void ecdhe_is_signed(void **state) {
  struct lab *lab = *state;
  static const struct {
    int key;
    uint16_t scheme, group;
    enum lurk_tls12_poo_prf poo_prf;
  } rows[] = {
      {LAB_P256, 0x0403, LURK_GROUP_SECP256R1, LURK_POO_SHA256_256},
      {LAB_P256, 0x0503, LURK_GROUP_SECP384R1, LURK_POO_SHA256_128},
      {LAB_P256, 0x0603, LURK_GROUP_SECP521R1, LURK_POO_SHA256_256},
      {LAB_P256, 0x0403, LURK_GROUP_X25519, LURK_POO_NULL},
      {LAB_RSA, 0x0401, LURK_GROUP_SECP256R1, LURK_POO_SHA256_128},
      {LAB_RSA, 0x0501, LURK_GROUP_SECP521R1, LURK_POO_SHA256_128},
      {LAB_RSA, 0x0601, LURK_GROUP_X25519, LURK_POO_NULL},
      {LAB_RSA, 0x0804, LURK_GROUP_SECP384R1, LURK_POO_SHA256_256},
      {LAB_RSA, 0x0806, LURK_GROUP_SECP256R1, LURK_POO_SHA256_256},
      {LAB_ED25519, 0x0807, LURK_GROUP_SECP256R1, LURK_POO_SHA256_256},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    check_ecdhe(lab, lab->a, rows[i].key, rows[i].scheme, rows[i].group, rows[i].poo_prf);
  check_ecdhe(lab, lab->b, LAB_P384, 0x0503, LURK_GROUP_SECP256R1, LURK_POO_SHA256_256);
  check_ecdhe(lab, lab->b, LAB_P521, 0x0603, LURK_GROUP_SECP384R1, LURK_POO_SHA256_256);
  lab->policy.proof_required = false;
  check_ecdhe(lab, lab->a, LAB_P256, 0x0403, LURK_GROUP_SECP256R1, LURK_POO_NULL);
  check_ecdhe(lab, lab->a, LAB_P256, 0x0403, LURK_GROUP_SECP256R1, LURK_POO_SHA256_128);
}

/* --- capabilities --- */

static struct lurk_tls12_capabilities *capabilities_of(struct lab *lab, const struct lurk_edge *edge) {
  struct lurk_tls12_capabilities *capabilities = malloc(sizeof *capabilities);
  struct lurk_decode_error error;
  assert_non_null(capabilities);
  struct lab_answer answer = lab_ask_tls12(lab, edge, LURK_TLS12_CAPABILITIES, &nothing);
  assert_int_equal(
      lurk_tls12_capabilities_decode(answer.payload.data, answer.payload.len, capabilities, &error), LURK_OK);
  assert_memory_equal(capabilities->state, edge->view.tls12_state, LURK_STATE_LEN);
  lab_clear(&answer);
  return capabilities;
}

static void capabilities_are_the_edges_own(void **state) {
  struct lab *lab = *state;
  static const uint16_t schemes_of_b[] = {0x0403, 0x0503, 0x0603},
                        curves_of_b[] = {LURK_GROUP_SECP384R1, LURK_GROUP_SECP521R1};
  struct lurk_tls12_capabilities *a = capabilities_of(lab, lab->a), *b = capabilities_of(lab, lab->b);
  for (int type = 0; type < LURK_TLS12_TYPE_COUNT; type++) {
    assert_true(a->types[type].offered);
    assert_int_equal(b->types[type].offered, type <= LURK_TLS12_RSA_MASTER || type == LURK_TLS12_ECDHE);
  }
  assert_int_equal(a->types[LURK_TLS12_RSA_MASTER].prf_hashes.count, 3);
  assert_int_equal(a->types[LURK_TLS12_RSA_EXTENDED_MASTER].prf_hashes.count, 2);
  assert_int_equal(a->types[LURK_TLS12_ECDHE].schemes.count, 10);
  assert_int_equal(a->types[LURK_TLS12_ECDHE].ecdhe_curves.count, 4);
  const struct lurk_tls12_capability *ecdhe = &b->types[LURK_TLS12_ECDHE];
  assert_int_equal(ecdhe->freshness_functs.count, 1);
  assert_int_equal(ecdhe->freshness_functs.values[0], LURK_FRESHNESS_SHA256);
  assert_int_equal(ecdhe->schemes.count, 3);
  assert_memory_equal(ecdhe->schemes.values, schemes_of_b, sizeof schemes_of_b);
  assert_int_equal(ecdhe->ecdsa_curves.count, 2);
  for (size_t i = 0; i < 2; i++) /* in the order of the keys' fingerprints */
    assert_true(ecdhe->ecdsa_curves.values[i] == curves_of_b[0] ||
                ecdhe->ecdsa_curves.values[i] == curves_of_b[1]);
  assert_memory_not_equal(a->state, b->state, LURK_STATE_LEN);
  free(a);
  free(b);
}

static void check_base_capabilities(struct lab *lab, const struct lurk_edge *edge, bool tls12) {
  const struct lurk_header request = {.version = 1, .type = LURK_BASE_CAPABILITIES};
  struct lurk_base_capabilities capabilities;
  struct lurk_decode_error error;
  struct lab_answer answer = lab_ask(lab, edge, request, NULL, 0);
  assert_int_equal(
      lurk_base_capabilities_decode(answer.payload.data, answer.payload.len, &capabilities, &error), LURK_OK);
  assert_true(lurk_base_offers(&capabilities, LURK_DESIGNATION_LURK, 1));
  assert_int_equal(lurk_base_offers(&capabilities, LURK_DESIGNATION_TLS12, 1), tls12);
  assert_int_equal(capabilities.extension_count, tls12 ? 2 : 1);
  assert_memory_equal(capabilities.types, "\0\1", 2);
  assert_memory_equal(capabilities.state, edge->view.base_state, LURK_STATE_LEN);
  lab_clear(&answer);
}

static void base_capabilities_are_the_edges_own(void **state) {
  struct lab *lab = *state;
  check_base_capabilities(lab, lab->a, true);
  check_base_capabilities(lab, lab->b, true);
  check_base_capabilities(lab, lab->ski_only, false);
  assert_memory_not_equal(lab->a->view.base_state, lab->b->view.base_state, LURK_STATE_LEN);
}

static void ping_is_answered(void **state) {
  struct lab *lab = *state;
  for (uint8_t designation = 0; designation <= LURK_DESIGNATION_TLS12; designation++) {
    const struct lurk_header request = {
        .designation = designation, .version = 1, .type = LURK_BASE_PING, .id = UINT64_MAX};
    struct lab_answer answer = lab_ask(lab, lab->b, request, NULL, 0);
    assert_true(answer.record.served);
    assert_int_equal(answer.payload.len, 0);
  }
}

/* --- states (A-79) --- */

struct states {
  uint8_t base[LURK_STATE_LEN], tls12[LURK_STATE_LEN];
};

static struct states states_of(const struct lurk_edge *edge, const struct lurk_config_lurk *policy,
                               time_t now) {
  struct lurk_view view;
  struct states states;
  assert_int_equal(lurk_view_make(edge, policy, now, &view), LURK_OK);
  assert_true(lurk_view_is_current(&view, now));
  memcpy(states.base, view.base_state, LURK_STATE_LEN);
  memcpy(states.tls12, view.tls12_state, LURK_STATE_LEN);
  lurk_view_clear(&view);
  return states;
}

static void states_tell_of_every_change(void **state) {
  struct lab *lab = *state;
  struct states before = states_of(lab->a, &lab->policy, lab->now), now;
  assert_memory_equal(before.base, lab->a->view.base_state, LURK_STATE_LEN);
  for (int i = 0; i < 4; i++) {
    struct lurk_config_lurk policy = lab->policy;
    policy.time_window_seconds += i == 0;
    policy.replay_window_seconds += i == 1;
    policy.proof_required ^= i == 2;
    policy.message_octets += i == 3;
    now = states_of(lab->a, &policy, lab->now);
    assert_memory_not_equal(now.base, before.base, LURK_STATE_LEN);
    assert_memory_not_equal(now.tls12, before.tls12, LURK_STATE_LEN);
  }
  struct lurk_edge fewer = *lab->a;
  fewer.grant_count--;
  now = states_of(&fewer, &lab->policy, lab->now);
  assert_memory_not_equal(now.tls12, before.tls12, LURK_STATE_LEN);
}

static void views_end_with_certificates(void **state) {
  struct lab *lab = *state;
  struct lurk_served_key *key = &lab->keys.keys[LAB_P256];
  struct lurk_view view;
  struct states before = states_of(lab->a, &lab->policy, 100);
  key->has_certificate = true;
  key->not_before = 50;
  key->not_after = 150;
  assert_int_equal(lurk_view_make(lab->a, &lab->policy, 100, &view), LURK_OK);
  assert_memory_equal(view.tls12_state, before.tls12, LURK_STATE_LEN);
  assert_false(lurk_view_is_current(&view, 49));
  assert_true(lurk_view_is_current(&view, 50));
  assert_true(lurk_view_is_current(&view, 150));
  assert_false(lurk_view_is_current(&view, 151));
  lurk_view_clear(&view);
  assert_memory_not_equal(states_of(lab->a, &lab->policy, 151).tls12, before.tls12, LURK_STATE_LEN);
  assert_int_equal(lurk_view_make(lab->a, &lab->policy, 49, &view), LURK_OK);
  assert_true(lurk_view_is_current(&view, 0));
  assert_false(lurk_view_is_current(&view, 50));
  lurk_view_clear(&view);
}

int main(void) {
#define LAB_TEST(test) cmocka_unit_test_setup(test, lab_reset)
  const struct CMUnitTest tests[] = {
      LAB_TEST(masters_and_their_substitutes),
      LAB_TEST(handshakes_and_their_substitutes),
      LAB_TEST(ecdhe_is_signed),
      LAB_TEST(capabilities_are_the_edges_own),
      LAB_TEST(base_capabilities_are_the_edges_own),
      LAB_TEST(ping_is_answered),
      LAB_TEST(states_tell_of_every_change),
      LAB_TEST(views_end_with_certificates),
  };
  return cmocka_run_group_tests(tests, lab_setup, lab_teardown);
}
