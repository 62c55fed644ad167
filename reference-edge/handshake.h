/* How a connection was made, for the answer page and the log. */
#ifndef LURK_EDGE_HANDSHAKE_H
#define LURK_EDGE_HANDSHAKE_H

#include "reference-edge/event_log.h"
#include "reference-edge/stacks/stack.h"

struct lurk_audit;

/* Texts live as long as the connection. */
struct lurk_handshake {
  struct lurk_stack_facts facts;  /* empty while the handshake is not complete */
  const char *key_server;         /* NULL: no private-key operation */
  const char *key_failure;        /* NULL: it succeeded, or there was none */
  uint64_t key_us, total_us;      /* microseconds: the operation, the whole handshake */
  const char *audit;              /* NULL: none; else how it stands (audit.h) */
  struct lurk_audit *under_audit; /* while the key server has not answered it */
};

/* The members that page and log have in common: stack, version, suite, group, exchange, method (of SKI, or
 * the LURK type), scheme, resumed, retried, extended_master_secret, client, certificate, key_server, key_us,
 * handshake_us. What there is none of is null. A new reference, or NULL when memory is short. */
json_t *lurk_handshake_members(const struct lurk_handshake *handshake);

/* One line per handshake. outcome: "ok", "failed", "timeout", "gone"; reason NULL or a text without content.
 */
void lurk_handshake_event(lurk_event_log *log, const char *peer, const struct lurk_handshake *handshake,
                          const char *outcome, const char *reason);

#endif
