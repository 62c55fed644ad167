/* Requests and origins of the client. */
#include "lurk/net/http_client_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ORIGINS 64 /* bits of request.tried */

static uint64_t now_ms(void) {
  return uv_hrtime() / 1000000;
}

/* --- request --- */

static void request_free(struct request *request) {
  free(request->method);
  free(request->path);
  free(request->content_type);
  lurk_octets_clear(&request->body);
  free(request);
}

/* What goes into a request line or a header field must not be able to end it. */
static bool is_line(const char *text, bool with_spaces) {
  for (; *text != '\0'; text++)
    if (*text < ' ' || *text > '~' || (*text == ' ' && !with_spaces))
      return false;
  return true;
}

static char *copy_text(const char *text, bool *failed) {
  char *copy = text == NULL ? NULL : strdup(text);
  *failed = *failed || (text != NULL && copy == NULL);
  return copy;
}

static void on_timer_closed(uv_handle_t *handle) {
  struct request *request = handle->data;
  lurk_http_client *client = request->client;
  request_free(request);
  lurk_client_release(client);
}

void lurk_request_finish(struct request *request, lurk_status status, struct lurk_http_reply *reply) {
  struct lurk_http_answer answer = {.status = status, .origin = request->origin};
  if (status == LURK_OK) {
    answer.code = reply->code;
    answer.content_type = reply->content_type[0] == '\0' ? NULL : reply->content_type;
    answer.body = lurk_buffer_data(&reply->body);
    answer.body_len = reply->body.len;
  }
  uv_close((uv_handle_t *)&request->timer, on_timer_closed);
  request->done(request->arg, &answer);
}

void lurk_request_again(struct request *request) {
  lurk_http_client *client = request->client;
  request->connection = NULL;
  request->next = client->waiting;
  client->waiting = request;
}

static void stop_waiting(struct request *request) {
  struct request **place = &request->client->waiting;
  while (*place != request)
    place = &(*place)->next;
  *place = request->next;
}

static void on_deadline(uv_timer_t *timer) {
  struct request *request = timer->data;
  if (request->connection != NULL)
    lurk_client_abandon(request->connection);
  else
    stop_waiting(request);
  lurk_client_wake(request->client);
  lurk_request_finish(request, LURK_ERR_TIMEOUT, NULL);
}

static void start_deadline(struct request *request) {
  lurk_http_client *client = request->client;
  uint64_t now = now_ms();
  uv_timer_init(client->loop, &request->timer);
  request->timer.data = request;
  client->references++;
  uv_update_time(client->loop);
  uv_timer_start(&request->timer, on_deadline, request->deadline > now ? request->deadline - now : 0, 0);
}

/* --- origins --- */

void lurk_client_log(lurk_http_client *client, const struct origin *origin, const char *kind,
                     const char *detail) {
  if (client->options.log != NULL)
    client->options.log(client->options.log_arg, kind, origin->label, detail);
}

void lurk_client_origin_failed(lurk_http_client *client, size_t index, const char *why) {
  struct origin *origin = &client->origins[index];
  origin->failed_until = uv_now(client->loop) + client->options.retry_ms;
  lurk_client_log(client, origin, "origin-failed", why);
}

void lurk_client_origin_works(lurk_http_client *client, size_t index) {
  struct origin *origin = &client->origins[index];
  if (origin->failed_until != 0)
    lurk_client_log(client, origin, "origin-works", "it answers again");
  origin->failed_until = 0;
}

/* The first that works, else one whose time of rest is over or ends first. */
static size_t choose_origin(lurk_http_client *client, const struct request *request) {
  size_t best = client->origin_count;
  for (size_t i = 0; i < client->origin_count; i++) {
    struct origin *origin = &client->origins[i];
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

/* True when the request waits no longer. */
static bool place(lurk_http_client *client, struct request *request) {
  size_t index = choose_origin(client, request);
  lurk_status status = LURK_ERR_IO;
  if (index < client->origin_count) {
    struct client_connection *idle = lurk_client_idle_connection(client, index);
    if (idle == NULL && client->origins[index].connections >= client->options.connections)
      return false;
    stop_waiting(request);
    /* Of an origin at rest one request finds out whether it works again; meanwhile the others go elsewhere.
     */
    if (client->origins[index].failed_until != 0)
      client->origins[index].failed_until = uv_now(client->loop) + client->options.retry_ms;
    if (idle != NULL) {
      lurk_client_send(idle, request);
      return true;
    }
    status = lurk_client_connect(client, index, request);
    if (status == LURK_OK)
      return true;
  } else {
    stop_waiting(request);
  }
  lurk_request_finish(request, status, NULL);
  return true;
}

static void dispatch(lurk_http_client *client) {
  struct request *request = client->waiting;
  while (request != NULL && !client->closing)
    request = place(client, request) ? client->waiting : request->next;
}

static struct request *take_submitted(lurk_http_client *client) {
  uv_mutex_lock(&client->lock);
  struct request *first = client->submitted;
  client->submitted = NULL;
  client->submitted_end = &client->submitted;
  uv_mutex_unlock(&client->lock);
  return first;
}

static void admit_submitted(lurk_http_client *client) {
  struct request *first = take_submitted(client);
  for (struct request *request = first; request != NULL; request = request->next)
    start_deadline(request);
  struct request **end = &client->waiting;
  while (*end != NULL)
    end = &(*end)->next;
  *end = first;
}

static void on_wake(uv_async_t *wake) {
  lurk_http_client *client = wake->data;
  admit_submitted(client);
  dispatch(client);
}

void lurk_client_wake(lurk_http_client *client) {
  if (!client->closing)
    uv_async_send(&client->wake);
}

lurk_status lurk_http_client_submit(lurk_http_client *client, const char *method, const char *path,
                                    const char *content_type, const uint8_t *body, size_t len,
                                    unsigned deadline_ms, lurk_http_done *done, void *arg) {
  if (!is_line(method, false) || (path != NULL && (path[0] != '/' || !is_line(path, false))) ||
      (content_type != NULL && !is_line(content_type, true)))
    return LURK_ERR_MALFORMED;
  struct request *request = calloc(1, sizeof *request);
  if (request == NULL)
    return LURK_ERR_MEMORY;
  bool failed = !lurk_octets_copy(&request->body, body, len);
  request->method = copy_text(method, &failed);
  request->path = copy_text(path, &failed);
  request->content_type = copy_text(content_type, &failed);
  request->client = client;
  request->deadline = now_ms() + deadline_ms;
  request->done = done;
  request->arg = arg;
  uv_mutex_lock(&client->lock);
  bool refused = client->refusing;
  if (!failed && !refused) {
    *client->submitted_end = request;
    client->submitted_end = &request->next;
    uv_async_send(&client->wake);
  }
  uv_mutex_unlock(&client->lock);
  if (failed || refused)
    request_free(request);
  return failed ? LURK_ERR_MEMORY : refused ? LURK_ERR_CLOSED : LURK_OK;
}

/* --- life --- */

static void client_free(lurk_http_client *client) {
  for (size_t i = 0; i < client->origin_count; i++) {
    free(client->origins[i].host);
    free(client->origins[i].name);
    free(client->origins[i].path);
  }
  free(client->origins);
  lurk_credentials_unref(client->options.credentials);
  uv_mutex_destroy(&client->lock);
  free(client);
}

void lurk_client_release(lurk_http_client *client) {
  if (--client->references > 0)
    return;
  void (*closed)(void *) = client->closed;
  void *arg = client->closed_arg;
  client_free(client);
  if (closed != NULL)
    closed(arg);
}

static bool copy_origins(lurk_http_client *client, const struct lurk_http_client_options *options) {
  bool failed = false;
  client->origins = calloc(options->origin_count, sizeof *client->origins);
  if (client->origins == NULL)
    return false;
  client->origin_count = options->origin_count;
  for (size_t i = 0; i < options->origin_count; i++) {
    struct origin *origin = &client->origins[i];
    origin->host = copy_text(options->origins[i].host, &failed);
    origin->name = copy_text(options->origins[i].name, &failed);
    origin->path = copy_text(options->origins[i].path, &failed);
    origin->port = options->origins[i].port;
    snprintf(origin->label, sizeof origin->label, "%s:%u", options->origins[i].host, (unsigned)origin->port);
  }
  return !failed;
}

static bool options_ok(const struct lurk_http_client_options *options) {
  if (options->origin_count == 0 || options->origin_count > MOST_ORIGINS || options->connections == 0)
    return false;
  for (size_t i = 0; i < options->origin_count; i++)
    if (options->origins[i].path[0] != '/' || !is_line(options->origins[i].path, false))
      return false;
  return true;
}

lurk_status lurk_http_client_new(uv_loop_t *loop, const struct lurk_http_client_options *options,
                                 lurk_http_client **out) {
  if (!options_ok(options))
    return LURK_ERR_MALFORMED;
  lurk_http_client *client = calloc(1, sizeof *client);
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
  lurk_client_release(handle->data);
}

void lurk_http_client_close(lurk_http_client *client, void (*closed)(void *arg), void *arg) {
  uv_mutex_lock(&client->lock);
  client->refusing = true;
  uv_mutex_unlock(&client->lock);
  client->closing = true;
  client->closed = closed;
  client->closed_arg = arg;
  admit_submitted(client);
  lurk_client_close_connections(client);
  while (client->waiting != NULL) {
    struct request *request = client->waiting;
    client->waiting = request->next;
    lurk_request_finish(request, LURK_ERR_CLOSED, NULL);
  }
  uv_close((uv_handle_t *)&client->wake, on_wake_closed);
}
