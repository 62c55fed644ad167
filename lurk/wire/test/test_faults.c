/* The named faults of this layer: each lets through what it says, and nothing else. Tests run in this order,
 * because a fault stays on. */
#include "lurk/fault.h"
#include "lurk/wire/handshake.h"
#include "lurk/wire/ski.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"

#define SPKI "64'spki' 5820(11*32) "
#define INPUT "65'input' 43c0ffee "
#define PROTOCOL "68'protocol' 67'TLS 1.2' "

#define DUPLICATE "a4" SPKI "65'input' 43badbad" INPUT PROTOCOL
#define DUPLICATE_AT_END "a4" SPKI "65'input' 43badbad" PROTOCOL INPUT
#define UNSORTED "a3" INPUT SPKI PROTOCOL
#define NON_SHORTEST "a3" SPKI "65'input' 5803c0ffee" PROTOCOL
#define NON_SHORTEST_KEY "a3" SPKI "7805'input' 43c0ffee" PROTOCOL
#define TRAILING "a3" SPKI INPUT PROTOCOL "00"
#define TRAILING_JSON                                                                                        \
  "'{\"protocol\":\"TLS "                                                                                    \
  "1.2\",\"spki\":\"ERERERERERERERERERERERERERERERERERERERERERE=\",\"input\":\"wP/u\"}x'"
#define TRAILING_PARAMS "(c1*32) (52*32) 03 0017 41 04 (ab*64) 00"

static bool is_taken(enum lurk_ski_format format, const char *notation) {
  struct lurk_octets message = octets_of(notation);
  struct lurk_ski_request request;
  struct lurk_decode_error error;
  lurk_status status = lurk_ski_request_decode(format, message.data, message.len, false, &request, &error);
  if (status == LURK_OK)
    assert_octets_equal(&request.input, "c0ffee");
  lurk_ski_request_clear(&request);
  lurk_octets_clear(&message);
  return status == LURK_OK;
}

static bool params_are_taken(const char *notation) {
  struct lurk_octets message = octets_of(notation);
  struct lurk_ecdhe_input input;
  struct lurk_decode_error error;
  lurk_status status = lurk_ecdhe_input_decode(message.data, message.len, &input, &error);
  lurk_octets_clear(&message);
  return status == LURK_OK;
}

static void nothing_by_default(void **state) {
  (void)state;
  assert_false(is_taken(LURK_SKI_CBOR, DUPLICATE));
  assert_false(is_taken(LURK_SKI_CBOR, DUPLICATE_AT_END));
  assert_false(is_taken(LURK_SKI_CBOR, UNSORTED));
  assert_false(is_taken(LURK_SKI_CBOR, NON_SHORTEST));
  assert_false(is_taken(LURK_SKI_CBOR, NON_SHORTEST_KEY));
  assert_false(is_taken(LURK_SKI_CBOR, TRAILING));
  assert_false(is_taken(LURK_SKI_JSON, TRAILING_JSON));
  assert_false(params_are_taken(TRAILING_PARAMS));
}

static void duplicate_key_of_which_the_last_wins(void **state) {
  (void)state;
  assert_true(lurk_fault_switch_on("duplicate_cbor_key_accepted"));
  assert_true(is_taken(LURK_SKI_CBOR, DUPLICATE));
  assert_true(is_taken(LURK_SKI_CBOR, DUPLICATE_AT_END));
  assert_false(is_taken(LURK_SKI_CBOR, UNSORTED));
  assert_false(is_taken(LURK_SKI_CBOR, NON_SHORTEST));
  assert_false(is_taken(LURK_SKI_CBOR, TRAILING));
}

static void head_longer_than_needed(void **state) {
  (void)state;
  assert_true(lurk_fault_switch_on("non_shortest_cbor_accepted"));
  assert_true(is_taken(LURK_SKI_CBOR, NON_SHORTEST));
  assert_true(is_taken(LURK_SKI_CBOR, NON_SHORTEST_KEY));
  assert_false(is_taken(LURK_SKI_CBOR, TRAILING));
}

static void something_behind_the_message(void **state) {
  (void)state;
  assert_true(lurk_fault_switch_on("trailing_bytes_accepted"));
  assert_true(is_taken(LURK_SKI_CBOR, TRAILING));
  assert_true(is_taken(LURK_SKI_JSON, TRAILING_JSON));
  assert_true(params_are_taken(TRAILING_PARAMS));
  assert_false(is_taken(LURK_SKI_CBOR, UNSORTED));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_by_default),
      cmocka_unit_test(duplicate_key_of_which_the_last_wins),
      cmocka_unit_test(head_longer_than_needed),
      cmocka_unit_test(something_behind_the_message),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
