#include "edge_session.h"

#include "lurk/fault.h"
#include <stdlib.h>

enum lurk_edge_match lurk_edge_session_find(const struct lurk_edge_session *session,
                                            const struct lurk_snapshot *snapshot,
                                            const struct lurk_edge **edge) {
#ifdef LURK_FAULTS
  if (session->first != NULL && LURK_FAULT(rights_kept_while_connected))
    snapshot = session->first;
#endif
  return lurk_authorisation_find(&snapshot->authorisation, lurk_connection_peer(session->connection),
                                 session->address_is_known ? &session->address : NULL, edge);
}

struct lurk_edge_session *lurk_edge_session_open(lurk_keyserver *server, lurk_connection *connection) {
  struct lurk_edge_session *session = calloc(1, sizeof *session);
  if (session == NULL)
    return NULL;
  const char *address = lurk_connection_address(connection);
  *session = (struct lurk_edge_session){.server = server, .connection = connection};
  session->address_is_known = lurk_address_parse(address, &session->address);
  struct lurk_snapshot *snapshot = lurk_keyserver_snapshot(server);
  const struct lurk_edge *edge;
  lurk_edge_session_find(session, snapshot, &edge);
  session->activity = edge != NULL ? edge->activity : lurk_keyserver_strangers(server);
  lurk_activity_ref(session->activity);
  /* Short of memory it stands for itself. */
  lurk_connection_share(connection, session->activity);
  bool elsewhere;
  bool ok = lurk_activity_connect(session->activity, &session->address,
                                  snapshot->config.limits.connections_per_edge, &elsewhere);
  if (edge != NULL && elsewhere)
    lurk_keyserver_alarm(server, session->activity, LURK_ALARM_TWO_ADDRESSES, address, NULL);
  if (!ok && !LURK_FAULT(connections_per_edge_unlimited)) {
    lurk_connection_log(connection, "connection-limit", lurk_activity_identity(session->activity));
    lurk_activity_unref(session->activity);
    free(session);
    session = NULL;
  }
#ifdef LURK_FAULTS
  if (session != NULL && LURK_FAULT(rights_kept_while_connected)) {
    session->first = snapshot;
    return session;
  }
#endif
  lurk_snapshot_unref(snapshot);
  return session;
}

void lurk_edge_session_close(struct lurk_edge_session *session) {
  lurk_activity_disconnect(session->activity);
  lurk_activity_unref(session->activity);
#ifdef LURK_FAULTS
  lurk_snapshot_unref(session->first);
#endif
  free(session);
}

void lurk_edge_session_suspect(const struct lurk_edge_session *session, const struct lurk_snapshot *snapshot,
                               const struct lurk_edge *edge, const struct lurk_suspicion *suspicion,
                               uint64_t now_ns) {
  lurk_keyserver *server = session->server;
  lurk_activity *activity = edge != NULL ? edge->activity : lurk_keyserver_strangers(server);
  const char *address = lurk_connection_address(session->connection);
  if (suspicion->refused &&
      lurk_activity_refused(activity, snapshot->config.limits.refused_per_minute, now_ns))
    lurk_keyserver_alarm(server, activity, LURK_ALARM_REFUSED_REQUESTS, address, NULL);
  if (suspicion->replayed)
    lurk_keyserver_alarm(server, activity, LURK_ALARM_REPLAY, address, NULL);
  if (suspicion->ciphertext_edge != 0) {
    const char *other = lurk_keyserver_identity(snapshot, suspicion->ciphertext_edge);
    lurk_keyserver_alarm(server, activity, LURK_ALARM_SHARED_CIPHERTEXT, address, other);
  }
}
