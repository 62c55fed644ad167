#include "reference-edge/key_client_internal.h"

#include "lurk/fault.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the end of an operation --- */

static bool signature_valid(const struct lurk_key_request *request, const uint8_t *signature, size_t len) {
  struct lurk_signature_algorithm algorithm;
  const struct lurk_public_key *key = request->certificate->public_key;
  return lurk_scheme_algorithm(request->scheme, lurk_public_key_type(key),
                               request->protocol == LURK_SKI_TLS_1_3, &algorithm) == LURK_OK &&
         lurk_verify(key, algorithm, request->input.data, request->input.len, signature, len) == LURK_OK;
}

/* LURK gives the master secret instead: any 48 octets may be one, and Finished shows whether they are. */
static bool secret_valid(const struct lurk_key_request *request, const uint8_t *secret, size_t len) {
  return (len == LURK_PREMASTER_LEN || LURK_FAULT(secret_length_not_checked)) &&
         (request->tls12 != NULL || (secret[0] == 3 && secret[1] == 3) ||
          LURK_FAULT(premaster_version_taken));
}

#ifdef LURK_FAULTS
static void leak(lurk_event_log *log, const uint8_t *secret, size_t len) {
  char text[2 * LURK_PREMASTER_LEN + 1] = "";
  for (size_t i = 0; i < len && i < LURK_PREMASTER_LEN; i++)
    snprintf(text + 2 * i, 3, "%02x", secret[i]);
  lurk_event(log, "secret", json_pack("{s:s}", "output", text));
}
#endif

void lurk_operation_finish(struct key_operation *operation, const uint8_t *output, size_t len,
                           const char *failure, const char *key_server) {
  uint8_t random[LURK_PREMASTER_LEN] = {3, 3};
  struct lurk_key_answer answer = {.failure = failure, .key_server = key_server};
  bool rsa = operation->request.method == LURK_SKI_RSA;
  /* SKI §5.1.1: after an error the RSA exchange goes on with a random premaster, version first, and fails at
   * Finished; so does a random master secret. It is drawn in either case, so that good and bad take the same
   * way. */
  bool drawn = lurk_random(random + 2, sizeof random - 2) == LURK_OK;
  if (failure == NULL && rsa && !secret_valid(&operation->request, output, len))
    answer.failure = "the secret has a wrong length or version";
  if (failure == NULL && !rsa && operation->client->config->check_signatures &&
      !signature_valid(&operation->request, output, len) && !LURK_FAULT(signature_not_verified))
    answer.failure = "the signature does not verify";
  if (answer.failure == NULL) {
    answer.output = output;
    answer.output_len = len;
  } else if (rsa && drawn && !LURK_FAULT(rsa_failure_shown)) {
    answer.output = random;
    answer.output_len = sizeof random;
  }
#ifdef LURK_FAULTS
  if (LURK_FAULT(secret_in_log) && rsa)
    leak(operation->client->log, answer.output, answer.output_len);
#endif
  answer.microseconds = (uv_hrtime() - operation->started) / 1000;
  operation->done(operation->arg, &answer);
  lurk_wipe(random, sizeof random);
  lurk_octets_clear(&operation->request.input);
  free(operation);
}

/* --- operations without the network --- */

static void perform_locally(struct key_operation *operation) {
  const struct lurk_key_request *request = &operation->request;
  const struct lurk_private_key *key = request->certificate->local_key;
  uint8_t output[LURK_MAX_SIGNATURE_LEN];
  size_t len = 0;
  struct lurk_signature_algorithm algorithm;
  lurk_status status;
  if (request->method == LURK_SKI_RSA) {
    len = LURK_PREMASTER_LEN;
    status = lurk_rsa_premaster(key, request->input.data, request->input.len, 0x0303, output);
  } else {
    status = lurk_scheme_algorithm(request->scheme, lurk_private_key_type(key),
                                   request->protocol == LURK_SKI_TLS_1_3, &algorithm);
    if (status == LURK_OK)
      status = lurk_sign(key, algorithm, request->input.data, request->input.len, output, &len);
  }
  lurk_operation_finish(operation, output, len, status == LURK_OK ? NULL : lurk_status_name(status),
                        "local key");
  lurk_wipe(output, sizeof output);
}

static void answer_queued(uv_idle_t *idle) {
  lurk_key_client *client = idle->data;
  struct key_operation *operation = client->first;
  if (operation == NULL) {
    uv_idle_stop(idle);
    return;
  }
  client->first = operation->next;
  if (client->first == NULL)
    client->last = &client->first;
  if (operation->failure != NULL)
    lurk_operation_finish(operation, NULL, 0, operation->failure, "none");
  else
    perform_locally(operation);
}

static void queue(lurk_key_client *client, struct key_operation *operation) {
  *client->last = operation;
  client->last = &operation->next;
  uv_idle_start(&client->idle, answer_queued);
}

#ifdef LURK_FAULTS
static void ignore(void *arg, const struct lurk_key_answer *answer) {
  (void)arg;
  (void)answer;
}
#endif

lurk_status lurk_key_client_submit(lurk_key_client *client, const struct lurk_key_request *request,
                                   lurk_key_done *done, void *arg) {
#ifdef LURK_FAULTS
  if (done != ignore && LURK_FAULT(asked_twice))
    lurk_key_client_submit(client, request, ignore, NULL);
#endif
  struct key_operation *operation = calloc(1, sizeof *operation);
  if (operation == NULL)
    return LURK_ERR_MEMORY;
  operation->client = client;
  operation->request = *request;
  operation->request.input = (struct lurk_octets){NULL, 0};
  operation->started = uv_hrtime();
  operation->done = done;
  operation->arg = arg;
  if (!lurk_octets_copy(&operation->request.input, request->input.data, request->input.len))
    operation->failure = "out of memory";
  else if (request->certificate->local_key == NULL &&
           client->transport->send(client, operation, request) != LURK_OK)
    operation->failure = "the request cannot be sent";
  else if (request->certificate->local_key == NULL)
    return LURK_OK;
  queue(client, operation);
  return LURK_OK;
}

lurk_status lurk_key_client_capabilities(lurk_key_client *client, size_t group, lurk_capabilities_done *done,
                                         void *arg) {
  struct key_inquiry *inquiry = malloc(sizeof *inquiry);
  if (inquiry == NULL)
    return LURK_ERR_MEMORY;
  *inquiry = (struct key_inquiry){client, done, arg};
  lurk_status status = client->transport->inquire(client, group, inquiry);
  if (status != LURK_OK)
    free(inquiry);
  return status;
}

void lurk_key_client_watch(lurk_key_client *client, void (*stale)(void *arg, size_t key_server), void *arg) {
  client->stale = stale;
  client->stale_arg = arg;
}

/* --- what the transports share --- */

const char *lurk_key_client_url(const lurk_key_client *client, size_t origin) {
  return origin < client->config->key_server_count ? client->config->key_servers[origin].url : "none";
}

void lurk_key_client_log(void *arg, const char *kind, const char *origin, const char *detail) {
  const lurk_key_client *client = arg;
  lurk_event(client->log, "channel",
             json_pack("{s:s, s:s, s:s}", "kind", kind, "key_server", origin, "detail", detail));
}

/* A key server that accepts and says nothing must leave time for the next one of its group. */
unsigned lurk_key_client_share_ms(const struct lurk_edge_config *config) {
  unsigned most = 0;
  for (size_t i = 0; i < config->group_count; i++) {
    unsigned count = 0;
    for (size_t j = 0; j < config->key_server_count; j++)
      count += config->groups[i] >> j & 1;
    most = count > most ? count : most;
  }
  return config->limits.key_server_ms / (most + 1) + 1;
}

uint64_t lurk_key_client_group(const lurk_key_client *client, const struct lurk_key_request *request) {
  return client->config->groups[request->certificate->group];
}

const char *lurk_key_client_fault(lurk_status status) {
  switch (status) {
  case LURK_ERR_TIMEOUT:
    return "no key server answered in time";
  case LURK_ERR_LIMIT:
    return "the key server's answer is too long";
  default:
    return "no key server can be reached";
  }
}

/* --- life --- */

lurk_status lurk_key_client_new(uv_loop_t *loop, const struct lurk_edge_config *config,
                                lurk_credentials *credentials, lurk_event_log *log, lurk_key_client **out) {
  lurk_key_client *client = calloc(1, sizeof *client);
  if (client == NULL)
    return LURK_ERR_MEMORY;
  client->config = config;
  client->log = log;
  client->last = &client->first;
  if (credentials != NULL)
    client->transport =
        config->protocol == LURK_EDGE_LURK ? &lurk_key_transport_lurk : &lurk_key_transport_ski;
  lurk_status status =
      client->transport == NULL ? LURK_OK : client->transport->open(client, loop, credentials);
  if (status != LURK_OK) {
    free(client);
    return status;
  }
  uv_idle_init(loop, &client->idle);
  client->idle.data = client;
  *out = client;
  return LURK_OK;
}

static void free_client(uv_handle_t *handle) {
  lurk_key_client *client = handle->data;
  client->closed(client->closed_arg);
  free(client->states);
  free(client);
}

static void close_idle(void *arg) {
  lurk_key_client *client = arg;
  while (client->first != NULL) {
    struct key_operation *operation = client->first;
    client->first = operation->next;
    lurk_operation_finish(operation, NULL, 0, "the edge is closing", "none");
  }
  uv_close((uv_handle_t *)&client->idle, free_client);
}

void lurk_key_client_close(lurk_key_client *client, void (*closed)(void *arg), void *arg) {
  client->closed = closed;
  client->closed_arg = arg;
  if (client->transport != NULL)
    client->transport->close(client, close_idle, client);
  else
    close_idle(client);
}
