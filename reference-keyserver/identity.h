/* Who an edge is: a name that its verified certificate carries, and the address that it comes
 * from. */
#ifndef KEYSERVER_IDENTITY_H
#define KEYSERVER_IDENTITY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum lurk_identity_kind {
  LURK_IDENTITY_URI,  /* SAN uniformResourceIdentifier, compared octet by octet */
  LURK_IDENTITY_DNS,  /* SAN dNSName, lower case, no wildcard */
  LURK_IDENTITY_SPKI, /* SHA-256 of the SubjectPublicKeyInfo */
};

struct lurk_identity {
  enum lurk_identity_kind kind;
  const char *name; /* URI and DNS; borrowed */
  uint8_t spki[32]; /* SPKI */
};

/* text is "uri:…", "dns:…" or "spki:BASE64"; out->name points into it. On failure *fault is a constant line.
 */
bool lurk_identity_parse(const char *text, struct lurk_identity *out, const char **fault);
/* A total order, for sorting and searching. */
int lurk_identity_compare(const struct lurk_identity *a, const struct lurk_identity *b);

/* A numeric IPv4 or IPv6 address; IPv4 becomes IPv4-mapped, so that both kinds of listener compare alike. */
bool lurk_address_parse(const char *text, struct in6_addr *out);

#endif
