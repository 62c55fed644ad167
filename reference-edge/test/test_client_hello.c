#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"
#include "reference-edge/client_hello.h"
#include "reference-edge/test/hello_builder.h"
#include <string.h>

#define HEAD "0303 (c1*32) 00 0002 c02b 0100 "

static lurk_status decode(const struct lurk_octets *body, struct lurk_client_hello *hello,
                          struct lurk_decode_error *error) {
  return lurk_client_hello_decode(body->data, body->len, hello, error);
}

static void what_decides_is_read(void **state) {
  (void)state;
  struct lurk_client_hello hello;
  struct lurk_decode_error error;
  const struct hello_parts parts = {.suites = "1301 c02b 0a0a",
                                    .versions = "0304 0303",
                                    .groups = "001d 0017",
                                    .schemes = "0403 0804",
                                    .name = "WWW.Example"};
  struct lurk_octets body = hello_body(&parts);
  assert_int_equal(decode(&body, &hello, &error), LURK_OK);
  assert_int_equal(hello.legacy_version, 0x0303);
  assert_true(lurk_list_has(hello.suites, 0xc02b));
  assert_false(lurk_list_has(hello.suites, 0x2bc0));
  assert_true(hello.has_groups && lurk_list_has(hello.groups, 0x001d));
  assert_true(hello.has_schemes && lurk_list_has(hello.schemes, 0x0804));
  assert_true(lurk_client_hello_offers(&hello, 0x0303) && lurk_client_hello_offers(&hello, 0x0304));
  assert_string_equal(hello.server_name, "www.example");
  lurk_octets_clear(&body);
}

/* RFC 8446 §4.2.1: with supported_versions, legacy_version says nothing. */
static void offered_versions(void **state) {
  (void)state;
  static const struct {
    const char *version, *versions;
    bool tls12, tls13;
  } rows[] = {
      {"0303", NULL, true, false},   {"0302", NULL, false, false},        {"0304", NULL, true, false},
      {"0303", "0304", false, true}, {"0303", "7f1c 0302", false, false}, {"0301", "0303", true, false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_client_hello hello;
    struct lurk_decode_error error;
    const struct hello_parts parts = {
        .version = rows[i].version, .suites = "c02b", .versions = rows[i].versions};
    struct lurk_octets body = hello_body(&parts);
    assert_int_equal(decode(&body, &hello, &error), LURK_OK);
    assert_int_equal(lurk_client_hello_offers(&hello, 0x0303), rows[i].tls12);
    assert_int_equal(lurk_client_hello_offers(&hello, 0x0304), rows[i].tls13);
    lurk_octets_clear(&body);
  }
}

/* Only one proper prefix of a hello is a hello: the one that ends before the extensions. */
static void no_cut_hello_is_read(void **state) {
  (void)state;
  const struct hello_parts parts = {.suites = "c02b", .versions = "0304", .groups = "001d", .name = "a.b"};
  struct lurk_octets whole = hello_body(&parts);
  struct lurk_octets head = octets_of(HEAD);
  for (size_t len = 0; len < whole.len; len++) {
    struct lurk_client_hello hello;
    struct lurk_decode_error error = {NULL, 0};
    struct lurk_octets cut = octets_cut(&whole, len);
    assert_int_equal(decode(&cut, &hello, &error), len == head.len ? LURK_OK : LURK_ERR_MALFORMED);
    assert_true(len == head.len || (error.field != NULL && error.offset <= len));
    lurk_octets_clear(&cut);
  }
  lurk_octets_clear(&head);
  lurk_octets_clear(&whole);
}

static void malformed_hellos(void **state) {
  (void)state;
  static const struct {
    const char *body, *field;
  } rows[] = {
      {"0303 (c1*32) 21 (00*33) 0002 c02b 0100", "session_id"},
      {"0303 (c1*32) 00 0000 0100", "cipher_suites"},
      {"0303 (c1*32) 00 0003 c02b 00 0100", "cipher_suites"},
      {"0303 (c1*32) 00 0002 c02b 00", "compression_methods"},
      {HEAD "0000 00", "extensions"},
      {HEAD "0003 0000 00", "extensions"},
      {HEAD "0006 000a 0002 0000", "supported_groups"},
      {HEAD "0009 000a 0005 0003 001d 00", "supported_groups"},
      {HEAD "0009 000a 0005 0002 001d 00", "supported_groups"},
      {HEAD "0010 000a 0004 0002 001d 000a 0004 0002 001d", "supported_groups"},
      {HEAD "0010 000d 0004 0002 0403 000d 0004 0002 0403", "signature_algorithms"},
      {HEAD "0007 002b 0003 03 0304", "supported_versions"},
      {HEAD "0008 0000 0004 0002 00 00", "server_name"},
      {HEAD "0009 0000 0005 0003 00 0000", "server_name"},
      {HEAD "000a 0000 0006 0004 01 0001 61", "server_name"},
      {HEAD "000b 0000 0007 0005 00 0002 6100", "server_name"},
      {HEAD "000b 0000 0007 0005 00 0002 6120", "server_name"},
      {HEAD "000b 0000 0007 0005 00 0002 c3a4", "server_name"},
      {HEAD "000e 0000 000a 0008 00 0001 61 00 0001 62", "server_name"},
      {HEAD "0108 0000 0104 0102 00 00ff (61*255) 00", "extensions"},
      {HEAD "0109 0000 0105 0103 00 0100 (61*256)", "server_name"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_client_hello hello;
    struct lurk_decode_error error = {NULL, 0};
    struct lurk_octets body = octets_of(rows[i].body);
    assert_int_equal(decode(&body, &hello, &error), LURK_ERR_MALFORMED);
    assert_string_equal(error.field, rows[i].field);
    lurk_octets_clear(&body);
  }
}

static void longest_name_is_read(void **state) {
  (void)state;
  struct lurk_client_hello hello;
  struct lurk_decode_error error;
  struct lurk_octets body = octets_of(HEAD "0108 0000 0104 0102 00 00ff (61*255)");
  assert_int_equal(decode(&body, &hello, &error), LURK_OK);
  assert_int_equal(strlen(hello.server_name), LURK_MAX_SERVER_NAME);
  lurk_octets_clear(&body);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_decides_is_read), cmocka_unit_test(offered_versions),
      cmocka_unit_test(no_cut_hello_is_read), cmocka_unit_test(malformed_hellos),
      cmocka_unit_test(longest_name_is_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
