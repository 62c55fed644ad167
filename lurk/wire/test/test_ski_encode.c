/* What is encoded, octet for octet, and that decoding gives it back. */
#include "lurk/wire/ski.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"
#include <string.h>

static const enum lurk_ski_format formats[] = {LURK_SKI_JSON, LURK_SKI_CBOR};

static uint8_t input_octets[] = {0xc0, 0xff, 0xee};

static struct lurk_ski_request good_request(void) {
  struct lurk_ski_request request = {
      .protocol = LURK_SKI_TLS_1_2,
      .method = LURK_SKI_ECDHE,
      .method_present = true,
      .hash = LURK_SKI_SHA256,
      .input = {input_octets, sizeof input_octets},
  };
  memset(request.spki, 0x11, sizeof request.spki);
  return request;
}

static void assert_request_encodes_as(enum lurk_ski_format format, const struct lurk_ski_request *request,
                                      const char *notation) {
  struct lurk_octets message = {NULL, 0};
  assert_int_equal(lurk_ski_request_encode(format, request, &message), LURK_OK);
  assert_octets_equal(&message, notation);
  lurk_octets_clear(&message);
}

#define SPKI_TEXT "ERERERERERERERERERERERERERERERERERERERERERE="

static void requests_octet_for_octet(void **state) {
  (void)state;
  struct lurk_ski_request request = good_request();
  assert_request_encodes_as(LURK_SKI_CBOR, &request,
                            "a5 64'hash' 67'SHA-256' 64'spki' 5820(11*32) 65'input' 43c0ffee"
                            "66'method' 65'ECDHE' 68'protocol' 67'TLS 1.2'");
  assert_request_encodes_as(LURK_SKI_JSON, &request,
                            "'{\"protocol\":\"TLS 1.2\",\"spki\":\"" SPKI_TEXT
                            "\",\"method\":\"ECDHE\",\"hash\":\"SHA-256\",\"input\":\"wP/u\"}'");
  request.hash = LURK_SKI_HASH_ABSENT;
  request.protocol = LURK_SKI_TLS_1_3;
  request.method_present = false;
  request.scheme_present = true;
  request.scheme = 0x0804;
  request.input.len = 0;
  assert_request_encodes_as(
      LURK_SKI_CBOR, &request,
      "a4 64'spki' 5820(11*32) 65'input' 40 66'scheme' 190804 68'protocol' 67'TLS 1.3'");
  assert_request_encodes_as(LURK_SKI_JSON, &request,
                            "'{\"protocol\":\"TLS 1.3\",\"spki\":\"" SPKI_TEXT
                            "\",\"scheme\":2052,\"input\":\"\"}'");
}

/* KeyServer compares the alias as text, in upper case. */
static void the_alias_in_upper_case(void **state) {
  (void)state;
  struct lurk_ski_request request = good_request();
  request.spki_is_alias = true;
  memset(request.spki, 0, sizeof request.spki);
  memcpy(request.spki, "\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67",
         20);
  assert_request_encodes_as(
      LURK_SKI_JSON, &request,
      "'{\"protocol\":\"TLS 1.2\",\"spki\":\"0123456789ABCDEF0123456789ABCDEF01234567\","
      "\"method\":\"ECDHE\",\"hash\":\"SHA-256\",\"input\":\"wP/u\"}'");
  struct lurk_octets message = {NULL, 0};
  assert_int_equal(lurk_ski_request_encode(LURK_SKI_CBOR, &request, &message), LURK_ERR_MALFORMED);
  assert_null(message.data);
}

static void assert_round_trip(enum lurk_ski_format format, const struct lurk_ski_request *request) {
  struct lurk_octets message = {NULL, 0}, again = {NULL, 0};
  struct lurk_ski_request back;
  struct lurk_decode_error error;
  assert_int_equal(lurk_ski_request_encode(format, request, &message), LURK_OK);
  assert_int_equal(
      lurk_ski_request_decode(format, message.data, message.len, request->spki_is_alias, &back, &error),
      LURK_OK);
  assert_int_equal(back.protocol, request->protocol);
  assert_int_equal(back.method, request->method);
  assert_int_equal(back.method_present, request->method_present);
  assert_int_equal(back.hash, request->hash);
  assert_int_equal(back.scheme_present, request->scheme_present);
  assert_int_equal(back.scheme, request->scheme);
  assert_int_equal(back.spki_is_alias, request->spki_is_alias);
  assert_memory_equal(back.spki, request->spki, sizeof back.spki);
  assert_int_equal(back.input.len, request->input.len);
  if (back.input.len > 0)
    assert_memory_equal(back.input.data, request->input.data, back.input.len);
  assert_int_equal(lurk_ski_request_encode(format, &back, &again), LURK_OK);
  assert_int_equal(again.len, message.len);
  assert_memory_equal(again.data, message.data, message.len);
  lurk_octets_clear(&message);
  lurk_octets_clear(&again);
  lurk_ski_request_clear(&back);
}

static void every_request_comes_back(void **state) {
  (void)state;
  static uint8_t long_input[70000];
  static const size_t lengths[] = {0, 1, 23, 24, 133, 255, 256, 512, 65535, 65536, sizeof long_input};
  static const uint16_t schemes[] = {0, 23, 24, 255, 256, 0x0403, 0xffff};
  for (size_t i = 0; i < sizeof long_input; i++)
    long_input[i] = (uint8_t)(i * 31 + 7);
  for (size_t f = 0; f < 2; f++) {
    struct lurk_ski_request request = good_request();
    for (int protocol = LURK_SKI_TLS_1_0; protocol <= LURK_SKI_TLS_1_3; protocol++) {
      for (int method = LURK_SKI_ECDHE; method <= LURK_SKI_RSA; method++) {
        for (int hash = LURK_SKI_HASH_ABSENT; hash <= LURK_SKI_SHA512; hash++) {
          request.protocol = (enum lurk_ski_protocol)protocol;
          request.method = (enum lurk_ski_method)method;
          request.hash = (enum lurk_ski_hash)hash;
          assert_round_trip(formats[f], &request);
        }
      }
    }
    request = good_request();
    request.input.data = long_input;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
      request.input.len = lengths[i];
      assert_round_trip(formats[f], &request);
    }
    request = good_request();
    request.hash = LURK_SKI_HASH_ABSENT;
    request.method_present = false;
    request.scheme_present = true;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
      request.scheme = schemes[i];
      assert_round_trip(formats[f], &request);
    }
  }
  struct lurk_ski_request alias = good_request();
  alias.spki_is_alias = true;
  memset(alias.spki + LURK_SKI_ALIAS_LEN, 0, sizeof alias.spki - LURK_SKI_ALIAS_LEN);
  assert_round_trip(LURK_SKI_JSON, &alias);
}

static void protocol_out_of_range(struct lurk_ski_request *request) {
  request->protocol = (enum lurk_ski_protocol)(LURK_SKI_TLS_1_3 + 1);
}
static void method_out_of_range(struct lurk_ski_request *request) {
  request->method = (enum lurk_ski_method)7;
}
static void hash_out_of_range(struct lurk_ski_request *request) {
  request->hash = (enum lurk_ski_hash)(LURK_SKI_SHA512 + 1);
}
static void hash_and_scheme(struct lurk_ski_request *request) {
  request->scheme_present = true;
}
static void rsa_by_silence(struct lurk_ski_request *request) {
  request->method = LURK_SKI_RSA;
  request->method_present = false;
}

static void requests_that_no_message_can_say(void **state) {
  (void)state;
  static void (*const mistakes[])(struct lurk_ski_request *) = {
      protocol_out_of_range, method_out_of_range, hash_out_of_range, hash_and_scheme, rsa_by_silence,
  };
  for (size_t f = 0; f < 2; f++) {
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
      struct lurk_ski_request request = good_request();
      struct lurk_octets message = {NULL, 0};
      mistakes[i](&request);
      assert_int_equal(lurk_ski_request_encode(formats[f], &request, &message), LURK_ERR_MALFORMED);
      assert_null(message.data);
    }
  }
}

static void names(void **state) {
  (void)state;
  assert_string_equal(lurk_ski_protocol_name(LURK_SKI_TLS_1_0), "TLS 1.0");
  assert_string_equal(lurk_ski_protocol_name(LURK_SKI_TLS_1_1), "TLS 1.1");
  assert_string_equal(lurk_ski_protocol_name(LURK_SKI_DTLS_1_0), "DTLS 1.0");
  assert_string_equal(lurk_ski_protocol_name(LURK_SKI_TLS_1_2), "TLS 1.2");
  assert_string_equal(lurk_ski_protocol_name(LURK_SKI_DTLS_1_2), "DTLS 1.2");
  assert_string_equal(lurk_ski_protocol_name(LURK_SKI_TLS_1_3), "TLS 1.3");
  assert_string_equal(lurk_ski_method_name(LURK_SKI_ECDHE), "ECDHE");
  assert_string_equal(lurk_ski_method_name(LURK_SKI_RSA), "RSA");
  assert_null(lurk_ski_hash_name(LURK_SKI_HASH_ABSENT));
  assert_string_equal(lurk_ski_hash_name(LURK_SKI_SHA224), "SHA-224");
  assert_string_equal(lurk_ski_hash_name(LURK_SKI_SHA256), "SHA-256");
  assert_string_equal(lurk_ski_hash_name(LURK_SKI_SHA384), "SHA-384");
  assert_string_equal(lurk_ski_hash_name(LURK_SKI_SHA512), "SHA-512");
  assert_string_equal(lurk_ski_error_name(LURK_SKI_MALFORMED_REQUEST), "malformed request");
  assert_string_equal(lurk_ski_error_name(LURK_SKI_REQUEST_DENIED), "request denied");
  assert_string_equal(lurk_ski_error_name(LURK_SKI_SPKI_NOT_FOUND), "spki not found");
  assert_string_equal(lurk_ski_error_name(LURK_SKI_UNSPECIFIED_ERROR), "unspecified error");
  assert_string_equal(lurk_ski_media_type(LURK_SKI_JSON), "application/json");
  assert_string_equal(lurk_ski_media_type(LURK_SKI_CBOR), "application/cbor");
  assert_null(lurk_ski_protocol_name((enum lurk_ski_protocol)6));
  assert_null(lurk_ski_method_name((enum lurk_ski_method)2));
  assert_null(lurk_ski_hash_name((enum lurk_ski_hash)5));
  assert_null(lurk_ski_error_name((enum lurk_ski_error)4));
  assert_null(lurk_ski_media_type((enum lurk_ski_format)2));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(requests_octet_for_octet),
      cmocka_unit_test(the_alias_in_upper_case),
      cmocka_unit_test(every_request_comes_back),
      cmocka_unit_test(requests_that_no_message_can_say),
      cmocka_unit_test(names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
