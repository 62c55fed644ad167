#include "lurk/wire/handshake.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"
#include <stdio.h>

#define RANDOMS "(c1*32) (52*32) "

static const struct {
  const char *params; /* up to the first octet of the point */
  uint16_t named_group;
  size_t point_len;
} groups[] = {
    {"03 0017 41 04", LURK_GROUP_SECP256R1, 65},
    {"03 0018 61 04", LURK_GROUP_SECP384R1, 97},
    {"03 0019 85 04", LURK_GROUP_SECP521R1, 133},
    {"03 001d 20 77", LURK_GROUP_X25519, 32},
};
#define GROUP_COUNT (sizeof groups / sizeof *groups)

static struct lurk_octets good_input(size_t group, const char *trailer) {
  char notation[128];
  snprintf(notation, sizeof notation, RANDOMS "%s (ab*%zu) %s", groups[group].params,
           groups[group].point_len - 1, trailer);
  return octets_of(notation);
}

static void ecdhe_input_of_each_group(void **state) {
  (void)state;
  for (size_t i = 0; i < GROUP_COUNT; i++) {
    struct lurk_octets message = good_input(i, "");
    struct lurk_ecdhe_input input;
    struct lurk_decode_error error;
    assert_int_equal(lurk_ecdhe_input_decode(message.data, message.len, &input, &error), LURK_OK);
    assert_ptr_equal(input.client_random, message.data);
    assert_ptr_equal(input.server_random, message.data + 32);
    assert_int_equal(input.named_group, groups[i].named_group);
    assert_ptr_equal(input.point, message.data + 68);
    assert_int_equal(input.point_len, groups[i].point_len);
    lurk_octets_clear(&message);
  }
}

static void assert_input_malformed(const struct lurk_octets *message, const char *field, size_t offset) {
  struct lurk_ecdhe_input input;
  struct lurk_decode_error error = {NULL, 0};
  assert_int_equal(lurk_ecdhe_input_decode(message->data, message->len, &input, &error), LURK_ERR_MALFORMED);
  assert_string_equal(error.field, field);
  assert_int_equal(error.offset, offset);
}

static void ecdhe_input_cut_off_anywhere(void **state) {
  (void)state;
  for (size_t i = 0; i < GROUP_COUNT; i++) {
    struct lurk_octets message = good_input(i, "");
    for (size_t len = 0; len < message.len; len++) {
      struct lurk_octets cut = octets_cut(&message, len);
      if (len < 32)
        assert_input_malformed(&cut, "client_random", 0);
      else if (len < 64)
        assert_input_malformed(&cut, "server_random", 32);
      else if (len < 65)
        assert_input_malformed(&cut, "curve_type", 64);
      else if (len < 67)
        assert_input_malformed(&cut, "namedcurve", 65);
      else
        assert_input_malformed(&cut, "public", 67);
      lurk_octets_clear(&cut);
    }
    lurk_octets_clear(&message);
  }
}

static void ecdhe_input_with_something_behind(void **state) {
  (void)state;
  for (size_t i = 0; i < GROUP_COUNT; i++) {
    static const char *const trailers[] = {"00", "(00*64)", "04 01 02"};
    for (size_t j = 0; j < sizeof trailers / sizeof *trailers; j++) {
      struct lurk_octets message = good_input(i, trailers[j]);
      assert_input_malformed(&message, "end of ServerECDHParams", 68 + groups[i].point_len);
      lurk_octets_clear(&message);
    }
  }
}

static void ecdhe_input_malformed(void **state) {
  (void)state;
  static const struct {
    const char *params;
    const char *field;
    size_t offset;
  } rows[] = {
      /* OR-04: explicit curves, and types that are not assigned */
      {"01 (00*70)", "curve_type", 64},
      {"02 (00*70)", "curve_type", 64},
      {"00 0017 41 04 (ab*64)", "curve_type", 64},
      {"04 0017 41 04 (ab*64)", "curve_type", 64},
      /* groups that are not offered: x448, brainpool, ffdhe2048, hybrid, the arbitrary explicit ones */
      {"03 001e 38 (ab*56)", "namedcurve", 65},
      {"03 001a 41 04 (ab*64)", "namedcurve", 65},
      {"03 0100 41 04 (ab*64)", "namedcurve", 65},
      {"03 11ec 41 04 (ab*64)", "namedcurve", 65},
      {"03 ff01 41 04 (ab*64)", "namedcurve", 65},
      {"03 0000 41 04 (ab*64)", "namedcurve", 65},
      /* OR-03, IC-07, IC-08: the length is the only one that the group has */
      {"03 0017 42 04 (ab*65)", "public", 67},
      {"03 0017 40 04 (ab*63)", "public", 67},
      {"03 0017 00", "public", 67},
      {"03 0017 61 04 (ab*96)", "public", 67},
      {"03 0018 41 04 (ab*64)", "public", 67},
      {"03 0019 81 04 (ab*128)", "public", 67},
      {"03 001d 1f (ab*31)", "public", 67},
      {"03 001d 21 (ab*33)", "public", 67},
      /* IC-04, IC-06: infinity, compressed, hybrid, unknown forms */
      {"03 0017 01 00", "public", 67},
      {"03 0017 21 02 (ab*32)", "public", 67},
      {"03 0017 21 03 (ab*32)", "public", 67},
      {"03 0017 41 00 (00*64)", "public", 67},
      {"03 0017 41 02 (ab*64)", "public", 67},
      {"03 0017 41 05 (ab*64)", "public", 67},
      {"03 0017 41 06 (ab*64)", "public", 67},
      {"03 0018 61 07 (ab*96)", "public", 67},
      /* XP-09: ServerDHParams with a small prime */
      {"0008 (17*8) 0001 02 0008 (33*8)", "curve_type", 64},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char notation[128];
    snprintf(notation, sizeof notation, RANDOMS "%s", rows[i].params);
    struct lurk_octets message = octets_of(notation);
    assert_input_malformed(&message, rows[i].field, rows[i].offset);
    lurk_octets_clear(&message);
  }
}

#define PADDING "(20*64) "
#define CONTEXT "'TLS 1.3, server CertificateVerify' 00 "

static void certificate_verify_of_both_hashes(void **state) {
  (void)state;
  static const struct {
    const char *notation;
    size_t hash_len;
  } rows[] = {{PADDING CONTEXT "(5a*32)", 32}, {PADDING CONTEXT "(5a*48)", 48}};
  for (size_t i = 0; i < 2; i++) {
    struct lurk_octets message = octets_of(rows[i].notation);
    const uint8_t *hash;
    size_t hash_len;
    struct lurk_decode_error error;
    assert_int_equal(lurk_certificate_verify_decode(message.data, message.len, &hash, &hash_len, &error),
                     LURK_OK);
    assert_ptr_equal(hash, message.data + 98);
    assert_int_equal(hash_len, rows[i].hash_len);
    lurk_octets_clear(&message);
  }
}

static void assert_verify_malformed(const struct lurk_octets *message, const char *field, size_t offset) {
  const uint8_t *hash;
  size_t hash_len;
  struct lurk_decode_error error = {NULL, 0};
  assert_int_equal(lurk_certificate_verify_decode(message->data, message->len, &hash, &hash_len, &error),
                   LURK_ERR_MALFORMED);
  assert_string_equal(error.field, field);
  assert_int_equal(error.offset, offset);
}

static void certificate_verify_cut_off_anywhere(void **state) {
  (void)state;
  struct lurk_octets message = octets_of(PADDING CONTEXT "(5a*48)");
  for (size_t len = 0; len < message.len; len++) {
    struct lurk_octets cut = octets_cut(&message, len);
    if (len < 64)
      assert_verify_malformed(&cut, "padding", 0);
    else if (len < 98)
      assert_verify_malformed(&cut, "context string", 64);
    else if (len != 98 + 32)
      assert_verify_malformed(&cut, "transcript hash", 98);
    lurk_octets_clear(&cut);
  }
  lurk_octets_clear(&message);
}

static void certificate_verify_malformed(void **state) {
  (void)state;
  static const struct {
    const char *notation;
    const char *field;
    size_t offset;
  } rows[] = {
      {PADDING CONTEXT "(5a*31)", "transcript hash", 98},
      {PADDING CONTEXT "(5a*33)", "transcript hash", 98},
      {PADDING CONTEXT "(5a*49)", "transcript hash", 98},
      {PADDING CONTEXT "(5a*64)", "transcript hash", 98},
      {PADDING CONTEXT, "transcript hash", 98},
      {"(20*63) 21" CONTEXT "(5a*32)", "padding", 0},
      {"00 (20*63)" CONTEXT "(5a*32)", "padding", 0},
      {"(20*63)" CONTEXT "(5a*32)", "padding", 0},
      {"(20*65)" CONTEXT "(5a*32)", "context string", 64},
      /* XP-05, XP-07: another context is another promise */
      {PADDING "'TLS 1.3, client CertificateVerify' 00 (5a*32)", "context string", 64},
      {PADDING "'TLS 1.3, server CertificateVerify' 20 (5a*32)", "context string", 64},
      {PADDING "'tls 1.3, server CertificateVerify' 00 (5a*32)", "context string", 64},
      {PADDING "'TLS, server delegated credentials' 00 (5a*32)", "context string", 64},
      {CONTEXT "(5a*96)", "padding", 0},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_octets message = octets_of(rows[i].notation);
    assert_verify_malformed(&message, rows[i].field, rows[i].offset);
    lurk_octets_clear(&message);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ecdhe_input_of_each_group),
      cmocka_unit_test(ecdhe_input_cut_off_anywhere),
      cmocka_unit_test(ecdhe_input_with_something_behind),
      cmocka_unit_test(ecdhe_input_malformed),
      cmocka_unit_test(certificate_verify_of_both_hashes),
      cmocka_unit_test(certificate_verify_cut_off_anywhere),
      cmocka_unit_test(certificate_verify_malformed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
