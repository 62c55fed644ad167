/* The named faults of the LURK decoders: each lets through what it says, and nothing else. Tests run in this
 * order, because a fault stays on. */
#include "lurk/fault.h"
#include "lurk/wire/handshake_messages.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/handshake_list.h"
#include "lurk/wire/test/notation.h"
#include <string.h>

#define RANDOMS "(c1*32) (52*32) "
#define NULL_FRESHNESS "00 1a2b3c4d ff 00 " RANDOMS "0001 ee"
#define OTHER_FRESHNESS "00 1a2b3c4d 01 00 " RANDOMS "0001 ee"
#define TRAILING "00 1a2b3c4d 00 00 " RANDOMS "0001 ee 00"
#define CLAIMS_TOO_MUCH "00 1a2b3c4d 00 00 " RANDOMS "0100 eeee"
#define CUT_OFF "00 1a2b3c4d 00 00 " RANDOMS "01"

static bool is_taken(const char *notation) {
  struct lurk_octets payload = octets_of(notation);
  struct lurk_tls12_rsa_master request;
  struct lurk_decode_error error;
  enum lurk_tls12_status status = lurk_tls12_rsa_master_decode(payload.data, payload.len, &request, &error);
  lurk_octets_clear(&payload);
  return status == LURK_TLS12_SUCCESS;
}

static bool handshake_is_taken(enum lurk_tls12_type type, const char *server_extensions) {
  char server_hello[128] = "0303 (52*32) 00 009d 00 ";
  strcat(server_hello, server_extensions);
  struct handshake_flight flight = {
      .rows = {{CLIENT_HELLO, CLIENT, "0303 (c1*32) 00 0002 009d 01 00 0004 0017 0000"},
               {SERVER_HELLO, SERVER, server_hello},
               {CERTIFICATE, SERVER, "000007 000004 1eaf1eaf"},
               {SERVER_HELLO_DONE, SERVER, ""},
               {CLIENT_KEY_EXCHANGE, CLIENT, "0002 eeee"}},
      .count = 5};
  struct lurk_octets list = handshake_octets(&flight, 0);
  struct lurk_handshake_messages messages;
  struct lurk_decode_error error;
  enum lurk_tls12_status status =
      lurk_handshake_messages_decode(type, list.data, list.len, &messages, &error);
  lurk_octets_clear(&list);
  return status == LURK_TLS12_SUCCESS;
}

#define WITHOUT_EMS ""
#define WITH_EMS "0004 0017 0000"

static void nothing_by_default(void **state) {
  (void)state;
  assert_false(is_taken(NULL_FRESHNESS));
  assert_false(is_taken(TRAILING));
  assert_false(is_taken(CLAIMS_TOO_MUCH));
  assert_true(handshake_is_taken(LURK_TLS12_RSA_EXTENDED_MASTER, WITH_EMS));
  assert_false(handshake_is_taken(LURK_TLS12_RSA_EXTENDED_MASTER, WITHOUT_EMS));
  assert_false(handshake_is_taken(LURK_TLS12_RSA_MASTER_WITH_POH, WITH_EMS));
}

static void freshness_null(void **state) {
  (void)state;
  assert_true(lurk_fault_switch_on("freshness_null_accepted"));
  assert_true(is_taken(NULL_FRESHNESS));
  assert_false(is_taken(OTHER_FRESHNESS));
  assert_false(is_taken(TRAILING));
}

static void something_behind_the_payload(void **state) {
  (void)state;
  assert_true(lurk_fault_switch_on("lurk_trailing_bytes_accepted"));
  assert_true(is_taken(TRAILING));
  assert_false(is_taken(CLAIMS_TOO_MUCH));
}

static void a_length_that_claims_too_much(void **state) {
  (void)state;
  assert_true(lurk_fault_switch_on("length_trusted"));
  assert_true(is_taken(CLAIMS_TOO_MUCH));
  assert_false(is_taken(CUT_OFF));
}

static void extended_master_secret_against_the_exchange(void **state) {
  (void)state;
  assert_true(lurk_fault_switch_on("ems_not_required"));
  assert_true(handshake_is_taken(LURK_TLS12_RSA_EXTENDED_MASTER, WITHOUT_EMS));
  assert_true(handshake_is_taken(LURK_TLS12_RSA_MASTER_WITH_POH, WITH_EMS));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_by_default),
      cmocka_unit_test(freshness_null),
      cmocka_unit_test(something_behind_the_payload),
      cmocka_unit_test(a_length_that_claims_too_much),
      cmocka_unit_test(extended_master_secret_against_the_exchange),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
