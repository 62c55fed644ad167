#include "lurk/wire/ski.h"

#include "vectors/check/check.h"
#include <string.h>

static enum lurk_ski_format format_of(struct call *call) {
  return strcmp(call_text(call, "format"), "json") == 0 ? LURK_SKI_JSON : LURK_SKI_CBOR;
}

static const char *request(struct call *call) {
  struct lurk_octets message = call_octets(call, "message");
  struct lurk_ski_request request;
  struct lurk_decode_error error;
  lurk_status status = lurk_ski_request_decode(format_of(call), message.data, message.len,
                                               call_true(call, "alias"), &request, &error);
  if (status == LURK_OK) {
    reply_text(call, "protocol", lurk_ski_protocol_name(request.protocol));
    reply_text(call, "method", lurk_ski_method_name(request.method));
    if (request.hash != LURK_SKI_HASH_ABSENT)
      reply_text(call, "hash", lurk_ski_hash_name(request.hash));
    if (request.scheme_present)
      reply_number(call, "scheme", request.scheme);
    reply_octets(call, "spki", request.spki,
                 request.spki_is_alias ? LURK_SKI_ALIAS_LEN : LURK_SKI_FINGERPRINT_LEN);
    reply_octets(call, "input", request.input.data, request.input.len);
  }
  lurk_ski_request_clear(&request);
  return check_status(call, status);
}

static const char *response(struct call *call) {
  struct lurk_octets message = call_octets(call, "message");
  struct lurk_ski_response response;
  struct lurk_decode_error error;
  lurk_status status =
      lurk_ski_response_decode(format_of(call), message.data, message.len, &response, &error);
  if (status == LURK_OK && response.is_error)
    reply_text(call, "error", lurk_ski_error_name(response.error));
  else if (status == LURK_OK)
    reply_octets(call, "output", response.output.data, response.output.len);
  lurk_ski_response_clear(&response);
  return check_status(call, status);
}

static void reply_names(struct call *call, const char *name, const bool *set, size_t count,
                        const char *(*name_of)(unsigned)) {
  json_t *list = json_array();
  for (unsigned i = 0; i < count; i++) {
    if (set[i] && name_of(i) != NULL)
      json_array_append_new(list, json_string(name_of(i)));
  }
  json_object_set_new(call->output, name, list);
}

static const char *protocol_name(unsigned i) {
  return lurk_ski_protocol_name((enum lurk_ski_protocol)i);
}

static const char *method_name(unsigned i) {
  return lurk_ski_method_name((enum lurk_ski_method)i);
}

static const char *hash_name(unsigned i) {
  return lurk_ski_hash_name((enum lurk_ski_hash)i);
}

static const char *media_type(unsigned i) {
  return lurk_ski_media_type((enum lurk_ski_format)i);
}

static void reply_capabilities(struct call *call, const struct lurk_ski_capabilities *offer) {
  json_t *schemes = json_array(), *keys = json_array();
#define COUNT(array) (sizeof array / sizeof *array)
  reply_names(call, "protocols", offer->protocols, COUNT(offer->protocols), protocol_name);
  reply_names(call, "methods", offer->methods, COUNT(offer->methods), method_name);
  reply_names(call, "hashes", offer->hashes, COUNT(offer->hashes), hash_name);
  reply_names(call, "formats", offer->formats, COUNT(offer->formats), media_type);
#undef COUNT
  for (size_t i = 0; i < offer->scheme_count; i++)
    json_array_append_new(schemes, json_integer(offer->schemes[i]));
  for (size_t i = 0; i < offer->key_count; i++)
    json_array_append_new(keys, check_hex(offer->keys[i], LURK_SKI_FINGERPRINT_LEN));
  json_object_set_new(call->output, "schemes", schemes);
  json_object_set_new(call->output, "keys", keys);
  reply_octets(call, "state", offer->state, LURK_SKI_STATE_LEN);
}

static const char *capabilities(struct call *call) {
  struct lurk_octets message = call_octets(call, "message");
  struct lurk_ski_capabilities offer;
  struct lurk_decode_error error;
  lurk_status status =
      lurk_ski_capabilities_decode(format_of(call), message.data, message.len, &offer, &error);
  if (status == LURK_OK)
    reply_capabilities(call, &offer);
  lurk_ski_capabilities_clear(&offer);
  return check_status(call, status);
}

const struct check_entry check_ski[] = {
    {"ski_request", request}, {"ski_response", response}, {"ski_capabilities", capabilities}, {NULL, NULL}};
