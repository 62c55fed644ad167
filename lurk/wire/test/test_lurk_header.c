#include "lurk/wire/lurk_header.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"
#include <string.h>

#define LIMIT 65536

static const enum lurk_length_convention conventions[] = {LURK_LENGTH_WHOLE_MESSAGE, LURK_LENGTH_PAYLOAD};

static lurk_status decode(const char *notation, enum lurk_length_convention convention,
                          struct lurk_header *out) {
  struct lurk_octets message = octets_of(notation);
  assert_int_equal(message.len, LURK_HEADER_LEN);
  lurk_status status = lurk_header_decode(message.data, convention, LIMIT, out);
  lurk_octets_clear(&message);
  return status;
}

static void assert_header(const struct lurk_header *header, uint8_t designation, uint8_t version,
                          uint8_t type, uint8_t status, uint64_t id, uint32_t payload_len) {
  assert_int_equal(header->designation, designation);
  assert_int_equal(header->version, version);
  assert_int_equal(header->type, type);
  assert_int_equal(header->status, status);
  assert_true(header->id == id);
  assert_int_equal(header->payload_len, payload_len);
}

static void fields_stand_where_the_draft_has_them(void **state) {
  (void)state;
  struct lurk_header header;
  assert_int_equal(decode("01 02 03 04 1122334455667788 00000152", LURK_LENGTH_WHOLE_MESSAGE, &header),
                   LURK_OK);
  assert_header(&header, 1, 2, 3, 4, 0x1122334455667788, 0x142);
  assert_int_equal(decode("ff ff ff ff ffffffffffffffff 00000142", LURK_LENGTH_PAYLOAD, &header), LURK_OK);
  assert_header(&header, 255, 255, 255, 255, UINT64_MAX, 0x142);
}

/* An empty ping tells the conventions apart, and neither is read as the other (A-04, LN-04). */
static void a_ping_in_both_conventions(void **state) {
  (void)state;
  static const char whole[] = "00 01 01 00 00000000000000aa 00000010";
  static const char payload_only[] = "00 01 01 00 00000000000000aa 00000000";
  struct lurk_header header;
  assert_int_equal(decode(whole, LURK_LENGTH_WHOLE_MESSAGE, &header), LURK_OK);
  assert_header(&header, 0, 1, 1, 0, 0xaa, 0);
  assert_int_equal(decode(payload_only, LURK_LENGTH_PAYLOAD, &header), LURK_OK);
  assert_header(&header, 0, 1, 1, 0, 0xaa, 0);
  assert_int_equal(decode(payload_only, LURK_LENGTH_WHOLE_MESSAGE, &header), LURK_ERR_MALFORMED);
  assert_int_equal(decode(whole, LURK_LENGTH_PAYLOAD, &header), LURK_OK);
  assert_int_equal(header.payload_len, 16);
}

/* LN-02: the answer needs type and id. */
static void a_length_that_does_not_reach_the_payload(void **state) {
  (void)state;
  uint8_t message[LURK_HEADER_LEN] = {1, 1, 6, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34, 0, 0, 0, 0};
  struct lurk_header header;
  for (uint8_t length = 0; length < LURK_HEADER_LEN; length++) {
    message[15] = length;
    memset(&header, 0xee, sizeof header);
    assert_int_equal(lurk_header_decode(message, LURK_LENGTH_WHOLE_MESSAGE, LIMIT, &header),
                     LURK_ERR_MALFORMED);
    assert_header(&header, 1, 1, 6, 0, 0x1234, 0);
  }
}

/* LN-03 */
static void a_message_beyond_the_limit(void **state) {
  (void)state;
  static const struct {
    const char *length;
    enum lurk_length_convention convention;
    lurk_status status;
    uint32_t payload_len;
  } rows[] = {
      {"00010000", LURK_LENGTH_WHOLE_MESSAGE, LURK_OK, LIMIT - LURK_HEADER_LEN},
      {"00010001", LURK_LENGTH_WHOLE_MESSAGE, LURK_ERR_LIMIT, 0},
      {"7fffffff", LURK_LENGTH_WHOLE_MESSAGE, LURK_ERR_LIMIT, 0},
      {"80000000", LURK_LENGTH_WHOLE_MESSAGE, LURK_ERR_LIMIT, 0},
      {"ffffffff", LURK_LENGTH_WHOLE_MESSAGE, LURK_ERR_LIMIT, 0},
      {"0000fff0", LURK_LENGTH_PAYLOAD, LURK_OK, LIMIT - LURK_HEADER_LEN},
      {"0000fff1", LURK_LENGTH_PAYLOAD, LURK_ERR_LIMIT, 0},
      {"fffffff0", LURK_LENGTH_PAYLOAD, LURK_ERR_LIMIT, 0},
      {"ffffffff", LURK_LENGTH_PAYLOAD, LURK_ERR_LIMIT, 0},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char notation[64] = "01 01 02 00 0123456789abcdef ";
    struct lurk_header header;
    strcat(notation, rows[i].length);
    assert_int_equal(decode(notation, rows[i].convention, &header), rows[i].status);
    assert_header(&header, 1, 1, 2, 0, 0x0123456789abcdef, rows[i].payload_len);
  }
}

static void the_smallest_limit_leaves_room_for_pings(void **state) {
  (void)state;
  const uint8_t ping[LURK_HEADER_LEN] = {[1] = 1, [2] = 1, [15] = 16};
  const uint8_t one_octet[LURK_HEADER_LEN] = {[1] = 1, [2] = 1, [15] = 17};
  struct lurk_header header;
  assert_int_equal(lurk_header_decode(ping, LURK_LENGTH_WHOLE_MESSAGE, LURK_HEADER_LEN, &header), LURK_OK);
  assert_int_equal(lurk_header_decode(one_octet, LURK_LENGTH_WHOLE_MESSAGE, LURK_HEADER_LEN, &header),
                   LURK_ERR_LIMIT);
}

static void encoding_repeats_the_header(void **state) {
  (void)state;
  static const char *const headers[] = {
      "00 01 00 00 0000000000000000 00000010", "01 01 06 00 ffffffffffffffff 00000171",
      "01 01 06 0d 0102030405060708 00000014", "ff fe fd fc 8000000000000001 00010000"};
  for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
    for (size_t j = 0; j < 2; j++) {
      struct lurk_octets message = octets_of(headers[i]);
      struct lurk_header header;
      uint8_t again[LURK_HEADER_LEN];
      assert_int_equal(lurk_header_decode(message.data, conventions[j], 1 << 20, &header), LURK_OK);
      assert_int_equal(lurk_header_encode(&header, conventions[j], again), LURK_OK);
      assert_memory_equal(again, message.data, LURK_HEADER_LEN);
      lurk_octets_clear(&message);
    }
  }
}

static void a_payload_that_its_length_cannot_count(void **state) {
  (void)state;
  uint8_t out[LURK_HEADER_LEN] = {0};
  struct lurk_header header = {.version = 1, .payload_len = UINT32_MAX - LURK_HEADER_LEN + 1};
  assert_int_equal(lurk_header_encode(&header, LURK_LENGTH_WHOLE_MESSAGE, out), LURK_ERR_LIMIT);
  assert_int_equal(out[1], 0);
  assert_int_equal(lurk_header_encode(&header, LURK_LENGTH_PAYLOAD, out), LURK_OK);
  header.payload_len--;
  assert_int_equal(lurk_header_encode(&header, LURK_LENGTH_WHOLE_MESSAGE, out), LURK_OK);
  assert_memory_equal(out + 12, "\xff\xff\xff\xff", 4);
}

static const struct lurk_header request = {
    .designation = 1, .version = 1, .type = 6, .status = 0, .id = 77, .payload_len = 300};

/* two kinds of errors. */
static void answers_of_a_server(void **state) {
  (void)state;
  struct lurk_header header = lurk_header_answer(&request, LURK_MESSAGE_SUCCESS, 48);
  assert_header(&header, 1, 1, 6, 1, 77, 48);
  header = lurk_header_answer(&request, 13, 4);
  assert_header(&header, 1, 1, 6, 13, 77, 4);
  header = lurk_header_refusal(&request, LURK_BASE_INVALID_TYPE, 4);
  assert_header(&header, 0, 1, 6, 5, 77, 4);
  const struct lurk_header unknown = {.designation = 9, .version = 7, .type = 200, .status = 3, .id = 1};
  header = lurk_header_refusal(&unknown, LURK_BASE_INVALID_EXTENSION, 0);
  assert_header(&header, 0, 1, 200, 4, 1, 0);
}

static void what_a_client_takes_for_an_answer(void **state) {
  (void)state;
  static const struct {
    uint8_t designation, version, type, status;
    uint64_t id;
    enum lurk_answer answer;
  } rows[] = {
      {1, 1, 6, 1, 77, LURK_ANSWER_SUCCESS},    {1, 1, 6, 1, 78, LURK_ANSWER_FOREIGN}, /* LC-01 */
      {1, 1, 6, 0, 77, LURK_ANSWER_FOREIGN},                                           /* LC-02, LC-14 */
      {2, 1, 6, 1, 77, LURK_ANSWER_MISMATCHED},                                        /* LC-03 */
      {0, 1, 6, 1, 77, LURK_ANSWER_MISMATCHED}, {1, 2, 6, 1, 77, LURK_ANSWER_MISMATCHED},
      {1, 1, 5, 1, 77, LURK_ANSWER_MISMATCHED}, {1, 1, 6, 13, 77, LURK_ANSWER_ERROR},
      {1, 1, 2, 13, 77, LURK_ANSWER_ERROR},     {1, 1, 6, 255, 77, LURK_ANSWER_ERROR},
      {0, 1, 6, 7, 77, LURK_ANSWER_BASE_ERROR}, /* LC-04 */
      {0, 1, 6, 4, 77, LURK_ANSWER_BASE_ERROR}, {0, 1, 99, 5, 77, LURK_ANSWER_BASE_ERROR},
      {0, 2, 6, 7, 77, LURK_ANSWER_FOREIGN},    {1, 2, 6, 7, 77, LURK_ANSWER_FOREIGN},
      {2, 1, 6, 7, 77, LURK_ANSWER_FOREIGN}, /* LC-12 */
      {0, 1, 6, 7, 76, LURK_ANSWER_FOREIGN},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct lurk_header message = {.designation = rows[i].designation,
                                        .version = rows[i].version,
                                        .type = rows[i].type,
                                        .status = rows[i].status,
                                        .id = rows[i].id};
    assert_int_equal(lurk_answer_to(&request, &message), rows[i].answer);
  }
  /* With a base request both kinds of errors are one. */
  const struct lurk_header ping = {.version = 1, .type = 1, .id = 5};
  const struct lurk_header error = {.version = 1, .type = 1, .id = 5, .status = 3};
  assert_int_equal(lurk_answer_to(&ping, &error), LURK_ANSWER_BASE_ERROR);
}

static void names_of_statuses(void **state) {
  (void)state;
  assert_string_equal(lurk_base_status_name(0), "request");
  assert_string_equal(lurk_base_status_name(1), "success");
  assert_string_equal(lurk_base_status_name(3), "invalid_format");
  assert_string_equal(lurk_base_status_name(7), "temporary_failure");
  assert_string_equal(lurk_base_status_name(8), "unassigned");
  assert_string_equal(lurk_base_status_name(255), "unassigned");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fields_stand_where_the_draft_has_them),
      cmocka_unit_test(a_ping_in_both_conventions),
      cmocka_unit_test(a_length_that_does_not_reach_the_payload),
      cmocka_unit_test(a_message_beyond_the_limit),
      cmocka_unit_test(the_smallest_limit_leaves_room_for_pings),
      cmocka_unit_test(encoding_repeats_the_header),
      cmocka_unit_test(a_payload_that_its_length_cannot_count),
      cmocka_unit_test(answers_of_a_server),
      cmocka_unit_test(what_a_client_takes_for_an_answer),
      cmocka_unit_test(names_of_statuses),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
