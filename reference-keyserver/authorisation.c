#include "authorisation.h"

#include "lurk/fault.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_grants(const void *a, const void *b) {
  const struct lurk_grant *left = a, *right = b;
  return memcmp(left->key->spki, right->key->spki, LURK_SKI_FINGERPRINT_LEN);
}

static int compare_edges(const void *a, const void *b) {
  const struct lurk_edge *left = a, *right = b;
  return lurk_identity_compare(&left->config->identity, &right->config->identity);
}

static int compare_ids(const void *a, const void *b) {
  const struct lurk_grant_id *left = a, *right = b;
  return memcmp(left->id, right->id, LURK_KEY_ID_LEN);
}

static bool build_ids(struct lurk_edge *edge) {
  edge->ids = calloc(2 * edge->grant_count, sizeof *edge->ids);
  if (edge->ids == NULL)
    return false;
  for (size_t i = 0; i < edge->grant_count; i++) {
    const struct lurk_grant *grant = &edge->grants[i];
    if (grant->types == 0)
      continue;
    edge->ids[edge->id_count++] = (struct lurk_grant_id){.id = grant->key->key_id, .grant = grant};
    if (memcmp(grant->key->key_id, grant->key->key_id_alias, LURK_KEY_ID_LEN) != 0)
      edge->ids[edge->id_count++] = (struct lurk_grant_id){.id = grant->key->key_id_alias, .grant = grant};
  }
  qsort(edge->ids, edge->id_count, sizeof *edge->ids, compare_ids);
  return true;
}

static bool check_ids(const struct lurk_edge *edge, size_t index, char *why, size_t why_len) {
  for (size_t i = 1; i < edge->id_count; i++) {
    if (compare_ids(&edge->ids[i - 1], &edge->ids[i]) != 0)
      continue;
    const uint8_t *id = edge->ids[i].id + 1;
    snprintf(why, why_len, "edges[%zu].grants: keys \"%s\" and \"%s\" have the same key id %02x%02x%02x%02x",
             index, edge->ids[i - 1].grant->key->name, edge->ids[i].grant->key->name, id[0], id[1], id[2],
             id[3]);
    return false;
  }
  return true;
}

static bool build_edge(const struct lurk_config_edge *config, const struct lurk_key_store *store,
                       lurk_activity_table *activities, struct lurk_edge *out) {
  out->config = config;
  out->activity = lurk_activity_get(activities, config->identity_text);
  out->grants = calloc(config->grant_count, sizeof *out->grants);
  if (out->activity == NULL || out->grants == NULL)
    return false;
  for (; out->grant_count < config->grant_count; out->grant_count++) {
    const struct lurk_config_grant *grant = &config->grants[out->grant_count];
    out->grants[out->grant_count] = (struct lurk_grant){.key = &store->keys[grant->key],
                                                        .methods = grant->methods,
                                                        .protocols = grant->protocols,
                                                        .types = grant->types};
  }
  qsort(out->grants, out->grant_count, sizeof *out->grants, compare_grants);
  return build_ids(out);
}

static bool build_views(struct lurk_authorisation *authorisation, const struct lurk_config *config) {
  for (size_t i = 0; i < authorisation->count; i++) {
    struct lurk_edge *edge = &authorisation->edges[i];
    if (lurk_view_make(edge, &config->lurk, time(NULL), &edge->view) != LURK_OK)
      return false;
  }
  return true;
}

bool lurk_authorisation_build(const struct lurk_config *config, const struct lurk_key_store *store,
                              lurk_activity_table *activities, struct lurk_authorisation *out, char *why,
                              size_t why_len) {
  snprintf(why, why_len, "memory is short");
  *out = (struct lurk_authorisation){.edges = calloc(config->edge_count + 1, sizeof *out->edges)};
  bool ok = out->edges != NULL;
  while (ok && out->count < config->edge_count) {
    size_t index = out->count++; /* counted first, so that a half-built edge is freed */
    struct lurk_edge *edge = &out->edges[index];
    ok = build_edge(&config->edges[index], store, activities, edge) && check_ids(edge, index, why, why_len);
#ifdef LURK_FAULTS
    edge->all = out;
#endif
  }
  if (!ok || !build_views(out, config)) {
    lurk_authorisation_clear(out);
    return false;
  }
  qsort(out->edges, out->count, sizeof *out->edges, compare_edges);
  return true;
}

void lurk_authorisation_clear(struct lurk_authorisation *authorisation) {
  for (size_t i = 0; i < authorisation->count; i++) {
    free(authorisation->edges[i].grants);
    free(authorisation->edges[i].ids);
    lurk_view_clear(&authorisation->edges[i].view);
    lurk_activity_unref(authorisation->edges[i].activity);
  }
  free(authorisation->edges);
  *authorisation = (struct lurk_authorisation){0};
}

/* --- edges --- */

static int compare_identity(const void *identity, const void *edge) {
  return lurk_identity_compare(identity, &((const struct lurk_edge *)edge)->config->identity);
}

/* Looks one name of a certificate up. False when it belongs to another edge than an earlier name did. */
static bool match_name(const struct lurk_authorisation *authorisation, const struct lurk_identity *name,
                       const struct lurk_edge **edge) {
  const struct lurk_edge *found = bsearch(name, authorisation->edges, authorisation->count,
                                          sizeof *authorisation->edges, compare_identity);
  if (found == NULL || found == *edge)
    return true;
  if (*edge != NULL)
    return false;
  *edge = found;
  return true;
}

static bool match_names(const struct lurk_authorisation *authorisation, const struct lurk_peer *peer,
                        const struct lurk_edge **edge) {
  for (size_t i = 0; i < peer->uri_count; i++) {
    struct lurk_identity name = {.kind = LURK_IDENTITY_URI, .name = peer->uris[i]};
    if (!match_name(authorisation, &name, edge))
      return false;
  }
  for (size_t i = 0; i < peer->dns_name_count; i++) {
    struct lurk_identity name = {.kind = LURK_IDENTITY_DNS, .name = peer->dns_names[i]};
    if (!match_name(authorisation, &name, edge))
      return false;
  }
  struct lurk_identity pin = {.kind = LURK_IDENTITY_SPKI};
  memcpy(pin.spki, peer->spki, sizeof pin.spki);
  return match_name(authorisation, &pin, edge);
}

static bool address_is_allowed(const struct lurk_config_edge *edge, const struct in6_addr *address) {
  for (size_t i = 0; i < edge->address_count && address != NULL; i++)
    if (memcmp(&edge->addresses[i], address, sizeof *address) == 0)
      return true;
  return edge->address_count == 0;
}

/* The edge that the configuration names first. */
static const struct lurk_edge *first_edge(const struct lurk_authorisation *authorisation) {
  const struct lurk_edge *first = NULL;
  for (size_t i = 0; i < authorisation->count; i++)
    if (first == NULL || authorisation->edges[i].config < first->config)
      first = &authorisation->edges[i];
  return first;
}

enum lurk_edge_match lurk_authorisation_find(const struct lurk_authorisation *authorisation,
                                             const struct lurk_peer *peer, const struct in6_addr *address,
                                             const struct lurk_edge **out) {
  *out = NULL;
  const struct lurk_edge *edge = NULL;
  if (!peer->authenticated)
    edge = LURK_FAULT(client_certificate_optional) ? first_edge(authorisation) : NULL;
  else if (authorisation->count > 0 && !match_names(authorisation, peer, &edge))
    return LURK_EDGE_AMBIGUOUS;
  if (edge == NULL && LURK_FAULT(any_identity_served))
    edge = first_edge(authorisation);
  if (edge == NULL)
    return LURK_EDGE_UNKNOWN;
  if (!address_is_allowed(edge->config, address) && !LURK_FAULT(address_ignored))
    return LURK_EDGE_ELSEWHERE;
  *out = edge;
  return LURK_EDGE_FOUND;
}

const char *lurk_edge_match_name(enum lurk_edge_match match) {
  static const char *const names[] = {"edge is known", "no edge has a name of this certificate",
                                      "certificate carries the names of two edges",
                                      "edge is not bound to this address"};
  return names[match];
}

/* --- keys of an edge --- */

static const struct lurk_grant *find_key(const struct lurk_edge *edge, const uint8_t *spki) {
  struct lurk_served_key key;
  memcpy(key.spki, spki, sizeof key.spki);
  struct lurk_grant sought = {.key = &key};
  const struct lurk_grant *found =
      bsearch(&sought, edge->grants, edge->grant_count, sizeof *edge->grants, compare_grants);
  return found != NULL && found->methods != 0 ? found : NULL;
}

const struct lurk_grant *lurk_edge_find_key(const struct lurk_edge *edge,
                                            const uint8_t spki[LURK_SKI_FINGERPRINT_LEN]) {
  const struct lurk_grant *grant = find_key(edge, spki);
#ifdef LURK_FAULTS
  for (size_t i = 0; grant == NULL && LURK_FAULT(other_edges_key_served) && i < edge->all->count; i++)
    grant = find_key(&edge->all->edges[i], spki);
#endif
  return grant;
}

#ifdef LURK_FAULTS
bool lurk_authorisation_has_key(const struct lurk_authorisation *authorisation,
                                const uint8_t spki[LURK_SKI_FINGERPRINT_LEN]) {
  for (size_t i = 0; i < authorisation->count; i++)
    if (find_key(&authorisation->edges[i], spki) != NULL)
      return true;
  return false;
}
#endif

const struct lurk_grant *lurk_edge_find_alias(const struct lurk_edge *edge,
                                              const uint8_t alias[LURK_SKI_ALIAS_LEN]) {
  for (size_t i = 0; i < edge->grant_count; i++) {
    const struct lurk_served_key *key = edge->grants[i].key;
    if (edge->grants[i].methods != 0 && key->has_certificate &&
        memcmp(key->alias, alias, LURK_SKI_ALIAS_LEN) == 0)
      return &edge->grants[i];
  }
  return NULL;
}

static const struct lurk_grant *find_key_id(const struct lurk_edge *edge, const uint8_t *key_id) {
  struct lurk_grant_id sought = {.id = key_id};
  const struct lurk_grant_id *found =
      bsearch(&sought, edge->ids, edge->id_count, sizeof *edge->ids, compare_ids);
  if (found != NULL && found->id != found->grant->key->key_id && LURK_FAULT(key_id_alias_unknown))
    return NULL;
  return found == NULL ? NULL : found->grant;
}

const struct lurk_grant *lurk_edge_find_key_id(const struct lurk_edge *edge,
                                               const uint8_t key_id[LURK_KEY_ID_LEN]) {
  const struct lurk_grant *grant = find_key_id(edge, key_id);
#ifdef LURK_FAULTS
  for (size_t i = 0; grant == NULL && LURK_FAULT(lurk_other_edges_key_served) && i < edge->all->count; i++)
    grant = find_key_id(&edge->all->edges[i], key_id);
#endif
  return grant;
}
