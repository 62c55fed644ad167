/* Requests and origins of the client. */
#include "lurk/net/lurk_client_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ORIGINS 64 /* bits of request.tried */

static uint64_t now_ms(void) {
  return uv_hrtime() / 1000000;
}

/* --- request --- */

static void request_free(struct message_request *request) {
  lurk_octets_clear(&request->message);
  free(request);
}

static void on_timer_closed(uv_handle_t *handle) {
  struct message_request *request = handle->data;
  lurk_message_client *client = request->client;
  request_free(request);
  lurk_message_client_release(client);
}

void lurk_message_request_finish(struct message_request *request, struct lurk_message_answer *answer) {
  answer->origin = request->origin;
  uv_close((uv_handle_t *)&request->timer, on_timer_closed);
  request->done(request->arg, answer);
}

static void finish(struct message_request *request, lurk_status status) {
  lurk_message_request_finish(request, &(struct lurk_message_answer){.status = status});
}

void lurk_message_request_again(struct message_request *request) {
  lurk_message_client *client = request->client;
  request->next = client->waiting;
  client->waiting = request;
}

static void stop_waiting(struct message_request *request) {
  struct message_request **place = &request->client->waiting;
  while (*place != request)
    place = &(*place)->next;
  *place = request->next;
}

static void on_deadline(uv_timer_t *timer) {
  struct message_request *request = timer->data;
  if (request->connection != NULL)
    lurk_message_connection_abandon(request);
  else
    stop_waiting(request);
  finish(request, LURK_ERR_TIMEOUT);
}

static void start_deadline(struct message_request *request) {
  lurk_message_client *client = request->client;
  uint64_t now = now_ms();
  uv_timer_init(client->loop, &request->timer);
  request->timer.data = request;
  client->references++;
  uv_update_time(client->loop);
  uv_timer_start(&request->timer, on_deadline, request->deadline > now ? request->deadline - now : 0, 0);
}

/* --- origins --- */

void lurk_message_client_log(lurk_message_client *client, size_t origin, const char *kind,
                             const char *detail) {
  if (client->options.log != NULL)
    client->options.log(client->options.log_arg, kind, client->origins[origin].label, detail);
}

void lurk_message_origin_failed(lurk_message_client *client, size_t index, const char *why) {
  client->origins[index].failed_until = uv_now(client->loop) + client->options.retry_ms;
  lurk_message_client_log(client, index, "origin-failed", why);
}

void lurk_message_origin_works(lurk_message_client *client, size_t index) {
  if (client->origins[index].failed_until != 0)
    lurk_message_client_log(client, index, "origin-works", "it answers again");
  client->origins[index].failed_until = 0;
}

/* The first that works, else one whose time of rest is over or ends first. */
static size_t choose_origin(lurk_message_client *client, const struct message_request *request) {
  size_t best = client->origin_count;
  for (size_t i = 0; i < client->origin_count; i++) {
    const struct message_origin *origin = &client->origins[i];
    if (request->tried >> i & 1)
      continue;
    if (origin->failed_until <= uv_now(client->loop))
      return i;
    if (best == client->origin_count || origin->failed_until < client->origins[best].failed_until)
      best = i;
  }
  return best;
}

/* --- dispatch --- */

static void place(lurk_message_client *client, struct message_request *request) {
  size_t index = choose_origin(client, request);
  lurk_status status = LURK_ERR_IO;
  if (index < client->origin_count) {
    struct message_origin *origin = &client->origins[index];
    /* Of an origin at rest one request finds out whether it works again; meanwhile the others go elsewhere.
     */
    if (origin->failed_until != 0)
      origin->failed_until = uv_now(client->loop) + client->options.retry_ms;
    status = lurk_message_connection_take(client, index, request);
  }
  if (status != LURK_OK)
    finish(request, status);
}

static struct message_request *take_submitted(lurk_message_client *client) {
  uv_mutex_lock(&client->lock);
  struct message_request *first = client->submitted;
  client->submitted = NULL;
  client->submitted_end = &client->submitted;
  uv_mutex_unlock(&client->lock);
  return first;
}

static void admit_submitted(lurk_message_client *client) {
  struct message_request *first = take_submitted(client);
  for (struct message_request *request = first; request != NULL; request = request->next)
    start_deadline(request);
  struct message_request **end = &client->waiting;
  while (*end != NULL)
    end = &(*end)->next;
  *end = first;
}

static void on_wake(uv_async_t *wake) {
  lurk_message_client *client = wake->data;
  admit_submitted(client);
  while (client->waiting != NULL && !client->closing) {
    struct message_request *request = client->waiting;
    client->waiting = request->next;
    place(client, request);
  }
}

void lurk_message_client_wake(lurk_message_client *client) {
  if (!client->closing)
    uv_async_send(&client->wake);
}

/* 64 random bits: unpredictable, so that nobody who cannot read the channel can answer, and never those of an
 * outstanding request but by an accident that is not to be expected (LC-13). */
static lurk_status make_message(lurk_message_client *client, struct message_request *request,
                                const uint8_t *payload, size_t len) {
  lurk_status status = client->options.random((uint8_t *)&request->header.id, sizeof request->header.id);
  if (status != LURK_OK)
    return status;
  if (!lurk_octets_alloc(&request->message, LURK_HEADER_LEN + len))
    return LURK_ERR_MEMORY;
  if (len > 0)
    memcpy(request->message.data + LURK_HEADER_LEN, payload, len);
  return lurk_header_encode(&request->header, client->options.convention, request->message.data);
}

lurk_status lurk_message_client_submit(lurk_message_client *client, uint8_t designation, uint8_t type,
                                       const uint8_t *payload, size_t len, unsigned deadline_ms,
                                       lurk_message_done *done, void *arg) {
  if (len > UINT32_MAX - LURK_HEADER_LEN)
    return LURK_ERR_LIMIT;
  struct message_request *request = calloc(1, sizeof *request);
  if (request == NULL)
    return LURK_ERR_MEMORY;
  request->client = client;
  request->header = (struct lurk_header){.designation = designation,
                                         .version = LURK_EXTENSION_VERSION,
                                         .type = type,
                                         .status = LURK_MESSAGE_REQUEST,
                                         .payload_len = (uint32_t)len};
  request->deadline = now_ms() + deadline_ms;
  request->done = done;
  request->arg = arg;
  lurk_status status = make_message(client, request, payload, len);
  uv_mutex_lock(&client->lock);
  if (status == LURK_OK && client->refusing)
    status = LURK_ERR_CLOSED;
  if (status == LURK_OK) {
    *client->submitted_end = request;
    client->submitted_end = &request->next;
    uv_async_send(&client->wake);
  }
  uv_mutex_unlock(&client->lock);
  if (status != LURK_OK)
    request_free(request);
  return status;
}

/* --- life --- */

static void client_free(lurk_message_client *client) {
  for (size_t i = 0; i < client->origin_count; i++) {
    free(client->origins[i].host);
    free(client->origins[i].name);
  }
  free(client->origins);
  lurk_credentials_unref(client->options.credentials);
  uv_mutex_destroy(&client->lock);
  free(client);
}

void lurk_message_client_release(lurk_message_client *client) {
  if (--client->references > 0)
    return;
  void (*closed)(void *) = client->closed;
  void *arg = client->closed_arg;
  client_free(client);
  if (closed != NULL)
    closed(arg);
}

static bool copy_origins(lurk_message_client *client, const struct lurk_message_client_options *options) {
  client->origins = calloc(options->origin_count, sizeof *client->origins);
  if (client->origins == NULL)
    return false;
  client->origin_count = options->origin_count;
  for (size_t i = 0; i < options->origin_count; i++) {
    struct message_origin *origin = &client->origins[i];
    origin->host = strdup(options->origins[i].host);
    origin->name = strdup(options->origins[i].name);
    origin->port = options->origins[i].port;
    if (origin->host == NULL || origin->name == NULL)
      return false;
    snprintf(origin->label, sizeof origin->label, "%s:%u", origin->host, (unsigned)origin->port);
  }
  return true;
}

lurk_status lurk_message_client_new(uv_loop_t *loop, const struct lurk_message_client_options *options,
                                    lurk_message_client **out) {
  if (options->origin_count == 0 || options->origin_count > MOST_ORIGINS)
    return LURK_ERR_MALFORMED;
  lurk_message_client *client = calloc(1, sizeof *client);
  if (client == NULL)
    return LURK_ERR_MEMORY;
  client->loop = loop;
  client->options = *options;
  client->submitted_end = &client->submitted;
  client->references = 1;
  lurk_credentials_ref(options->credentials);
  uv_mutex_init(&client->lock);
  client->wake.data = client;
  if (!copy_origins(client, options) || uv_async_init(loop, &client->wake, on_wake) != 0) {
    client_free(client);
    return LURK_ERR_MEMORY;
  }
  *out = client;
  return LURK_OK;
}

static void on_wake_closed(uv_handle_t *handle) {
  lurk_message_client_release(handle->data);
}

void lurk_message_client_close(lurk_message_client *client, void (*closed)(void *arg), void *arg) {
  uv_mutex_lock(&client->lock);
  client->refusing = true;
  uv_mutex_unlock(&client->lock);
  client->closing = true;
  client->closed = closed;
  client->closed_arg = arg;
  admit_submitted(client);
  lurk_message_connections_close(client);
  while (client->waiting != NULL) {
    struct message_request *request = client->waiting;
    client->waiting = request->next;
    finish(request, LURK_ERR_CLOSED);
  }
  uv_close((uv_handle_t *)&client->wake, on_wake_closed);
}
