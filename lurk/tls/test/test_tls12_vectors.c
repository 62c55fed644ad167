/* The vectors of vectors.json, through one library; the program is built once per library. */
#include "lurk/crypto/test/error_queue.h"
#include "lurk/crypto/test/vectors.h"
#include "lurk/file.h"
#include "lurk/tls/freshness.h"
#include "lurk/tls/key_id.h"
#include "lurk/tls/master.h"
#include "lurk/tls/ownership.h"
#include "lurk/wire/test/cmocka_all.h"

#include <stdio.h>
#include <string.h>

static enum lurk_hash hash_of(const json_t *vector) {
  enum lurk_hash hash;
  assert_true(crypto_json_hash(vector, "hash", &hash));
  return hash;
}

static uint16_t group_of(const json_t *vector) {
  return (uint16_t)vector_number(vector, "group");
}

static void expect_octets(const json_t *vector, const char *member, const uint8_t *data, size_t len) {
  struct lurk_octets expected = vector_octets(vector, member);
  assert_int_equal(expected.len, len);
  assert_memory_equal(expected.data, data, len);
  lurk_octets_clear(&expected);
}

/* --- derivations --- */

static void check_prf(const json_t *vector) {
  struct lurk_octets secret = vector_octets(vector, "secret"), seed = vector_octets(vector, "seed"),
                     out = {NULL, 0};
  assert_true(lurk_octets_alloc(&out, strlen(vector_text(vector, "output")) / 2));
  assert_int_equal(lurk_prf(hash_of(vector), secret.data, secret.len, vector_text(vector, "label"), seed.data,
                            seed.len, out.data, out.len),
                   LURK_OK);
  expect_octets(vector, "output", out.data, out.len);
  lurk_octets_clear(&out);
  lurk_octets_clear(&seed);
  lurk_octets_clear(&secret);
}

static void prfs(void **state) {
  (void)state;
  vectors_for_each("prfs", check_prf);
}

static void check_master(const json_t *vector) {
  struct lurk_octets premaster = vector_octets(vector, "premaster"),
                     client = vector_octets(vector, "client_random"),
                     server = vector_octets(vector, "server_hello_random");
  uint8_t master[LURK_MASTER_LEN];
  assert_int_equal(lurk_master(hash_of(vector), premaster.data, client.data, server.data, master), LURK_OK);
  expect_octets(vector, "master", master, sizeof master);
  lurk_octets_clear(&server);
  lurk_octets_clear(&client);
  lurk_octets_clear(&premaster);
}

static void masters(void **state) {
  (void)state;
  vectors_for_each("masters", check_master);
}

static void check_extended_master(const json_t *vector) {
  struct lurk_octets premaster = vector_octets(vector, "premaster"),
                     messages = vector_octets(vector, "messages");
  uint8_t master[LURK_MASTER_LEN];
  assert_int_equal(lurk_extended_master(hash_of(vector), premaster.data, messages.data, messages.len, master),
                   LURK_OK);
  expect_octets(vector, "master", master, sizeof master);
  lurk_octets_clear(&messages);
  lurk_octets_clear(&premaster);
}

static void extended_masters(void **state) {
  (void)state;
  vectors_for_each("extended_masters", check_extended_master);
}

static void check_finished(const json_t *vector) {
  struct lurk_octets master = vector_octets(vector, "master"), messages = vector_octets(vector, "messages");
  uint8_t verify_data[LURK_VERIFY_DATA_LEN];
  enum lurk_finished_sender sender =
      strcmp(vector_text(vector, "sender"), "client") == 0 ? LURK_FINISHED_CLIENT : LURK_FINISHED_SERVER;
  assert_int_equal(
      lurk_verify_data(hash_of(vector), sender, master.data, messages.data, messages.len, verify_data),
      LURK_OK);
  expect_octets(vector, "verify_data", verify_data, sizeof verify_data);
  lurk_octets_clear(&messages);
  lurk_octets_clear(&master);
}

static void finished(void **state) {
  (void)state;
  vectors_for_each("finished", check_finished);
}

static void check_freshness(const json_t *vector) {
  struct lurk_octets s = vector_octets(vector, "s");
  uint8_t random[LURK_RANDOM_LEN];
  assert_int_equal(lurk_freshness(s.data, random), LURK_OK);
  expect_octets(vector, "random", random, sizeof random);
  assert_int_equal(lurk_freshness(s.data, s.data), LURK_OK); /* in place */
  expect_octets(vector, "random", s.data, s.len);
  lurk_octets_clear(&s);
}

static void freshness(void **state) {
  (void)state;
  vectors_for_each("freshness", check_freshness);
}

static void check_key_id(const json_t *vector) {
  char path[512];
  struct lurk_octets pem = {0};
  lurk_private_key *key;
  uint8_t key_id[LURK_KEY_ID_LEN];
  snprintf(path, sizeof path, "%s/keys/%s", LURK_CRYPTO_TEST_DATA, vector_text(vector, "key"));
  assert_true(lurk_file_read(path, 65536, &pem, NULL));
  assert_int_equal(lurk_private_key_load(pem.data, pem.len, &key), LURK_OK);
  assert_int_equal(lurk_key_id(lurk_private_key_public(key), key_id), LURK_OK);
  expect_octets(vector, "key_id", key_id, sizeof key_id);
  assert_int_equal(lurk_key_id_alias(lurk_private_key_public(key), key_id), LURK_OK);
  expect_octets(vector, "alias", key_id, sizeof key_id);
  lurk_private_key_free(key);
  lurk_octets_clear(&pem);
}

static void key_ids(void **state) {
  (void)state;
  vectors_for_each("key_ids", check_key_id);
}

/* --- scalars and points --- */

static void check_product(const json_t *vector) {
  struct lurk_octets scalar = vector_octets(vector, "scalar");
  uint8_t point[LURK_MAX_POINT_LEN];
  size_t len = 0;
  lurk_status status = lurk_point_mul_base(group_of(vector), scalar.data, point);
  vector_expect_status(vector, vector_text(vector, "scalar"), status);
  assert_int_equal(lurk_scalar_is_valid(group_of(vector), scalar.data), status == LURK_OK);
  if (status == LURK_OK) {
    lurk_group_generator(group_of(vector), &len);
    expect_octets(vector, "point", point, len);
  }
  lurk_octets_clear(&scalar);
}

static void products(void **state) {
  (void)state;
  vectors_for_each("products", check_product);
}

static void check_sum(const json_t *vector) {
  struct lurk_octets s = vector_octets(vector, "s"), t = vector_octets(vector, "t"),
                     point = vector_octets(vector, "point");
  uint8_t sum[LURK_MAX_POINT_LEN];
  lurk_status status = lurk_point_mul_add(group_of(vector), s.data, t.data, point.data, point.len, sum);
  vector_expect_status(vector, vector_text(vector, "point"), status);
  if (status == LURK_OK)
    expect_octets(vector, "sum", sum, point.len);
  lurk_octets_clear(&point);
  lurk_octets_clear(&t);
  lurk_octets_clear(&s);
}

static void sums(void **state) {
  (void)state;
  vectors_for_each("sums", check_sum);
}

static void check_response(const json_t *vector) {
  struct lurk_octets v = vector_octets(vector, "v"), c = vector_octets(vector, "c"),
                     b = vector_octets(vector, "b");
  uint8_t r[LURK_MAX_SCALAR_LEN];
  assert_int_equal(lurk_scalar_respond(group_of(vector), v.data, c.data, b.data, r), LURK_OK);
  expect_octets(vector, "r", r, b.len);
  assert_int_equal(lurk_scalar_respond(group_of(vector), v.data, c.data, b.data, b.data), LURK_OK);
  expect_octets(vector, "r", b.data, b.len); /* in place */
  lurk_octets_clear(&b);
  lurk_octets_clear(&c);
  lurk_octets_clear(&v);
}

static void responses(void **state) {
  (void)state;
  vectors_for_each("responses", check_response);
}

static void check_reduction(const json_t *vector) {
  struct lurk_octets number = vector_octets(vector, "octets");
  uint8_t scalar[LURK_MAX_SCALAR_LEN];
  uint16_t group = group_of(vector);
  assert_int_equal(lurk_scalar_reduce(group, number.data, number.len, scalar), LURK_OK);
  expect_octets(vector, "scalar", scalar, lurk_scalar_len(group));
  lurk_octets_clear(&number);
}

static void reductions(void **state) {
  (void)state;
  vectors_for_each("reductions", check_reduction);
}

/* --- proofs --- */

static void check_proof(const json_t *vector) {
  struct lurk_octets payload = vector_octets(vector, "payload");
  struct lurk_tls12_ecdhe request;
  struct lurk_decode_error error;
  assert_int_equal(lurk_tls12_ecdhe_decode(payload.data, payload.len, &request, &error), LURK_TLS12_SUCCESS);
  vector_expect_status(vector, vector_text(vector, "comment"), lurk_ownership_verify(&request));
  lurk_octets_clear(&payload);
}

static void proofs(void **state) {
  (void)state;
  vectors_for_each("proofs", check_proof);
}

static int load_vectors(void **state) {
  (void)state;
  return vectors_load(LURK_TLS_TEST_DATA "/vectors.json");
}

static int free_vectors(void **state) {
  (void)state;
  vectors_free();
  return 0;
}

#define UNIT_TEST(test, check_queue) cmocka_unit_test_setup_teardown(test, error_queue_fill, check_queue)

int main(void) {
  const struct CMUnitTest tests[] = {
      UNIT_TEST(prfs, error_queue_is_untouched),
      UNIT_TEST(masters, error_queue_is_untouched),
      UNIT_TEST(extended_masters, error_queue_is_untouched),
      UNIT_TEST(finished, error_queue_is_untouched),
      UNIT_TEST(freshness, error_queue_is_untouched),
      UNIT_TEST(key_ids, error_queue_has_no_more), /* it loads private keys */
      UNIT_TEST(products, error_queue_is_untouched),
      UNIT_TEST(sums, error_queue_is_untouched),
      UNIT_TEST(responses, error_queue_is_untouched),
      UNIT_TEST(reductions, error_queue_is_untouched),
      UNIT_TEST(proofs, error_queue_is_untouched),
  };
  return cmocka_run_group_tests_name(lurk_crypto_name(), tests, load_vectors, free_vectors);
}
