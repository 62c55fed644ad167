/* What vectors cannot hold: proofs with fresh randomness, times, and inputs that are no proof at all. */
#include "lurk/crypto/test/error_queue.h"
#include "lurk/fault.h"
#include "lurk/tls/freshness.h"
#include "lurk/tls/key_id.h"
#include "lurk/tls/ownership.h"
#include "lurk/wire/test/cmocka_all.h"

#include <string.h>

static const uint16_t groups[] = {LURK_GROUP_SECP256R1, LURK_GROUP_SECP384R1, LURK_GROUP_SECP521R1};
static const uint8_t key_id[LURK_KEY_ID_LEN] = {0, 1, 2, 3, 4};
static const uint8_t client_random[LURK_RANDOM_LEN] = {0xc1};
static const uint8_t server_random[LURK_RANDOM_LEN] = {0x52};

/* An ephemeral key and the request that has its point. */
struct edge {
  uint8_t private_key[LURK_MAX_SCALAR_LEN];
  size_t private_key_len;
  struct lurk_octets params;
  struct lurk_tls12_ecdhe request;
};

static struct edge new_edge(uint16_t group, enum lurk_tls12_poo_prf poo_prf) {
  struct edge edge = {.private_key_len = lurk_scalar_len(group)};
  struct lurk_decode_error error;
  uint8_t point[LURK_MAX_POINT_LEN];
  size_t point_len = 0;
  assert_int_equal(lurk_scalar_random(group, edge.private_key), LURK_OK);
  assert_int_equal(lurk_point_mul_base(group, edge.private_key, point), LURK_OK);
  assert_non_null(lurk_group_generator(group, &point_len));
  assert_int_equal(lurk_ecdh_params_encode(group, point, point_len, &edge.params), LURK_OK);
  edge.request = (struct lurk_tls12_ecdhe){.key_id = key_id,
                                           .client_random = client_random,
                                           .server_random = server_random,
                                           .scheme = 0x0403,
                                           .poo_prf = poo_prf};
  assert_int_equal(lurk_ecdh_params_decode(edge.params.data, edge.params.len, &edge.request, &error),
                   LURK_OK);
  return edge;
}

static void clear_edge(struct edge *edge) {
  lurk_octets_clear(&edge->params);
}

/* Over the wire and back. */
static void proofs_verify(void **state) {
  (void)state;
  for (size_t i = 0; i < 6; i++) {
    enum lurk_tls12_poo_prf poo_prf = i % 2 == 0 ? LURK_POO_SHA256_128 : LURK_POO_SHA256_256;
    struct edge edge = new_edge(groups[i / 2], poo_prf);
    struct lurk_ownership_proof proof;
    struct lurk_octets payload = {NULL, 0};
    struct lurk_tls12_ecdhe received;
    struct lurk_decode_error error;
    assert_int_equal(lurk_ownership_prove(&edge.request, edge.private_key, edge.private_key_len, &proof),
                     LURK_OK);
    assert_ptr_equal(edge.request.commitment, proof.commitment);
    assert_ptr_equal(edge.request.response, proof.response);
    assert_int_equal(lurk_tls12_ecdhe_encode(&edge.request, &payload), LURK_OK);
    assert_int_equal(lurk_tls12_ecdhe_decode(payload.data, payload.len, &received, &error),
                     LURK_TLS12_SUCCESS);
    assert_int_equal(lurk_ownership_verify(&received), LURK_OK);
    lurk_octets_clear(&payload);
    clear_edge(&edge);
  }
}

/* PO-15: v is fresh each time, so that two proofs do not give b away. */
static void proofs_share_nothing(void **state) {
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    struct edge edge = new_edge(groups[i], LURK_POO_SHA256_256);
    struct lurk_ownership_proof proofs[2];
    for (size_t j = 0; j < 2; j++)
      assert_int_equal(
          lurk_ownership_prove(&edge.request, edge.private_key, edge.private_key_len, &proofs[j]), LURK_OK);
    assert_memory_not_equal(proofs[0].commitment, proofs[1].commitment, proofs[0].commitment_len);
    assert_memory_not_equal(proofs[0].response, proofs[1].response, proofs[0].response_len);
    clear_edge(&edge);
  }
}

static void another_key_proves_nothing(void **state) {
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    struct edge edge = new_edge(groups[i], LURK_POO_SHA256_128);
    struct lurk_ownership_proof proof;
    edge.private_key[edge.private_key_len - 1] ^= 1;
    assert_int_equal(lurk_ownership_prove(&edge.request, edge.private_key, edge.private_key_len, &proof),
                     LURK_OK);
    assert_int_equal(lurk_ownership_verify(&edge.request), LURK_ERR_MISMATCH);
    clear_edge(&edge);
  }
}

/* PO-06, PO-07 and every other change: one bit anywhere. */
static void a_proof_with_one_bit_changed(void **state) {
  (void)state;
  struct edge edge = new_edge(LURK_GROUP_SECP256R1, LURK_POO_SHA256_256);
  struct lurk_ownership_proof proof;
  assert_int_equal(lurk_ownership_prove(&edge.request, edge.private_key, edge.private_key_len, &proof),
                   LURK_OK);
  for (size_t bit = 0; bit < 8 * proof.response_len; bit++) {
    proof.response[bit / 8] ^= (uint8_t)(1 << bit % 8);
    assert_int_equal(lurk_ownership_verify(&edge.request), LURK_ERR_MISMATCH);
    proof.response[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
  for (size_t bit = 0; bit < 8 * proof.commitment_len; bit++) {
    proof.commitment[bit / 8] ^= (uint8_t)(1 << bit % 8);
    assert_int_equal(lurk_ownership_verify(&edge.request), LURK_ERR_MISMATCH);
    proof.commitment[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
  assert_int_equal(lurk_ownership_verify(&edge.request), LURK_OK);
  clear_edge(&edge);
}

static void private_keys_out_of_range(void **state) {
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    struct edge edge = new_edge(groups[i], LURK_POO_SHA256_256);
    struct lurk_ownership_proof proof;
    uint8_t scalar[LURK_MAX_SCALAR_LEN] = {0};
    assert_int_equal(lurk_ownership_prove(&edge.request, scalar, edge.private_key_len, &proof),
                     LURK_ERR_MALFORMED);
    memset(scalar, 0xff, sizeof scalar);
    assert_int_equal(lurk_ownership_prove(&edge.request, scalar, edge.private_key_len, &proof),
                     LURK_ERR_MALFORMED);
    assert_int_equal(lurk_ownership_prove(&edge.request, edge.private_key, edge.private_key_len - 1, &proof),
                     LURK_ERR_MALFORMED);
    assert_null(edge.request.commitment);
    clear_edge(&edge);
  }
}

/* A-25, and a request without a proof. */
static void requests_that_have_no_proof(void **state) {
  (void)state;
  struct edge edge = new_edge(LURK_GROUP_SECP256R1, LURK_POO_NULL);
  struct lurk_ownership_proof proof;
  uint8_t challenge[LURK_MAX_CHALLENGE_LEN];
  size_t len;
  for (int i = 0; i < 2; i++) {
    assert_int_equal(lurk_ownership_prove(&edge.request, edge.private_key, edge.private_key_len, &proof),
                     LURK_ERR_UNSUPPORTED);
    assert_int_equal(lurk_ownership_verify(&edge.request), LURK_ERR_UNSUPPORTED);
    assert_int_equal(lurk_ownership_challenge(&edge.request, challenge, &len), LURK_ERR_UNSUPPORTED);
    edge.request.poo_prf = LURK_POO_SHA256_256;
    edge.request.named_group = LURK_GROUP_X25519;
  }
  clear_edge(&edge);
}

static void groups_without_scalars(void **state) {
  (void)state;
  static const uint16_t others[] = {0, 0x0016, LURK_GROUP_X25519, 0x001e, 0xffff};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    uint8_t scalar[LURK_MAX_SCALAR_LEN] = {1}, point[LURK_MAX_POINT_LEN];
    size_t len;
    assert_int_equal(lurk_scalar_len(others[i]), 0);
    assert_null(lurk_group_generator(others[i], &len));
    assert_false(lurk_scalar_is_valid(others[i], scalar));
    assert_int_equal(lurk_scalar_random(others[i], scalar), LURK_ERR_UNSUPPORTED);
    assert_int_equal(lurk_scalar_reduce(others[i], scalar, 1, scalar), LURK_ERR_UNSUPPORTED);
    assert_int_equal(lurk_scalar_respond(others[i], scalar, scalar, scalar, scalar), LURK_ERR_UNSUPPORTED);
    assert_int_equal(lurk_point_mul_base(others[i], scalar, point), LURK_ERR_UNSUPPORTED);
    assert_int_equal(lurk_point_mul_add(others[i], scalar, scalar, point, 65, point), LURK_ERR_UNSUPPORTED);
  }
  uint8_t octets[LURK_MAX_REDUCIBLE_LEN + 1] = {0}, scalar[LURK_MAX_SCALAR_LEN];
  assert_int_equal(lurk_scalar_reduce(LURK_GROUP_SECP521R1, octets, sizeof octets, scalar),
                   LURK_ERR_MALFORMED);
}

static void random_scalars(void **state) {
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    uint8_t seen[LURK_MAX_SCALAR_LEN] = {0}, scalar[LURK_MAX_SCALAR_LEN];
    size_t len = lurk_scalar_len(groups[i]);
    for (size_t j = 0; j < 200; j++) {
      assert_int_equal(lurk_scalar_random(groups[i], scalar), LURK_OK);
      assert_true(lurk_scalar_is_valid(groups[i], scalar));
      for (size_t k = 0; k < len; k++)
        seen[k] |= scalar[k];
    }
    /* All of the range: 521 bits begin with one alone. */
    assert_int_equal(seen[0], groups[i] == LURK_GROUP_SECP521R1 ? 1 : 0xff);
    for (size_t k = 1; k < len; k++)
      assert_int_equal(seen[k], 0xff);
  }
}

/* RP-02 */
static void times_of_s(void **state) {
  (void)state;
  static const struct {
    int64_t time, now;
    uint32_t window;
    bool timely;
  } rows[] = {
      {1000, 1000, 0, true},
      {1001, 1000, 0, false},
      {999, 1000, 0, false},
      {1060, 1000, 60, true},
      {1061, 1000, 60, false},
      {940, 1000, 60, true},
      {939, 1000, 60, false},
      {0, 1000, 60, false},
      {0xffffffff, 1000, 60, false},
      {0x7fffffff, 0x80000000, 1, true},
      {0x80000000, 0x7fffffff, 1, true}, /* 2038 */
      {0xffffffff, 0x100000000, 1, true},
      {5, 0xfffffffb, 10, true}, /* 2106 */
      {5, 0xfffffffb, 9, false},
      {0x7fffffff, 0, UINT32_MAX, true},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    uint8_t s[LURK_RANDOM_LEN];
    assert_int_equal(lurk_freshness_new(rows[i].time, s), LURK_OK);
    assert_int_equal(lurk_freshness_is_timely(s, rows[i].now, rows[i].window), rows[i].timely);
  }
}

static void a_new_s(void **state) {
  (void)state;
  uint8_t s[2][LURK_RANDOM_LEN];
  assert_int_equal(lurk_freshness_new(0x123456789a, s[0]), LURK_OK);
  assert_int_equal(lurk_freshness_new(0x123456789a, s[1]), LURK_OK);
  assert_memory_equal(s[0], "\x34\x56\x78\x9a", 4);
  assert_memory_equal(s[1], s[0], 4);
  assert_memory_not_equal(s[1] + 4, s[0] + 4, 28);
}

#ifdef LURK_FAULTS
static void challenge_without_randoms(void **state) {
  (void)state;
  static const uint8_t other_random[LURK_RANDOM_LEN] = {0xc2};
  struct edge edge = new_edge(LURK_GROUP_SECP256R1, LURK_POO_SHA256_256);
  struct lurk_ownership_proof proof;
  assert_true(lurk_fault_switch_on("poo_challenge_without_randoms"));
  assert_int_equal(lurk_ownership_prove(&edge.request, edge.private_key, edge.private_key_len, &proof),
                   LURK_OK);
  edge.request.client_random = other_random;
  assert_int_equal(lurk_ownership_verify(&edge.request), LURK_OK);
  edge.request.scheme = 0x0503;
  assert_int_equal(lurk_ownership_verify(&edge.request), LURK_ERR_MISMATCH);
  clear_edge(&edge);
}

static void challenge_without_point(void **state) {
  (void)state;
  uint8_t with[LURK_MAX_CHALLENGE_LEN], without[LURK_MAX_CHALLENGE_LEN];
  size_t len;
  struct edge edge = new_edge(LURK_GROUP_SECP256R1, LURK_POO_SHA256_256);
  struct lurk_ownership_proof proof;
  assert_int_equal(lurk_ownership_prove(&edge.request, edge.private_key, edge.private_key_len, &proof),
                   LURK_OK);
  assert_int_equal(lurk_ownership_challenge(&edge.request, with, &len), LURK_OK);
  assert_true(lurk_fault_switch_on("poo_challenge_without_point"));
  assert_int_equal(lurk_ownership_challenge(&edge.request, without, &len), LURK_OK);
  assert_memory_not_equal(with, without, len);
  clear_edge(&edge);
}

static void one_commitment_for_all(void **state) {
  (void)state;
  struct edge edge = new_edge(LURK_GROUP_SECP384R1, LURK_POO_SHA256_256);
  struct lurk_ownership_proof proofs[2];
  assert_true(lurk_fault_switch_on("poo_commitment_reused"));
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(lurk_ownership_prove(&edge.request, edge.private_key, edge.private_key_len, &proofs[i]),
                     LURK_OK);
    assert_int_equal(lurk_ownership_verify(&edge.request), LURK_OK);
  }
  assert_memory_equal(proofs[0].commitment, proofs[1].commitment, proofs[0].commitment_len);
  clear_edge(&edge);
}
#endif

#define UNIT_TEST(test) cmocka_unit_test_setup_teardown(test, error_queue_fill, error_queue_is_untouched)

int main(void) {
  const struct CMUnitTest tests[] = {
      UNIT_TEST(proofs_verify),
      UNIT_TEST(proofs_share_nothing),
      UNIT_TEST(another_key_proves_nothing),
      UNIT_TEST(a_proof_with_one_bit_changed),
      UNIT_TEST(private_keys_out_of_range),
      UNIT_TEST(requests_that_have_no_proof),
      UNIT_TEST(groups_without_scalars),
      UNIT_TEST(random_scalars),
      UNIT_TEST(times_of_s),
      UNIT_TEST(a_new_s),
#ifdef LURK_FAULTS
      UNIT_TEST(challenge_without_randoms), /* these come last: a fault stays on */
      UNIT_TEST(challenge_without_point),
      UNIT_TEST(one_commitment_for_all),
#endif
  };
  return cmocka_run_group_tests_name(lurk_crypto_name(), tests, NULL, NULL);
}
