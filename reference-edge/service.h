/* What is spoken behind TLS: the answer page or the proxy. */
#ifndef LURK_EDGE_SERVICE_H
#define LURK_EDGE_SERVICE_H

#include "reference-edge/connection.h"

struct lurk_edge_service {
  /* The handshake is complete. The session of the service, or NULL to close. */
  void *(*open)(struct lurk_edge_connection *connection);
  void (*receive)(void *session, const uint8_t *data, size_t len);
  /* The client will send nothing more (close_notify). */
  void (*ended)(void *session);
  /* The output that lurk_edge_connection_congested told of has been sent. */
  void (*drained)(void *session);
  /* Last call for this session. */
  void (*close)(void *session);
};

extern const struct lurk_edge_service lurk_answer_service; /* a page that says how the connection was made */
extern const struct lurk_edge_service lurk_proxy_service;  /* octets to and from the upstream */

#endif
