/* The network under the key server, without one: it defines the functions of lurk/net/server.h, so that the
 * linker takes neither sockets nor channels, and hands octets straight to the services. Everything above,
 * from HTTP and LURK framing to the audit log, is the program's own code. */
#ifndef LURK_FUZZ_KEYSERVER_NETWORK_H
#define LURK_FUZZ_KEYSERVER_NETWORK_H

#include "lurk/net/buffer.h"
#include "lurk/net/server.h"

struct lurk_connection {
  const struct lurk_service *service;
  void *session;
  const struct lurk_peer *peer;
  const char *address;
  struct lurk_buffer sent; /* by the key server; whoever looks at it takes it out */
  bool short_turns;
  bool again;
  bool finished; /* by the key server: it must send nothing more */
#ifdef MEMORY_FAILS
  size_t fails;         /* which allocation for each piece that comes */
  bool short_of_memory; /* one has failed */
#endif
};

/* Index in the configuration's list of listeners. False when the key server does not want the connection. */
bool fuzz_connection_open(lurk_connection *connection, size_t listener, const struct lurk_peer *peer,
                          const char *address);
/* Hands data over in pieces of step octets (0: in one piece) and gives the turns that are asked for. */
void fuzz_connection_feed(lurk_connection *connection, const uint8_t *data, size_t len, size_t step);
enum fuzz_end { FUZZ_END_CLOSED, FUZZ_END_HALF_CLOSED, FUZZ_END_EXPIRED, FUZZ_END_DRAINED, FUZZ_ENDS };
void fuzz_connection_end(lurk_connection *connection, enum fuzz_end how);
/* Frees what is left of it. */
void fuzz_connection_close(lurk_connection *connection);

#endif
