/* Private-key operations as LURK tls12 requests. */
#include "reference-edge/key_client_internal.h"
#include "reference-edge/tls12_payload.h"

#include "lurk/fault.h"
#include <stdlib.h>
#include <string.h>

/* --- what has changed --- */

/* An error whose state is not that of the capabilities, or that has none, means that they have changed; only
 * where capabilities were learnt before. How soon they are asked for is not decided here. */
static void look_at_state(lurk_key_client *client, const struct lurk_message_answer *answer) {
  uint8_t state[LURK_STATE_LEN];
  const struct key_server_state *stored = &client->states[answer->origin];
  if (answer->kind != LURK_ANSWER_ERROR || !stored->known || client->stale == NULL ||
      LURK_FAULT(state_change_ignored))
    return;
  bool told = lurk_error_state(answer->payload, answer->payload_len, state);
  if (!told && LURK_FAULT(state_absent_ignored))
    return;
  if (!told || memcmp(state, stored->state, sizeof state) != 0 || LURK_FAULT(every_error_leads_to_inquiry))
    client->stale(client->stale_arg, answer->origin);
}

/* --- operations --- */

static const char *fault_of_error(const struct lurk_message_answer *answer) {
  return answer->kind == LURK_ANSWER_BASE_ERROR ? lurk_base_status_name(answer->error)
                                                : lurk_tls12_status_name(answer->error);
}

static void take_answer(void *arg, const struct lurk_message_answer *answer) {
  struct key_operation *operation = arg;
  const struct lurk_key_request *request = &operation->request;
  struct lurk_tls12_signature signature = {0};
  struct lurk_decode_error error;
  const uint8_t *output = NULL;
  size_t len = 0;
  const char *failure = NULL;
  if (answer->status == LURK_ERR_MALFORMED)
    failure = "the key server answered another request";
  else if (answer->status != LURK_OK)
    failure = lurk_key_client_fault(answer->status);
  else if (answer->kind != LURK_ANSWER_SUCCESS && !LURK_FAULT(error_with_output_taken))
    failure = fault_of_error(answer);
  else if (request->method == LURK_SKI_RSA)
    len = lurk_tls12_master_decode(answer->payload, answer->payload_len, &output, &error) == LURK_OK
              ? LURK_MASTER_LEN
              : 0;
  else if (lurk_tls12_signature_decode(answer->payload, answer->payload_len, request->scheme->id, &signature,
                                       &error) == LURK_OK)
    output = signature.octets, len = signature.len;
  if (failure == NULL && len == 0)
    failure = "the key server's answer cannot be read";
  if (answer->status == LURK_OK)
    look_at_state(operation->client, answer);
  lurk_operation_finish(operation, output, len, failure,
                        lurk_key_client_url(operation->client, answer->origin));
}

#ifdef LURK_FAULTS
static bool proof_refused; /* the capabilities do not list what is configured */

static void look_at_proofs(const lurk_key_client *client, const struct lurk_tls12_capabilities *tls12) {
  const struct lurk_list8 *offered = &tls12->types[LURK_TLS12_ECDHE].poo_prfs;
  proof_refused = memchr(offered->values, client->config->lurk.proof, offered->count) == NULL;
}
#endif

static enum lurk_tls12_poo_prf proof_for(const lurk_key_client *client) {
#ifdef LURK_FAULTS
  if (proof_refused && LURK_FAULT(proof_as_offered))
    return LURK_POO_NULL;
#endif
  return client->config->lurk.proof;
}

static lurk_status lurk_send(lurk_key_client *client, struct key_operation *operation,
                             const struct lurk_key_request *request) {
  struct lurk_octets payload = {NULL, 0};
  enum lurk_tls12_type type;
  lurk_status status = lurk_tls12_payload(request, proof_for(client), &type, &payload);
  if (status == LURK_OK)
    status = lurk_message_client_submit(client->messages, LURK_DESIGNATION_TLS12, (uint8_t)type, payload.data,
                                        payload.len, lurk_key_client_group(client, request),
                                        client->config->limits.key_server_ms, take_answer, operation);
  lurk_octets_clear(&payload);
  return status;
}

/* --- capabilities --- */

static void take_capabilities(void *arg, const struct lurk_message_answer *answer) {
  struct key_inquiry *inquiry = arg;
  lurk_key_client *client = inquiry->client;
  struct lurk_tls12_capabilities *tls12 = calloc(1, sizeof *tls12);
  struct lurk_decode_error error;
  enum lurk_capabilities_outcome outcome = LURK_CAPABILITIES_NONE;
  if (answer->status != LURK_OK && answer->status != LURK_ERR_MALFORMED)
    outcome = LURK_CAPABILITIES_UNREACHABLE;
  else if (tls12 != NULL && answer->status == LURK_OK && answer->kind == LURK_ANSWER_SUCCESS &&
           lurk_tls12_capabilities_decode(answer->payload, answer->payload_len, tls12, &error) == LURK_OK)
    outcome = LURK_CAPABILITIES_KNOWN;
  bool known = outcome == LURK_CAPABILITIES_KNOWN;
  if (outcome == LURK_CAPABILITIES_NONE && LURK_FAULT(odd_capabilities_fatal))
    abort();
  if (known) {
    struct key_server_state *stored = &client->states[answer->origin];
    stored->known = true;
    memcpy(stored->state, tls12->state, sizeof stored->state);
#ifdef LURK_FAULTS
    look_at_proofs(client, tls12);
#endif
  }
  struct lurk_capabilities capabilities = {.policy = lurk_policy_tls12(known ? tls12 : NULL)};
  if (outcome == LURK_CAPABILITIES_NONE && LURK_FAULT(odd_capabilities_grant_nothing))
    capabilities.policy = (struct lurk_policy){.tls12 = true};
  inquiry->done(inquiry->arg, outcome, &capabilities, lurk_key_client_url(client, answer->origin));
  free(tls12);
  free(inquiry);
}

static lurk_status lurk_inquire(lurk_key_client *client, size_t group, struct key_inquiry *inquiry) {
  static const uint8_t nothing[1];
  return lurk_message_client_submit(client->messages, LURK_DESIGNATION_TLS12, LURK_TLS12_CAPABILITIES,
                                    nothing, LURK_FAULT(inquiry_with_payload), client->config->groups[group],
                                    client->config->limits.key_server_ms, take_capabilities, inquiry);
}

/* --- life --- */

static lurk_status lurk_open(lurk_key_client *client, uv_loop_t *loop, lurk_credentials *credentials) {
  const struct lurk_edge_config *config = client->config;
  struct lurk_message_origin *origins = calloc(config->key_server_count, sizeof *origins);
  client->states = calloc(config->key_server_count, sizeof *client->states);
  lurk_status status = LURK_ERR_MEMORY;
  if (origins != NULL && client->states != NULL) {
    for (size_t i = 0; i < config->key_server_count; i++)
      origins[i] = (struct lurk_message_origin){.host = config->key_servers[i].host,
                                                .port = config->key_servers[i].port,
                                                .name = config->key_servers[i].name};
    const struct lurk_message_client_options options = {
        .origins = origins,
        .origin_count = config->key_server_count,
        .credentials = credentials,
        .connect_ms = lurk_key_client_share_ms(config),
        .retry_ms = LURK_KEY_RETRY_MS,
        .message_octets = LURK_KEY_LARGEST_ANSWER,
        .convention = config->lurk.length_counts_header ? LURK_LENGTH_WHOLE_MESSAGE : LURK_LENGTH_PAYLOAD,
        .random = lurk_random,
        .log = lurk_key_client_log,
        .log_arg = client};
    status = lurk_message_client_new(loop, &options, &client->messages);
  }
  free(origins);
  return status;
}

static void lurk_close(lurk_key_client *client, void (*closed)(void *arg), void *arg) {
  lurk_message_client_close(client->messages, closed, arg);
}

const struct key_transport lurk_key_transport_lurk = {
    .open = lurk_open, .send = lurk_send, .inquire = lurk_inquire, .close = lurk_close};
