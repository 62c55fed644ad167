#include "lurk/crypto/crypto.h"
#include "lurk/wire/handshake.h"
#include "vectors/check/check.h"

static const char *point(struct call *call) {
  struct lurk_octets octets = call_octets(call, "point");
  return check_status(call,
                      lurk_group_check_point((uint16_t)call_number(call, "group"), octets.data, octets.len));
}

static const char *ecdhe_input(struct call *call) {
  struct lurk_octets message = call_octets(call, "message");
  struct lurk_ecdhe_input input;
  struct lurk_decode_error error;
  lurk_status status = lurk_ecdhe_input_decode(message.data, message.len, &input, &error);
  if (status == LURK_OK)
    status = lurk_group_check_point(input.named_group, input.point, input.point_len);
  if (status == LURK_OK) {
    reply_octets(call, "client_random", input.client_random, LURK_RANDOM_LEN);
    reply_octets(call, "server_random", input.server_random, LURK_RANDOM_LEN);
    reply_number(call, "group", input.named_group);
    reply_octets(call, "point", input.point, input.point_len);
  }
  return check_status(call, status);
}

static const char *certificate_verify(struct call *call) {
  struct lurk_octets message = call_octets(call, "message");
  struct lurk_decode_error error;
  const uint8_t *hash;
  size_t len;
  lurk_status status = lurk_certificate_verify_decode(message.data, message.len, &hash, &len, &error);
  if (status == LURK_OK)
    reply_octets(call, "transcript_hash", hash, len);
  return check_status(call, status);
}

const struct check_entry check_points[] = {
    {"point", point}, {"ecdhe_input", ecdhe_input}, {"certificate_verify", certificate_verify}, {NULL, NULL}};
