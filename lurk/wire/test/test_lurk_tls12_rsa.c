#include "lurk/wire/lurk_tls12.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"
#include <stdio.h>

#define KEY_ID "00 1a2b3c4d "
#define RANDOMS "(c1*32) (52*32) "
#define RSA_MASTER KEY_ID "00 01 " RANDOMS "0100 (ee*256)"

static const enum lurk_tls12_type handshake_types[] = {
    LURK_TLS12_RSA_MASTER_WITH_POH, LURK_TLS12_RSA_EXTENDED_MASTER, LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH};

static bool has_proof(enum lurk_tls12_type type) {
  return type != LURK_TLS12_RSA_EXTENDED_MASTER;
}

/* One of the four decoders, without what it finds. */
static enum lurk_tls12_status decode(enum lurk_tls12_type type, const struct lurk_octets *payload,
                                     struct lurk_decode_error *error) {
  struct lurk_tls12_rsa_master master;
  struct lurk_tls12_rsa_handshake handshake;
  *error = (struct lurk_decode_error){NULL, 0};
  return type == LURK_TLS12_RSA_MASTER
             ? lurk_tls12_rsa_master_decode(payload->data, payload->len, &master, error)
             : lurk_tls12_rsa_handshake_decode(type, payload->data, payload->len, &handshake, error);
}

static void assert_refused(enum lurk_tls12_type type, const char *notation, enum lurk_tls12_status status,
                           const char *field, size_t offset) {
  struct lurk_octets payload = octets_of(notation);
  struct lurk_decode_error error;
  assert_int_equal(decode(type, &payload, &error), status);
  assert_string_equal(error.field, field);
  assert_int_equal(error.offset, offset);
  lurk_octets_clear(&payload);
}

static void rsa_master(void **state) {
  (void)state;
  struct lurk_octets payload = octets_of(RSA_MASTER), again = {NULL, 0};
  struct lurk_tls12_rsa_master request;
  struct lurk_decode_error error;
  assert_int_equal(lurk_tls12_rsa_master_decode(payload.data, payload.len, &request, &error),
                   LURK_TLS12_SUCCESS);
  assert_ptr_equal(request.key_id, payload.data);
  assert_int_equal(request.prf_hash, LURK_PRF_SHA384);
  assert_ptr_equal(request.client_random, payload.data + 7);
  assert_ptr_equal(request.server_random, payload.data + 39);
  assert_ptr_equal(request.encrypted_premaster, payload.data + 73);
  assert_int_equal(request.encrypted_premaster_len, 256);
  assert_int_equal(lurk_tls12_rsa_master_encode(&request, &again), LURK_OK);
  assert_octets_equal(&again, RSA_MASTER);
  lurk_octets_clear(&again);
  lurk_octets_clear(&payload);
}

/* Its length is compared with the modulus, by the server (A-08, BL-12). */
static void rsa_master_with_ciphertexts_of_any_length(void **state) {
  (void)state;
  static const size_t lengths[] = {0, 1, 255, 257, 512, 65535};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    char notation[128];
    snprintf(notation, sizeof notation, KEY_ID "00 00 " RANDOMS "%04zx (ee*%zu)", lengths[i], lengths[i]);
    struct lurk_octets payload = octets_of(notation), again = {NULL, 0};
    struct lurk_tls12_rsa_master request;
    struct lurk_decode_error error;
    assert_int_equal(lurk_tls12_rsa_master_decode(payload.data, payload.len, &request, &error),
                     LURK_TLS12_SUCCESS);
    assert_int_equal(request.encrypted_premaster_len, lengths[i]);
    assert_int_equal(lurk_tls12_rsa_master_encode(&request, &again), LURK_OK);
    assert_octets_equal(&again, notation);
    lurk_octets_clear(&again);
    lurk_octets_clear(&payload);
  }
}

static void rsa_master_refused(void **state) {
  (void)state;
  static const struct {
    const char *notation;
    enum lurk_tls12_status status;
    const char *field;
    size_t offset;
  } rows[] = {
      {KEY_ID "00 03 " RANDOMS "0001 ee", LURK_TLS12_INVALID_CIPHER_OR_PRF_HASH, "prf_hash", 6},
      {KEY_ID "00 ff " RANDOMS "0001 ee", LURK_TLS12_INVALID_CIPHER_OR_PRF_HASH, "prf_hash", 6},
      {KEY_ID "00 00 " RANDOMS "0001 ee ee", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "end of payload", 74},
      {KEY_ID "00 00 " RANDOMS "0002 ee", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "pre_master", 71},
      {KEY_ID "00 00 " RANDOMS "ffff ee", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "pre_master", 71},
      /* pylurk's form without a prefix */
      {KEY_ID "00 00 " RANDOMS "(ee*256)", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "pre_master", 71},
      /* a second ciphertext, as figure 12.2 might suggest */
      {KEY_ID "00 00 " RANDOMS "0001 ee 0001 ee", LURK_TLS12_INVALID_PAYLOAD_FORMAT, "end of payload", 74},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_refused(LURK_TLS12_RSA_MASTER, rows[i].notation, rows[i].status, rows[i].field, rows[i].offset);
}

static void handshake_notation(enum lurk_tls12_type type, const char *messages, char *out, size_t size) {
  snprintf(out, size, KEY_ID "00 %s%s", messages, has_proof(type) ? " (f1*12)" : "");
}

static void each_handshake_exchange(void **state) {
  (void)state;
  static const struct {
    const char *messages;
    size_t len;
  } rows[] = {{"0002 0101", 2}, {"0100 (01*256)", 256}, {"fffe (01*65534)", 65534}};
  for (size_t i = 0; i < 3 * sizeof rows / sizeof *rows; i++) {
    enum lurk_tls12_type type = handshake_types[i % 3];
    char notation[64];
    handshake_notation(type, rows[i / 3].messages, notation, sizeof notation);
    struct lurk_octets payload = octets_of(notation), again = {NULL, 0};
    struct lurk_tls12_rsa_handshake request;
    struct lurk_decode_error error;
    assert_int_equal(lurk_tls12_rsa_handshake_decode(type, payload.data, payload.len, &request, &error),
                     LURK_TLS12_SUCCESS);
    assert_int_equal(request.type, type);
    assert_ptr_equal(request.key_id, payload.data);
    assert_ptr_equal(request.handshake_messages, payload.data + 8);
    assert_int_equal(request.handshake_messages_len, rows[i / 3].len);
    assert_ptr_equal(request.verify_data, has_proof(type) ? payload.data + 8 + rows[i / 3].len : NULL);
    assert_int_equal(lurk_tls12_rsa_handshake_encode(&request, &again), LURK_OK);
    assert_octets_equal(&again, notation);
    lurk_octets_clear(&again);
    lurk_octets_clear(&payload);
  }
}

/* LN-05: the floor and the ceiling of handshake_messages<2..2^16-2>, and what is beyond the payload. */
static void handshake_messages_of_impossible_length(void **state) {
  (void)state;
  static const char *const messages[] = {"0000", "0001 01", "ffff (01*65535)", "00ff (01*32)"};
  for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
    for (size_t j = 0; j < 3; j++) {
      char notation[64];
      handshake_notation(handshake_types[j], messages[i], notation, sizeof notation);
      assert_refused(handshake_types[j], notation, LURK_TLS12_INVALID_PAYLOAD_FORMAT, "handshake_messages",
                     6);
    }
  }
}

/* PH-01, PH-05: exactly twelve octets, without a header. */
static void finished_of_another_length(void **state) {
  (void)state;
  static const struct {
    const char *finished;
    size_t len;
  } rows[] = {{"", 0},         {"(f1*11)", 11},    {"(f1*13)", 13},
              {"(f1*96)", 96}, {"0c (f1*12)", 13}, {"1400000c (f1*12)", 16}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char notation[64];
    snprintf(notation, sizeof notation, KEY_ID "00 0002 0101 %s", rows[i].finished);
    const char *field = rows[i].len < 12 ? "finished" : "end of payload";
    size_t offset = rows[i].len < 12 ? 10 : 22;
    assert_refused(LURK_TLS12_RSA_MASTER_WITH_POH, notation, LURK_TLS12_INVALID_PAYLOAD_FORMAT, field,
                   offset);
    assert_refused(LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH, notation, LURK_TLS12_INVALID_PAYLOAD_FORMAT,
                   field, offset);
    if (rows[i].len > 0)
      assert_refused(LURK_TLS12_RSA_EXTENDED_MASTER, notation, LURK_TLS12_INVALID_PAYLOAD_FORMAT,
                     "end of payload", 10);
  }
}

/* What all four begin with: key_id, freshness_funct. */
static void a_head_that_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *head;
    enum lurk_tls12_status status;
    const char *field;
    size_t offset;
  } rows[] = {
      {"01 1a2b3c4d 00 ", LURK_TLS12_INVALID_KEY_ID_TYPE, "key_id.type", 0},
      {"ff 1a2b3c4d 00 ", LURK_TLS12_INVALID_KEY_ID_TYPE, "key_id.type", 0},
      {"01", LURK_TLS12_INVALID_KEY_ID_TYPE, "key_id.type", 0},
      {KEY_ID "01 ", LURK_TLS12_INVALID_FRESHNESS_FUNCT, "freshness_funct", 5},
      {KEY_ID "02 ", LURK_TLS12_INVALID_FRESHNESS_FUNCT, "freshness_funct", 5},
      {KEY_ID "ff ", LURK_TLS12_INVALID_FRESHNESS_FUNCT, "freshness_funct", 5}, /* RP-05, A-14 */
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char notation[128];
    snprintf(notation, sizeof notation, "%s 00 " RANDOMS "0001 ee", rows[i].head);
    assert_refused(LURK_TLS12_RSA_MASTER, notation, rows[i].status, rows[i].field, rows[i].offset);
    for (size_t j = 0; j < 3; j++) {
      snprintf(notation, sizeof notation, "%s 0002 0101 (f1*12)", rows[i].head);
      assert_refused(handshake_types[j], notation, rows[i].status, rows[i].field, rows[i].offset);
    }
  }
}

/* Every cut leaves something out, so that none is taken for a whole message (LN-14 among them). */
static void requests_cut_off_anywhere(void **state) {
  (void)state;
  for (unsigned type = LURK_TLS12_RSA_MASTER; type <= LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH; type++) {
    char notation[128] = RSA_MASTER;
    if (type != LURK_TLS12_RSA_MASTER)
      handshake_notation(type, "0040 (01*64)", notation, sizeof notation);
    struct lurk_octets payload = octets_of(notation);
    for (size_t len = 0; len < payload.len; len++) {
      struct lurk_octets cut = octets_cut(&payload, len);
      struct lurk_decode_error error;
      assert_int_equal(decode(type, &cut, &error), LURK_TLS12_INVALID_PAYLOAD_FORMAT);
      assert_non_null(error.field);
      assert_true(error.offset <= len);
      lurk_octets_clear(&cut);
    }
    lurk_octets_clear(&payload);
  }
}

static void requests_that_cannot_be_said(void **state) {
  (void)state;
  static const uint8_t octets[65536] = {0};
  const struct lurk_tls12_rsa_handshake handshakes[] = {
      {.type = LURK_TLS12_RSA_MASTER, .handshake_messages_len = 2},
      {.type = LURK_TLS12_ECDHE, .handshake_messages_len = 2},
      {.type = LURK_TLS12_RSA_MASTER_WITH_POH, .handshake_messages_len = 2},
      {.type = LURK_TLS12_RSA_EXTENDED_MASTER, .handshake_messages_len = 2, .verify_data = octets},
      {.type = LURK_TLS12_RSA_EXTENDED_MASTER, .handshake_messages_len = 1},
      {.type = LURK_TLS12_RSA_EXTENDED_MASTER, .handshake_messages_len = 65535},
  };
  for (size_t i = 0; i < sizeof handshakes / sizeof *handshakes; i++) {
    struct lurk_tls12_rsa_handshake request = handshakes[i];
    struct lurk_octets out = {NULL, 0};
    request.key_id = octets;
    request.handshake_messages = octets;
    assert_int_equal(lurk_tls12_rsa_handshake_encode(&request, &out), LURK_ERR_MALFORMED);
    assert_null(out.data);
  }
  struct lurk_octets out = {NULL, 0};
  struct lurk_tls12_rsa_master master = {.key_id = octets,
                                         .prf_hash = (enum lurk_tls12_prf_hash)3,
                                         .client_random = octets,
                                         .server_random = octets,
                                         .encrypted_premaster = octets,
                                         .encrypted_premaster_len = 256};
  assert_int_equal(lurk_tls12_rsa_master_encode(&master, &out), LURK_ERR_MALFORMED);
  master.prf_hash = LURK_PRF_SHA256;
  master.encrypted_premaster_len = 65536;
  assert_int_equal(lurk_tls12_rsa_master_encode(&master, &out), LURK_ERR_MALFORMED);
  assert_null(out.data);
}

static void names_of_types_and_statuses(void **state) {
  (void)state;
  enum lurk_tls12_type type;
  for (unsigned i = 0; i < LURK_TLS12_TYPE_COUNT; i++) {
    assert_true(lurk_tls12_type_find(lurk_tls12_type_name((uint8_t)i), &type));
    assert_int_equal(type, i);
  }
  assert_null(lurk_tls12_type_name(7));
  assert_null(lurk_tls12_type_name(255));
  assert_false(lurk_tls12_type_find("RSA_MASTER", &type));
  assert_string_equal(lurk_tls12_type_name(4), "rsa_extended_master");
  assert_string_equal(lurk_tls12_status_name(1), "success");
  assert_string_equal(lurk_tls12_status_name(3), "invalid_payload_format");
  assert_string_equal(lurk_tls12_status_name(14), "invalid_cipher_or_prf_hash");
  assert_string_equal(lurk_tls12_status_name(15), "unassigned");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rsa_master),
      cmocka_unit_test(rsa_master_with_ciphertexts_of_any_length),
      cmocka_unit_test(rsa_master_refused),
      cmocka_unit_test(each_handshake_exchange),
      cmocka_unit_test(handshake_messages_of_impossible_length),
      cmocka_unit_test(finished_of_another_length),
      cmocka_unit_test(a_head_that_is_refused),
      cmocka_unit_test(requests_cut_off_anywhere),
      cmocka_unit_test(requests_that_cannot_be_said),
      cmocka_unit_test(names_of_types_and_statuses),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
