/* One LURK exchange: a request and the edge that sent it in, the answer out (draft-mglt-lurk-lurk-01 §5.3,
 * §6; draft-mglt-lurk-tls12-05). No network, no clock, no log; what there is to tell goes into a record. */
#ifndef KEYSERVER_LURK_SERVICE_H
#define KEYSERVER_LURK_SERVICE_H

#include "authorisation.h"
#include "lurk/net/lurk_server.h"
#include "lurk/wire/lurk_tls12.h"
#include "watch.h"

struct lurk_call {
  const struct lurk_edge *edge;
  const struct lurk_view *view;          /* of the edge, current; NULL: the peer is no edge */
  const struct lurk_config_lurk *config; /* as view and edge not needed by lurk_call_refuse for strangers */
  const struct lurk_header *request;
  const uint8_t *payload; /* request->payload_len octets */
  lurk_watch *watch;
  time_t now;      /* for gmt_unix_time and the validity of certificates */
  uint64_t now_ns; /* monotonic, for windows */
};

/* What the log may tell of a call. Pointers are to constants or live as long as the snapshot of the edge;
 * nothing here is secret. */
struct lurk_call_record {
  bool served;
  bool base;                      /* status is an enum lurk_base_status, else an enum lurk_tls12_status */
  uint8_t status;                 /* as it was meant to be sent */
  const char *cause;              /* when not served: the clause that was not met */
  struct lurk_decode_error where; /* field may be NULL */

  bool has_key_id; /* the request was decoded that far */
  uint8_t key_id[LURK_KEY_ID_LEN];
  const struct lurk_served_key *key; /* or NULL */
  bool has_scheme;                   /* ecdhe */
  uint16_t scheme;
  enum lurk_tls12_poo_prf poo_prf;

  bool replayed;            /* refused by the replay window */
  uint64_t ciphertext_edge; /* the other edge that sent the same ciphertext, or 0 */
};

/* Header, then what the extension checks; the first fault decides the status. *reply is zero on entry;
 * its payload is secret for the RSA exchanges. */
void lurk_call_answer(const struct lurk_call *call, struct lurk_call_record *record,
                      struct lurk_reply *reply);
/* What keeps a request from being looked at: a bad length, a rate, a peer without rights. Replaces whatever
 * record and reply hold. The error payload is the state of designation lurk; strangers get four zeros. */
void lurk_call_refuse(const struct lurk_call *call, enum lurk_base_status status, const char *cause,
                      struct lurk_call_record *record, struct lurk_reply *reply);

/* "ping", "rsa_master" and so on, "other" for what no edge is served. */
const char *lurk_call_operation(const struct lurk_header *request);

#endif
