/* Requests of the client. */
#include "lurk/net/lurk_client_internal.h"

#include "lurk/fault.h"
#include <stdlib.h>
#include <string.h>

/* --- request --- */

static void request_free(struct lurk_origin_request *base) {
  struct message_request *request = (struct message_request *)base;
  lurk_octets_clear(&request->message);
  free(request);
}

static void tell_failure(struct lurk_origin_request *base, lurk_status status) {
  struct message_request *request = (struct message_request *)base;
  request->done(request->arg, &(struct lurk_message_answer){.status = status, .origin = base->origin});
}

/* 64 random bits: unpredictable, so that nobody who cannot read the channel can answer, and never those of an
 * outstanding request but by an accident that is not to be expected (LC-13). */
static lurk_status make_message(lurk_message_client *client, struct message_request *request,
                                const uint8_t *payload, size_t len) {
  lurk_status status = client->random((uint8_t *)&request->header.id, sizeof request->header.id);
  if (status != LURK_OK)
    return status;
  if (LURK_FAULT(request_ids_repeated))
    request->header.id = 1;
  if (!lurk_octets_alloc(&request->message, LURK_HEADER_LEN + len))
    return LURK_ERR_MEMORY;
  if (len > 0)
    memcpy(request->message.data + LURK_HEADER_LEN, payload, len);
  return lurk_header_encode(&request->header, client->convention, request->message.data);
}

lurk_status lurk_message_client_submit(lurk_message_client *client, uint8_t designation, uint8_t type,
                                       const uint8_t *payload, size_t len, uint64_t origins,
                                       unsigned deadline_ms, lurk_message_done *done, void *arg) {
  if (len > UINT32_MAX - LURK_HEADER_LEN)
    return LURK_ERR_LIMIT;
  struct message_request *request = calloc(1, sizeof *request);
  if (request == NULL)
    return LURK_ERR_MEMORY;
  request->header = (struct lurk_header){
      .designation = designation,
      .version = LURK_FAULT(request_of_another_version) ? LURK_EXTENSION_VERSION + 1 : LURK_EXTENSION_VERSION,
      .type = type,
      .status = LURK_MESSAGE_REQUEST,
      .payload_len = (uint32_t)len};
  request->done = done;
  request->arg = arg;
  lurk_status status = make_message(client, request, payload, len);
  if (status == LURK_OK)
    status = lurk_origin_client_submit(&client->base, &request->base, origins, deadline_ms);
  if (status != LURK_OK)
    request_free(&request->base);
  return status;
}

/* --- life --- */

static void client_free(struct lurk_origin_client *base) {
  lurk_message_client *client = (lurk_message_client *)base;
  free(client->connections);
  free(client);
}

static const struct lurk_origin_client_events events = {.take = lurk_message_connection_take,
                                                        .send = lurk_message_connections_send,
                                                        .abandon = lurk_message_connection_abandon,
                                                        .failed = tell_failure,
                                                        .free_request = request_free,
                                                        .close_connections = lurk_message_connections_close,
                                                        .free_client = client_free};

static bool copy_origins(lurk_message_client *client, const struct lurk_message_client_options *options) {
  client->connections = calloc(options->origin_count, sizeof *client->connections);
  bool added = client->connections != NULL;
  for (size_t i = 0; added && i < options->origin_count; i++)
    added = lurk_origin_client_add(&client->base, options->origins[i].host, options->origins[i].port,
                                   options->origins[i].name);
  return added;
}

lurk_status lurk_message_client_new(uv_loop_t *loop, const struct lurk_message_client_options *options,
                                    lurk_message_client **out) {
  const struct lurk_origin_client_options common = {.credentials = options->credentials,
                                                    .connect_ms = options->connect_ms,
                                                    .retry_ms = options->retry_ms,
                                                    .log = options->log,
                                                    .log_arg = options->log_arg};
  lurk_message_client *client = calloc(1, sizeof *client);
  if (client == NULL)
    return LURK_ERR_MEMORY;
  client->message_octets = options->message_octets;
  client->convention = options->convention;
  client->random = options->random;
  lurk_status status = lurk_origin_client_init(&client->base, loop, &events, &common, options->origin_count);
  if (status != LURK_OK) {
    free(client);
    return status;
  }
  if (!copy_origins(client, options)) {
    lurk_message_client_close(client, NULL, NULL);
    return LURK_ERR_MEMORY;
  }
  *out = client;
  return LURK_OK;
}

void lurk_message_client_close(lurk_message_client *client, void (*closed)(void *arg), void *arg) {
  lurk_origin_client_close(&client->base, closed, arg);
}
