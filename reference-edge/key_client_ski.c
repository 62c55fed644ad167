/* Private-key operations as SKI requests over HTTPS. */
#include "reference-edge/key_client_internal.h"

#include "lurk/fault.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONNECTIONS_PER_KEY_SERVER 8

/* --- operations --- */

static bool is_success(const struct lurk_http_answer *answer) {
  return answer->code >= 200 && answer->code <= 299;
}

static bool has_type(const struct lurk_http_answer *answer, enum lurk_ski_format format) {
  const char *wanted = lurk_ski_media_type(format);
  size_t len = strlen(wanted);
  return answer->content_type != NULL && strncasecmp(answer->content_type, wanted, len) == 0 &&
         strchr("; \t", answer->content_type[len]) != NULL;
}

/* a success has both a 2xx status and `output`. */
static const char *fault_of_response(const struct lurk_http_answer *answer,
                                     const struct lurk_ski_response *response) {
  if (response->is_error)
    return lurk_ski_error_name(response->error);
  return is_success(answer) || LURK_FAULT(http_status_ignored)
             ? NULL
             : "the key server sent an output with an error status";
}

static void take_answer(void *arg, const struct lurk_http_answer *answer) {
  struct key_operation *operation = arg;
  const lurk_key_client *client = operation->client;
  enum lurk_ski_format format = client->config->format;
  struct lurk_ski_response response = {0};
  struct lurk_decode_error error;
  const char *failure = NULL;
  if (answer->status != LURK_OK)
    failure = lurk_key_client_fault(answer->status);
  else if (!(has_type(answer, format) || LURK_FAULT(media_type_ignored)) ||
           lurk_ski_response_decode(format, answer->body, answer->body_len, &response, &error) != LURK_OK)
    failure = "the key server's answer is no SKI object of the format asked for";
  else
    failure = fault_of_response(answer, &response);
  lurk_operation_finish(operation, response.output.data, response.output.len, failure,
                        lurk_key_client_url(client, answer->origin));
  lurk_ski_response_clear(&response);
}

static lurk_status ski_send(lurk_key_client *client, struct key_operation *operation,
                            const struct lurk_key_request *request) {
  struct lurk_ski_request object = {.protocol = request->protocol,
                                    .method = request->method,
                                    .method_present = true,
                                    .input = operation->request.input};
  struct lurk_octets body = {NULL, 0};
  memcpy(object.spki, request->certificate->spki, sizeof object.spki);
#ifdef LURK_FAULTS
  uint8_t digest[32];
  if (LURK_FAULT(digest_instead_of_content) && request->method == LURK_SKI_ECDHE &&
      lurk_digest(LURK_SHA256, object.input.data, object.input.len, digest) == LURK_OK)
    object.input = (struct lurk_octets){digest, sizeof digest};
  if (object.protocol != LURK_SKI_TLS_1_2 && LURK_FAULT(protocol_always_tls12))
    object.protocol = LURK_SKI_TLS_1_2;
  if (object.protocol == LURK_SKI_TLS_1_2 && LURK_FAULT(protocol_named_dtls))
    object.protocol = LURK_SKI_DTLS_1_2;
  uint8_t with_length[2 + 512];
  if (request->method == LURK_SKI_RSA && object.input.len <= 512 && LURK_FAULT(ciphertext_with_length)) {
    with_length[0] = (uint8_t)(object.input.len >> 8);
    with_length[1] = (uint8_t)object.input.len;
    memcpy(with_length + 2, object.input.data, object.input.len);
    object.input = (struct lurk_octets){with_length, 2 + object.input.len};
  }
#endif
  if (request->scheme != NULL &&
      lurk_scheme_goes_as_hash(request->scheme, request->protocol == LURK_SKI_TLS_1_3)) {
    object.hash = LURK_FAULT(hash_not_sent) ? LURK_SKI_HASH_ABSENT : request->scheme->hash;
    if (object.hash > LURK_SKI_SHA256 && LURK_FAULT(hash_always_sha256))
      object.hash = LURK_SKI_SHA256;
  } else if (request->scheme != NULL) {
    object.scheme_present = true;
    object.scheme = request->scheme->id;
  }
  lurk_status status = lurk_ski_request_encode(client->config->format, &object, &body);
  if (status == LURK_OK)
    status = lurk_http_client_submit(client->http, "POST", NULL, lurk_ski_media_type(client->config->format),
                                     body.data, body.len, lurk_key_client_group(client, request),
                                     client->config->limits.key_server_ms, take_answer, operation);
  lurk_octets_clear(&body);
  return status;
}

/* --- capabilities --- */

static void take_capabilities(void *arg, const struct lurk_http_answer *answer) {
  struct key_inquiry *inquiry = arg;
  enum lurk_ski_format format = inquiry->client->config->format;
  struct lurk_ski_capabilities object = {0};
  struct lurk_decode_error error;
  enum lurk_capabilities_outcome outcome = LURK_CAPABILITIES_KNOWN;
  if (answer->status != LURK_OK)
    outcome = LURK_CAPABILITIES_UNREACHABLE;
  else if (!is_success(answer) || !has_type(answer, format) ||
           lurk_ski_capabilities_decode(format, answer->body, answer->body_len, &object, &error) != LURK_OK)
    outcome = LURK_CAPABILITIES_NONE;
  if (outcome == LURK_CAPABILITIES_NONE && is_success(answer) && LURK_FAULT(odd_capabilities_fatal))
    abort();
  struct lurk_capabilities capabilities = {
      .policy = outcome == LURK_CAPABILITIES_KNOWN ? lurk_policy_granted(&object) : lurk_policy_plain(),
      .lists_keys = true,
      .keys = object.keys,
      .key_count = object.key_count};
  if (outcome == LURK_CAPABILITIES_NONE && is_success(answer) && LURK_FAULT(odd_capabilities_grant_nothing))
    capabilities.policy = (struct lurk_policy){.tls12 = true};
  inquiry->done(inquiry->arg, outcome, &capabilities, lurk_key_client_url(inquiry->client, answer->origin));
  lurk_ski_capabilities_clear(&object);
  free(inquiry);
}

static lurk_status ski_inquire(lurk_key_client *client, size_t group, struct key_inquiry *inquiry) {
  return lurk_http_client_submit(client->http, LURK_FAULT(capabilities_asked_by_post) ? "POST" : "GET",
                                 "/capabilities", lurk_ski_media_type(client->config->format), NULL, 0,
                                 client->config->groups[group], client->config->limits.key_server_ms,
                                 take_capabilities, inquiry);
}

/* --- life --- */

static lurk_status ski_open(lurk_key_client *client, uv_loop_t *loop, lurk_credentials *credentials) {
  const struct lurk_edge_config *config = client->config;
  struct lurk_http_origin *origins = calloc(config->key_server_count, sizeof *origins);
  if (origins == NULL)
    return LURK_ERR_MEMORY;
  for (size_t i = 0; i < config->key_server_count; i++)
    origins[i] = (struct lurk_http_origin){.host = config->key_servers[i].host,
                                           .port = config->key_servers[i].port,
                                           .name = config->key_servers[i].name,
                                           .path = config->key_servers[i].path};
  const struct lurk_http_client_options options = {.origins = origins,
                                                   .origin_count = config->key_server_count,
                                                   .credentials = credentials,
                                                   .connections = CONNECTIONS_PER_KEY_SERVER,
                                                   .connect_ms = lurk_key_client_share_ms(config),
                                                   .retry_ms = LURK_KEY_RETRY_MS,
                                                   .body_octets = LURK_KEY_LARGEST_ANSWER
                                                                  << (LURK_FAULT(long_answer_taken) ? 8 : 0),
                                                   .log = lurk_key_client_log,
                                                   .log_arg = client};
  lurk_status status = lurk_http_client_new(loop, &options, &client->http);
  free(origins);
  return status;
}

static void ski_close(lurk_key_client *client, void (*closed)(void *arg), void *arg) {
  lurk_http_client_close(client->http, closed, arg);
}

const struct key_transport lurk_key_transport_ski = {
    .open = ski_open, .send = ski_send, .inquire = ski_inquire, .close = ski_close};
