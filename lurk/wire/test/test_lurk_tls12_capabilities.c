#include "lurk/wire/lurk_rsa_suites.h"
#include "lurk/wire/lurk_tls12_capabilities.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"
#include <string.h>

#define STATE " a1a2a3a4"
#define RSA_BODY "01 00 00 01 00 04 009c 009d 03 00 01 02 "
#define ECDHE_BODY "01 00 00 01 00 00 04 0403 0401 06 0017 0018 0019 02 0017 03 00 01 02 "

static struct lurk_tls12_capabilities decoded; /* too large for comfort on a stack */

static lurk_status decode(const struct lurk_octets *payload, struct lurk_decode_error *error) {
  *error = (struct lurk_decode_error){NULL, 0};
  return lurk_tls12_capabilities_decode(payload->data, payload->len, &decoded, error);
}

static void capabilities_of_every_type(void **state) {
  (void)state;
  static const char notation[] =
      "00000001 00 00000001 01 0000000f 02 " RSA_BODY "0000000f 03 " RSA_BODY "0000000f 04 " RSA_BODY
      "0000000f 05 " RSA_BODY "0000001a 06 " ECDHE_BODY STATE;
  struct lurk_octets payload = octets_of(notation), again = {NULL, 0};
  struct lurk_decode_error error;
  memset(&decoded, 0xee, sizeof decoded); /* left by a message before */
  assert_int_equal(decode(&payload, &error), LURK_OK);
  for (unsigned type = 0; type < LURK_TLS12_TYPE_COUNT; type++)
    assert_true(decoded.types[type].offered);
  const struct lurk_tls12_capability *rsa = &decoded.types[LURK_TLS12_RSA_EXTENDED_MASTER];
  assert_int_equal(rsa->key_id_types.count, 1);
  assert_int_equal(rsa->key_id_types.values[0], 0);
  assert_int_equal(rsa->cipher_suites.count, 2);
  assert_int_equal(rsa->cipher_suites.values[1], 0x009d);
  assert_int_equal(rsa->prf_hashes.count, 3);
  assert_int_equal(rsa->poo_prfs.count, 0);
  const struct lurk_tls12_capability *ecdhe = &decoded.types[LURK_TLS12_ECDHE];
  assert_int_equal(ecdhe->cipher_suites.count, 0);
  assert_int_equal(ecdhe->schemes.count, 2);
  assert_int_equal(ecdhe->schemes.values[0], 0x0403);
  assert_int_equal(ecdhe->ecdsa_curves.count, 3);
  assert_int_equal(ecdhe->ecdhe_curves.count, 1);
  assert_int_equal(ecdhe->poo_prfs.values[2], 2);
  assert_memory_equal(decoded.state, "\xa1\xa2\xa3\xa4", 4);
  assert_int_equal(lurk_tls12_capabilities_encode(&decoded, &again), LURK_OK);
  assert_octets_equal(&again, notation);
  lurk_octets_clear(&again);
  lurk_octets_clear(&payload);
}

static void the_longest_lists(void **state) {
  (void)state;
  struct lurk_octets payload = {NULL, 0};
  struct lurk_decode_error error;
  struct lurk_tls12_capability *ecdhe = &decoded.types[LURK_TLS12_ECDHE];
  memset(&decoded, 0, sizeof decoded);
  ecdhe->offered = true;
  ecdhe->key_id_types.count = LURK_LIST8_MAX;
  ecdhe->schemes.count = LURK_LIST16_MAX;
  memset(ecdhe->key_id_types.values, 7, sizeof ecdhe->key_id_types.values);
  for (size_t i = 0; i < LURK_LIST16_MAX; i++)
    ecdhe->schemes.values[i] = (uint16_t)(0x0400 + i);
  assert_int_equal(lurk_tls12_capabilities_encode(&decoded, &payload), LURK_OK);
  memset(&decoded, 0, sizeof decoded);
  assert_int_equal(decode(&payload, &error), LURK_OK);
  assert_int_equal(ecdhe->key_id_types.count, LURK_LIST8_MAX);
  assert_int_equal(ecdhe->key_id_types.values[LURK_LIST8_MAX - 1], 7);
  assert_int_equal(ecdhe->schemes.count, LURK_LIST16_MAX);
  assert_int_equal(ecdhe->schemes.values[LURK_LIST16_MAX - 1], 0x0400 + LURK_LIST16_MAX - 1);
  lurk_octets_clear(&payload);
  ecdhe->key_id_types.count = LURK_LIST8_MAX + 1;
  assert_int_equal(lurk_tls12_capabilities_encode(&decoded, &payload), LURK_ERR_MALFORMED);
  ecdhe->key_id_types.count = 0;
  ecdhe->schemes.count = LURK_LIST16_MAX + 1;
  assert_int_equal(lurk_tls12_capabilities_encode(&decoded, &payload), LURK_ERR_MALFORMED);
  assert_null(payload.data);
}

/* Order, types of the future and certificates do not matter. */
static void capabilities_in_another_form(void **state) {
  (void)state;
  static const struct {
    const char *notation;
    const char *again;
  } rows[] = {
      {STATE, STATE},
      {"00000001 01 00000001 00" STATE, "00000001 00 00000001 01" STATE},
      {"00000004 07 010203 00000001 ff 00000001 01" STATE, "00000001 01" STATE},
      {"00000011 02 01 00 02 abab 01 00 04 009c 009d 03 00 01 02 " STATE, "0000000f 02 " RSA_BODY STATE},
      {"00000006 02 00 00 00 00 00" STATE, "00000006 02 00 00 00 00 00" STATE},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_octets payload = octets_of(rows[i].notation), again = {NULL, 0};
    struct lurk_decode_error error;
    assert_int_equal(decode(&payload, &error), LURK_OK);
    assert_int_equal(lurk_tls12_capabilities_encode(&decoded, &again), LURK_OK);
    assert_octets_equal(&again, rows[i].again);
    lurk_octets_clear(&again);
    lurk_octets_clear(&payload);
  }
}

static void capabilities_refused(void **state) {
  (void)state;
  static const struct {
    const char *notation;
    const char *field;
    size_t offset;
  } rows[] = {
      {"", "state", 0},
      {"a1a2a3", "state", 0},
      {"00000001 01 a1a2a3", "state", 5},
      {"00000000 00000001 01" STATE, "TLS12Capability", 0},
      {"00000010 01" STATE, "TLS12Capability", 0},
      {"ffffffff 01" STATE, "TLS12Capability", 0},
      {"00000002 01 00" STATE, "end of TLS12Capability", 5},
      {"00000001 01 00000001 01" STATE, "TLS12Capability of the same type", 5},
      {"00000001 02" STATE, "key_id_type_list", 5},
      {"00000003 02 02 00" STATE, "key_id_type_list", 5},
      {"00000002 02 00" STATE, "typed_certificate_list", 6},
      {"00000003 02 00 00" STATE, "freshness_funct_list", 7},
      {"00000004 02 00 00 00" STATE, "cipher_suite_list", 8},
      {"00000006 02 00 00 00 01 9c" STATE, "cipher_suite_list", 8},
      {"00000008 02 00 00 00 03 009c 00" STATE, "cipher_suite_list", 8},
      {"00000005 02 00 00 00 00" STATE, "prf_hash_list", 9},
      {"00000007 02 00 00 00 00 00 00" STATE, "end of TLS12Capability", 10},
      {"00000005 06 00 00 00 00" STATE, "sig_and_hash_list", 9},
      {"00000007 06 00 00 00 00 01 04" STATE, "sig_and_hash_list", 9},
      {"00000006 06 00 00 00 00 00" STATE, "ecdsa_curves_list", 10},
      {"00000007 06 00 00 00 00 00 00" STATE, "ecdhe_curves_list", 11},
      {"00000008 06 00 00 00 00 00 00 00" STATE, "poo_prf_list", 12},
      {"0000000a 06 00 00 00 00 00 00 00 00 00" STATE, "end of TLS12Capability", 13},
      /* the draft's state<32> read as 32 octets: an item that does not fit */
      {"00000001 01 (a1*32)", "TLS12Capability", 5},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_octets payload = octets_of(rows[i].notation);
    struct lurk_decode_error error;
    assert_int_equal(decode(&payload, &error), LURK_ERR_MALFORMED);
    assert_string_equal(error.field, rows[i].field);
    assert_int_equal(error.offset, rows[i].offset);
    lurk_octets_clear(&payload);
  }
}

static void capabilities_cut_off_anywhere(void **state) {
  (void)state;
  struct lurk_octets payload = octets_of("0000000f 02 " RSA_BODY "0000001a 06 " ECDHE_BODY STATE);
  for (size_t len = 0; len < payload.len; len++) {
    struct lurk_octets cut = octets_cut(&payload, len);
    struct lurk_decode_error error;
    /* Four octets after an item are a state, whatever they were meant to be. */
    bool ends_with_state = len == 4 || len == 19 + 4;
    assert_int_equal(decode(&cut, &error), ends_with_state ? LURK_OK : LURK_ERR_MALFORMED);
    assert_true(ends_with_state || (error.field != NULL && error.offset <= len));
    lurk_octets_clear(&cut);
  }
  lurk_octets_clear(&payload);
}

/* PH-12, and A-25's neighbours among the suites: each with the hash of its PRF. */
static void suites_with_rsa_key_exchange(void **state) {
  (void)state;
  static const struct {
    uint16_t suite;
    enum lurk_tls12_prf_hash prf_hash;
  } good[] = {{0x002f, LURK_PRF_SHA256}, {0x0035, LURK_PRF_SHA256}, {0x003c, LURK_PRF_SHA256},
              {0x003d, LURK_PRF_SHA256}, {0x009c, LURK_PRF_SHA256}, {0x009d, LURK_PRF_SHA384},
              {0xc09c, LURK_PRF_SHA256}, {0xc0a1, LURK_PRF_SHA256}, {0xc07b, LURK_PRF_SHA384},
              {0xc051, LURK_PRF_SHA384}, {0xc03d, LURK_PRF_SHA384}, {0xc03c, LURK_PRF_SHA256}};
  static const uint16_t bad[] = {0x0000, 0x0001, 0x0002, 0x0003, 0x0005, 0x0009, 0x000a,
                                 0x003b, 0x009e, 0x009f, 0xc02b, 0xc02f, 0xc030, 0x00a8,
                                 0x00ac, 0x00ff, 0x1301, 0x1302, 0x5600, 0x0a0a, 0xffff};
  enum lurk_tls12_prf_hash prf_hash;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    assert_true(lurk_rsa_suite_prf(good[i].suite, &prf_hash));
    assert_int_equal(prf_hash, good[i].prf_hash);
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_false(lurk_rsa_suite_prf(bad[i], &prf_hash));
  assert_true(lurk_rsa_suite_count <= LURK_LIST16_MAX);
  for (size_t i = 0; i < lurk_rsa_suite_count; i++)
    assert_true(lurk_rsa_suite_prf(lurk_rsa_suites[i], &prf_hash));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(capabilities_of_every_type),    cmocka_unit_test(the_longest_lists),
      cmocka_unit_test(capabilities_in_another_form),  cmocka_unit_test(capabilities_refused),
      cmocka_unit_test(capabilities_cut_off_anywhere), cmocka_unit_test(suites_with_rsa_key_exchange),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
