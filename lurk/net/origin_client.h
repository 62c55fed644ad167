/* What the clients of HTTP and of LURK have in common: requests from any thread, each with an absolute
 * deadline, to several origins in order of preference. One that cannot be reached is passed over and tried
 * again later (fail-over). Connections, and what is said over them, are the client's. All but submission
 * happens on the loop's thread. */
#ifndef LURK_NET_ORIGIN_CLIENT_H
#define LURK_NET_ORIGIN_CLIENT_H

#include "lurk/net/dial.h"
#include "lurk/net/origins.h"

struct lurk_origin {
  char *host, *name;
  uint16_t port;
  char label[80];        /* host:port, for the log */
  uint64_t failed_until; /* 0: it works as far as is known; on uv_now's clock */
};

/* Begins the request of a client. */
struct lurk_origin_request {
  struct lurk_origin_request *next; /* submitted or waiting; the client's own once it is taken */
  struct lurk_origin_client *client;
  uv_timer_t timer;
  uint64_t deadline; /* milliseconds of uv_hrtime */
  uint64_t tried;    /* origins that failed for this request, or that it is not for */
  unsigned sends;
  size_t origin; /* taken last */
  bool waiting;
};

struct lurk_origin_client_events {
  /* No request can be taken for this origin now: it waits. NULL: any number can be taken. */
  bool (*full)(struct lurk_origin_client *client, size_t origin);
  /* A connection to request->origin takes the request. Not OK: it was not taken, and ends so. */
  lurk_status (*take)(struct lurk_origin_request *request);
  /* All that can be taken now has been: what goes to the same connection can be sent at once. NULL: take
   * sends. */
  void (*send)(struct lurk_origin_client *client);
  /* The time of a request is over that was taken: no connection may use it after this. */
  void (*abandon)(struct lurk_origin_request *request);
  /* Tells the caller of a request that there is no answer. */
  void (*failed)(struct lurk_origin_request *request, lurk_status status);
  void (*free_request)(struct lurk_origin_request *request);
  /* Requests of open connections are to wait again. */
  void (*close_connections)(struct lurk_origin_client *client);
  void (*free_client)(struct lurk_origin_client *client);
};

struct lurk_origin_client_options {
  lurk_credentials *credentials; /* a reference is taken */
  unsigned connect_ms;           /* absolute: TCP and TLS handshake */
  unsigned retry_ms;             /* how long a failed origin is passed over while another one works */
  void (*log)(void *arg, const char *kind, const char *origin, const char *detail); /* or NULL */
  void *log_arg;
};

/* Begins the client. */
struct lurk_origin_client {
  uv_loop_t *loop;
  const struct lurk_origin_client_events *events;
  struct lurk_origin_client_options options;
  struct lurk_origin *origins;
  size_t origin_count;
  struct lurk_origin_request *waiting; /* to be taken, in order */
  unsigned references;                 /* handles, requests and connections that still need the client */
  bool closing;
  void (*closed)(void *arg);
  void *closed_arg;
  uv_async_t wake;
  uv_mutex_t lock;
  struct lurk_origin_request *submitted, **submitted_end; /* under lock, as the next */
  bool refusing;
  char input[LURK_STREAM_INPUT]; /* of all its connections, as the next */
  uint8_t plaintext[16384];
};

/* --- life --- */

/* *client is zeroed memory of the caller's. MALFORMED: no or too many origins; MEMORY. When it fails nothing
 * of it is left but the memory. */
lurk_status lurk_origin_client_init(struct lurk_origin_client *client, uv_loop_t *loop,
                                    const struct lurk_origin_client_events *events,
                                    const struct lurk_origin_client_options *options, size_t origin_count);
/* Once for each origin, in order of preference, before the first request; strings are copied. False when
 * memory is short. */
bool lurk_origin_client_add(struct lurk_origin_client *client, const char *host, uint16_t port,
                            const char *name);
/* Outstanding requests end with LURK_ERR_CLOSED; closed (may be NULL) is called when the loop holds nothing
 * of it any more. No submit may begin after this. */
void lurk_origin_client_close(struct lurk_origin_client *client, void (*closed)(void *arg), void *arg);
void lurk_origin_client_release(struct lurk_origin_client *client);

/* --- requests --- */

/* From any thread. origins: those that may be asked. CLOSED: not taken, and still the caller's. */
lurk_status lurk_origin_client_submit(struct lurk_origin_client *client, struct lurk_origin_request *request,
                                      uint64_t origins, unsigned deadline_ms);
/* The request, which does not wait and is in no connection any more, has an end: to be called before the
 * caller is told. It is freed later, from the loop. */
void lurk_origin_request_end(struct lurk_origin_request *request);
void lurk_origin_request_fail(struct lurk_origin_request *request, lurk_status status);
/* One that is in no connection any more waits again, before all others. */
void lurk_origin_request_again(struct lurk_origin_request *request);
/* This origin is not tried again for it. */
void lurk_origin_request_avoid(struct lurk_origin_request *request, size_t origin);
/* Waiting requests are placed soon: never from within a caller, who may hold one. */
void lurk_origin_client_wake(struct lurk_origin_client *client);

/* --- origins --- */

/* Prepares the connection to an origin, which holds a reference to the client until its owner releases it. */
void lurk_origin_client_dial(struct lurk_origin_client *client, size_t origin, struct lurk_dial *dial,
                             const struct lurk_dial_events *events, void *owner);
void lurk_origin_log(struct lurk_origin_client *client, size_t origin, const char *kind, const char *detail);
void lurk_origin_failed(struct lurk_origin_client *client, size_t origin, const char *why);
void lurk_origin_works(struct lurk_origin_client *client, size_t origin);

#endif
