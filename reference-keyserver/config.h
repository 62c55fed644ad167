/* The configuration file, read and checked as far as it can be without opening the files that it names. */
#ifndef KEYSERVER_CONFIG_H
#define KEYSERVER_CONFIG_H

#include "identity.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exactly one per key. */
enum lurk_key_usage {
  LURK_USAGE_SKI_ECDHE,
  LURK_USAGE_SKI_RSA,
  LURK_USAGE_TLS12_RSA,
  LURK_USAGE_TLS12_SIGN,
};
const char *lurk_key_usage_name(enum lurk_key_usage usage);
/* The SKI methods that a key of this usage may serve, as lurk_config_grant.methods; 0: it is not for SKI. */
unsigned lurk_key_usage_methods(enum lurk_key_usage usage);
/* The types of LURK tls12, as lurk_config_grant.types; 0: it is not for LURK. */
unsigned lurk_key_usage_types(enum lurk_key_usage usage);
/* RSA decryption; all others sign. */
bool lurk_key_usage_decrypts(enum lurk_key_usage usage);

enum lurk_listen_protocol { LURK_LISTEN_SKI, LURK_LISTEN_LURK };

struct lurk_config_listen {
  char *address;
  enum lurk_listen_protocol protocol;
};

struct lurk_config_key {
  char *name;
  char *file;
  char *certificate; /* or NULL */
  enum lurk_key_usage usage;
  bool dtls; /* LURK: its certificate serves DTLS 1.2 */
};

struct lurk_config_grant {
  size_t key;         /* index in keys */
  unsigned methods;   /* bit n: enum lurk_ski_method n; 0: a key for LURK */
  unsigned protocols; /* bit n: enum lurk_ski_protocol n */
  unsigned types;     /* bit n: enum lurk_tls12_type n; 0: a key for SKI */
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

struct lurk_config_lurk {
  unsigned time_window_seconds;   /* of gmt_unix_time in S, to both sides of now */
  unsigned replay_window_seconds; /* 0: no replay window */
  bool proof_required;            /* proof of ownership, where the curve has one */
  unsigned message_octets;
  bool length_counts_header; /* false: dialect pylurk-tls13 */
};

struct lurk_config {
  struct lurk_config_listen *listen;
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
  struct lurk_config_lurk lurk;
  char *audit_log;
};

/* False: why holds one line "FILE: member: fault", and *out is empty. */
bool lurk_config_load(const char *file, struct lurk_config *out, char *why, size_t why_len);
void lurk_config_clear(struct lurk_config *config);

#endif
