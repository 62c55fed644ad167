#include "reference-edge/key_client.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONNECTIONS_PER_KEY_SERVER 8
#define RETRY_MS 1000
#define LARGEST_ANSWER 65536

struct operation {
  lurk_key_client *client;
  struct lurk_key_request request; /* a copy of its own */
  uint64_t started;
  lurk_key_done *done;
  void *arg;
  const char *failure;    /* of an operation that could not be sent */
  struct operation *next; /* in the queue */
};

struct lurk_key_client {
  const struct lurk_edge_config *config;
  lurk_event_log *log;
  lurk_http_client *http; /* NULL without key servers */
  /* Operations that need no network; answered from the loop, so that callers see one order of events. */
  uv_idle_t idle;
  struct operation *first, **last;
  void (*closed)(void *arg);
  void *closed_arg;
};

/* --- the end of an operation --- */

static bool signature_valid(const struct lurk_key_request *request, const uint8_t *signature, size_t len) {
  struct lurk_signature_algorithm algorithm;
  const struct lurk_public_key *key = request->certificate->public_key;
  return lurk_scheme_algorithm(request->scheme, lurk_public_key_type(key),
                               request->protocol == LURK_SKI_TLS_1_3, &algorithm) == LURK_OK &&
         lurk_verify(key, algorithm, request->input.data, request->input.len, signature, len) == LURK_OK;
}

static bool premaster_valid(const uint8_t *premaster, size_t len) {
  return len == LURK_PREMASTER_LEN && premaster[0] == 3 && premaster[1] == 3;
}

static void finish(struct operation *operation, const uint8_t *output, size_t len, const char *failure,
                   const char *key_server) {
  uint8_t random[LURK_PREMASTER_LEN] = {3, 3};
  struct lurk_key_answer answer = {.failure = failure, .key_server = key_server};
  bool rsa = operation->request.method == LURK_SKI_RSA;
  /* SKI §5.1.1: after an error the RSA exchange goes on with a random premaster, version first, and fails at
   * Finished. It is drawn in either case, so that good and bad take the same way. */
  bool drawn = lurk_random(random + 2, sizeof random - 2) == LURK_OK;
  if (failure == NULL && rsa && !premaster_valid(output, len))
    answer.failure = "the premaster has a wrong length or version";
  if (failure == NULL && !rsa && !signature_valid(&operation->request, output, len))
    answer.failure = "the signature does not verify";
  if (answer.failure == NULL) {
    answer.output = output;
    answer.output_len = len;
  } else if (rsa && drawn) {
    answer.output = random;
    answer.output_len = sizeof random;
  }
  answer.microseconds = (uv_hrtime() - operation->started) / 1000;
  operation->done(operation->arg, &answer);
  lurk_wipe(random, sizeof random);
  lurk_octets_clear(&operation->request.input);
  free(operation);
}

/* --- operations without the network --- */

static void perform_locally(struct operation *operation) {
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
  finish(operation, output, len, status == LURK_OK ? NULL : lurk_status_name(status), "local key");
  lurk_wipe(output, sizeof output);
}

static void answer_queued(uv_idle_t *idle) {
  lurk_key_client *client = idle->data;
  struct operation *operation = client->first;
  if (operation == NULL) {
    uv_idle_stop(idle);
    return;
  }
  client->first = operation->next;
  if (client->first == NULL)
    client->last = &client->first;
  if (operation->failure != NULL)
    finish(operation, NULL, 0, operation->failure, "none");
  else
    perform_locally(operation);
}

static void queue(lurk_key_client *client, struct operation *operation) {
  *client->last = operation;
  client->last = &operation->next;
  uv_idle_start(&client->idle, answer_queued);
}

/* --- operations by a key server --- */

static const char *url_of(const lurk_key_client *client, const struct lurk_http_answer *answer) {
  return answer->origin < client->config->key_server_count ? client->config->key_servers[answer->origin].url
                                                           : "none";
}

static bool is_success(const struct lurk_http_answer *answer) {
  return answer->code >= 200 && answer->code <= 299;
}

static bool has_type(const struct lurk_http_answer *answer, enum lurk_ski_format format) {
  const char *wanted = lurk_ski_media_type(format);
  size_t len = strlen(wanted);
  return answer->content_type != NULL && strncasecmp(answer->content_type, wanted, len) == 0 &&
         strchr("; \t", answer->content_type[len]) != NULL;
}

static const char *fault_of_status(lurk_status status) {
  switch (status) {
  case LURK_ERR_TIMEOUT:
    return "no key server answered in time";
  case LURK_ERR_LIMIT:
    return "the key server's answer is too long";
  default:
    return "no key server can be reached";
  }
}

/* a success has both a 2xx status and `output`. */
static const char *fault_of_response(const struct lurk_http_answer *answer,
                                     const struct lurk_ski_response *response) {
  if (response->is_error)
    return lurk_ski_error_name(response->error);
  return is_success(answer) ? NULL : "the key server sent an output with an error status";
}

static void take_answer(void *arg, const struct lurk_http_answer *answer) {
  struct operation *operation = arg;
  const lurk_key_client *client = operation->client;
  enum lurk_ski_format format = client->config->format;
  struct lurk_ski_response response = {0};
  struct lurk_decode_error error;
  const char *failure = NULL;
  if (answer->status != LURK_OK)
    failure = fault_of_status(answer->status);
  else if (!has_type(answer, format) ||
           lurk_ski_response_decode(format, answer->body, answer->body_len, &response, &error) != LURK_OK)
    failure = "the key server's answer is no SKI object of the format asked for";
  else
    failure = fault_of_response(answer, &response);
  finish(operation, response.output.data, response.output.len, failure, url_of(client, answer));
  lurk_ski_response_clear(&response);
}

static lurk_status send_request(lurk_key_client *client, struct operation *operation) {
  const struct lurk_key_request *request = &operation->request;
  struct lurk_ski_request object = {.protocol = request->protocol,
                                    .method = request->method,
                                    .method_present = true,
                                    .input = request->input};
  struct lurk_octets body = {NULL, 0};
  memcpy(object.spki, request->certificate->spki, sizeof object.spki);
  if (request->scheme != NULL &&
      lurk_scheme_goes_as_hash(request->scheme, request->protocol == LURK_SKI_TLS_1_3)) {
    object.hash = request->scheme->hash;
  } else if (request->scheme != NULL) {
    object.scheme_present = true;
    object.scheme = request->scheme->id;
  }
  lurk_status status = lurk_ski_request_encode(client->config->format, &object, &body);
  if (status == LURK_OK)
    status = lurk_http_client_submit(client->http, "POST", NULL, lurk_ski_media_type(client->config->format),
                                     body.data, body.len, client->config->limits.key_server_ms, take_answer,
                                     operation);
  lurk_octets_clear(&body);
  return status;
}

lurk_status lurk_key_client_submit(lurk_key_client *client, const struct lurk_key_request *request,
                                   lurk_key_done *done, void *arg) {
  struct operation *operation = calloc(1, sizeof *operation);
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
  else if (request->certificate->local_key == NULL && send_request(client, operation) != LURK_OK)
    operation->failure = "the request cannot be sent";
  else if (request->certificate->local_key == NULL)
    return LURK_OK;
  queue(client, operation);
  return LURK_OK;
}

/* --- capabilities --- */

struct inquiry {
  const lurk_key_client *client;
  lurk_capabilities_done *done;
  void *arg;
};

static void take_capabilities(void *arg, const struct lurk_http_answer *answer) {
  struct inquiry *inquiry = arg;
  enum lurk_ski_format format = inquiry->client->config->format;
  struct lurk_ski_capabilities capabilities = {0};
  struct lurk_decode_error error;
  enum lurk_capabilities_outcome outcome = LURK_CAPABILITIES_KNOWN;
  if (answer->status != LURK_OK)
    outcome = LURK_CAPABILITIES_UNREACHABLE;
  else if (!is_success(answer) || !has_type(answer, format) ||
           lurk_ski_capabilities_decode(format, answer->body, answer->body_len, &capabilities, &error) !=
               LURK_OK)
    outcome = LURK_CAPABILITIES_NONE;
  inquiry->done(inquiry->arg, outcome, &capabilities, url_of(inquiry->client, answer));
  lurk_ski_capabilities_clear(&capabilities);
  free(inquiry);
}

lurk_status lurk_key_client_capabilities(lurk_key_client *client, lurk_capabilities_done *done, void *arg) {
  struct inquiry *inquiry = malloc(sizeof *inquiry);
  if (inquiry == NULL)
    return LURK_ERR_MEMORY;
  *inquiry = (struct inquiry){client, done, arg};
  lurk_status status = lurk_http_client_submit(
      client->http, "GET", "/capabilities", lurk_ski_media_type(client->config->format), NULL, 0,
      client->config->limits.key_server_ms, take_capabilities, inquiry);
  if (status != LURK_OK)
    free(inquiry);
  return status;
}

/* --- life --- */

static void log_channel(void *arg, const char *kind, const char *origin, const char *detail) {
  lurk_event(arg, "channel",
             json_pack("{s:s, s:s, s:s}", "kind", kind, "key_server", origin, "detail", detail));
}

/* A key server that accepts and says nothing must leave time for the next one. */
static unsigned share_ms(const struct lurk_edge_config *config) {
  return config->limits.key_server_ms / (unsigned)(config->key_server_count + 1) + 1;
}

static lurk_status open_http(lurk_key_client *client, uv_loop_t *loop, lurk_credentials *credentials) {
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
                                                   .connect_ms = share_ms(config),
                                                   .retry_ms = RETRY_MS,
                                                   .body_octets = LARGEST_ANSWER,
                                                   .log = log_channel,
                                                   .log_arg = client->log};
  lurk_status status = lurk_http_client_new(loop, &options, &client->http);
  free(origins);
  return status;
}

lurk_status lurk_key_client_new(uv_loop_t *loop, const struct lurk_edge_config *config,
                                lurk_credentials *credentials, lurk_event_log *log, lurk_key_client **out) {
  lurk_key_client *client = calloc(1, sizeof *client);
  if (client == NULL)
    return LURK_ERR_MEMORY;
  client->config = config;
  client->log = log;
  client->last = &client->first;
  lurk_status status = credentials == NULL ? LURK_OK : open_http(client, loop, credentials);
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
  free(client);
}

static void close_idle(void *arg) {
  lurk_key_client *client = arg;
  while (client->first != NULL) {
    struct operation *operation = client->first;
    client->first = operation->next;
    finish(operation, NULL, 0, "the edge is closing", "none");
  }
  uv_close((uv_handle_t *)&client->idle, free_client);
}

void lurk_key_client_close(lurk_key_client *client, void (*closed)(void *arg), void *arg) {
  client->closed = closed;
  client->closed_arg = arg;
  if (client->http != NULL)
    lurk_http_client_close(client->http, close_idle, client);
  else
    close_idle(client);
}
