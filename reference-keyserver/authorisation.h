/* Edge × key × method × protocol: who may use what (SKI §4.2.3, A-62, A-89). */
#ifndef KEYSERVER_AUTHORISATION_H
#define KEYSERVER_AUTHORISATION_H

#include "activity.h"
#include "config.h"
#include "key_store.h"
#include "lurk/net/channel.h"

struct lurk_grant {
  const struct lurk_served_key *key;
  unsigned methods;   /* bit n: enum lurk_ski_method n */
  unsigned protocols; /* bit n: enum lurk_ski_protocol n */
};

struct lurk_authorisation;

struct lurk_edge {
  const struct lurk_config_edge *config;
  struct lurk_grant *grants; /* sorted by fingerprint */
  size_t grant_count;
  lurk_activity *activity; /* a reference */
#ifdef LURK_FAULTS
  const struct lurk_authorisation *all;
#endif
};

struct lurk_authorisation {
  struct lurk_edge *edges; /* sorted by identity */
  size_t count;
};

/* Points into config and store, which must live longer. False when memory is short; *out is empty then. */
bool lurk_authorisation_build(const struct lurk_config *config, const struct lurk_key_store *store,
                              lurk_activity_table *activities, struct lurk_authorisation *out);
void lurk_authorisation_clear(struct lurk_authorisation *authorisation);

enum lurk_edge_match {
  LURK_EDGE_FOUND,
  LURK_EDGE_UNKNOWN,
  LURK_EDGE_AMBIGUOUS, /* the certificate carries the names of two edges: it gets the rights of neither */
  LURK_EDGE_ELSEWHERE, /* its identity is bound to other addresses */
};

/* address may be NULL: not numeric, which no binding allows. *out is set when it is FOUND, else NULL. */
enum lurk_edge_match lurk_authorisation_find(const struct lurk_authorisation *authorisation,
                                             const struct lurk_peer *peer, const struct in6_addr *address,
                                             const struct lurk_edge **out);
const char *lurk_edge_match_name(enum lurk_edge_match match);

/* Both search among the keys of this edge only, so that the keys of others look like keys that do not exist.
 * NULL when there is none. */
const struct lurk_grant *lurk_edge_find_key(const struct lurk_edge *edge,
                                            const uint8_t spki[LURK_SKI_FINGERPRINT_LEN]);
const struct lurk_grant *lurk_edge_find_alias(const struct lurk_edge *edge,
                                              const uint8_t alias[LURK_SKI_ALIAS_LEN]);

#endif
