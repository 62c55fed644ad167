/* One TLS client: its socket, its TLS session, its deadline. Everything runs on the edge's loop. */
#ifndef LURK_EDGE_CONNECTION_H
#define LURK_EDGE_CONNECTION_H

#include "reference-edge/edge.h"
#include "reference-edge/handshake.h"

/* Takes the next connection of the listener; one that is above the limit is closed at once. */
void lurk_edge_connection_accept(struct lurk_edge *edge);
/* Ends at once, for the shutdown of the edge. */
void lurk_edge_connection_abort(struct lurk_edge_connection *connection);
struct lurk_edge_connection *lurk_edge_connection_next(struct lurk_edge_connection *connection);

/* --- for services --- */

const struct lurk_handshake *lurk_edge_connection_handshake(const struct lurk_edge_connection *connection);
struct lurk_edge *lurk_edge_connection_edge(const struct lurk_edge_connection *connection);
/* As lurk_stack_export. */
bool lurk_edge_connection_export(const struct lurk_edge_connection *connection, const char *label,
                                 uint8_t *out, size_t len);

/* Copies. Whoever sends much looks at lurk_edge_connection_congested, then waits for drained. */
void lurk_edge_connection_send(struct lurk_edge_connection *connection, const uint8_t *data, size_t len);
bool lurk_edge_connection_congested(const struct lurk_edge_connection *connection);
/* Stops or resumes what receive is called for. */
void lurk_edge_connection_pause(struct lurk_edge_connection *connection, bool paused);
/* Sends close_notify; receiving goes on. */
void lurk_edge_connection_end(struct lurk_edge_connection *connection);
/* Sends what is queued and close_notify, then closes. The service's session is closed within the call. */
void lurk_edge_connection_finish(struct lurk_edge_connection *connection);
/* From now on, in place of the deadline before: the connection is finished after so many milliseconds. */
void lurk_edge_connection_deadline(struct lurk_edge_connection *connection, unsigned milliseconds);

#endif
