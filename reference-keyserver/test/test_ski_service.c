/* The exchange: what is served, and with which error everything else is refused. */
#include "lurk/wire/handshake.h"
#include "lurk/wire/test/cmocka_all.h"
#include "service_fixture.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const enum lurk_ski_format formats[] = {LURK_SKI_JSON, LURK_SKI_CBOR};

/* --- served --- */

static void check_signature(const struct service *service, int key, const struct lurk_ski_call *call,
                            const struct lurk_ski_request *request,
                            struct lurk_signature_algorithm algorithm) {
  struct lurk_ski_record record;
  struct lurk_ski_response response = service_answer(call, request, &record);
  assert_true(record.served);
  assert_ptr_equal(record.key, &service->keys.keys[key]);
  assert_int_equal(record.protocol, request->protocol);
  assert_int_equal(lurk_verify(lurk_private_key_public(service->keys.keys[key].key), algorithm,
                               request->input.data, request->input.len, response.output.data,
                               response.output.len),
                   LURK_OK);
  lurk_ski_response_clear(&response);
}

static void ecdhe_is_signed_by_hash(void **state) {
  const struct service *service = *state;
  static const struct {
    enum lurk_ski_hash hash;
    enum lurk_hash digest;
  } rows[] = {{LURK_SKI_SHA256, LURK_SHA256}, {LURK_SKI_SHA384, LURK_SHA384}, {LURK_SKI_SHA512, LURK_SHA512}};
  struct lurk_ski_call call = service->call;
  for (size_t i = 0; i < 12; i++) {
    call.format = formats[i % 2];
    int key = i / 2 % 2 == 0 ? KEY_P256 : KEY_RSA;
    struct lurk_ski_request request = service_ecdhe_request(service, key);
    request.hash = rows[i / 4].hash;
    request.protocol = i % 2 == 0 ? LURK_SKI_TLS_1_2 : LURK_SKI_DTLS_1_2;
    const struct lurk_signature_algorithm algorithm = {
        .kind = key == KEY_P256 ? LURK_SIGN_ECDSA : LURK_SIGN_RSA_PKCS1, .hash = rows[i / 4].digest};
    check_signature(service, key, &call, &request, algorithm);
    lurk_ski_request_clear(&request);
  }
}

static void signatures_are_made_by_scheme(void **state) {
  const struct service *service = *state;
  static const struct {
    int key;
    bool tls13;
    uint16_t scheme;
    struct lurk_signature_algorithm algorithm;
  } rows[] = {
      {KEY_P256, false, 0x0403, {LURK_SIGN_ECDSA, LURK_SHA256}},
      {KEY_RSA, false, 0x0401, {LURK_SIGN_RSA_PKCS1, LURK_SHA256}},
      {KEY_RSA, false, 0x0805, {LURK_SIGN_RSA_PSS, LURK_SHA384}},
      {KEY_ED25519, false, 0x0807, {.kind = LURK_SIGN_ED25519}},
      {KEY_P256, true, 0x0403, {LURK_SIGN_ECDSA, LURK_SHA256}},
      {KEY_RSA, true, 0x0804, {LURK_SIGN_RSA_PSS, LURK_SHA256}},
      {KEY_ED25519, true, 0x0807, {.kind = LURK_SIGN_ED25519}},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_ski_request request = rows[i].tls13
                                          ? service_tls13_request(service, rows[i].key, rows[i].scheme)
                                          : service_ecdhe_request(service, rows[i].key);
    request.hash = LURK_SKI_HASH_ABSENT;
    request.scheme_present = true;
    request.scheme = rows[i].scheme;
    check_signature(service, rows[i].key, &service->call, &request, rows[i].algorithm);
    lurk_ski_request_clear(&request);
  }
}

static size_t from_hex(const json_t *object, const char *member, uint8_t *out) {
  const char *text = json_string_value(json_object_get(object, member));
  assert_non_null(text);
  size_t len = strlen(text) / 2;
  for (size_t i = 0; i < len; i++)
    assert_int_equal(sscanf(text + 2 * i, "%2hhx", &out[i]), 1);
  return len;
}

static bool check_premaster(const struct service *service, const json_t *vector,
                            enum lurk_ski_format format) {
  if (strcmp(json_string_value(json_object_get(vector, "key")), "rsa4096.pem") != 0)
    return false;
  uint8_t ciphertext[1024], premaster[1024];
  size_t ciphertext_len = from_hex(vector, "ciphertext", ciphertext);
  assert_int_equal(from_hex(vector, "premaster", premaster), LURK_PREMASTER_LEN);
  bool dtls = json_integer_value(json_object_get(vector, "version")) == 0xfefd;
  struct lurk_ski_request request = {.protocol = dtls ? LURK_SKI_DTLS_1_2 : LURK_SKI_TLS_1_2,
                                     .method = LURK_SKI_RSA,
                                     .method_present = true,
                                     .hash =
                                         format == LURK_SKI_JSON ? LURK_SKI_SHA224 : LURK_SKI_HASH_ABSENT};
  memcpy(request.spki, service->keys.keys[KEY_RSA_KX].spki, sizeof request.spki);
  service_set_input(&request, ciphertext, ciphertext_len);
  struct lurk_ski_call call = service->call;
  call.format = format;
  struct lurk_ski_record record;
  struct lurk_ski_response response = service_answer(&call, &request, &record);
  assert_true(record.served);
  assert_int_equal(response.output.len, LURK_PREMASTER_LEN);
  assert_memory_equal(response.output.data, premaster, LURK_PREMASTER_LEN);
  lurk_ski_response_clear(&response);
  lurk_ski_request_clear(&request);
  return true;
}

/* Good and bad ciphertexts alike: a success with the 48 octets that the key and the ciphertext determine. */
static void premasters_and_their_substitutes(void **state) {
  json_t *root = json_load_file(LURK_TEST_KEYS "/../vectors.json", 0, NULL);
  assert_non_null(root);
  size_t index, checked = 0;
  json_t *vector;
  json_array_foreach(json_object_get(root, "premasters"), index, vector) for (size_t i = 0; i < 2; i++)
      checked += check_premaster(*state, vector, formats[i]);
  assert_true(checked >= 100);
  json_decref(root);
}

/* --- refused --- */

struct refusal {
  enum lurk_ski_error error;
  const char *cause, *field; /* field NULL: none is told */
};

static void check_refused(const struct lurk_ski_call *call, const struct lurk_ski_request *request,
                          struct refusal expected) {
  struct lurk_ski_record record;
  struct lurk_ski_response response = service_answer(call, request, &record);
  assert_false(record.served);
  assert_int_equal(response.error, expected.error);
  assert_int_equal(response.output.len, 0);
  assert_string_equal(record.cause, expected.cause);
  assert_int_equal(record.where.field == NULL, expected.field == NULL);
  if (expected.field != NULL)
    assert_string_equal(record.where.field, expected.field);
  lurk_ski_response_clear(&response);
}

static void rights_decide(void **state) {
  const struct service *service = *state;
  const struct refusal protocol = {LURK_SKI_REQUEST_DENIED, "protocol is not allowed", "protocol"};
  static const enum lurk_ski_protocol legacy[] = {LURK_SKI_TLS_1_0, LURK_SKI_TLS_1_1, LURK_SKI_DTLS_1_0};
  struct lurk_ski_call call = service->call;
  for (size_t i = 0; i < 3; i++) {
    struct lurk_ski_request request = service_ecdhe_request(service, KEY_P256);
    request.protocol = legacy[i];
    check_refused(&call, &request, protocol);
    lurk_ski_request_clear(&request);
  }
  call.edge = service->b; /* TLS 1.2 only */
  struct lurk_ski_request request = service_ecdhe_request(service, KEY_P384);
  request.protocol = LURK_SKI_DTLS_1_2;
  check_refused(&call, &request, protocol);
  lurk_ski_request_clear(&request);
  request = service_tls13_request(service, KEY_P384, 0x0503);
  check_refused(&call, &request, protocol);
  lurk_ski_request_clear(&request);
}

static void one_usage_per_key(void **state) {
  const struct service *service = *state;
  const struct refusal method = {LURK_SKI_REQUEST_DENIED, "key is not for this method", "method"};
  struct lurk_ski_request request = service_ecdhe_request(service, KEY_RSA_KX);
  check_refused(&service->call, &request, method);
  lurk_ski_request_clear(&request);
  request = service_ecdhe_request(service, KEY_RSA);
  request.method = LURK_SKI_RSA;
  request.method_present = true;
  check_refused(&service->call, &request, method);
  lurk_ski_request_clear(&request);
}

static void weak_and_misfitting_algorithms(void **state) {
  const struct service *service = *state;
  static const struct {
    int key;
    enum lurk_ski_hash hash;
    int scheme; /* -1: none */
    bool tls13;
    struct refusal refusal;
  } rows[] = {
      {KEY_P256,
       LURK_SKI_HASH_ABSENT,
       -1,
       false,
       {LURK_SKI_REQUEST_DENIED, "an absent hash means SHA-1", "hash"}},
      {KEY_P256,
       LURK_SKI_SHA224,
       -1,
       false,
       {LURK_SKI_REQUEST_DENIED, "hash is weak or of another key type", "hash"}},
      {KEY_ED25519,
       LURK_SKI_SHA256,
       -1,
       false,
       {LURK_SKI_REQUEST_DENIED, "hash is weak or of another key type", "hash"}},
      {KEY_P256,
       LURK_SKI_HASH_ABSENT,
       0x0401,
       false,
       {LURK_SKI_REQUEST_DENIED, "scheme is weak, unknown or of another key type", "scheme"}},
      {KEY_RSA,
       LURK_SKI_HASH_ABSENT,
       0x0201,
       false,
       {LURK_SKI_REQUEST_DENIED, "scheme is weak, unknown or of another key type", "scheme"}},
      {KEY_RSA,
       LURK_SKI_HASH_ABSENT,
       0x0809,
       false,
       {LURK_SKI_REQUEST_DENIED, "scheme is weak, unknown or of another key type", "scheme"}},
      {KEY_P256,
       LURK_SKI_HASH_ABSENT,
       0xffff,
       false,
       {LURK_SKI_REQUEST_DENIED, "scheme is weak, unknown or of another key type", "scheme"}},
      {KEY_RSA,
       LURK_SKI_HASH_ABSENT,
       0x0401,
       true,
       {LURK_SKI_REQUEST_DENIED, "scheme is weak, unknown or of another key type", "scheme"}},
      {KEY_P256,
       LURK_SKI_HASH_ABSENT,
       0x0503,
       true,
       {LURK_SKI_REQUEST_DENIED, "scheme is weak, unknown or of another key type", "scheme"}},
      {KEY_P256,
       LURK_SKI_HASH_ABSENT,
       -1,
       true,
       {LURK_SKI_MALFORMED_REQUEST, "TLS 1.3 needs a scheme", "scheme"}},
      {KEY_P256, LURK_SKI_SHA256, -1, true, {LURK_SKI_MALFORMED_REQUEST, "TLS 1.3 needs a scheme", "scheme"}},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_ski_request request = rows[i].tls13 ? service_tls13_request(service, rows[i].key, 0)
                                                    : service_ecdhe_request(service, rows[i].key);
    request.hash = rows[i].hash;
    request.scheme_present = rows[i].scheme >= 0;
    request.scheme = (uint16_t)rows[i].scheme;
    check_refused(&service->call, &request, rows[i].refusal);
    lurk_ski_request_clear(&request);
  }
}

static void inputs_are_parsed_before_they_are_signed(void **state) {
  const struct service *service = *state;
  static const struct {
    size_t at; /* octet to be changed; beyond the end: one is added */
    const char *cause, *field;
  } rows[] = {
      {64, "input holds no ECDHE parameters", "curve_type"},
      {65, "input holds no ECDHE parameters", "namedcurve"},
      {67, "input holds no ECDHE parameters", "public"},
      {68, "input holds no ECDHE parameters", "public"},
      {100, "input holds an invalid public key", "point"},
      {133, "input holds no ECDHE parameters", "end of ServerECDHParams"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_ski_request request = service_ecdhe_request(service, KEY_P256);
    uint8_t input[134] = {0};
    memcpy(input, request.input.data, request.input.len);
    input[rows[i].at] ^= 1;
    service_set_input(&request, input, rows[i].at == 133 ? 134 : 133);
    check_refused(&service->call, &request,
                  (struct refusal){LURK_SKI_MALFORMED_REQUEST, rows[i].cause, rows[i].field});
    lurk_ski_request_clear(&request);
  }
  struct lurk_ski_request request = service_tls13_request(service, KEY_P256, 0x0403);
  request.input.data[73] ^= 'c' ^ 's'; /* the client's context string begins like it */
  check_refused(&service->call, &request,
                (struct refusal){LURK_SKI_MALFORMED_REQUEST,
                                 "input is not the content of a server's CertificateVerify",
                                 "context string"});
  lurk_ski_request_clear(&request);
}

static void rsa_input_is_as_long_as_the_modulus(void **state) {
  const struct service *service = *state;
  static const size_t lengths[] = {0, 1, 48, 511, 513, 514, 1024};
  static const uint8_t input[1024] = {0};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    struct lurk_ski_request request = {
        .protocol = LURK_SKI_TLS_1_2, .method = LURK_SKI_RSA, .method_present = true};
    memcpy(request.spki, service->keys.keys[KEY_RSA_KX].spki, sizeof request.spki);
    service_set_input(&request, input, lengths[i]);
    check_refused(
        &service->call, &request,
        (struct refusal){LURK_SKI_MALFORMED_REQUEST, "input is not as long as the modulus", "input"});
    lurk_ski_request_clear(&request);
  }
}

static void expired_certificates_end_the_service(void **state) {
  struct service *service = *state;
  struct lurk_served_key *key = &service->keys.keys[KEY_P256];
  key->has_certificate = true;
  key->not_before = service->call.now;
  key->not_after = service->call.now + 10;
  struct lurk_ski_request request = service_ecdhe_request(service, KEY_P256);
  struct lurk_ski_call call = service->call;
  const struct lurk_signature_algorithm algorithm = {LURK_SIGN_ECDSA, LURK_SHA256};
  check_signature(service, KEY_P256, &call, &request, algorithm);
  call.now += 11;
  check_refused(&call, &request,
                (struct refusal){LURK_SKI_REQUEST_DENIED, "certificate of the key is not valid now", NULL});
  lurk_ski_request_clear(&request);
}

/* Octet by octet the same answer for a key that does not exist and one that belongs to another edge,
 * even when rights and input would be wrong too. */
static void foreign_keys_look_like_unknown_ones(void **state) {
  const struct service *service = *state;
  struct lurk_ski_request request = service_ecdhe_request(service, KEY_P384);
  const struct refusal not_found = {LURK_SKI_SPKI_NOT_FOUND, "no such key among those of the edge", NULL};
  check_refused(&service->call, &request, not_found);
  request.protocol = LURK_SKI_TLS_1_0;
  request.hash = LURK_SKI_HASH_ABSENT;
  service_set_input(&request, (const uint8_t *)"x", 1);
  check_refused(&service->call, &request, not_found);
  memset(request.spki, 0xaa, sizeof request.spki);
  check_refused(&service->call, &request, not_found);
  lurk_ski_request_clear(&request);
}

static void bodies_that_are_no_requests(void **state) {
  const struct service *service = *state;
  static const char *const bodies[] = {"", "{}", "null", "{\"protocol\": \"TLS 1.2\"", "\xa0"};
  for (size_t i = 0; i < 2 * sizeof bodies / sizeof *bodies; i++) {
    struct lurk_ski_call call = service->call;
    struct lurk_ski_record record;
    const char *body = bodies[i / 2];
    call.format = formats[i % 2];
    struct lurk_ski_response response =
        service_answer_body(&call, (const uint8_t *)body, strlen(body), &record, NULL);
    assert_int_equal(response.error, LURK_SKI_MALFORMED_REQUEST);
    assert_false(record.decoded);
    assert_non_null(record.where.field);
  }
}

/* --- dialect, replays, ciphertexts --- */

static void alias_only_when_allowed(void **state) {
  struct service *service = *state;
  struct lurk_served_key *key = &service->keys.keys[KEY_P256];
  struct lurk_ski_request request = service_ecdhe_request(service, KEY_P256);
  struct lurk_ski_call call = service->call;
  request.spki_is_alias = true;
  memset(request.spki, 0x12, LURK_SKI_ALIAS_LEN);
  check_refused(&call, &request,
                (struct refusal){LURK_SKI_MALFORMED_REQUEST, "request cannot be parsed", "spki"});
  call.allow_alias = true;
  const struct refusal not_found = {LURK_SKI_SPKI_NOT_FOUND, "no such key among those of the edge", NULL};
  check_refused(&call, &request, not_found);
  memset(key->alias, 0x12, sizeof key->alias);
  check_refused(&call, &request, not_found); /* no certificate, no alias */
  key->has_certificate = true;
  key->not_after = call.now;
  const struct lurk_signature_algorithm algorithm = {LURK_SIGN_ECDSA, LURK_SHA256};
  check_signature(service, KEY_P256, &call, &request, algorithm);
  call.edge = service->b;
  check_refused(&call, &request, not_found);
  lurk_ski_request_clear(&request);
}

static void replays_are_refused_within_the_window(void **state) {
  const struct service *service = *state;
  const struct refusal replay = {LURK_SKI_REQUEST_DENIED, "handshake was seen within the replay window",
                                 NULL};
  const struct lurk_signature_algorithm algorithm = {LURK_SIGN_ECDSA, LURK_SHA256};
  struct lurk_ski_call call = service->call;
  call.replay_window_seconds = 60;
  struct lurk_ski_request requests[] = {service_ecdhe_request(service, KEY_P256),
                                        service_tls13_request(service, KEY_P256, 0x0403)};
  for (size_t i = 0; i < 2; i++) {
    struct lurk_ski_record record;
    check_signature(service, KEY_P256, &call, &requests[i], algorithm);
    struct lurk_ski_response response = service_answer(&call, &requests[i], &record);
    assert_true(record.replayed);
    lurk_ski_response_clear(&response);
    check_refused(&call, &requests[i], replay);
    call.edge = service->pinned; /* the window is the edge's own */
    check_signature(service, KEY_P256, &call, &requests[i], algorithm);
    call.edge = service->a;
    call.now_ns += UINT64_C(60000000000);
    check_signature(service, KEY_P256, &call, &requests[i], algorithm);
    lurk_ski_request_clear(&requests[i]);
  }
}

static void ciphertexts_of_other_edges_are_told(void **state) {
  struct service *service = *state;
  static const uint8_t ciphertext[512] = {1};
  struct lurk_grant grant = {.key = &service->keys.keys[KEY_RSA_KX],
                             .methods = 1u << LURK_SKI_RSA,
                             .protocols = 1u << LURK_SKI_TLS_1_2};
  struct lurk_edge thief = {
      .config = service->b->config, .grants = &grant, .grant_count = 1, .activity = service->b->activity};
  struct lurk_ski_request request = {
      .protocol = LURK_SKI_TLS_1_2, .method = LURK_SKI_RSA, .method_present = true};
  memcpy(request.spki, grant.key->spki, sizeof request.spki);
  service_set_input(&request, ciphertext, sizeof ciphertext);
  struct lurk_ski_call call = service->call;
  const struct lurk_edge *edges[] = {service->a, service->a, &thief};
  for (size_t i = 0; i < 3; i++) {
    struct lurk_ski_record record;
    call.edge = edges[i];
    struct lurk_ski_response response = service_answer(&call, &request, &record);
    assert_true(record.served); /* and so tells the edge nothing */
    assert_int_equal(record.ciphertext_edge, i < 2 ? 0 : lurk_activity_number(service->a->activity));
    lurk_ski_response_clear(&response);
  }
  call.replay_window_seconds = 60;
  struct lurk_ski_record record;
  call.edge = service->a;
  struct lurk_ski_response first = service_answer(&call, &request, &record);
  assert_true(record.served);
  lurk_ski_response_clear(&first);
  check_refused(
      &call, &request,
      (struct refusal){LURK_SKI_REQUEST_DENIED, "handshake was seen within the replay window", NULL});
  lurk_ski_request_clear(&request);
}

/* --- whatever comes --- */

/* Every change of one octet of a good body gets an answer that is either the signature of what it says or an
 * error object. */
static void any_octets_get_an_answer(void **state) {
  const struct service *service = *state;
  struct lurk_ski_call call = service->call;
  for (size_t f = 0; f < 2; f++) {
    struct lurk_octets body = {0};
    struct lurk_ski_request request = service_ecdhe_request(service, KEY_P256);
    call.format = formats[f];
    assert_int_equal(lurk_ski_request_encode(call.format, &request, &body), LURK_OK);
    for (size_t i = 0; i < body.len; i++) {
      for (unsigned bit = 1; bit < 256; bit <<= 3) {
        struct lurk_ski_record record;
        body.data[i] ^= (uint8_t)bit;
        struct lurk_ski_response response = service_answer_body(&call, body.data, body.len, &record, NULL);
        assert_true(record.error != LURK_SKI_UNSPECIFIED_ERROR);
        lurk_ski_response_clear(&response);
        body.data[i] ^= (uint8_t)bit;
      }
      struct lurk_ski_record record;
      struct lurk_ski_response response = service_answer_body(&call, body.data, i, &record, NULL);
      assert_int_equal(response.error, LURK_SKI_MALFORMED_REQUEST);
    }
    lurk_octets_clear(&body);
    lurk_ski_request_clear(&request);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, service_setup, service_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(ecdhe_is_signed_by_hash),
      TEST(signatures_are_made_by_scheme),
      TEST(premasters_and_their_substitutes),
      TEST(rights_decide),
      TEST(one_usage_per_key),
      TEST(weak_and_misfitting_algorithms),
      TEST(inputs_are_parsed_before_they_are_signed),
      TEST(rsa_input_is_as_long_as_the_modulus),
      TEST(expired_certificates_end_the_service),
      TEST(foreign_keys_look_like_unknown_ones),
      TEST(bodies_that_are_no_requests),
      TEST(alias_only_when_allowed),
      TEST(replays_are_refused_within_the_window),
      TEST(ciphertexts_of_other_edges_are_told),
      TEST(any_octets_get_an_answer),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
