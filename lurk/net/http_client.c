/* Requests of the client. */
#include "lurk/net/http_client_internal.h"

#include <stdlib.h>
#include <string.h>

/* --- request --- */

static void request_free(struct lurk_origin_request *base) {
  struct request *request = (struct request *)base;
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

static void tell_failure(struct lurk_origin_request *base, lurk_status status) {
  struct request *request = (struct request *)base;
  request->done(request->arg, &(struct lurk_http_answer){.status = status, .origin = base->origin});
}

void lurk_request_finish(struct request *request, const struct lurk_http_reply *reply) {
  const struct lurk_http_answer answer = {.status = LURK_OK,
                                          .code = reply->code,
                                          .content_type =
                                              reply->content_type[0] == '\0' ? NULL : reply->content_type,
                                          .body = lurk_buffer_data(&reply->body),
                                          .body_len = reply->body.len,
                                          .origin = request->base.origin};
  lurk_origin_request_end(&request->base);
  request->done(request->arg, &answer);
}

lurk_status lurk_http_client_submit(lurk_http_client *client, const char *method, const char *path,
                                    const char *content_type, const uint8_t *body, size_t len,
                                    uint64_t origins, unsigned deadline_ms, lurk_http_done *done, void *arg) {
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
  request->done = done;
  request->arg = arg;
  lurk_status status = failed
                           ? LURK_ERR_MEMORY
                           : lurk_origin_client_submit(&client->base, &request->base, origins, deadline_ms);
  if (status != LURK_OK)
    request_free(&request->base);
  return status;
}

/* --- life --- */

static void client_free(struct lurk_origin_client *base) {
  lurk_http_client *client = (lurk_http_client *)base;
  for (size_t i = 0; i < base->origin_count; i++)
    free(client->paths[i]);
  free(client->paths);
  free(client->open);
  free(client);
}

static const struct lurk_origin_client_events events = {.full = lurk_client_full,
                                                        .take = lurk_client_take,
                                                        .abandon = lurk_client_abandon,
                                                        .failed = tell_failure,
                                                        .free_request = request_free,
                                                        .close_connections = lurk_client_close_connections,
                                                        .free_client = client_free};

static bool options_ok(const struct lurk_http_client_options *options) {
  if (options->connections == 0)
    return false;
  for (size_t i = 0; i < options->origin_count; i++)
    if (options->origins[i].path[0] != '/' || !is_line(options->origins[i].path, false))
      return false;
  return true;
}

static bool copy_origins(lurk_http_client *client, const struct lurk_http_client_options *options) {
  bool failed = false;
  client->paths = calloc(options->origin_count, sizeof *client->paths);
  client->open = calloc(options->origin_count, sizeof *client->open);
  for (size_t i = 0; client->paths != NULL && i < options->origin_count; i++) {
    const struct lurk_http_origin *origin = &options->origins[i];
    client->paths[i] = copy_text(origin->path, &failed);
    failed = !lurk_origin_client_add(&client->base, origin->host, origin->port, origin->name) || failed;
  }
  return client->paths != NULL && client->open != NULL && !failed;
}

lurk_status lurk_http_client_new(uv_loop_t *loop, const struct lurk_http_client_options *options,
                                 lurk_http_client **out) {
  const struct lurk_origin_client_options common = {.credentials = options->credentials,
                                                    .connect_ms = options->connect_ms,
                                                    .retry_ms = options->retry_ms,
                                                    .log = options->log,
                                                    .log_arg = options->log_arg};
  if (!options_ok(options))
    return LURK_ERR_MALFORMED;
  lurk_http_client *client = calloc(1, sizeof *client);
  if (client == NULL)
    return LURK_ERR_MEMORY;
  client->connections_per_origin = options->connections;
  client->body_octets = options->body_octets;
  lurk_status status = lurk_origin_client_init(&client->base, loop, &events, &common, options->origin_count);
  if (status != LURK_OK) {
    free(client);
    return status;
  }
  if (!copy_origins(client, options)) {
    lurk_http_client_close(client, NULL, NULL);
    return LURK_ERR_MEMORY;
  }
  *out = client;
  return LURK_OK;
}

void lurk_http_client_close(lurk_http_client *client, void (*closed)(void *arg), void *arg) {
  lurk_origin_client_close(&client->base, closed, arg);
}
