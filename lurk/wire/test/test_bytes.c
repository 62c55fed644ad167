#include "lurk/wire/bytes.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"
#include <stdio.h>

static void assert_untouched(const struct lurk_reader *reader, size_t offset, size_t left) {
  assert_int_equal(lurk_reader_offset(reader), offset);
  assert_int_equal(reader->left, left);
}

static void reads_integers_big_endian(void **state) {
  (void)state;
  struct lurk_octets message = octets_of("01 0203 040506 0708090a 0b0c0d0e0f101112");
  struct lurk_reader reader;
  uint8_t u8;
  uint16_t u16;
  uint32_t u24, u32;
  uint64_t u64;
  lurk_reader_init(&reader, message.data, message.len);
  assert_true(lurk_read_u8(&reader, &u8));
  assert_true(lurk_read_u16(&reader, &u16));
  assert_true(lurk_read_u24(&reader, &u24));
  assert_int_equal(lurk_reader_offset(&reader), 6);
  assert_true(lurk_read_u32(&reader, &u32));
  assert_false(lurk_reader_finished(&reader));
  assert_true(lurk_read_u64(&reader, &u64));
  assert_true(lurk_reader_finished(&reader));
  assert_int_equal(u8, 0x01);
  assert_int_equal(u16, 0x0203);
  assert_int_equal(u24, 0x040506);
  assert_int_equal(u32, 0x0708090a);
  assert_true(u64 == UINT64_C(0x0b0c0d0e0f101112));
  lurk_octets_clear(&message);
}

static void a_failed_read_changes_nothing(void **state) {
  (void)state;
  struct lurk_octets message = octets_of("ffffffffffffffff");
  for (size_t len = 0; len < 8; len++) {
    struct lurk_octets cut = octets_cut(&message, len);
    struct lurk_reader reader;
    uint8_t u8 = 1;
    uint16_t u16 = 2;
    uint32_t u24 = 3, u32 = 4;
    uint64_t u64 = 5;
    const uint8_t *octets = NULL;
    lurk_reader_init(&reader, cut.data, cut.len);
    assert_false(lurk_read_u64(&reader, &u64));
    assert_true(len >= 4 || !lurk_read_u32(&reader, &u32));
    assert_true(len >= 3 || !lurk_read_u24(&reader, &u24));
    assert_true(len >= 2 || !lurk_read_u16(&reader, &u16));
    assert_true(len >= 1 || !lurk_read_u8(&reader, &u8));
    assert_false(lurk_read_octets(&reader, len + 1, &octets));
    assert_false(lurk_read_octets(&reader, SIZE_MAX, &octets));
    assert_untouched(&reader, 0, len);
    assert_int_equal(u8 + u16 + u24 + u32 + u64, 1 + 2 + 3 + 4 + 5);
    assert_null(octets);
    lurk_octets_clear(&cut);
  }
  lurk_octets_clear(&message);
}

static void an_empty_message_may_be_null(void **state) {
  (void)state;
  struct lurk_reader reader;
  const uint8_t *octets;
  lurk_reader_init(&reader, NULL, 0);
  assert_true(lurk_reader_finished(&reader));
  assert_true(lurk_read_octets(&reader, 0, &octets));
  assert_non_null(octets);
  assert_false(lurk_read_octets(&reader, 1, &octets));
}

static void a_vector_becomes_a_sub_reader(void **state) {
  (void)state;
  static const char *const prefixes[] = {"02", "0002", "000002", "00000002"};
  for (unsigned prefix_octets = 1; prefix_octets <= 4; prefix_octets++) {
    char notation[64];
    snprintf(notation, sizeof notation, "ee %s abcd 99", prefixes[prefix_octets - 1]);
    struct lurk_octets message = octets_of(notation);
    struct lurk_reader reader, vector;
    uint8_t before, after;
    uint16_t inside;
    lurk_reader_init(&reader, message.data, message.len);
    assert_true(lurk_read_u8(&reader, &before));
    assert_true(lurk_read_vector(&reader, prefix_octets, &vector));
    assert_int_equal(lurk_reader_offset(&vector), 1 + prefix_octets);
    assert_true(lurk_read_u16(&vector, &inside));
    assert_int_equal(inside, 0xabcd);
    assert_true(lurk_reader_finished(&vector));
    assert_false(lurk_read_u8(&vector, &after));
    assert_true(lurk_read_u8(&reader, &after));
    assert_int_equal(after, 0x99);
    lurk_octets_clear(&message);
  }
}

static void a_vector_never_ends_behind_its_message(void **state) {
  (void)state;
  static const struct {
    const char *message;
    unsigned prefix_octets;
  } rows[] = {
      {"", 1},     {"01", 1},     {"03 0102", 1},    {"ff (00*254)", 1},      {"00", 2},
      {"0001", 2}, {"ffff00", 2}, {"000001", 3},     {"ffffff (00*255)", 3},  {"00000001", 4},
      {"ff", 4},   {"00 00", 0},  {"0000000000", 5}, {"ffffffff (00*16)", 4},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_octets message = octets_of(rows[i].message);
    struct lurk_reader reader, vector;
    lurk_reader_init(&reader, message.data, message.len);
    assert_false(lurk_read_vector(&reader, rows[i].prefix_octets, &vector));
    assert_untouched(&reader, 0, message.len);
    lurk_octets_clear(&message);
  }
}

static void the_builder_writes_what_the_reader_reads(void **state) {
  (void)state;
  struct lurk_builder builder;
  struct lurk_octets out;
  lurk_builder_init(&builder, 100);
  lurk_add_u8(&builder, 0x01);
  lurk_add_u16(&builder, 0x0203);
  lurk_add_u24(&builder, 0x040506);
  lurk_add_u32(&builder, 0x0708090a);
  lurk_add_u64(&builder, UINT64_C(0x0b0c0d0e0f101112));
  lurk_add_octets(&builder, (const uint8_t *)"hello", 5);
  lurk_add_octets(&builder, NULL, 0);
  assert_int_equal(lurk_builder_finish(&builder, &out), LURK_OK);
  assert_octets_equal(&out, "01 0203 040506 0708090a 0b0c0d0e0f101112 'hello'");
  lurk_octets_clear(&out);
}

static void the_builder_closes_nested_vectors(void **state) {
  (void)state;
  struct lurk_builder builder;
  struct lurk_octets out;
  lurk_builder_init(&builder, 100);
  lurk_builder_open_vector(&builder, 3);
  lurk_add_u8(&builder, 0xaa);
  lurk_builder_open_vector(&builder, 1);
  lurk_builder_close_vector(&builder);
  lurk_builder_open_vector(&builder, 2);
  lurk_add_u16(&builder, 0xbbbb);
  lurk_builder_open_vector(&builder, 4);
  lurk_add_u8(&builder, 0xcc);
  lurk_builder_close_vector(&builder);
  lurk_builder_close_vector(&builder);
  lurk_builder_close_vector(&builder);
  lurk_add_u8(&builder, 0xdd);
  assert_int_equal(lurk_builder_finish(&builder, &out), LURK_OK);
  assert_octets_equal(&out, "00000b aa 00 0007 bbbb 00000001 cc dd");
  lurk_octets_clear(&out);
}

static void the_builder_keeps_its_limit(void **state) {
  (void)state;
  static const uint8_t block[1000];
  for (size_t limit = 0; limit < 1000; limit += 37) {
    struct lurk_builder builder;
    struct lurk_octets out;
    lurk_builder_init(&builder, limit);
    lurk_add_octets(&builder, block, limit);
    assert_int_equal(lurk_builder_finish(&builder, &out), LURK_OK);
    assert_int_equal(out.len, limit);
    lurk_octets_clear(&out);

    lurk_add_octets(&builder, block, limit);
    lurk_add_u8(&builder, 0);
    assert_int_equal(lurk_builder_finish(&builder, &out), LURK_ERR_LIMIT);
    assert_null(out.data);
    assert_int_equal(out.len, 0);
  }
}

static void the_builder_grows_by_itself(void **state) {
  (void)state;
  struct lurk_builder builder;
  struct lurk_octets out;
  lurk_builder_init(&builder, SIZE_MAX);
  for (uint32_t i = 0; i < 100000; i++)
    lurk_add_u32(&builder, i);
  assert_int_equal(lurk_builder_finish(&builder, &out), LURK_OK);
  struct lurk_reader reader;
  lurk_reader_init(&reader, out.data, out.len);
  for (uint32_t i = 0; i < 100000; i++) {
    uint32_t value;
    assert_true(lurk_read_u32(&reader, &value));
    assert_int_equal(value, i);
  }
  assert_true(lurk_reader_finished(&reader));
  lurk_octets_clear(&out);
}

static void open_vector_of_wrong_size(struct lurk_builder *builder) {
  lurk_builder_open_vector(builder, 5);
}
static void leave_a_vector_open(struct lurk_builder *builder) {
  lurk_builder_open_vector(builder, 1);
}
static void close_what_is_not_open(struct lurk_builder *builder) {
  lurk_builder_close_vector(builder);
}
static void overfill_a_prefix(struct lurk_builder *builder) {
  static const uint8_t block[256];
  lurk_builder_open_vector(builder, 1);
  lurk_add_octets(builder, block, sizeof block);
  lurk_builder_close_vector(builder);
}
static void nest_too_deep(struct lurk_builder *builder) {
  for (int i = 0; i <= LURK_BUILDER_DEPTH; i++)
    lurk_builder_open_vector(builder, 1);
  for (int i = 0; i <= LURK_BUILDER_DEPTH; i++)
    lurk_builder_close_vector(builder);
}
static void add_more_than_24_bits(struct lurk_builder *builder) {
  lurk_add_u24(builder, 0x1000000);
}

static void a_builder_error_sticks(void **state) {
  (void)state;
  static void (*const mistakes[])(struct lurk_builder *) = {
      open_vector_of_wrong_size, leave_a_vector_open, close_what_is_not_open,
      overfill_a_prefix,         nest_too_deep,       add_more_than_24_bits,
  };
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
    struct lurk_builder builder;
    struct lurk_octets out;
    lurk_builder_init(&builder, 1000);
    lurk_add_u8(&builder, 1);
    mistakes[i](&builder);
    lurk_add_u8(&builder, 2);
    assert_int_equal(lurk_builder_finish(&builder, &out), LURK_ERR_MALFORMED);
    assert_null(out.data);
    assert_int_equal(out.len, 0);
    lurk_builder_clear(&builder);
  }
}

static void a_full_prefix_is_no_error(void **state) {
  (void)state;
  static const uint8_t block[255];
  struct lurk_builder builder;
  struct lurk_octets out;
  lurk_builder_init(&builder, 256);
  lurk_builder_open_vector(&builder, 1);
  lurk_add_octets(&builder, block, sizeof block);
  lurk_builder_close_vector(&builder);
  assert_int_equal(lurk_builder_finish(&builder, &out), LURK_OK);
  assert_octets_equal(&out, "ff (00*255)");
  lurk_octets_clear(&out);
}

static void a_builder_can_be_given_up(void **state) {
  (void)state;
  struct lurk_builder builder;
  struct lurk_octets out;
  lurk_builder_init(&builder, 100);
  lurk_builder_open_vector(&builder, 2);
  lurk_add_u64(&builder, 1);
  lurk_builder_clear(&builder);
  assert_null(builder.buffer.data);
  lurk_add_u8(&builder, 7);
  assert_int_equal(lurk_builder_finish(&builder, &out), LURK_OK);
  assert_octets_equal(&out, "07");
  lurk_octets_clear(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_integers_big_endian),
      cmocka_unit_test(a_failed_read_changes_nothing),
      cmocka_unit_test(an_empty_message_may_be_null),
      cmocka_unit_test(a_vector_becomes_a_sub_reader),
      cmocka_unit_test(a_vector_never_ends_behind_its_message),
      cmocka_unit_test(the_builder_writes_what_the_reader_reads),
      cmocka_unit_test(the_builder_closes_nested_vectors),
      cmocka_unit_test(the_builder_keeps_its_limit),
      cmocka_unit_test(the_builder_grows_by_itself),
      cmocka_unit_test(a_builder_error_sticks),
      cmocka_unit_test(a_full_prefix_is_no_error),
      cmocka_unit_test(a_builder_can_be_given_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
