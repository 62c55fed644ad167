/* The named faults in what an edge reads: each lets through what it says, and nothing else. Tests run in this
 * order, because a fault stays on. */
#include "lurk/fault.h"
#include "lurk/wire/lurk_header.h"
#include "lurk/wire/lurk_tls12.h"
#include "lurk/wire/ski.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"

#define OTHER_SCHEME "0603 0001 30"
#define LEFT_OVER "0403 0001 30 00"
#define CUT_OFF "0403 0002 30"
#define MASTER_LEFT_OVER "(4d*49)"
#define MASTER_CUT_OFF "(4d*47)"
#define OUTPUT_AND_ERROR "a2 65'error' 71'malformed request' 66'output' 43c0ffee"

static const struct lurk_header request = {.designation = LURK_DESIGNATION_TLS12,
                                           .version = LURK_EXTENSION_VERSION,
                                           .type = LURK_TLS12_ECDHE,
                                           .status = LURK_MESSAGE_REQUEST,
                                           .id = 0x1d};

static enum lurk_answer answer_of_kind(uint8_t designation, uint8_t type, uint8_t status, uint64_t id) {
  const struct lurk_header message = {.designation = designation,
                                      .version = LURK_EXTENSION_VERSION,
                                      .type = type,
                                      .status = status,
                                      .id = id};
  return lurk_answer_to(&request, &message);
}

static enum lurk_answer own_answer(uint8_t status, uint64_t id) {
  return answer_of_kind(request.designation, request.type, status, id);
}

static bool signature_is_taken(const char *notation) {
  struct lurk_octets payload = octets_of(notation);
  struct lurk_tls12_signature signature;
  struct lurk_decode_error error;
  lurk_status status = lurk_tls12_signature_decode(payload.data, payload.len, 0x0403, &signature, &error);
  lurk_octets_clear(&payload);
  return status == LURK_OK;
}

static bool master_is_taken(const char *notation) {
  struct lurk_octets payload = octets_of(notation);
  const uint8_t *master;
  struct lurk_decode_error error;
  lurk_status status = lurk_tls12_master_decode(payload.data, payload.len, &master, &error);
  lurk_octets_clear(&payload);
  return status == LURK_OK;
}

static bool response_is_taken(const char *notation) {
  struct lurk_octets body = octets_of(notation);
  struct lurk_ski_response response;
  struct lurk_decode_error error;
  lurk_status status = lurk_ski_response_decode(LURK_SKI_CBOR, body.data, body.len, &response, &error);
  bool taken = status == LURK_OK && !response.is_error;
  lurk_ski_response_clear(&response);
  lurk_octets_clear(&body);
  return taken;
}

static void nothing_by_default(void **state) {
  (void)state;
  assert_int_equal(own_answer(LURK_MESSAGE_SUCCESS, 0x1d), LURK_ANSWER_SUCCESS);
  assert_int_equal(own_answer(LURK_MESSAGE_SUCCESS, 0x1e), LURK_ANSWER_FOREIGN);
  assert_int_equal(own_answer(LURK_MESSAGE_REQUEST, 0x1d), LURK_ANSWER_FOREIGN);
  assert_int_equal(answer_of_kind(LURK_DESIGNATION_TLS12, LURK_TLS12_RSA_MASTER, LURK_MESSAGE_SUCCESS, 0x1d),
                   LURK_ANSWER_MISMATCHED);
  assert_false(signature_is_taken(OTHER_SCHEME));
  assert_false(signature_is_taken(LEFT_OVER));
  assert_false(master_is_taken(MASTER_LEFT_OVER));
  assert_false(response_is_taken(OUTPUT_AND_ERROR));
}

static void another_type(void **state) {
  (void)state;
  assert_true(lurk_fault_switch_on("answer_type_not_checked"));
  assert_int_equal(answer_of_kind(LURK_DESIGNATION_TLS12, LURK_TLS12_RSA_MASTER, LURK_MESSAGE_SUCCESS, 0x1d),
                   LURK_ANSWER_SUCCESS);
  assert_int_equal(answer_of_kind(LURK_DESIGNATION_LURK, LURK_TLS12_ECDHE, LURK_MESSAGE_SUCCESS, 0x1d),
                   LURK_ANSWER_SUCCESS);
  assert_int_equal(own_answer(LURK_MESSAGE_SUCCESS, 0x1e), LURK_ANSWER_FOREIGN);
}

static void another_id(void **state) {
  (void)state;
  assert_true(lurk_fault_switch_on("answer_id_not_matched"));
  assert_int_equal(own_answer(LURK_MESSAGE_SUCCESS, 0x1e), LURK_ANSWER_SUCCESS);
  assert_int_equal(own_answer(LURK_MESSAGE_REQUEST, 0x1d), LURK_ANSWER_FOREIGN);
}

static void a_request(void **state) {
  (void)state;
  assert_true(lurk_fault_switch_on("request_taken_as_answer"));
  assert_int_equal(own_answer(LURK_MESSAGE_REQUEST, 0x1d), LURK_ANSWER_SUCCESS);
}

static void another_scheme(void **state) {
  (void)state;
  assert_true(lurk_fault_switch_on("answer_scheme_not_checked"));
  assert_true(signature_is_taken(OTHER_SCHEME));
  assert_false(signature_is_taken(LEFT_OVER));
}

static void octets_left_over(void **state) {
  (void)state;
  assert_true(lurk_fault_switch_on("answer_octets_left_over"));
  assert_true(signature_is_taken(LEFT_OVER));
  assert_false(signature_is_taken(CUT_OFF));
  assert_true(master_is_taken(MASTER_LEFT_OVER));
  assert_false(master_is_taken(MASTER_CUT_OFF));
}

static void output_beside_an_error(void **state) {
  (void)state;
  assert_true(lurk_fault_switch_on("output_beside_error_taken"));
  assert_true(response_is_taken(OUTPUT_AND_ERROR));
  assert_false(response_is_taken("a0"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_by_default),
      cmocka_unit_test(another_type),
      cmocka_unit_test(another_id),
      cmocka_unit_test(a_request),
      cmocka_unit_test(another_scheme),
      cmocka_unit_test(octets_left_over),
      cmocka_unit_test(output_beside_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
