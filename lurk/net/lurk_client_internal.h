/* Shared by lurk_client.c (requests) and lurk_client_connection.c. All on the loop's thread. */
#ifndef LURK_NET_LURK_CLIENT_INTERNAL_H
#define LURK_NET_LURK_CLIENT_INTERNAL_H

#include "lurk/net/lurk_client.h"
#include "lurk/net/origin_client.h"
#include "lurk/secret.h"

struct message_connection;

struct message_request {
  struct lurk_origin_request base; /* next: of a connection, while that has it */
  struct lurk_header header;
  struct lurk_octets message; /* header and payload, as sent */
  lurk_message_done *done;
  void *arg;
  uint64_t sent_ms; /* on uv_now's clock */
  struct message_connection *connection;
};

struct lurk_message_client {
  struct lurk_origin_client base;
  size_t message_octets; /* most of an answer, header included */
  enum lurk_length_convention convention;
  lurk_status (*random)(uint8_t *data, size_t len);
  struct message_connection **connections; /* by origin: one or NULL */
};

/* --- lurk_client_connection.c: events of the origin client --- */

/* The origin's connection, which is opened if need be, takes it; what open ones have taken is sent by the
 * next. */
lurk_status lurk_message_connection_take(struct lurk_origin_request *request);
void lurk_message_connections_send(struct lurk_origin_client *client);
/* A connection that has said nothing since the request was sent is given up. */
void lurk_message_connection_abandon(struct lurk_origin_request *request);
void lurk_message_connections_close(struct lurk_origin_client *client);

#endif
