/* The configuration file, read and checked as far as it can be without opening the files that it names. */
#ifndef KEYSERVER_CONFIG_H
#define KEYSERVER_CONFIG_H

#include "identity.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lurk_key_usage { LURK_USAGE_SKI_ECDHE, LURK_USAGE_SKI_RSA }; /* exactly one per key */
const char *lurk_key_usage_name(enum lurk_key_usage usage);
/* The SKI methods that a key of this usage may serve, as lurk_config_grant.methods. */
unsigned lurk_key_usage_methods(enum lurk_key_usage usage);

struct lurk_config_key {
  char *name;
  char *file;
  char *certificate; /* or NULL */
  enum lurk_key_usage usage;
};

struct lurk_config_grant {
  size_t key;         /* index in keys */
  unsigned methods;   /* bit n: enum lurk_ski_method n */
  unsigned protocols; /* bit n: enum lurk_ski_protocol n */
};

struct lurk_rate {
  unsigned per_second; /* 0: no limit */
  unsigned burst;
};

struct lurk_config_edge {
  char *identity_text;
  struct lurk_identity identity; /* points into the text */
  struct lurk_config_grant *grants;
  size_t grant_count;
  struct lurk_rate rate;
  struct in6_addr *addresses; /* none: from everywhere */
  size_t address_count;
};

struct lurk_config_limits {
  unsigned connections, connections_per_edge;
  unsigned header_octets, body_octets;
  unsigned handshake_ms, header_ms, body_ms, idle_ms;
  unsigned refused_per_minute; /* refused requests of one edge that raise an alarm */
};

struct lurk_config {
  char **listen;
  size_t listen_count;
  unsigned threads;
  struct {
    char *certificate, *key, *client_ca, *crl; /* crl may be NULL */
  } channel;
  struct lurk_config_key *keys;
  size_t key_count;
  struct lurk_config_edge *edges;
  size_t edge_count;
  struct lurk_config_limits limits;
  struct {
    char *path;
    bool keyserver_dialect;
    unsigned replay_window_seconds; /* 0: no replay window */
  } ski;
  char *audit_log;
};

/* False: why holds one line "FILE: member: fault", and *out is empty. */
bool lurk_config_load(const char *file, struct lurk_config *out, char *why, size_t why_len);
void lurk_config_clear(struct lurk_config *config);

#endif
