#include "lurk/wire/ski.h"
#include "lurk/wire/test/cmocka_all.h"
#include "lurk/wire/test/notation.h"
#include <string.h>

static lurk_status decode(enum lurk_ski_format format, const char *notation, struct lurk_ski_response *out,
                          struct lurk_decode_error *error) {
  struct lurk_octets message = octets_of(notation);
  *error = (struct lurk_decode_error){NULL, 0};
  lurk_status status = lurk_ski_response_decode(format, message.data, message.len, out, error);
  lurk_octets_clear(&message);
  return status;
}

static void outputs_and_errors(void **state) {
  (void)state;
  static const struct {
    enum lurk_ski_format format;
    const char *notation;
    const char *output; /* NULL: error */
    enum lurk_ski_error error;
  } rows[] = {
      {LURK_SKI_JSON, "'{\"output\":\"wP/u\"}'", "c0ffee", 0},
      {LURK_SKI_JSON, "'{\"output\":\"\"}'", "", 0},
      {LURK_SKI_JSON, "'{\"x\":[{}],\"output\":\"wP/u\",\"y\":null}'", "c0ffee", 0},
      {LURK_SKI_JSON, "'{\"error\":\"malformed request\"}'", NULL, LURK_SKI_MALFORMED_REQUEST},
      {LURK_SKI_JSON, "'{\"error\":\"request denied\"}'", NULL, LURK_SKI_REQUEST_DENIED},
      {LURK_SKI_JSON, "'{\"error\":\"spki not found\"}'", NULL, LURK_SKI_SPKI_NOT_FOUND},
      {LURK_SKI_JSON, "'{\"error\":\"unspecified error\"}'", NULL, LURK_SKI_UNSPECIFIED_ERROR},
      {LURK_SKI_CBOR, "a1 66'output' 43c0ffee", "c0ffee", 0},
      {LURK_SKI_CBOR, "a1 66'output' 40", "", 0},
      {LURK_SKI_CBOR, "a3 61'x' 8140 66'output' 43c0ffee 69'something' f6", "c0ffee", 0},
      {LURK_SKI_CBOR, "a1 65'error' 71'malformed request'", NULL, LURK_SKI_MALFORMED_REQUEST},
      {LURK_SKI_CBOR, "a1 65'error' 6e'request denied'", NULL, LURK_SKI_REQUEST_DENIED},
      {LURK_SKI_CBOR, "a1 65'error' 6e'spki not found'", NULL, LURK_SKI_SPKI_NOT_FOUND},
      {LURK_SKI_CBOR, "a1 65'error' 71'unspecified error'", NULL, LURK_SKI_UNSPECIFIED_ERROR},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_ski_response response;
    struct lurk_decode_error error;
    assert_int_equal(decode(rows[i].format, rows[i].notation, &response, &error), LURK_OK);
    assert_int_equal(response.is_error, rows[i].output == NULL);
    if (rows[i].output != NULL)
      assert_octets_equal(&response.output, rows[i].output);
    else
      assert_int_equal(response.error, rows[i].error);
    lurk_ski_response_clear(&response);
  }
}

static void malformed(void **state) {
  (void)state;
  static const struct {
    enum lurk_ski_format format;
    const char *notation;
    const char *field;
    size_t offset;
  } rows[] = {
      {LURK_SKI_JSON, "", "JSON syntax", 0},
      {LURK_SKI_JSON, "'{}'", "output", LURK_NO_OFFSET},
      {LURK_SKI_JSON, "'{\"x\":0}'", "output", LURK_NO_OFFSET},
      {LURK_SKI_JSON, "'{\"output\":\"wP/u\",\"error\":\"request denied\"}'", "error", LURK_NO_OFFSET},
      {LURK_SKI_JSON, "'{\"output\":\"wP/u\",\"error\":null}'", "error", LURK_NO_OFFSET},
      {LURK_SKI_JSON, "'{\"output\":null}'", "output", LURK_NO_OFFSET},
      {LURK_SKI_JSON, "'{\"output\":\"wP/v=\"}'", "output", LURK_NO_OFFSET},
      {LURK_SKI_JSON, "'{\"output\":\"wP_u\"}'", "output", LURK_NO_OFFSET},
      {LURK_SKI_JSON, "'{\"error\":\"\"}'", "error", LURK_NO_OFFSET},
      {LURK_SKI_JSON, "'{\"error\":\"Request denied\"}'", "error", LURK_NO_OFFSET},
      {LURK_SKI_JSON, "'{\"error\":\"spki not found \"}'", "error", LURK_NO_OFFSET},
      {LURK_SKI_JSON, "'{\"error\":404}'", "error", LURK_NO_OFFSET},
      {LURK_SKI_JSON, "'{\"error\":\"request denied\"} {}'", "end of JSON text", 28},
      {LURK_SKI_CBOR, "", "CBOR cut off", 0},
      {LURK_SKI_CBOR, "a0", "output", LURK_NO_OFFSET},
      {LURK_SKI_CBOR, "a1 61'x' 00", "output", LURK_NO_OFFSET},
      {LURK_SKI_CBOR, "a2 65'error' 6e'request denied' 66'output' 40", "error", 7},
      {LURK_SKI_CBOR, "a1 66'output' 63'abc'", "output", 8},
      {LURK_SKI_CBOR, "a1 66'output' f6", "output", 8},
      {LURK_SKI_CBOR, "a1 65'error' 4e'request denied'", "error", 7},
      {LURK_SKI_CBOR, "a1 65'error' 60", "error", 7},
      {LURK_SKI_CBOR, "a1 65'error' 6e'request Denied'", "error", 7},
      {LURK_SKI_CBOR, "a1 66'output' 43c0ffee 00", "end of CBOR map", 12},
      {LURK_SKI_CBOR, "a1 66'output' 5803c0ffee", "CBOR head longer than needed", 8},
      {LURK_SKI_CBOR, "a2 66'output' 40 65'error' 6e'request denied'", "CBOR map keys not in order", 9},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_ski_response response;
    struct lurk_decode_error error;
    if (decode(rows[i].format, rows[i].notation, &response, &error) != LURK_ERR_MALFORMED)
      fail_msg("taken: %s", rows[i].notation);
    assert_string_equal(error.field, rows[i].field);
    assert_int_equal(error.offset, rows[i].offset);
    assert_null(response.output.data);
  }
}

static void cut_off_anywhere(void **state) {
  (void)state;
  static const struct {
    enum lurk_ski_format format;
    const char *notation;
  } rows[] = {
      {LURK_SKI_JSON, "'{\"output\":\"wP/u\"}'"},
      {LURK_SKI_JSON, "'{\"error\":\"request denied\"}'"},
      {LURK_SKI_CBOR, "a1 66'output' 43c0ffee"},
      {LURK_SKI_CBOR, "a1 65'error' 6e'request denied'"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_octets message = octets_of(rows[i].notation);
    for (size_t len = 0; len < message.len; len++) {
      struct lurk_octets cut = octets_cut(&message, len);
      struct lurk_ski_response response;
      struct lurk_decode_error error = {NULL, 0};
      assert_int_equal(lurk_ski_response_decode(rows[i].format, cut.data, cut.len, &response, &error),
                       LURK_ERR_MALFORMED);
      assert_non_null(error.field);
      lurk_octets_clear(&cut);
    }
    lurk_octets_clear(&message);
  }
}

static void encoded_octet_for_octet(void **state) {
  (void)state;
  uint8_t output[] = {0xc0, 0xff, 0xee};
  const struct {
    enum lurk_ski_format format;
    struct lurk_ski_response response;
    const char *notation;
  } rows[] = {
      {LURK_SKI_JSON, {.output = {output, 3}}, "'{\"output\":\"wP/u\"}'"},
      {LURK_SKI_CBOR, {.output = {output, 3}}, "a1 66'output' 43c0ffee"},
      {LURK_SKI_JSON, {.output = {NULL, 0}}, "'{\"output\":\"\"}'"},
      {LURK_SKI_CBOR, {.output = {NULL, 0}}, "a1 66'output' 40"},
      {LURK_SKI_JSON,
       {.is_error = true, .error = LURK_SKI_MALFORMED_REQUEST},
       "'{\"error\":\"malformed request\"}'"},
      {LURK_SKI_CBOR,
       {.is_error = true, .error = LURK_SKI_SPKI_NOT_FOUND},
       "a1 65'error' 6e'spki not found'"},
      /* an error never carries an output, whatever the struct holds */
      {LURK_SKI_CBOR,
       {.is_error = true, .error = LURK_SKI_UNSPECIFIED_ERROR, .output = {output, 3}},
       "a1 65'error' 71'unspecified error'"},
      {LURK_SKI_JSON,
       {.is_error = true, .error = LURK_SKI_REQUEST_DENIED, .output = {output, 3}},
       "'{\"error\":\"request denied\"}'"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct lurk_octets message = {NULL, 0};
    assert_int_equal(lurk_ski_response_encode(rows[i].format, &rows[i].response, &message), LURK_OK);
    assert_octets_equal(&message, rows[i].notation);
    lurk_octets_clear(&message);
    const struct lurk_ski_response no_such_error = {.is_error = true, .error = (enum lurk_ski_error)4};
    assert_int_equal(lurk_ski_response_encode(rows[i].format, &no_such_error, &message), LURK_ERR_MALFORMED);
    assert_null(message.data);
  }
}

static void every_output_comes_back(void **state) {
  (void)state;
  static uint8_t octets[600];
  for (size_t i = 0; i < sizeof octets; i++)
    octets[i] = (uint8_t)(i * 151 + 3);
  for (int format = LURK_SKI_JSON; format <= LURK_SKI_CBOR; format++) {
    for (size_t len = 0; len <= sizeof octets; len++) {
      const struct lurk_ski_response response = {.output = {octets, len}};
      struct lurk_ski_response back;
      struct lurk_octets message = {NULL, 0};
      struct lurk_decode_error error;
      assert_int_equal(lurk_ski_response_encode(format, &response, &message), LURK_OK);
      assert_int_equal(lurk_ski_response_decode(format, message.data, message.len, &back, &error), LURK_OK);
      assert_int_equal(back.output.len, len);
      if (len > 0)
        assert_memory_equal(back.output.data, octets, len);
      lurk_octets_clear(&message);
      lurk_ski_response_clear(&back);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(outputs_and_errors),      cmocka_unit_test(malformed),
      cmocka_unit_test(cut_off_anywhere),        cmocka_unit_test(encoded_octet_for_octet),
      cmocka_unit_test(every_output_comes_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
