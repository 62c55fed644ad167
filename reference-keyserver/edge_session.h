/* A connection of an edge, or of a peer with a valid certificate that is none: what SKI and LURK have in
 * common. */
#ifndef KEYSERVER_EDGE_SESSION_H
#define KEYSERVER_EDGE_SESSION_H

#include "keyserver.h"
#include "lurk/net/server.h"

struct lurk_edge_session {
  lurk_keyserver *server;
  lurk_connection *connection;
  lurk_activity *activity; /* counts this connection; a reference */
  struct in6_addr address;
  bool address_is_known;
#ifdef LURK_FAULTS
  struct lurk_snapshot *first; /* a reference */
#endif
};

/* NULL: the edge has too many connections, or memory is short. */
struct lurk_edge_session *lurk_edge_session_open(lurk_keyserver *server, lurk_connection *connection);
void lurk_edge_session_close(struct lurk_edge_session *session);

/* Who asks is looked up anew for each request, so that a reload takes effect on open connections. As
 * lurk_authorisation_find. */
enum lurk_edge_match lurk_edge_session_find(const struct lurk_edge_session *session,
                                            const struct lurk_snapshot *snapshot,
                                            const struct lurk_edge **edge);

/* What a request gives reason to. */
struct lurk_suspicion {
  bool refused;
  bool replayed;
  uint64_t ciphertext_edge; /* the other edge that sent the same ciphertext, or 0 */
};
/* Counts and raises alarms. edge may be NULL. */
void lurk_edge_session_suspect(const struct lurk_edge_session *session, const struct lurk_snapshot *snapshot,
                               const struct lurk_edge *edge, const struct lurk_suspicion *suspicion,
                               uint64_t now_ns);

#endif
