/* A TCP server of mutual-TLS connections on libuv: one loop per thread, connections spread by SO_REUSEPORT,
 * absolute deadlines, limits. What is spoken inside the channel is a lurk_service, HTTP or LURK messages. */
#ifndef LURK_NET_SERVER_H
#define LURK_NET_SERVER_H

#include "lurk/net/channel.h"
#include "lurk/status.h"
#include <stddef.h>
#include <stdint.h>

struct lurk_server_limits {
  unsigned connections;  /* over all threads; beyond it the one that is longest in its handshake is closed,
                          * else the  new one */
  unsigned handshake_ms; /* absolute, from accept to the end of the handshake */
  unsigned idle_ms;      /* absolute: the deadline of a new session until its service sets one */
  size_t output_octets;  /* a peer that does not read: beyond it nothing more is read from it */
  unsigned output_ms;    /* absolute: a peer that takes longer to read what is queued is closed */
};

typedef struct lurk_connection lurk_connection;

/* Callbacks run on the connection's thread and must not block. arg is lurk_server_listener.service_arg. */
struct lurk_service {
  /* The handshake is complete. Returns the session, or NULL to close (no rights, no memory). */
  void *(*open)(void *arg, lurk_connection *connection);
  /* Plaintext. Anything but OK closes after the output is flushed. */
  lurk_status (*receive)(void *session, const uint8_t *data, size_t len);
  /* The turn that was asked for with lurk_connection_again. As receive. */
  lurk_status (*resume)(void *session);
  /* The peer has said that it sends nothing more; it may still read an answer. The connection closes after
   * the flush. */
  void (*ended)(void *session);
  /* The deadline set by the service has passed; it may send a last answer. The connection closes after the
   * flush. Returns a constant line for the log, or NULL when this is no event. */
  const char *(*expired)(void *session);
  /* The server is stopping: finish (lurk_connection_finish) at once or after the request in flight. */
  void (*drain)(void *session);
  /* Last call for this session. */
  void (*close)(void *session);
};

const struct lurk_peer *lurk_connection_peer(const lurk_connection *connection);
/* True when host ("name", "name:port", "192.0.2.1", "[2001:db8::1]:443") is one by which the peer can have
 * meant this server: a DNS name of its certificate, or the address that the connection came to. */
bool lurk_connection_serves(const lurk_connection *connection, const char *host);
const char *lurk_connection_address(const lurk_connection *connection); /* numeric, without the port */
/* Queues; data is copied. Only between open and the return of the last callback before close. */
lurk_status lurk_connection_send(lurk_connection *connection, const uint8_t *data, size_t len);
/* Flush, close_notify, bounded wait, close. */
void lurk_connection_finish(lurk_connection *connection);
/* Replaces the service's deadline by one ms from now; 0 takes it away. */
void lurk_connection_deadline(lurk_connection *connection, unsigned ms);
/* Connections of the same owner, a peer that has several, share their turns: together they get no more of
 * the thread than the only one of another owner. Without this each stands for itself. For open. owner is only
 * compared. False when memory is short. */
bool lurk_connection_share(lurk_connection *connection, const void *owner);
/* Whether the session should let others have their turn before it begins another operation. */
bool lurk_connection_turn_is_over(const lurk_connection *connection);
/* The session has more to do: resume is called, in the next turn if this one is over, and nothing is read
 * before. For receive and resume. */
void lurk_connection_again(lurk_connection *connection);
/* An event of this connection for the server's log. */
void lurk_connection_log(lurk_connection *connection, const char *kind, const char *detail);

/* Events for the audit log; constant kind, detail is one line without content. May be called from every
 * thread. Kinds: handshake-failed, handshake-timeout, connection-limit, channel-failed, output-timeout,
 * deadline, and those of the service (http-fault, lurk-fault). */
typedef void lurk_server_log(void *arg, const char *kind, const char *address, const char *detail);
/* Asked at each accept: the credentials to use now (a reload swaps them). Returns a reference that the server
 * drops. */
typedef lurk_credentials *lurk_server_credentials(void *arg);

struct lurk_server_listener {
  const char *address; /* "127.0.0.1:0", "[::1]:0"; port 0 = the kernel chooses (shared by all threads) */
  const struct lurk_service *service;
  void *service_arg; /* arg of service->open */
};

struct lurk_server_options {
  const struct lurk_server_listener *listeners;
  size_t listener_count;
  unsigned threads; /* 0: one per core */
  struct lurk_server_limits limits;
  lurk_server_credentials *credentials;
  lurk_server_log *log;
  void *arg;
};

typedef struct lurk_server lurk_server;

/* Binds and starts the threads, which block all signals (so SIGPIPE cannot end the process). Everything that
 * options and listeners point at must live until lurk_server_stop, but for the listeners themselves and their
 * addresses. On failure why holds one line. */
lurk_status lurk_server_start(const struct lurk_server_options *options, lurk_server **out, char *why,
                              size_t why_len);
size_t lurk_server_address_count(const lurk_server *server);
const char *lurk_server_address(const lurk_server *server, size_t index); /* "127.0.0.1:43211" */
/* Every connection runs this on its own thread, e.g. to end revoked edges after a reload; those that are
 * still within the handshake have no peer. Returns when all have; not to be called from a callback. */
void lurk_server_visit(lurk_server *server, void (*visit)(void *arg, lurk_connection *connection), void *arg);
/* Stops accepting, finishes requests in flight within grace_ms, joins the threads, frees. Not from a
 * callback. */
void lurk_server_stop(lurk_server *server, unsigned grace_ms);

#endif
