/* The parts of an input that is taken, put together again, are the input: nothing was skipped or guessed. */
#include "fuzz/target.h"
#include "lurk/wire/bytes.h"
#include "lurk/wire/handshake.h"
#include <string.h>

static void put_together(const struct lurk_ecdhe_input *input, struct lurk_octets *out) {
  struct lurk_builder builder;
  lurk_builder_init(&builder, 1024);
  lurk_add_octets(&builder, input->client_random, LURK_RANDOM_LEN);
  lurk_add_octets(&builder, input->server_random, LURK_RANDOM_LEN);
  lurk_add_u8(&builder, 3);
  lurk_add_u16(&builder, input->named_group);
  lurk_builder_open_vector(&builder, 1);
  lurk_add_octets(&builder, input->point, input->point_len);
  lurk_builder_close_vector(&builder);
  FUZZ_CHECK(lurk_builder_finish(&builder, out) == LURK_OK);
}

/* RFC 8422 §5.4.1: 04 and both coordinates, or the 32 octets of X25519. */
static bool is_as_long_as_points_are(const struct lurk_ecdhe_input *input) {
  switch (input->named_group) {
  case LURK_GROUP_SECP256R1:
    return input->point_len == 65 && input->point[0] == 4;
  case LURK_GROUP_SECP384R1:
    return input->point_len == 97 && input->point[0] == 4;
  case LURK_GROUP_SECP521R1:
    return input->point_len == 133 && input->point[0] == 4;
  case LURK_GROUP_X25519:
    return input->point_len == 32;
  default:
    return false; /* no other group is taken */
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct lurk_ecdhe_input input;
  struct lurk_decode_error error = {NULL, 0};
  struct lurk_octets again = {NULL, 0};
  lurk_status status = lurk_ecdhe_input_decode(data, size, &input, &error);
  if (status != LURK_OK) {
    check_refusal(status, &error, size);
    return 0;
  }
  FUZZ_CHECK(is_as_long_as_points_are(&input));
  put_together(&input, &again);
  FUZZ_CHECK(again.len == size && memcmp(again.data, data, size) == 0);
  lurk_octets_clear(&again);
  return 0;
}
