#include "reference-edge/audit.h"

#include "lurk/fault.h"
#include <stdlib.h>
#include <string.h>

struct lurk_audit {
  lurk_event_log *log;
  struct lurk_handshake *handshake; /* NULL: the connection has ended */
  char *peer;                       /* NULL when it is not known */
  const char *method;
  uint8_t master[LURK_MASTER_LEN]; /* of the connection */
};

static void audit_free(struct lurk_audit *audit) {
  free(audit->peer);
  lurk_wipe(audit, sizeof *audit);
  free(audit);
}

static void log_audit(const struct lurk_audit *audit, const char *failure, const char *key_server,
                      uint64_t microseconds) {
  lurk_event(audit->log, "audit",
             json_pack("{s:s?, s:s, s:s?, s:s, s:s?, s:I}", "peer", audit->peer, "outcome",
                       failure == NULL ? "proved" : "failed", "reason", failure, "method", audit->method,
                       "key_server", key_server, "key_us", (json_int_t)microseconds));
}

static void finish(struct lurk_audit *audit, const char *failure, const char *key_server,
                   uint64_t microseconds) {
  log_audit(audit, failure, key_server, microseconds);
  if (audit->handshake != NULL) {
    audit->handshake->audit = failure == NULL ? "proved" : "failed";
    audit->handshake->under_audit = NULL;
  }
  audit_free(audit);
}

static void answered(void *arg, const struct lurk_key_answer *answer) {
  struct lurk_audit *audit = arg;
  const char *failure = answer->failure;
  if (failure != NULL && LURK_FAULT(failed_audit_fatal))
    abort();
  if (failure == NULL && (answer->output_len != sizeof audit->master ||
                          !lurk_equal(answer->output, audit->master, sizeof audit->master)))
    failure = "the key server has another master secret";
  finish(audit, failure, answer->key_server, answer->microseconds);
}

void lurk_audit_start(struct lurk_edge *edge, lurk_stack_session *session, const char *peer,
                      struct lurk_handshake *handshake) {
  const struct lurk_key_request *request = lurk_stack_audit(session);
  struct lurk_audit *audit = request == NULL || LURK_FAULT(audit_left_out) ? NULL : calloc(1, sizeof *audit);
  if (audit == NULL)
    return;
  audit->log = edge->log;
  audit->peer = peer == NULL ? NULL : strdup(peer);
  audit->method = lurk_tls12_type_name(request->tls12->type);
  audit->handshake = handshake;
  handshake->audit = "pending";
  handshake->under_audit = audit;
  if (!lurk_stack_master(session, audit->master))
    finish(audit, "the TLS library does not show the master secret", NULL, 0);
  else if (lurk_key_client_submit(edge->keys, request, answered, audit) != LURK_OK)
    finish(audit, "out of memory", NULL, 0);
}

void lurk_audit_forget(struct lurk_handshake *handshake) {
  if (handshake->under_audit != NULL)
    handshake->under_audit->handshake = NULL;
  handshake->under_audit = NULL;
}
