/* The edge's configuration file (docs/edge.md). */
#ifndef LURK_EDGE_CONFIG_H
#define LURK_EDGE_CONFIG_H

#include "lurk/net/origins.h"
#include "lurk/wire/lurk_tls12.h"
#include "lurk/wire/ski.h"
#include "reference-edge/groups.h"
#include <sys/socket.h>

enum lurk_edge_protocol { LURK_EDGE_SKI, LURK_EDGE_LURK };

/* Which exchange static RSA takes. */
enum lurk_edge_rsa {
  LURK_EDGE_RSA_AUTO,            /* as the extended master secret is negotiated */
  LURK_EDGE_RSA_MASTER,          /* it is not negotiated */
  LURK_EDGE_RSA_EXTENDED_MASTER, /* clients without it are refused */
};

/* LURK only. */
struct lurk_edge_lurk_config {
  bool proof_chosen; /* else the program takes what its TLS library can do */
  enum lurk_tls12_poo_prf proof;
  enum lurk_edge_rsa rsa;
  bool audit;                /* proof of handshake after static RSA */
  bool length_counts_header; /* false: dialect pylurk-tls13 */
};

struct lurk_edge_key_server {
  char *url;         /* as written, for messages */
  char *name;        /* expected SAN dNSName, SNI */
  char *host, *path; /* path: SKI only */
  uint16_t port;
  enum lurk_edge_protocol protocol;
};

struct lurk_edge_certificate_config {
  char *chain;
  char *key; /* lab: a local private key; NULL otherwise */
  bool rsa_exchange;
  size_t group; /* of the key servers that have its key */
};

/* Different sets of key servers that certificates can be bound to. */
#define LURK_MOST_KEY_GROUPS 16

/* What is spoken with TLS clients. */
struct lurk_edge_tls_config {
  struct lurk_groups groups; /* of key exchange */
  char *client_ca;      /* issues the certificates that clients are asked for; NULL: they are not asked */
  bool client_required; /* a client without one is refused */
};

struct lurk_edge_limits {
  unsigned handshake_ms;  /* absolute, from accept to the end of the handshake */
  unsigned key_server_ms; /* absolute, per private-key operation over all key servers */
  unsigned connections;
  unsigned request_ms;     /* absolute, per request to the answer page */
  unsigned idle_ms;        /* proxy: no octet in either direction */
  unsigned rediscovery_ms; /* LURK: between two inquiries after errors */
};

struct lurk_edge_config {
  const char *file;
  struct sockaddr_storage listen;
  enum lurk_edge_protocol protocol; /* of all key servers */
  enum lurk_ski_format format;
  struct lurk_edge_lurk_config lurk;
  struct lurk_edge_tls_config tls;
  struct lurk_edge_key_server *key_servers;
  size_t key_server_count;
  uint64_t groups[LURK_MOST_KEY_GROUPS]; /* bit per key server */
  size_t group_count;                    /* 0 when there is no key server */
  struct {
    char *certificate, *key, *ca;
  } channel; /* all NULL when there is no key server */
  struct lurk_edge_certificate_config *certificates;
  size_t certificate_count;
  bool has_upstream;
  struct sockaddr_storage upstream;
  char *log;             /* NULL: stderr */
  bool check_signatures; /* false is for the lab only: it shows what the check costs */
  char *exporter_label;  /* lab: the answer page shows keying material of this label; NULL: none */
  char *key_log;         /* lab: the secrets of the channels to key servers are added to this file; or NULL */
  struct lurk_edge_limits limits;
};

/* "none" or "audit". */
bool lurk_edge_poh_read(const char *text, bool *audit);

/* listens: the member `listen` must be there; the provider has no use for it. file must outlive *out. False
 * with one line in why, which names file and member; *out is to be cleared either way. */
bool lurk_edge_config_load(const char *file, bool listens, struct lurk_edge_config *out, char *why,
                           size_t why_len);
void lurk_edge_config_clear(struct lurk_edge_config *config);

#endif
