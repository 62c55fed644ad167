/* Proof of handshake as an audit exchange: after a static RSA handshake over LURK the key server is
 * sent the handshake messages and the client's Finished, so that it can see, and record, that a handshake
 * took place. Whatever comes of it, the connection goes on.
 *
 * The master secret that comes with the answer must be the connection's. It is compared in constant time and
 * kept no longer than that. */
#ifndef LURK_EDGE_AUDIT_H
#define LURK_EDGE_AUDIT_H

#include "reference-edge/edge.h"
#include "reference-edge/handshake.h"

/* Of an open session; does nothing where there is nothing to audit. handshake->audit is "pending", then
 * "proved" or "failed"; an event of the log says why. handshake must stay where it is until
 * lurk_audit_forget. */
void lurk_audit_start(struct lurk_edge *edge, lurk_stack_session *session, const char *peer,
                      struct lurk_handshake *handshake);
/* The connection ends; the audit is finished without it. */
void lurk_audit_forget(struct lurk_handshake *handshake);

#endif
