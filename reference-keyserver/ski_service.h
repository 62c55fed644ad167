/* The exchange itself: the octets of a SKI request and the edge that sent it in, the octets of the response
 * out. No network, no clock, no log; what there is to tell goes into a record. */
#ifndef KEYSERVER_SKI_SERVICE_H
#define KEYSERVER_SKI_SERVICE_H

#include "authorisation.h"
#include "lurk/wire/ski.h"
#include "watch.h"

struct lurk_ski_call {
  const struct lurk_edge *edge;
  enum lurk_ski_format format;
  const uint8_t *body;
  size_t len;
  bool allow_alias;               /* keyserver dialect */
  unsigned replay_window_seconds; /* 0: replays are not looked for */
  lurk_watch *watch;
  time_t now;      /* for the validity of certificates */
  uint64_t now_ns; /* monotonic, for windows */
};

enum { LURK_SKI_LEAK_LEN = 128 };

/* What the log may tell of a call. Pointers are to constants or live as long as the snapshot of the edge;
 * nothing here is secret. */
struct lurk_ski_record {
  bool decoded; /* the next members are those of the request */
  enum lurk_ski_protocol protocol;
  enum lurk_ski_method method;
  enum lurk_ski_hash hash;
  bool scheme_present;
  uint16_t scheme;
  bool spki_is_alias;
  uint8_t spki[LURK_SKI_FINGERPRINT_LEN];
  const struct lurk_served_key *key; /* or NULL */

  bool served;
  enum lurk_ski_error error;      /* when not served */
  const char *cause;              /* when not served: the clause that was not met */
  struct lurk_decode_error where; /* field may be NULL */

  bool replayed;            /* refused by the replay window */
  uint64_t ciphertext_edge; /* the other edge that sent the same ciphertext, or 0 */
#ifdef LURK_FAULTS
  char leak[2 * LURK_SKI_LEAK_LEN + 1]; /* faults secret_in_log, input_in_log and path_logged_raw */
#endif
};

/* Decode, key, rights, input, operation, encode; the first fault decides the error. The response,
 * which is secret for method RSA, is put into *response (empty on entry), also when it is an error. MEMORY:
 * there is none.
 */
lurk_status lurk_ski_answer(const struct lurk_ski_call *call, struct lurk_ski_record *record,
                            struct lurk_octets *response);

/* The HTTP status of what became of a call. */
unsigned lurk_ski_http_status(enum lurk_ski_error error);

/* What the edge may use (addition to the draft, A-63). The state is a digest of the rest, so replicas agree
 * and a change of any of it changes the state. */
lurk_status lurk_ski_capabilities_answer(const struct lurk_edge *edge, enum lurk_ski_format format,
                                         time_t now, struct lurk_octets *response);

#endif
