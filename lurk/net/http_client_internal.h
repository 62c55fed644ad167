/* Shared by http_client.c (requests, origins) and http_client_connection.c. All on the loop's thread. */
#ifndef LURK_NET_HTTP_CLIENT_INTERNAL_H
#define LURK_NET_HTTP_CLIENT_INTERNAL_H

#include "lurk/net/dial.h"
#include "lurk/net/http_answer.h"
#include "lurk/net/http_client.h"
#include "lurk/secret.h"

struct client_connection;

struct origin {
  char *host, *name, *path;
  uint16_t port;
  char label[80];        /* host:port, for the log */
  uint64_t failed_until; /* 0: it works as far as is known; on uv_now's clock */
  unsigned connections;  /* open or opening */
};

struct request {
  struct request *next;
  lurk_http_client *client;
  uv_timer_t timer;
  char *method, *path, *content_type; /* path and content_type may be NULL */
  struct lurk_octets body;
  uint64_t deadline; /* milliseconds of uv_hrtime */
  lurk_http_done *done;
  void *arg;
  uint64_t tried; /* bit per origin that failed for this request */
  unsigned sends;
  size_t origin; /* tried last */
  struct client_connection *connection;
};

struct lurk_http_client {
  uv_loop_t *loop;
  struct lurk_http_client_options options; /* origins, as copied, are below */
  struct origin *origins;
  size_t origin_count;
  struct client_connection *connections;
  struct request *waiting; /* for a connection, in order */
  unsigned references;     /* handles and requests that still need the client */
  bool closing;
  void (*closed)(void *arg);
  void *closed_arg;
  uv_async_t wake;
  uv_mutex_t lock;
  struct request *submitted, **submitted_end; /* under lock, as the next */
  bool refusing;
  char input[LURK_STREAM_INPUT];
  uint8_t plaintext[16384];
};

/* --- http_client.c --- */

void lurk_client_log(lurk_http_client *client, const struct origin *origin, const char *kind,
                     const char *detail);
void lurk_client_release(lurk_http_client *client);
/* Waiting requests are given to connections soon: never from within a caller, who may hold one. */
void lurk_client_wake(lurk_http_client *client);
void lurk_client_origin_failed(lurk_http_client *client, size_t origin, const char *why);
void lurk_client_origin_works(lurk_http_client *client, size_t origin);
/* Ends a request that no connection holds any more; reply may be NULL when status is not OK. */
void lurk_request_finish(struct request *request, lurk_status status, struct lurk_http_reply *reply);
/* Puts it back in front of the others. */
void lurk_request_again(struct request *request);

/* --- http_client_connection.c --- */

/* An idle one, or NULL. */
struct client_connection *lurk_client_idle_connection(lurk_http_client *client, size_t origin);
/* Opens one for a request. */
lurk_status lurk_client_connect(lurk_http_client *client, size_t origin, struct request *request);
void lurk_client_send(struct client_connection *connection, struct request *request);
/* The request has gone; its exchange cannot be finished. */
void lurk_client_abandon(struct client_connection *connection);
/* Their requests wait again. */
void lurk_client_close_connections(lurk_http_client *client);

#endif
