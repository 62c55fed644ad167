#include "lurk/wire/lurk_base.h"
#include "lurk/wire/lurk_header.h"
#include "lurk/wire/lurk_tls12.h"
#include "vectors/check/check.h"

#include <string.h>

#define MESSAGE_LIMIT 65536

static void reply_id(struct call *call, const uint8_t *message) {
  reply_octets(call, "id", message + 4, 8);
}

/* False unless the octets are one whole message. */
static bool read_message(struct lurk_octets message, enum lurk_length_convention convention,
                         struct lurk_header *header) {
  return message.len >= LURK_HEADER_LEN &&
         lurk_header_decode(message.data, convention, MESSAGE_LIMIT, header) == LURK_OK &&
         header->payload_len == message.len - LURK_HEADER_LEN;
}

static bool is_served(const struct lurk_header *header) {
  return header->version == LURK_EXTENSION_VERSION && header->designation <= LURK_DESIGNATION_TLS12;
}

static bool is_assigned(const struct lurk_header *header) {
  return header->designation == LURK_DESIGNATION_LURK ? header->type <= LURK_BASE_PING
                                                      : lurk_tls12_type_name(header->type) != NULL;
}

/* What a server that speaks lurk and tls12 makes of the header (lurk-01 §5.3, A-73). */
static const char *request(struct call *call) {
  struct lurk_octets message = call_octets(call, "message");
  struct lurk_header header;
  if (!read_message(message,
                    call_true(call, "counts_header") ? LURK_LENGTH_WHOLE_MESSAGE : LURK_LENGTH_PAYLOAD,
                    &header))
    return "invalid_format";
  if (!is_served(&header))
    return "invalid_extension";
  if (header.status != LURK_MESSAGE_REQUEST)
    return "invalid_status";
  if (!is_assigned(&header))
    return "invalid_type";
  if (header.designation == LURK_DESIGNATION_LURK && header.payload_len != 0)
    return "invalid_format";
  reply_number(call, "designation", header.designation);
  reply_number(call, "type", header.type);
  reply_id(call, message.data);
  reply_octets(call, "payload", message.data + LURK_HEADER_LEN, header.payload_len);
  return CHECK_OK;
}

static const char *error_answer(struct call *call, const char *kind, const char *status,
                                struct lurk_octets message) {
  uint8_t state[LURK_STATE_LEN];
  reply_text(call, "kind", kind);
  reply_text(call, "status", status);
  if (lurk_error_state(message.data + LURK_HEADER_LEN, message.len - LURK_HEADER_LEN, state))
    reply_octets(call, "state", state, sizeof state);
  return CHECK_OK;
}

static const char *answer(struct call *call) {
  struct lurk_octets request_octets = call_octets(call, "request"), message = call_octets(call, "message");
  struct lurk_header question, header;
  if (request_octets.len != LURK_HEADER_LEN ||
      lurk_header_decode(request_octets.data, LURK_LENGTH_WHOLE_MESSAGE, MESSAGE_LIMIT, &question) !=
          LURK_OK) {
    call->broken = true;
    return CHECK_UNSUPPORTED;
  }
  if (!read_message(message, LURK_LENGTH_WHOLE_MESSAGE, &header))
    return "malformed";
  switch (lurk_answer_to(&question, &header)) {
  case LURK_ANSWER_SUCCESS:
    reply_text(call, "kind", "success");
    reply_octets(call, "payload", message.data + LURK_HEADER_LEN, header.payload_len);
    return CHECK_OK;
  case LURK_ANSWER_ERROR:
    return error_answer(call, "error", lurk_tls12_status_name(header.status), message);
  case LURK_ANSWER_BASE_ERROR:
    return error_answer(call, "base_error", lurk_base_status_name(header.status), message);
  case LURK_ANSWER_MISMATCHED:
    return "mismatched";
  default:
    return "foreign";
  }
}

static const char *capabilities(struct call *call) {
  struct lurk_octets payload = call_octets(call, "payload");
  struct lurk_base_capabilities offer;
  struct lurk_decode_error error;
  lurk_status status = lurk_base_capabilities_decode(payload.data, payload.len, &offer, &error);
  if (status != LURK_OK)
    return check_status(call, status);
  json_t *extensions = json_array(), *types = json_array();
  for (size_t i = 0; i < offer.extension_count; i++)
    json_array_append_new(extensions,
                          json_pack("[ii]", offer.extensions[2 * i], offer.extensions[2 * i + 1]));
  for (size_t i = 0; i < offer.type_count; i++)
    json_array_append_new(types, json_integer(offer.types[i]));
  json_object_set_new(call->output, "extensions", extensions);
  if (offer.types != NULL)
    json_object_set(call->output, "types", types);
  json_decref(types);
  reply_octets(call, "state", offer.state, LURK_STATE_LEN);
  return CHECK_OK;
}

const struct check_entry check_lurk[] = {
    {"lurk_request", request}, {"lurk_answer", answer}, {"lurk_capabilities", capabilities}, {NULL, NULL}};
