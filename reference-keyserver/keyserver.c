#include "keyserver.h"

#include "lurk/crypto/crypto.h"
#include "lurk/diagnose.h"
#include "lurk/fault.h"
#include "lurk/net/http_server.h"
#include "lurk/net/lurk_server.h"
#include "lurk_messages.h"
#include "rate.h"
#include "ski_http.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WHY_LEN 1024
#define STOP_GRACE_MS 5000
/* A peer that does not read its answers. */
#define OUTPUT_OCTETS 262144
#define OUTPUT_MS 10000
/* Whoever reaches the port can cause these events: they must not fill the disk. */
static const struct lurk_rate channel_event_rate = {.per_second = 50, .burst = 500};

struct lurk_keyserver {
  char *config_file;
  lurk_activity_table *activities;
  lurk_activity *strangers;
  lurk_watch *watch;
  lurk_audit *audit;
  lurk_http_server *http;
  lurk_message_server *messages;
  lurk_server *server;
  atomic_uint_fast64_t requests, served, alarms;
  pthread_mutex_t lock; /* for the rest */
  struct lurk_snapshot *snapshot;
  struct lurk_rate_bucket channel_events;
  uint64_t suppressed;
};

uint64_t lurk_keyserver_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* --- what threads share --- */

struct lurk_snapshot *lurk_keyserver_snapshot(lurk_keyserver *server) {
  pthread_mutex_lock(&server->lock);
  struct lurk_snapshot *snapshot = server->snapshot;
  lurk_snapshot_ref(snapshot);
  pthread_mutex_unlock(&server->lock);
  return snapshot;
}

lurk_audit *lurk_keyserver_audit(lurk_keyserver *server) {
  return server->audit;
}

lurk_watch *lurk_keyserver_watch(lurk_keyserver *server) {
  return server->watch;
}

lurk_activity *lurk_keyserver_strangers(lurk_keyserver *server) {
  return server->strangers;
}

const char *lurk_keyserver_identity(const struct lurk_snapshot *snapshot, uint64_t number) {
  for (size_t i = 0; i < snapshot->authorisation.count; i++)
    if (lurk_activity_number(snapshot->authorisation.edges[i].activity) == number)
      return snapshot->authorisation.edges[i].config->identity_text;
  return NULL;
}

uint64_t lurk_keyserver_count(lurk_keyserver *server, bool served) {
  if (served)
    atomic_fetch_add(&server->served, 1);
  return atomic_fetch_add(&server->requests, 1) + 1;
}

/* --- events --- */

static const char *told(const char *address) {
  return LURK_FAULT(address_not_logged) ? "" : address;
}

/* Completes an event with an object of members (both are taken over) and writes it. */
static bool write_event(lurk_keyserver *server, const char *kind, json_t *members) {
  json_t *event = lurk_audit_event(kind);
  bool ok = event != NULL && members != NULL && json_object_update(event, members) == 0;
  json_decref(members);
  if (!ok) {
    json_decref(event);
    return false;
  }
  return lurk_audit_write(server->audit, event);
}

void lurk_keyserver_alarm(lurk_keyserver *server, lurk_activity *edge, enum lurk_alarm kind,
                          const char *address, const char *other) {
  static const char *const names[] = {
      [LURK_ALARM_REFUSED_REQUESTS] = "many refused requests",
      [LURK_ALARM_SHARED_CIPHERTEXT] = "RSA ciphertext was sent by another edge",
      [LURK_ALARM_REPLAY] = "handshake within the replay window",
      [LURK_ALARM_TWO_ADDRESSES] = "connections from two addresses",
  };
  if (!lurk_activity_alarm(edge, kind, lurk_keyserver_now_ns()) || LURK_FAULT(nothing_suspicious))
    return;
  atomic_fetch_add(&server->alarms, 1);
  const char *identity = lurk_activity_identity(edge);
  lurk_diagnose("alarm: %s: %s (from %s)", identity, names[kind], address);
  write_event(server, "alarm",
              json_pack("{s:s, s:s, s:o, s:s*}", "alarm", names[kind], "edge", identity, "address",
                        lurk_audit_text(told(address)), "other_edge", other));
}

static void log_channel_event(void *arg, const char *kind, const char *address, const char *detail) {
  lurk_keyserver *server = arg;
  uint64_t wait_ms, suppressed = 0;
  pthread_mutex_lock(&server->lock);
  bool due = lurk_rate_take(&server->channel_events, &channel_event_rate, lurk_keyserver_now_ns(), &wait_ms);
  if (due) {
    suppressed = server->suppressed;
    server->suppressed = 0;
  } else {
    server->suppressed++;
  }
  pthread_mutex_unlock(&server->lock);
  if (due)
    write_event(server, kind,
                json_pack("{s:o, s:o, s:I}", "address", lurk_audit_text(told(address)), "detail",
                          lurk_audit_text(detail), "suppressed", (json_int_t)suppressed));
}

static json_t *describe(const lurk_keyserver *server) {
  const struct lurk_snapshot *snapshot = server->snapshot;
  return json_pack("{s:s, s:s, s:i, s:i}", "version", LURK_VERSION, "cryptography", lurk_crypto_version(),
                   "keys", (int)snapshot->keys.count, "edges", (int)snapshot->authorisation.count);
}

static json_t *count(const lurk_keyserver *server) {
  return json_pack("{s:I, s:I, s:I}", "requests", (json_int_t)server->requests, "served",
                   (json_int_t)server->served, "alarms", (json_int_t)server->alarms);
}

/* --- start and stop --- */

static lurk_credentials *current_credentials(void *arg) {
  lurk_keyserver *server = arg;
  pthread_mutex_lock(&server->lock);
  lurk_credentials *credentials = lurk_credentials_ref(server->snapshot->credentials);
  pthread_mutex_unlock(&server->lock);
  return credentials;
}

static bool make_services(lurk_keyserver *server) {
  const struct lurk_config *config = &server->snapshot->config;
  const struct lurk_config_limits *limits = &config->limits;
  const struct lurk_http_limits http_limits = {.header_octets = limits->header_octets,
                                               .body_octets = limits->body_octets,
                                               .header_ms = limits->header_ms,
                                               .body_ms = limits->body_ms,
                                               .idle_ms = limits->idle_ms};
  const struct lurk_message_limits message_limits = {
      .message_octets = config->lurk.message_octets,
      .convention = config->lurk.length_counts_header ? LURK_LENGTH_WHOLE_MESSAGE : LURK_LENGTH_PAYLOAD,
      .message_ms = limits->body_ms,
      .idle_ms = limits->idle_ms};
  server->http = lurk_http_server_new(&http_limits, &lurk_ski_http_handler, server);
  server->messages = lurk_message_server_new(&message_limits, &lurk_keyserver_message_handler, server);
  return server->http != NULL && server->messages != NULL;
}

static struct lurk_server_listener *make_listeners(lurk_keyserver *server) {
  const struct lurk_config *config = &server->snapshot->config;
  struct lurk_server_listener *listeners = calloc(config->listen_count, sizeof *listeners);
  for (size_t i = 0; i < config->listen_count && listeners != NULL; i++) {
    bool ski = config->listen[i].protocol == LURK_LISTEN_SKI;
    listeners[i].address = config->listen[i].address;
    listeners[i].service = ski ? &lurk_http_service : &lurk_message_service;
    listeners[i].service_arg = ski ? (void *)server->http : (void *)server->messages;
  }
  return listeners;
}

static bool listen_on(lurk_keyserver *server, char *why, size_t why_len) {
  const struct lurk_config *config = &server->snapshot->config;
  struct lurk_server_listener *listeners = make_services(server) ? make_listeners(server) : NULL;
  if (listeners == NULL) {
    snprintf(why, why_len, "%s: memory is short", server->config_file);
    return false;
  }
  const struct lurk_server_options options = {.listeners = listeners,
                                              .listener_count = config->listen_count,
                                              .threads = config->threads,
                                              .limits = {.connections = config->limits.connections,
                                                         .handshake_ms = config->limits.handshake_ms,
                                                         .idle_ms = config->limits.idle_ms,
                                                         .output_octets = OUTPUT_OCTETS,
                                                         .output_ms = OUTPUT_MS},
                                              .credentials = current_credentials,
                                              .log = log_channel_event,
                                              .arg = server};
  char fault[256];
  lurk_status status = lurk_server_start(&options, &server->server, fault, sizeof fault);
  free(listeners);
  if (status != LURK_OK)
    snprintf(why, why_len, "%s: listen: %s", server->config_file, fault);
  return status == LURK_OK;
}

static void free_all(lurk_keyserver *server) {
  if (server == NULL)
    return;
  lurk_http_server_free(server->http);
  lurk_message_server_free(server->messages);
  lurk_snapshot_unref(server->snapshot);
  lurk_audit_close(server->audit);
  lurk_watch_free(server->watch);
  lurk_activity_unref(server->strangers);
  lurk_activity_table_free(server->activities);
  pthread_mutex_destroy(&server->lock);
  free(server->config_file);
  free(server);
}

static bool start(lurk_keyserver *server, char *why, size_t why_len) {
  snprintf(why, why_len, "memory is short");
  if (server->config_file == NULL || server->activities == NULL || server->watch == NULL)
    return false;
  server->strangers = lurk_activity_get(server->activities, "(no edge)");
  if (server->strangers == NULL)
    return false;
  server->snapshot = lurk_snapshot_load(server->config_file, server->activities, NULL, why, why_len);
  if (server->snapshot == NULL)
    return false;
  char fault[512];
  server->audit = lurk_audit_open(server->snapshot->config.audit_log, fault, sizeof fault);
  if (server->audit == NULL || !write_event(server, "start", describe(server))) {
    snprintf(why, why_len, "%s: %s", server->config_file,
             server->audit == NULL ? fault : "audit_log: cannot be written");
    return false;
  }
  return listen_on(server, why, why_len);
}

lurk_keyserver *lurk_keyserver_start(const char *config_file, char *why, size_t why_len) {
  lurk_keyserver *server = calloc(1, sizeof *server);
  if (server == NULL) {
    snprintf(why, why_len, "memory is short");
    return NULL;
  }
  pthread_mutex_init(&server->lock, NULL);
  server->config_file = strdup(config_file);
  server->activities = lurk_activity_table_new();
  server->watch = lurk_watch_new();
  if (start(server, why, why_len))
    return server;
  free_all(server);
  return NULL;
}

size_t lurk_keyserver_address_count(const lurk_keyserver *server) {
  return lurk_server_address_count(server->server);
}

const char *lurk_keyserver_address(const lurk_keyserver *server, size_t index) {
  return lurk_server_address(server->server, index);
}

void lurk_keyserver_stop(lurk_keyserver *server) {
  lurk_server_stop(server->server, STOP_GRACE_MS);
  write_event(server, "stop", count(server));
  free_all(server);
}

/* --- reload --- */

struct reload {
  lurk_keyserver *server;
  struct lurk_snapshot *snapshot;
  bool trust_changed;
};

/* Handshakes under way were begun with the CA and CRL of before; who it is gets known at their end. */
static void end_without_rights(void *arg, lurk_connection *connection) {
  const struct reload *reload = arg;
  if (lurk_connection_peer(connection) == NULL) {
    if (reload->trust_changed)
      lurk_connection_finish(connection);
    return;
  }
  const char *address = lurk_connection_address(connection);
  struct in6_addr numeric;
  const struct lurk_edge *edge;
  enum lurk_edge_match match =
      lurk_authorisation_find(&reload->snapshot->authorisation, lurk_connection_peer(connection),
                              lurk_address_parse(address, &numeric) ? &numeric : NULL, &edge);
  if ((match == LURK_EDGE_FOUND && !reload->trust_changed && !LURK_FAULT(reload_ends_connections)) ||
      LURK_FAULT(rights_kept_while_connected))
    return;
  lurk_connection_log(connection, "connection-ended",
                      match == LURK_EDGE_FOUND ? "CA or CRL has changed" : lurk_edge_match_name(match));
  lurk_connection_finish(connection);
}

static bool lists_differ(const struct lurk_config *a, const struct lurk_config *b) {
  bool differ = a->listen_count != b->listen_count;
  for (size_t i = 0; !differ && i < a->listen_count; i++)
    differ = a->listen[i].protocol != b->listen[i].protocol ||
             strcmp(a->listen[i].address, b->listen[i].address) != 0;
  return differ;
}

/* These were given to the network layer when it started. */
static bool needs_restart(const struct lurk_config *old, const struct lurk_config *new) {
  return lists_differ(old, new) || old->threads != new->threads ||
         old->limits.connections != new->limits.connections ||
         old->limits.header_octets != new->limits.header_octets ||
         old->limits.body_octets != new->limits.body_octets ||
         old->limits.handshake_ms != new->limits.handshake_ms ||
         old->limits.header_ms != new->limits.header_ms || old->limits.body_ms != new->limits.body_ms ||
         old->limits.idle_ms != new->limits.idle_ms || old->lurk.message_octets != new->lurk.message_octets ||
         old->lurk.length_counts_header != new->lurk.length_counts_header;
}

#ifdef LURK_FAULTS
/* As a program does that forgets the old before it reads the new. */
static void forget_edges(lurk_keyserver *server) {
  pthread_mutex_lock(&server->lock);
  server->snapshot->authorisation.count = 0;
  pthread_mutex_unlock(&server->lock);
}
#endif

static void refuse_reload(lurk_keyserver *server, const char *why) {
#ifdef LURK_FAULTS
  if (LURK_FAULT(failed_reload_empties))
    forget_edges(server);
#endif
  lurk_diagnose("reload refused, the old configuration stays in use: %s", why);
  write_event(server, "reload-refused", json_pack("{s:o}", "cause", lurk_audit_text(why)));
}

void lurk_keyserver_reload(lurk_keyserver *server) {
  char why[WHY_LEN], fault[512];
  /* Only this thread replaces the snapshot, so that it may be read without the lock. */
  struct lurk_snapshot *fresh =
      lurk_snapshot_load(server->config_file, server->activities, server->snapshot, why, sizeof why);
  if (fresh == NULL) {
    refuse_reload(server, why);
    return;
  }
  if (!lurk_audit_reopen(server->audit, fresh->config.audit_log, fault, sizeof fault)) {
    snprintf(why, sizeof why, "%s: %s", server->config_file, fault);
    refuse_reload(server, why);
    lurk_snapshot_unref(fresh);
    return;
  }
  pthread_mutex_lock(&server->lock);
  struct lurk_snapshot *old = server->snapshot;
  server->snapshot = fresh;
  pthread_mutex_unlock(&server->lock);
  struct reload reload = {.server = server,
                          .snapshot = fresh,
                          .trust_changed = memcmp(old->trust, fresh->trust, sizeof old->trust) != 0};
  bool restart = needs_restart(&old->config, &fresh->config);
  lurk_snapshot_unref(old);
  lurk_server_visit(server->server, end_without_rights, &reload);
  write_event(server, "reload", describe(server)); /* it tells that the change is in force */
  lurk_diagnose("reloaded: %zu keys, %zu edges%s", fresh->keys.count, fresh->authorisation.count,
                restart ? "; listen, threads and changed limits wait for a restart" : "");
}
