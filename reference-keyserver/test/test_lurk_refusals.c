/* LURK: what is refused, with which status, and that everything refused looks alike where it must. */
#include "config_file.h"
#include "lurk/tls/freshness.h"
#include "lurk/tls/ownership.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk_fixture.h"
#include <stdio.h>
#include <string.h>

static const struct lurk_octets nothing;

/* The vector of that comment for the key rsa-kx. */
static const json_t *vector_named(const struct lab *lab, const char *comment) {
  size_t index;
  json_t *vector;
  json_array_foreach(json_object_get(lab->vectors, "premasters"), index, vector) {
    if (strcmp(json_string_value(json_object_get(vector, "key")), "rsa4096.pem") == 0 &&
        strcmp(json_string_value(json_object_get(vector, "comment")), comment) == 0)
      return vector;
  }
  fail_msg("no vector \"%s\"", comment);
  return NULL;
}

/* --- header --- */

static void header_is_checked_in_order(void **state) {
  struct lab *lab = *state;
  static const struct {
    struct lurk_header header;
    enum lurk_base_status status;
  } rows[] = {
      {{.designation = 3, .version = 1, .type = 1}, LURK_BASE_INVALID_EXTENSION},
      {{.designation = 255, .version = 1, .type = 255, .status = 255}, LURK_BASE_INVALID_EXTENSION},
      {{.designation = LURK_DESIGNATION_TLS13, .version = 1, .type = 1}, LURK_BASE_INVALID_EXTENSION},
      {{.designation = 0, .version = 0, .type = 1}, LURK_BASE_INVALID_EXTENSION},
      {{.designation = 0, .version = 2, .type = 1}, LURK_BASE_INVALID_EXTENSION},
      {{.designation = 1, .version = 255, .type = 6}, LURK_BASE_INVALID_EXTENSION},
      {{.designation = 0, .version = 1, .type = 1, .status = 1}, LURK_BASE_INVALID_STATUS},
      {{.designation = 0, .version = 1, .type = 255, .status = 6}, LURK_BASE_INVALID_STATUS},
      {{.designation = 1, .version = 1, .type = 6, .status = 255}, LURK_BASE_INVALID_STATUS},
      {{.designation = 0, .version = 1, .type = 2}, LURK_BASE_INVALID_TYPE},
      {{.designation = 0, .version = 1, .type = 255}, LURK_BASE_INVALID_TYPE},
      {{.designation = 1, .version = 1, .type = 7}, LURK_BASE_INVALID_TYPE},
      {{.designation = 1, .version = 1, .type = 255}, LURK_BASE_INVALID_TYPE},
  };
  uint8_t octet = 0;
  struct lurk_octets one = {.data = &octet, .len = 1};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_header header = rows[i].header;
    header.id = UINT64_C(0xfedcba9876543210) + i;
    lab_expect_base(lab, lab->a, header, &nothing, rows[i].status);
    lab_expect_base(lab, lab->a, header, &one, rows[i].status);
  }
  const struct lurk_header tls12 = {.designation = LURK_DESIGNATION_TLS12, .version = 1, .type = 1};
  lab_expect_base(lab, lab->ski_only, tls12, &nothing, LURK_BASE_INVALID_EXTENSION);
}

static void payloads_that_must_be_empty(void **state) {
  struct lab *lab = *state;
  uint8_t octets[64] = {0};
  struct lurk_octets payload = {.data = octets, .len = 1};
  for (uint8_t type = LURK_BASE_CAPABILITIES; type <= LURK_BASE_PING; type++) {
    const struct lurk_header header = {.version = 1, .type = type};
    lab_expect_base(lab, lab->a, header, &payload, LURK_BASE_INVALID_FORMAT);
    lab_expect(lab, lab->a, type, &payload, LURK_TLS12_INVALID_PAYLOAD_FORMAT);
  }
}

static void calls_are_refused_by_their_caller(void **state) {
  struct lab *lab = *state;
  const struct lurk_header request = {.designation = 1, .version = 1, .type = 6, .id = 5};
  struct lurk_call call = {.request = &request};
  struct lurk_call_record record = {.served = true};
  struct lurk_reply reply = {0};
  assert_true(lurk_octets_alloc(&reply.payload, 100)); /* what it replaces */
  lurk_call_refuse(&call, LURK_BASE_UNDEFINED_ERROR, "nobody", &record, &reply);
  assert_false(record.served);
  assert_int_equal(reply.header.designation, 0);
  assert_int_equal(reply.header.type, 6);
  assert_int_equal(reply.header.id, 5);
  assert_int_equal(reply.header.status, LURK_BASE_UNDEFINED_ERROR);
  assert_int_equal(reply.payload.len, LURK_STATE_LEN);
  assert_memory_equal(reply.payload.data, "\0\0\0\0", LURK_STATE_LEN);
  call.view = &lab->a->view;
  lurk_call_refuse(&call, LURK_BASE_TEMPORARY_FAILURE, "rate", &record, &reply);
  assert_int_equal(reply.header.status, LURK_BASE_TEMPORARY_FAILURE);
  assert_memory_equal(reply.payload.data, lab->a->view.base_state, LURK_STATE_LEN);
  lurk_octets_clear(&reply.payload);
}

/* --- keys --- */

static struct lurk_octets rsa_master_for(struct lab *lab, const uint8_t key_id[LURK_KEY_ID_LEN]) {
  struct lab_rsa_master made;
  struct lurk_octets payload = {0};
  lab_rsa_master(lab, vector_named(lab, "good"), LAB_RSA_KX, &made);
  made.request.key_id = key_id;
  assert_int_equal(lurk_tls12_rsa_master_encode(&made.request, &payload), LURK_OK);
  lab_rsa_master_clear(&made);
  return payload;
}

static struct lurk_octets ecdhe_for(struct lab *lab, const uint8_t key_id[LURK_KEY_ID_LEN]) {
  struct lab_ecdhe made;
  lab_ecdhe(lab, LAB_P256, 0x0403, LURK_GROUP_SECP256R1, LURK_POO_SHA256_256, &made);
  made.request.key_id = key_id;
  struct lurk_octets payload = lab_ecdhe_request(&made);
  lab_ecdhe_clear(&made);
  return payload;
}

/* Keys of others, of other usages and of nobody are the same to an edge (A-07, KU-01..KU-03, XP-12). */
static void keys_out_of_reach_are_unknown(void **state) {
  struct lab *lab = *state;
  static const uint8_t nobody[LURK_KEY_ID_LEN] = {0, 1, 2, 3, 4};
  const struct lurk_served_key *keys = lab->keys.keys;
  const uint8_t *not_for_rsa[] = {nobody,
                                  keys[LAB_P384].key_id,
                                  keys[LAB_P256].key_id,
                                  keys[LAB_RSA].key_id,
                                  keys[LAB_RSA].key_id_alias,
                                  keys[LAB_SKI].key_id};
  const uint8_t *not_for_ecdhe[] = {nobody, keys[LAB_P384].key_id, keys[LAB_RSA_KX].key_id,
                                    keys[LAB_SKI].key_id_alias};
  for (size_t i = 0; i < sizeof not_for_rsa / sizeof *not_for_rsa; i++) {
    struct lurk_octets payload = rsa_master_for(lab, not_for_rsa[i]);
    lab_expect(lab, lab->a, LURK_TLS12_RSA_MASTER, &payload, LURK_TLS12_INVALID_KEY_ID);
    lurk_octets_clear(&payload);
  }
  for (size_t i = 0; i < sizeof not_for_ecdhe / sizeof *not_for_ecdhe; i++) {
    struct lurk_octets payload = ecdhe_for(lab, not_for_ecdhe[i]);
    lab_expect(lab, lab->a, LURK_TLS12_ECDHE, &payload, LURK_TLS12_INVALID_KEY_ID);
    lurk_octets_clear(&payload);
  }
}

/* Two keys whose ids are the same 32 bits: nobody may have both. Under another edge each is served. */
static void ambiguous_key_ids_are_refused(void **state) {
  (void)state;
  static const char format[] =
      "{\"listen\": [\"127.0.0.1:0\"], \"audit_log\": \"l\","
      " \"channel\": {\"certificate\": \"c\", \"key\": \"k\", \"client_ca\": \"a\"},"
      " \"keys\": [{\"name\": \"one\", \"file\": \"" LURK_TEST_SAME_ID "-a.pem\", \"usage\": \"tls12-sign\"},"
      "            {\"name\": \"two\", \"file\": \"" LURK_TEST_SAME_ID "-b.pem\", \"usage\": \"%s\"}],"
      " \"edges\": [{\"identity\": \"uri:a\", \"grants\": [{\"key\": \"one\"}]},"
      "             {\"identity\": \"uri:b\", \"grants\": [{\"key\": \"two\"}%s]}]}";
  static const struct {
    const char *usage, *grant;
    bool ok;
  } rows[] = {{"tls12-sign", "", true},
              {"tls12-sign", ", {\"key\": \"one\"}", false},
              {"ski-ecdhe", ", {\"key\": \"one\"}", true}};
  static const uint8_t no_channel[32];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_config config;
    struct lurk_key_store keys;
    struct lurk_authorisation authorisation;
    char text[2048], why[512];
    lurk_activity_table *activities = lurk_activity_table_new();
    snprintf(text, sizeof text, format, rows[i].usage, rows[i].grant);
    assert_true(lurk_config_load(config_file_write(NULL, text), &config, why, sizeof why));
    assert_true(lurk_key_store_load(&config, "F", no_channel, NULL, &keys, why, sizeof why));
    assert_memory_equal(keys.keys[0].key_id, keys.keys[1].key_id, LURK_KEY_ID_LEN);
    assert_int_equal(lurk_authorisation_build(&config, &keys, activities, &authorisation, why, sizeof why),
                     rows[i].ok);
    if (rows[i].ok) {
      lurk_authorisation_clear(&authorisation);
    } else {
      assert_string_equal(why, "edges[1].grants: keys \"two\" and \"one\" have the same key id b65a153b");
      assert_null(authorisation.edges);
    }
    lurk_key_store_clear(&keys);
    lurk_config_clear(&config);
    lurk_activity_table_free(activities);
  }
}

static void grants_name_types(void **state) {
  struct lab *lab = *state;
  struct lab_handshake handshake;
  struct lurk_octets payload = rsa_master_for(lab, lab->keys.keys[LAB_RSA_KX].key_id);
  lab_expect(lab, lab->b, LURK_TLS12_RSA_MASTER, &payload, LURK_TLS12_SUCCESS);
  lurk_octets_clear(&payload);
  lab_handshake(lab, vector_named(lab, "good"), LAB_RSA_KX, &handshake);
  payload = lab_handshake_request(lab, LURK_TLS12_RSA_EXTENDED_MASTER, &handshake, NULL);
  lab_expect(lab, lab->b, LURK_TLS12_RSA_EXTENDED_MASTER, &payload, LURK_TLS12_INVALID_KEY_ID);
  lab_expect(lab, lab->a, LURK_TLS12_RSA_EXTENDED_MASTER, &payload, LURK_TLS12_SUCCESS);
  lurk_octets_clear(&payload);
  lab_handshake_clear(&handshake);
}

static void key_of_an_invalid_certificate_is_not_served(void **state) {
  struct lab *lab = *state;
  struct lurk_served_key *key = &lab->keys.keys[LAB_P256];
  struct lurk_octets payload = ecdhe_for(lab, key->key_id);
  key->has_certificate = true;
  key->not_after = lab->now - 1;
  lab_expect(lab, lab->a, LURK_TLS12_ECDHE, &payload, LURK_TLS12_INVALID_KEY_ID);
  key->not_after = lab->now;
  lab_expect(lab, lab->a, LURK_TLS12_ECDHE, &payload, LURK_TLS12_SUCCESS);
  lurk_octets_clear(&payload);
}

/* --- time and replay --- */

static void gmt_unix_time_lies_in_the_window(void **state) {
  struct lab *lab = *state;
  static const struct {
    int64_t offset;
    enum lurk_tls12_status status;
  } rows[] = {{-61, LURK_TLS12_INVALID_TLS_RANDOM},
              {-60, LURK_TLS12_SUCCESS},
              {0, LURK_TLS12_SUCCESS},
              {60, LURK_TLS12_SUCCESS},
              {61, LURK_TLS12_INVALID_TLS_RANDOM},
              {INT64_C(1) << 31, LURK_TLS12_INVALID_TLS_RANDOM}};
  static const time_t clocks[] = {1700000000, 0x7fffffff, 0xfffffff0, 0x100000010}; /* wrap in 2106 */
  for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
    for (size_t j = 0; j < sizeof rows / sizeof *rows; j++) {
      struct lab_ecdhe ecdhe;
      struct lab_handshake handshake;
      lab->now = clocks[i];
      lab_ecdhe(lab, LAB_P256, 0x0403, LURK_GROUP_X25519, LURK_POO_NULL, &ecdhe);
      lab_s(lab, rows[j].offset, ecdhe.s);
      struct lurk_octets payload = lab_ecdhe_request(&ecdhe);
      lab_expect(lab, lab->a, LURK_TLS12_ECDHE, &payload, rows[j].status);
      lurk_octets_clear(&payload);
      lab_ecdhe_clear(&ecdhe);
      lab_handshake(lab, vector_named(lab, "good"), LAB_RSA_KX, &handshake);
      lab_s(lab, rows[j].offset, handshake.s);
      payload = lab_handshake_request(lab, LURK_TLS12_RSA_EXTENDED_MASTER, &handshake, NULL);
      lab_expect(lab, lab->a, LURK_TLS12_RSA_EXTENDED_MASTER, &payload, rows[j].status);
      lurk_octets_clear(&payload);
      lab_handshake_clear(&handshake);
    }
  }
}

/* Good and bad ciphertexts are noted alike, by edge, key and S. */
static void replays_are_refused(void **state) {
  struct lab *lab = *state;
  static const char *const comments[] = {"good", "BL-04 no separator"};
  for (size_t i = 0; i < 2; i++) {
    struct lab_rsa_master made;
    struct lurk_octets payload = {0};
    lab_rsa_master(lab, vector_named(lab, comments[i]), LAB_RSA_KX, &made);
    assert_int_equal(lurk_tls12_rsa_master_encode(&made.request, &payload), LURK_OK);
    lab_expect(lab, lab->a, LURK_TLS12_RSA_MASTER, &payload, LURK_TLS12_SUCCESS);
    struct lab_answer answer = lab_ask_tls12(lab, lab->a, LURK_TLS12_RSA_MASTER, &payload);
    assert_int_equal(answer.header.status, LURK_TLS12_INVALID_TLS_RANDOM);
    assert_true(answer.record.replayed);
    lab_clear(&answer);
    lab_expect(lab, lab->b, LURK_TLS12_RSA_MASTER, &payload, LURK_TLS12_SUCCESS); /* has its own window */
    lab->now_ns += lab->policy.replay_window_seconds * UINT64_C(1000000000);
    lab_expect(lab, lab->a, LURK_TLS12_RSA_MASTER, &payload, LURK_TLS12_SUCCESS);
    lab->policy.replay_window_seconds = 0;
    lab_expect(lab, lab->a, LURK_TLS12_RSA_MASTER, &payload, LURK_TLS12_SUCCESS);
    lab->policy = lab->config.lurk;
    lurk_octets_clear(&payload);
    lab_rsa_master_clear(&made);
  }
}

/* Only what would have been served is noted: a refused request does not use up its S. */
static void refused_requests_are_not_noted(void **state) {
  struct lab *lab = *state;
  struct lab_ecdhe ecdhe;
  lab_ecdhe(lab, LAB_P256, 0x0403, LURK_GROUP_SECP256R1, LURK_POO_SHA256_256, &ecdhe);
  struct lurk_octets payload = lab_ecdhe_request(&ecdhe);
  payload.data[payload.len - 1] ^= 1;
  lab_expect(lab, lab->a, LURK_TLS12_ECDHE, &payload, LURK_TLS12_INVALID_POO);
  lab_expect(lab, lab->a, LURK_TLS12_ECDHE, &payload, LURK_TLS12_INVALID_POO);
  payload.data[payload.len - 1] ^= 1;
  lab_expect(lab, lab->a, LURK_TLS12_ECDHE, &payload, LURK_TLS12_SUCCESS);
  lab_expect(lab, lab->a, LURK_TLS12_ECDHE, &payload, LURK_TLS12_INVALID_TLS_RANDOM);
  lurk_octets_clear(&payload);
  lab_ecdhe_clear(&ecdhe);
}

/* Exchanges that carry the handshake may be asked again, e.g. to audit what rsa_master has served. */
static void handshakes_are_not_noted(void **state) {
  struct lab *lab = *state;
  struct lab_handshake handshake;
  lab_handshake(lab, vector_named(lab, "good"), LAB_RSA_KX, &handshake);
  struct lurk_octets payload = lab_handshake_request(lab, LURK_TLS12_RSA_EXTENDED_MASTER, &handshake, NULL);
  for (int i = 0; i < 3; i++)
    lab_expect(lab, lab->a, LURK_TLS12_RSA_EXTENDED_MASTER, &payload, LURK_TLS12_SUCCESS);
  lurk_octets_clear(&payload);
  lab_handshake_clear(&handshake);
}

static void ciphertexts_that_wander_are_noticed(void **state) {
  struct lab *lab = *state;
  const uint8_t *key_id = lab->keys.keys[LAB_RSA_KX].key_id;
  for (int i = 0; i < 2; i++) {
    struct lurk_octets payload = rsa_master_for(lab, key_id); /* always the same ciphertext */
    struct lab_answer answer = lab_ask_tls12(lab, i == 0 ? lab->a : lab->b, LURK_TLS12_RSA_MASTER, &payload);
    assert_true(answer.record.served);
    assert_int_equal(answer.record.ciphertext_edge, i == 0 ? 0 : lurk_activity_number(lab->a->activity));
    lab_clear(&answer);
    lurk_octets_clear(&payload);
  }
}

/* --- rsa --- */

static void ciphertext_is_as_long_as_the_modulus(void **state) {
  struct lab *lab = *state;
  static const size_t lengths[] = {0, 1, 511, 513, 1024};
  uint8_t ciphertext[1024] = {0};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    struct lab_rsa_master made;
    struct lab_handshake handshake;
    struct lurk_octets payload = {0};
    lab_rsa_master(lab, vector_named(lab, "good"), LAB_RSA_KX, &made);
    made.request.encrypted_premaster = ciphertext;
    made.request.encrypted_premaster_len = lengths[i];
    assert_int_equal(lurk_tls12_rsa_master_encode(&made.request, &payload), LURK_OK);
    lab_expect(lab, lab->a, LURK_TLS12_RSA_MASTER, &payload, LURK_TLS12_INVALID_PAYLOAD_FORMAT);
    lurk_octets_clear(&payload);
    lab_rsa_master_clear(&made);
    lab_handshake(lab, vector_named(lab, "good"), LAB_RSA_KX, &handshake);
    lurk_octets_clear(&handshake.ciphertext);
    assert_true(lurk_octets_copy(&handshake.ciphertext, ciphertext, lengths[i]));
    payload = lab_handshake_request(lab, LURK_TLS12_RSA_EXTENDED_MASTER, &handshake, NULL);
    lab_expect(lab, lab->a, LURK_TLS12_RSA_EXTENDED_MASTER, &payload, LURK_TLS12_INVALID_PAYLOAD_FORMAT);
    lurk_octets_clear(&payload);
    lab_handshake_clear(&handshake);
  }
}

enum change { EMS_ON, EMS_OFF, EMS_CLIENT_ONLY, OTHER_CERTIFICATE, DTLS_WITHOUT_MARK, ECDHE_SUITE };

static void handshakes_must_fit(void **state) {
  struct lab *lab = *state;
  static const struct {
    enum change change;
    enum lurk_tls12_type type;
    enum lurk_tls12_status status;
  } rows[] = {
      {EMS_ON, LURK_TLS12_RSA_MASTER_WITH_POH, LURK_TLS12_INVALID_PAYLOAD_FORMAT}, /* DG-01 */
      {EMS_OFF, LURK_TLS12_RSA_EXTENDED_MASTER, LURK_TLS12_INVALID_PAYLOAD_FORMAT},
      {EMS_OFF, LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, LURK_TLS12_INVALID_PAYLOAD_FORMAT},
      {EMS_CLIENT_ONLY, LURK_TLS12_RSA_EXTENDED_MASTER, LURK_TLS12_INVALID_PAYLOAD_FORMAT},   /* DG-02 */
      {OTHER_CERTIFICATE, LURK_TLS12_RSA_EXTENDED_MASTER, LURK_TLS12_INVALID_PAYLOAD_FORMAT}, /* PH-10 */
      {DTLS_WITHOUT_MARK, LURK_TLS12_RSA_EXTENDED_MASTER, LURK_TLS12_INVALID_PAYLOAD_FORMAT}, /* */
      {ECDHE_SUITE, LURK_TLS12_RSA_EXTENDED_MASTER, LURK_TLS12_INVALID_CIPHER_OR_PRF_HASH},   /* PH-12 */
  };
  static const uint8_t zeros[LURK_VERIFY_DATA_LEN];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lab_handshake handshake;
    lab_handshake(lab, vector_named(lab, "good"), LAB_RSA_KX, &handshake);
    handshake.client_ems = rows[i].change != EMS_OFF;
    handshake.server_ems = rows[i].change != EMS_OFF && rows[i].change != EMS_CLIENT_ONLY;
    handshake.certificate = rows[i].change == OTHER_CERTIFICATE ? LAB_RSA : LAB_RSA_KX;
    handshake.version = rows[i].change == DTLS_WITHOUT_MARK ? LURK_DTLS_1_2 : LURK_TLS_1_2;
    handshake.suite = rows[i].change == ECDHE_SUITE ? 0xc02f : 0x009c;
    struct lurk_octets payload = lab_handshake_request(
        lab, rows[i].type, &handshake, rows[i].type == LURK_TLS12_RSA_EXTENDED_MASTER ? NULL : zeros);
    lab_expect(lab, lab->a, (uint8_t)rows[i].type, &payload, rows[i].status);
    lurk_octets_clear(&payload);
    lab_handshake_clear(&handshake);
  }
}

/* Bad padding and a wrong Finished cannot be told apart (TLS12-4.4-23). */
static void bad_padding_looks_like_a_wrong_finished(void **state) {
  struct lab *lab = *state;
  static const char *const comments[] = {"good", "BL-01 block type 01", "BL-05 message of 47 octets",
                                         "BL-06 version 0302", "BL-07 c = 0"};
  static const uint8_t zeros[LURK_VERIFY_DATA_LEN];
  for (size_t i = 0; i < sizeof comments / sizeof *comments; i++) {
    struct lab_handshake handshake;
    lab_handshake(lab, vector_named(lab, comments[i]), LAB_RSA_KX, &handshake);
    struct lurk_octets payload =
        lab_handshake_request(lab, LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, &handshake, zeros);
    lab_expect(lab, lab->a, LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, &payload, LURK_TLS12_INVALID_FINISHED);
    lurk_octets_clear(&payload);
    lab_handshake_clear(&handshake);
  }
}

/* --- ecdhe --- */

static void algorithm_fits_the_key(void **state) {
  struct lab *lab = *state;
  static const struct {
    int key;
    uint16_t scheme;
  } rows[] = {{LAB_P256, 0x0401}, {LAB_P256, 0x0203}, {LAB_P256, 0x0303},    {LAB_P256, 0x0103},
              {LAB_P256, 0x0003}, {LAB_P256, 0x0400}, {LAB_P256, 0x0807},    {LAB_P256, 0x0804},
              {LAB_P256, 0x0304}, {LAB_RSA, 0x0403},  {LAB_RSA, 0x0201},     {LAB_RSA, 0x0402},
              {LAB_RSA, 0x0809},  {LAB_RSA, 0xffff},  {LAB_ED25519, 0x0403}, {LAB_ED25519, 0x0808}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lab_ecdhe ecdhe;
    lab_ecdhe(lab, rows[i].key, rows[i].scheme, LURK_GROUP_SECP256R1, LURK_POO_SHA256_256, &ecdhe);
    struct lurk_octets payload = lab_ecdhe_request(&ecdhe);
    lab_expect(lab, lab->a, LURK_TLS12_ECDHE, &payload, LURK_TLS12_INVALID_CIPHER_OR_PRF_HASH);
    lurk_octets_clear(&payload);
    lab_ecdhe_clear(&ecdhe);
  }
}

static void proof_is_required_by_policy(void **state) {
  struct lab *lab = *state;
  static const uint16_t groups[] = {LURK_GROUP_SECP256R1, LURK_GROUP_SECP384R1, LURK_GROUP_SECP521R1};
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
    struct lab_ecdhe ecdhe;
    lab_ecdhe(lab, LAB_P256, 0x0403, groups[i], LURK_POO_NULL, &ecdhe);
    struct lurk_octets payload = lab_ecdhe_request(&ecdhe);
    lab->policy.proof_required = true;
    lab_expect(lab, lab->a, LURK_TLS12_ECDHE, &payload, LURK_TLS12_INVALID_POO_PRF);
    lab->policy.proof_required = false;
    lab_expect(lab, lab->a, LURK_TLS12_ECDHE, &payload, LURK_TLS12_SUCCESS);
    lurk_octets_clear(&payload);
    lab_ecdhe_clear(&ecdhe);
  }
}

/* A point that is none: 13 with a proof, 11 without. */
static void points_are_checked(void **state) {
  struct lab *lab = *state;
  for (int form = 0; form < 4; form++) {
    for (int proof = 0; proof < 2; proof++) {
      struct lab_ecdhe ecdhe;
      lab->policy.proof_required = false;
      lab_ecdhe(lab, LAB_P256, 0x0403, LURK_GROUP_SECP256R1, proof ? LURK_POO_SHA256_256 : LURK_POO_NULL,
                &ecdhe);
      uint8_t *point = ecdhe.params + 4;
      if (form == 0)
        point[64] ^= 1; /* off the curve */
      else if (form == 1)
        point[0] = 2; /* compressed */
      else if (form == 2)
        memset(point + 1, 0, 64);
      else
        memset(point + 1, 0xff, 64); /* beyond p */
      struct lurk_octets payload = lab_ecdhe_request(&ecdhe);
      lab_expect(lab, lab->a, LURK_TLS12_ECDHE, &payload,
                 proof ? LURK_TLS12_INVALID_POO : LURK_TLS12_INVALID_EC_CURVE);
      lurk_octets_clear(&payload);
      lab_ecdhe_clear(&ecdhe);
    }
  }
}

/* TLS12-6.1-16: whatever the proof is bound to. */
static void proof_is_of_this_request(void **state) {
  struct lab *lab = *state;
  for (int change = 0; change < 7; change++) {
    struct lab_ecdhe ecdhe, other;
    lab_ecdhe(lab, LAB_RSA, 0x0401, LURK_GROUP_SECP256R1, LURK_POO_SHA256_256, &ecdhe);
    lab_ecdhe(lab, LAB_RSA, 0x0401, LURK_GROUP_SECP256R1, LURK_POO_SHA256_256, &other);
    if (change == 0)
      ecdhe.client_random[0] ^= 1;
    else if (change == 1)
      ecdhe.s[31] ^= 1;
    else if (change == 2)
      ecdhe.request.key_id = lab->keys.keys[LAB_RSA].key_id_alias;
    else if (change == 3)
      ecdhe.request.scheme = 0x0501;
    else if (change == 4)
      memcpy(ecdhe.params, other.params, sizeof ecdhe.params);
    else if (change == 5)
      ecdhe.request.poo_prf = LURK_POO_SHA256_128;
    else
      ecdhe.request.commitment = other.request.commitment;
    struct lurk_octets payload = lab_ecdhe_request(&ecdhe);
    lab_expect(lab, lab->a, LURK_TLS12_ECDHE, &payload, LURK_TLS12_INVALID_POO);
    lurk_octets_clear(&payload);
    lab_ecdhe_clear(&ecdhe);
    lab_ecdhe_clear(&other);
  }
}

/* --- anything --- */

/* Every octet of a good request of each kind changed, every shorter one, one that is longer: a success or an
 * error, and never an octet more than these have. */
static void check_changes(struct lab *lab, uint8_t type, struct lurk_octets *good) {
  uint8_t changed[2048];
  assert_true(good->len + 1 <= sizeof changed);
  for (size_t i = 0; i < 3 * good->len + 1; i++) {
    size_t len = i < good->len ? i : i == 3 * good->len ? good->len + 1 : good->len;
    memcpy(changed, good->data, good->len);
    changed[good->len] = 0;
    if (i >= good->len && i < 2 * good->len)
      changed[i - good->len] ^= 1u << i % 8;
    else if (i >= 2 * good->len && i < 3 * good->len)
      changed[i - 2 * good->len] = 0xff;
    const struct lurk_octets payload = {.data = changed, .len = len};
    struct lab_answer answer = lab_ask_tls12(lab, lab->a, type, &payload);
    assert_true(answer.record.served ? len == good->len : answer.payload.len == LURK_STATE_LEN);
    lab_clear(&answer);
  }
}

static void any_octets_get_an_answer(void **state) {
  struct lab *lab = *state;
  struct lab_ecdhe ecdhe;
  struct lab_handshake handshake;
  static const uint8_t zeros[LURK_VERIFY_DATA_LEN];
  lab->policy.replay_window_seconds = 0;
  lab_ecdhe(lab, LAB_P256, 0x0403, LURK_GROUP_SECP256R1, LURK_POO_SHA256_128, &ecdhe);
  struct lurk_octets payload = lab_ecdhe_request(&ecdhe);
  check_changes(lab, LURK_TLS12_ECDHE, &payload);
  lurk_octets_clear(&payload);
  lab_ecdhe_clear(&ecdhe);
  /* Nobody has this key: no time is spent on decryption. */
  lab_handshake(lab, vector_named(lab, "good"), LAB_P384, &handshake);
  payload = lab_handshake_request(lab, LURK_TLS12_RSA_MASTER_WITH_POH, &handshake, zeros);
  check_changes(lab, LURK_TLS12_RSA_MASTER_WITH_POH, &payload);
  lurk_octets_clear(&payload);
  lab_handshake_clear(&handshake);
  payload = rsa_master_for(lab, lab->keys.keys[LAB_P384].key_id);
  check_changes(lab, LURK_TLS12_RSA_MASTER, &payload);
  lurk_octets_clear(&payload);
}

int main(void) {
#define LAB_TEST(test) cmocka_unit_test_setup(test, lab_reset)
  const struct CMUnitTest tests[] = {
      LAB_TEST(header_is_checked_in_order),
      LAB_TEST(payloads_that_must_be_empty),
      LAB_TEST(calls_are_refused_by_their_caller),
      LAB_TEST(keys_out_of_reach_are_unknown),
      LAB_TEST(ambiguous_key_ids_are_refused),
      LAB_TEST(grants_name_types),
      LAB_TEST(key_of_an_invalid_certificate_is_not_served),
      LAB_TEST(gmt_unix_time_lies_in_the_window),
      LAB_TEST(replays_are_refused),
      LAB_TEST(refused_requests_are_not_noted),
      LAB_TEST(handshakes_are_not_noted),
      LAB_TEST(ciphertexts_that_wander_are_noticed),
      LAB_TEST(ciphertext_is_as_long_as_the_modulus),
      LAB_TEST(handshakes_must_fit),
      LAB_TEST(bad_padding_looks_like_a_wrong_finished),
      LAB_TEST(algorithm_fits_the_key),
      LAB_TEST(proof_is_required_by_policy),
      LAB_TEST(points_are_checked),
      LAB_TEST(proof_is_of_this_request),
      LAB_TEST(any_octets_get_an_answer),
  };
  return cmocka_run_group_tests(tests, lab_setup, lab_teardown);
}
