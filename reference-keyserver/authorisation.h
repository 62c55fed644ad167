/* Edge × key × method × protocol, or × LURK type: who may use what (SKI §4.2.3, LURK-P-06, A-62, A-89). */
#ifndef KEYSERVER_AUTHORISATION_H
#define KEYSERVER_AUTHORISATION_H

#include "activity.h"
#include "config.h"
#include "key_store.h"
#include "lurk/net/channel.h"
#include "lurk_view.h"

struct lurk_grant {
  const struct lurk_served_key *key;
  unsigned methods;   /* bit n: enum lurk_ski_method n; 0: a key for LURK */
  unsigned protocols; /* bit n: enum lurk_ski_protocol n */
  unsigned types;     /* bit n: enum lurk_tls12_type n; 0: a key for SKI */
};

/* One of the key ids by which LURK knows a key. */
struct lurk_grant_id {
  const uint8_t *id; /* LURK_KEY_ID_LEN octets, of the key */
  const struct lurk_grant *grant;
};

struct lurk_authorisation;

struct lurk_edge {
  const struct lurk_config_edge *config;
  struct lurk_grant *grants; /* sorted by fingerprint */
  size_t grant_count;
  struct lurk_grant_id *ids; /* of the keys for LURK, sorted */
  size_t id_count;
  struct lurk_view view;   /* of LURK, as it was when the configuration was loaded */
  lurk_activity *activity; /* a reference */
#ifdef LURK_FAULTS
  const struct lurk_authorisation *all;
#endif
};

struct lurk_authorisation {
  struct lurk_edge *edges; /* sorted by identity */
  size_t count;
};

/* Points into config and store, which must live longer. Refused: an edge that may use two keys with the same
 * LURK key id, which has 32 bits. False: why holds one line without the file's name; *out is empty. */
bool lurk_authorisation_build(const struct lurk_config *config, const struct lurk_key_store *store,
                              lurk_activity_table *activities, struct lurk_authorisation *out, char *why,
                              size_t why_len);
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

/* All search among the keys of this edge that are for SKI or for LURK only, so that the keys of others and of
 * the other interface look like keys that do not exist (A-07, XP-12). NULL when there is none. */
const struct lurk_grant *lurk_edge_find_key(const struct lurk_edge *edge,
                                            const uint8_t spki[LURK_SKI_FINGERPRINT_LEN]);
#ifdef LURK_FAULTS
bool lurk_authorisation_has_key(const struct lurk_authorisation *authorisation,
                                const uint8_t spki[LURK_SKI_FINGERPRINT_LEN]);
#endif
const struct lurk_grant *lurk_edge_find_alias(const struct lurk_edge *edge,
                                              const uint8_t alias[LURK_SKI_ALIAS_LEN]);
const struct lurk_grant *lurk_edge_find_key_id(const struct lurk_edge *edge,
                                               const uint8_t key_id[LURK_KEY_ID_LEN]);

#endif
