/* Shared by http_client.c (requests) and http_client_connection.c. All on the loop's thread. */
#ifndef LURK_NET_HTTP_CLIENT_INTERNAL_H
#define LURK_NET_HTTP_CLIENT_INTERNAL_H

#include "lurk/net/http_answer.h"
#include "lurk/net/http_client.h"
#include "lurk/net/origin_client.h"
#include "lurk/secret.h"

struct client_connection;

struct request {
  struct lurk_origin_request base;
  char *method, *path, *content_type; /* path and content_type may be NULL */
  struct lurk_octets body;
  lurk_http_done *done;
  void *arg;
  struct client_connection *connection; /* that has it */
};

struct lurk_http_client {
  struct lurk_origin_client base;
  unsigned connections_per_origin; /* most */
  size_t body_octets;              /* most of an answer's body */
  char **paths;                    /* by origin */
  unsigned *open;                  /* by origin: connections, open or opening */
  struct client_connection *connections;
};

/* --- http_client.c --- */

/* Ends a request that no connection has any more. */
void lurk_request_finish(struct request *request, const struct lurk_http_reply *reply);

/* --- http_client_connection.c: events of the origin client --- */

bool lurk_client_full(struct lurk_origin_client *client, size_t origin);
lurk_status lurk_client_take(struct lurk_origin_request *request);
void lurk_client_abandon(struct lurk_origin_request *request);
void lurk_client_close_connections(struct lurk_origin_client *client);

#endif
