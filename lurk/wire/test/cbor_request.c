#include "lurk/wire/test/cbor_request.h"

#include "lurk/wire/test/cmocka_all.h"

lurk_status decode_cbor_request(const struct lurk_octets *message, struct lurk_ski_request *out,
                                struct lurk_decode_error *error) {
  *error = (struct lurk_decode_error){NULL, 0};
  return lurk_ski_request_decode(LURK_SKI_CBOR, message->data, message->len, true, out, error);
}

void assert_taken(const char *notation, struct lurk_ski_request *out) {
  struct lurk_octets message = octets_of(notation);
  struct lurk_decode_error error;
  if (decode_cbor_request(&message, out, &error) != LURK_OK)
    fail_msg("%s: refused at %zu: %s", notation, error.offset, error.field);
  lurk_octets_clear(&message);
}

void assert_malformed(const char *notation, const char *field, size_t offset) {
  struct lurk_octets message = octets_of(notation);
  struct lurk_ski_request request;
  struct lurk_decode_error error;
  if (decode_cbor_request(&message, &request, &error) != LURK_ERR_MALFORMED)
    fail_msg("%s: taken", notation);
  assert_string_equal(error.field, field);
  assert_int_equal(error.offset, offset);
  assert_null(request.input.data);
  lurk_octets_clear(&message);
}

void assert_all_malformed(const struct malformed_row *rows, size_t count) {
  for (size_t i = 0; i < count; i++)
    assert_malformed(rows[i].notation, rows[i].field, rows[i].offset);
}
