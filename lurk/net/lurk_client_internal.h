/* Shared by lurk_client.c (requests, origins) and lurk_client_connection.c. All on the loop's thread. */
#ifndef LURK_NET_LURK_CLIENT_INTERNAL_H
#define LURK_NET_LURK_CLIENT_INTERNAL_H

#include "lurk/net/dial.h"
#include "lurk/net/lurk_client.h"
#include "lurk/secret.h"

struct message_connection;

struct message_origin {
  char *host, *name;
  uint16_t port;
  char label[80];                        /* host:port, for the log */
  uint64_t failed_until;                 /* 0: it works as far as is known; on uv_now's clock */
  struct message_connection *connection; /* or NULL */
};

struct message_request {
  struct message_request *next; /* submitted, waiting, or on a connection */
  lurk_message_client *client;
  uv_timer_t timer;
  struct lurk_header header;
  struct lurk_octets message; /* header and payload, as sent */
  uint64_t deadline;          /* milliseconds of uv_hrtime */
  lurk_message_done *done;
  void *arg;
  uint64_t tried; /* bit per origin that failed for this request */
  unsigned sends;
  uint64_t sent_ms; /* on uv_now's clock */
  size_t origin;    /* tried last */
  struct message_connection *connection;
};

struct lurk_message_client {
  uv_loop_t *loop;
  struct lurk_message_client_options options; /* origins, as copied, are below */
  struct message_origin *origins;
  size_t origin_count;
  struct message_request *waiting; /* to be given to a connection, in order */
  unsigned references;             /* handles, requests and connections that still need the client */
  bool closing;
  void (*closed)(void *arg);
  void *closed_arg;
  uv_async_t wake;
  uv_mutex_t lock;
  struct message_request *submitted, **submitted_end; /* under lock, as the next */
  bool refusing;
  char input[LURK_STREAM_INPUT];
  uint8_t plaintext[16384];
};

/* --- lurk_client.c --- */

void lurk_message_client_release(lurk_message_client *client);
/* Waiting requests are given to connections soon: never from within a caller, who may hold one. */
void lurk_message_client_wake(lurk_message_client *client);
void lurk_message_client_log(lurk_message_client *client, size_t origin, const char *kind,
                             const char *detail);
void lurk_message_origin_failed(lurk_message_client *client, size_t origin, const char *why);
void lurk_message_origin_works(lurk_message_client *client, size_t origin);
/* Ends a request that is in no list any more. */
void lurk_message_request_finish(struct message_request *request, struct lurk_message_answer *answer);
/* Puts one that is in no list any more in front of those that wait. */
void lurk_message_request_again(struct message_request *request);

/* --- lurk_client_connection.c --- */

/* Gives a request to the origin's connection, which is opened if need be. MEMORY: it was not taken. */
lurk_status lurk_message_connection_take(lurk_message_client *client, size_t origin,
                                         struct message_request *request);
/* The request's time is over: it is in no list any more. A connection that has said nothing since it was sent
 * is given up. */
void lurk_message_connection_abandon(struct message_request *request);
/* Their requests wait again. */
void lurk_message_connections_close(lurk_message_client *client);

#endif
