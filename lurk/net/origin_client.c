#include "lurk/net/origin_client.h"

#include "lurk/fault.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t now_ms(void) {
  return uv_hrtime() / 1000000;
}

/* --- requests --- */

static void on_timer_closed(uv_handle_t *handle) {
  struct lurk_origin_request *request = handle->data;
  struct lurk_origin_client *client = request->client;
  client->events->free_request(request);
  lurk_origin_client_release(client);
}

void lurk_origin_request_end(struct lurk_origin_request *request) {
  uv_close((uv_handle_t *)&request->timer, on_timer_closed);
}

void lurk_origin_request_fail(struct lurk_origin_request *request, lurk_status status) {
  lurk_origin_request_end(request);
  request->client->events->failed(request, status);
}

void lurk_origin_request_again(struct lurk_origin_request *request) {
  struct lurk_origin_client *client = request->client;
  request->waiting = true;
  request->next = client->waiting;
  client->waiting = request;
}

void lurk_origin_request_avoid(struct lurk_origin_request *request, size_t origin) {
  request->tried |= UINT64_C(1) << origin;
}

static void stop_waiting(struct lurk_origin_request *request) {
  struct lurk_origin_request **place = &request->client->waiting;
  while (*place != request)
    place = &(*place)->next;
  *place = request->next;
  request->waiting = false;
}

static void on_deadline(uv_timer_t *timer) {
  struct lurk_origin_request *request = timer->data;
  struct lurk_origin_client *client = request->client;
  if (request->waiting)
    stop_waiting(request);
  else
    client->events->abandon(request);
  lurk_origin_client_wake(client);
  lurk_origin_request_fail(request, LURK_ERR_TIMEOUT);
}

static void start_deadline(struct lurk_origin_request *request) {
  struct lurk_origin_client *client = request->client;
  uint64_t now = now_ms();
  uv_timer_init(client->loop, &request->timer);
  request->timer.data = request;
  client->references++;
  uv_update_time(client->loop);
  if (!LURK_FAULT(no_key_server_deadline))
    uv_timer_start(&request->timer, on_deadline, request->deadline > now ? request->deadline - now : 0, 0);
}

/* --- origins --- */

void lurk_origin_log(struct lurk_origin_client *client, size_t origin, const char *kind, const char *detail) {
  if (client->options.log != NULL)
    client->options.log(client->options.log_arg, kind, client->origins[origin].label, detail);
}

static void rest(struct lurk_origin_client *client, size_t origin) {
  client->origins[origin].failed_until = uv_now(client->loop) + client->options.retry_ms;
}

void lurk_origin_failed(struct lurk_origin_client *client, size_t origin, const char *why) {
  rest(client, origin);
  lurk_origin_log(client, origin, "origin-failed", why);
}

void lurk_origin_works(struct lurk_origin_client *client, size_t origin) {
  if (client->origins[origin].failed_until != 0)
    lurk_origin_log(client, origin, "origin-works", "it answers again");
  client->origins[origin].failed_until = 0;
}

/* The first that works, else one whose time of rest is over or ends first. */
static size_t choose_origin(const struct lurk_origin_client *client,
                            const struct lurk_origin_request *request) {
  size_t best = client->origin_count;
  for (size_t i = 0; i < (LURK_FAULT(no_failover) ? 1 : client->origin_count); i++) {
    const struct lurk_origin *origin = &client->origins[i];
    if ((request->tried >> i & 1) || (origin->failed_until != 0 && LURK_FAULT(failed_key_server_given_up)))
      continue;
    if (origin->failed_until <= uv_now(client->loop))
      return i;
    if (best == client->origin_count || origin->failed_until < client->origins[best].failed_until)
      best = i;
  }
  return best;
}

void lurk_origin_client_dial(struct lurk_origin_client *client, size_t index, struct lurk_dial *dial,
                             const struct lurk_dial_events *events, void *owner) {
  const struct lurk_origin *origin = &client->origins[index];
  const struct lurk_dial_target target = {.host = origin->host,
                                          .port = origin->port,
                                          .name = origin->name,
                                          .credentials = client->options.credentials,
                                          .connect_ms = client->options.connect_ms};
  client->references++;
  lurk_dial_init(dial, client->loop, client->input, &target, events, owner);
}

/* --- dispatch --- */

/* True when the request waits no longer. */
static bool place(struct lurk_origin_client *client, struct lurk_origin_request *request) {
  size_t origin = choose_origin(client, request);
  lurk_status status = LURK_ERR_IO;
  bool found = origin < client->origin_count;
  if (found && client->events->full != NULL && client->events->full(client, origin))
    return false;
  stop_waiting(request);
  if (found) {
    /* Of an origin at rest one request finds out whether it works again; meanwhile the others go elsewhere.
     */
    if (client->origins[origin].failed_until != 0)
      rest(client, origin);
    request->origin = origin;
    status = client->events->take(request);
  }
  if (status != LURK_OK)
    lurk_origin_request_fail(request, status);
  return true;
}

static struct lurk_origin_request *take_submitted(struct lurk_origin_client *client) {
  uv_mutex_lock(&client->lock);
  struct lurk_origin_request *first = client->submitted;
  client->submitted = NULL;
  client->submitted_end = &client->submitted;
  uv_mutex_unlock(&client->lock);
  return first;
}

static void admit_submitted(struct lurk_origin_client *client) {
  struct lurk_origin_request *first = take_submitted(client);
  for (struct lurk_origin_request *request = first; request != NULL; request = request->next) {
    request->waiting = true;
    start_deadline(request);
  }
  struct lurk_origin_request **end = &client->waiting;
  while (*end != NULL)
    end = &(*end)->next;
  *end = first;
}

static void on_wake(uv_async_t *wake) {
  struct lurk_origin_client *client = wake->data;
  admit_submitted(client);
  struct lurk_origin_request *request = client->waiting;
  while (request != NULL && !client->closing)
    request = place(client, request) ? client->waiting : request->next;
  if (client->events->send != NULL && !client->closing)
    client->events->send(client);
}

void lurk_origin_client_wake(struct lurk_origin_client *client) {
  if (!client->closing)
    uv_async_send(&client->wake);
}

lurk_status lurk_origin_client_submit(struct lurk_origin_client *client, struct lurk_origin_request *request,
                                      uint64_t origins, unsigned deadline_ms) {
  request->client = client;
  request->tried = ~origins;
  while (request->origin + 1 < client->origin_count && (request->tried >> request->origin & 1) != 0)
    request->origin++; /* the one to name when none can be asked */
  request->deadline = now_ms() + deadline_ms;
  uv_mutex_lock(&client->lock);
  bool refused = client->refusing;
  if (!refused) {
    *client->submitted_end = request;
    client->submitted_end = &request->next;
    uv_async_send(&client->wake);
  }
  uv_mutex_unlock(&client->lock);
  return refused ? LURK_ERR_CLOSED : LURK_OK;
}

/* --- life --- */

static void clear(struct lurk_origin_client *client) {
  for (size_t i = 0; i < client->origin_count; i++) {
    free(client->origins[i].host);
    free(client->origins[i].name);
  }
  free(client->origins);
  lurk_credentials_unref(client->options.credentials);
  uv_mutex_destroy(&client->lock);
}

void lurk_origin_client_release(struct lurk_origin_client *client) {
  if (--client->references > 0)
    return;
  void (*closed)(void *) = client->closed;
  void *arg = client->closed_arg;
  clear(client);
  client->events->free_client(client);
  if (closed != NULL)
    closed(arg);
}

lurk_status lurk_origin_client_init(struct lurk_origin_client *client, uv_loop_t *loop,
                                    const struct lurk_origin_client_events *events,
                                    const struct lurk_origin_client_options *options, size_t origin_count) {
  if (origin_count == 0 || origin_count > LURK_MOST_ORIGINS)
    return LURK_ERR_MALFORMED;
  client->origins = calloc(origin_count, sizeof *client->origins);
  if (client->origins == NULL)
    return LURK_ERR_MEMORY;
  client->loop = loop;
  client->events = events;
  client->options = *options;
  client->submitted_end = &client->submitted;
  client->references = 1;
  client->wake.data = client;
  if (uv_async_init(loop, &client->wake, on_wake) != 0) {
    free(client->origins);
    return LURK_ERR_MEMORY;
  }
  uv_mutex_init(&client->lock);
  lurk_credentials_ref(options->credentials);
  return LURK_OK;
}

bool lurk_origin_client_add(struct lurk_origin_client *client, const char *host, uint16_t port,
                            const char *name) {
  struct lurk_origin *origin = &client->origins[client->origin_count++];
  origin->host = strdup(host);
  origin->name = strdup(name);
  origin->port = port;
  snprintf(origin->label, sizeof origin->label, "%s:%u", host, (unsigned)port);
  return origin->host != NULL && origin->name != NULL;
}

static void on_wake_closed(uv_handle_t *handle) {
  lurk_origin_client_release(handle->data);
}

void lurk_origin_client_close(struct lurk_origin_client *client, void (*closed)(void *arg), void *arg) {
  uv_mutex_lock(&client->lock);
  client->refusing = true;
  uv_mutex_unlock(&client->lock);
  client->closing = true;
  client->closed = closed;
  client->closed_arg = arg;
  admit_submitted(client);
  client->events->close_connections(client);
  while (client->waiting != NULL) {
    struct lurk_origin_request *request = client->waiting;
    stop_waiting(request);
    lurk_origin_request_fail(request, LURK_ERR_CLOSED);
  }
  uv_close((uv_handle_t *)&client->wake, on_wake_closed);
}
