/* The certificates that an edge presents, and the checks that they pass before it starts. The private keys
 * are in the key server; a local key is a lab option. */
#ifndef LURK_EDGE_CERTIFICATE_H
#define LURK_EDGE_CERTIFICATE_H

#include "lurk/crypto/crypto.h"
#include "lurk/wire/ski.h"
#include "lurk/x509/x509.h"
#include "reference-edge/config.h"

struct lurk_certificate {
  const char *name;        /* the file, for messages and logs */
  bool rsa_exchange;       /* serves static RSA, and nothing else */
  struct lurk_x509 *chain; /* leaf first */
  size_t chain_len;
  lurk_public_key *public_key;
  uint8_t spki[LURK_SKI_FINGERPRINT_LEN]; /* SHA-256 of the SubjectPublicKeyInfo */
  lurk_private_key *local_key;            /* NULL: a key server of its group has it */
  size_t group;
};

struct lurk_certificates {
  struct lurk_certificate *list;
  size_t count;
};

/* Loads what the configuration names and checks: order of the chain, validity, key usage against usage, a key
 * of a kind that is served, a local key that fits, one usage per key. config must outlive *out. False with
 * one line in why. */
bool lurk_certificates_load(const struct lurk_edge_config *config, struct lurk_certificates *out, char *why,
                            size_t why_len);
void lurk_certificates_clear(struct lurk_certificates *certificates);

/* How well the certificate's names fit a server name: 2 exactly, 1 by a wildcard, 0 not (RFC 6125 §6.4). */
int lurk_certificate_match(const struct lurk_certificate *certificate, const char *server_name);

const char *lurk_key_type_name(enum lurk_key_type type);

#endif
