/* What one edge sees of LURK: its capabilities and the states that stand for them (lurk-01 §5.4, §6.1;
 * tls12 §7; A-76..A-79). States are digests, so replicas agree, a restart changes nothing, and a change of
 * configuration, of the edge's keys or of their validity changes them. */
#ifndef KEYSERVER_LURK_VIEW_H
#define KEYSERVER_LURK_VIEW_H

#include "config.h"
#include "lurk/secret.h"
#include "lurk/status.h"
#include "lurk/wire/lurk_base.h"
#include <time.h>

struct lurk_edge;

struct lurk_view {
  bool tls12;                           /* the edge has keys for tls12 */
  uint8_t base_state[LURK_STATE_LEN];   /* of designation lurk: covers the next one too */
  uint8_t tls12_state[LURK_STATE_LEN];  /* of designation tls12 */
  struct lurk_octets base_capabilities; /* payloads */
  struct lurk_octets tls12_capabilities;
  int64_t from, until; /* seconds since 1970: no certificate of a key begins or ends in [from, until) */
};

/* MEMORY, BACKEND: *out is empty then. */
lurk_status lurk_view_make(const struct lurk_edge *edge, const struct lurk_config_lurk *config, time_t now,
                           struct lurk_view *out);
void lurk_view_clear(struct lurk_view *view);
bool lurk_view_is_current(const struct lurk_view *view, time_t now);

#endif
