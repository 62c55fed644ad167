#include "fuzz/keyserver/network.h"

#include "fuzz/target.h"
#ifdef MEMORY_FAILS
#include "fuzz/failing_memory.h"
#endif

enum { MOST_LISTENERS = 4 };

struct lurk_server {
  struct lurk_server_options options;
  struct lurk_server_listener listeners[MOST_LISTENERS];
};

static struct lurk_server only;

/* --- what the key server calls --- */

lurk_status lurk_server_start(const struct lurk_server_options *options, lurk_server **out, char *why,
                              size_t why_len) {
  (void)why;
  (void)why_len;
  FUZZ_CHECK(options->listener_count <= MOST_LISTENERS);
  only.options = *options;
  memcpy(only.listeners, options->listeners, options->listener_count * sizeof *options->listeners);
  *out = &only;
  return LURK_OK;
}

size_t lurk_server_address_count(const lurk_server *server) {
  return server->options.listener_count;
}

const char *lurk_server_address(const lurk_server *server, size_t index) {
  return server->listeners[index].address;
}

void lurk_server_visit(lurk_server *server, void (*visit)(void *arg, lurk_connection *connection),
                       void *arg) {
  (void)server;
  (void)visit;
  (void)arg;
}

void lurk_server_stop(lurk_server *server, unsigned grace_ms) {
  (void)server;
  (void)grace_ms;
}

const struct lurk_peer *lurk_connection_peer(const lurk_connection *connection) {
  return connection->peer;
}

bool lurk_connection_serves(const lurk_connection *connection, const char *host) {
  (void)connection;
  return strcmp(host, "keyserver.example") == 0;
}

const char *lurk_connection_address(const lurk_connection *connection) {
  return connection->address;
}

lurk_status lurk_connection_send(lurk_connection *connection, const uint8_t *data, size_t len) {
  FUZZ_CHECK(!connection->finished);
  return lurk_buffer_append(&connection->sent, data, len) ? LURK_OK : LURK_ERR_MEMORY;
}

void lurk_connection_finish(lurk_connection *connection) {
  connection->finished = true;
}

void lurk_connection_deadline(lurk_connection *connection, unsigned ms) {
  (void)connection;
  (void)ms;
}

bool lurk_connection_share(lurk_connection *connection, const void *owner) {
  (void)connection;
  return owner != NULL;
}

bool lurk_connection_turn_is_over(const lurk_connection *connection) {
  return connection->short_turns;
}

void lurk_connection_again(lurk_connection *connection) {
  connection->again = true;
}

void lurk_connection_log(lurk_connection *connection, const char *kind, const char *detail) {
  only.options.log(only.options.arg, kind, connection->address, detail);
}

/* --- what the target calls --- */

bool fuzz_connection_open(lurk_connection *connection, size_t listener, const struct lurk_peer *peer,
                          const char *address) {
  *connection =
      (lurk_connection){.service = only.listeners[listener].service, .peer = peer, .address = address};
  connection->session = connection->service->open(only.listeners[listener].service_arg, connection);
  return connection->session != NULL;
}

static void take_turns(lurk_connection *connection, lurk_status status) {
  while (status == LURK_OK && connection->again && !connection->finished) {
    connection->again = false;
    status = connection->service->resume(connection->session);
  }
  if (status != LURK_OK)
    connection->finished = true;
}

/* One piece, and all that follows from it. */
static void feed_piece(lurk_connection *connection, const uint8_t *data, size_t len) {
#ifdef MEMORY_FAILS
  fuzz_memory_watch(connection->fails);
#endif
  lurk_status status = connection->service->receive(connection->session, data, len);
  take_turns(connection, status);
#ifdef MEMORY_FAILS
  fuzz_memory_unwatch();
  connection->short_of_memory |= fuzz_memory_has_failed();
#endif
}

void fuzz_connection_feed(lurk_connection *connection, const uint8_t *data, size_t len, size_t step) {
  connection->short_turns = step != 0;
  for (size_t used = 0; used < len && !connection->finished;) {
    size_t part = step == 0 || step > len - used ? len - used : step;
    struct lurk_octets exact = {NULL, 0}; /* a sanitizer sees every octet too many */
    FUZZ_CHECK(lurk_octets_copy(&exact, data + used, part));
    feed_piece(connection, exact.data, part);
    lurk_octets_clear(&exact);
    used += part;
  }
}

void fuzz_connection_end(lurk_connection *connection, enum fuzz_end how) {
  if (connection->finished)
    return;
  if (how == FUZZ_END_HALF_CLOSED)
    connection->service->ended(connection->session);
  else if (how == FUZZ_END_EXPIRED)
    connection->service->expired(connection->session);
  else if (how == FUZZ_END_DRAINED)
    connection->service->drain(connection->session);
}

void fuzz_connection_close(lurk_connection *connection) {
  if (connection->session != NULL)
    connection->service->close(connection->session);
  lurk_buffer_clear(&connection->sent);
  *connection = (lurk_connection){0};
}
