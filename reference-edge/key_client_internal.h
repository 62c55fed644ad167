/* Shared by key_client.c and the two protocols towards key servers. All on the loop's thread. */
#ifndef LURK_EDGE_KEY_CLIENT_INTERNAL_H
#define LURK_EDGE_KEY_CLIENT_INTERNAL_H

#include "lurk/net/http_client.h"
#include "lurk/net/lurk_client.h"
#include "lurk/wire/lurk_base.h"
#include "reference-edge/key_client.h"

struct key_operation {
  lurk_key_client *client;
  struct lurk_key_request request; /* input is a copy of its own, tls12 says only that it is LURK */
  uint64_t started;
  lurk_key_done *done;
  void *arg;
  const char *failure;        /* of an operation that could not be sent */
  struct key_operation *next; /* in the queue */
};

struct key_inquiry {
  lurk_key_client *client;
  lurk_capabilities_done *done;
  void *arg;
};

struct key_transport {
  lurk_status (*open)(lurk_key_client *client, uv_loop_t *loop, lurk_credentials *credentials);
  /* OK: the operation will be finished. request is the caller's. */
  lurk_status (*send)(lurk_key_client *client, struct key_operation *operation,
                      const struct lurk_key_request *request);
  /* OK: done of the inquiry will be called and the inquiry freed. */
  lurk_status (*inquire)(lurk_key_client *client, size_t group, struct key_inquiry *inquiry);
  void (*close)(lurk_key_client *client, void (*closed)(void *arg), void *arg);
};
extern const struct key_transport lurk_key_transport_ski, lurk_key_transport_lurk;

/* The state in which a key server has told its capabilities. */
struct key_server_state {
  bool known;
  uint8_t state[LURK_STATE_LEN];
};

struct lurk_key_client {
  const struct lurk_edge_config *config;
  lurk_event_log *log;
  const struct key_transport *transport;       /* NULL without key servers */
  lurk_http_client *http;                      /* SKI */
  lurk_message_client *messages;               /* LURK */
  struct key_server_state *states;             /* LURK: by key server */
  void (*stale)(void *arg, size_t key_server); /* or NULL */
  void *stale_arg;
  /* Operations that need no network; answered from the loop, so that callers see one order of events. */
  uv_idle_t idle;
  struct key_operation *first, **last;
  void (*closed)(void *arg);
  void *closed_arg;
};

/* Ends an operation: checks output, tells the caller, frees. failure NULL: output is there. */
void lurk_operation_finish(struct key_operation *operation, const uint8_t *output, size_t len,
                           const char *failure, const char *key_server);

/* The key server's URL, "none" when there is no such origin. */
const char *lurk_key_client_url(const lurk_key_client *client, size_t origin);
/* For the logs of the network clients; arg is the key client. */
void lurk_key_client_log(void *arg, const char *kind, const char *origin, const char *detail);
unsigned lurk_key_client_share_ms(const struct lurk_edge_config *config);
/* The key servers that have the key of this request. */
uint64_t lurk_key_client_group(const lurk_key_client *client, const struct lurk_key_request *request);
/* What a status of a network client means for an operation. */
const char *lurk_key_client_fault(lurk_status status);

#define LURK_KEY_RETRY_MS 1000
#define LURK_KEY_LARGEST_ANSWER 65536

#endif
