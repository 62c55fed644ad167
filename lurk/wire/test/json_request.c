#include "lurk/wire/test/json_request.h"

#include "lurk/wire/test/cmocka_all.h"

lurk_status decode_json_request(const struct lurk_octets *message, struct lurk_ski_request *out,
                                struct lurk_decode_error *error) {
  *error = (struct lurk_decode_error){NULL, 0};
  return lurk_ski_request_decode(LURK_SKI_JSON, message->data, message->len, false, out, error);
}

void assert_taken(const char *text, struct lurk_ski_request *out) {
  struct lurk_octets message = octets_of_text(text);
  struct lurk_decode_error error;
  if (decode_json_request(&message, out, &error) != LURK_OK)
    fail_msg("%s: refused at %zu: %s", text, error.offset, error.field);
  lurk_octets_clear(&message);
}

void assert_message_malformed(const struct lurk_octets *message, const char *field) {
  struct lurk_ski_request request;
  struct lurk_decode_error error;
  if (decode_json_request(message, &request, &error) != LURK_ERR_MALFORMED)
    fail_msg("taken: %.*s", (int)message->len, (const char *)message->data);
  assert_string_equal(error.field, field);
  assert_true(error.offset == LURK_NO_OFFSET || error.offset <= message->len);
  assert_null(request.input.data);
}

void assert_malformed(const char *text, const char *field) {
  struct lurk_octets message = octets_of_text(text);
  assert_message_malformed(&message, field);
  lurk_octets_clear(&message);
}
