/* One visit of a TLS client on BoringSSL: connection, handshake, a page. */
#ifndef LURK_EDGE_CLIENT_VISIT_H
#define LURK_EDGE_CLIENT_VISIT_H

#include <jansson.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lurk_visitor {
  const char *address;           /* ADDRESS:PORT, numeric */
  const char *name;              /* SNI, and what the certificate must be for */
  const char *ca;                /* PEM */
  const char *ciphers, *groups;  /* as the library names them; NULL: its own choice */
  const char *schemes;           /* signature schemes that the server may use, likewise */
  const char *certificate, *key; /* PEM, the client's own; NULL: none */
  const char *exporter;          /* label of RFC 5705; NULL: nothing is exported */
  const char *path;              /* of the page */
  uint16_t lowest, highest;      /* versions */
  FILE *key_log;                 /* NULL: none */
  SSL_CTX *context;              /* of lurk_visitor_prepare */
  SSL_SESSION *session;          /* the last one that the server gave */
  char fault[256];               /* one line, empty until the first fault */
};

/* The library's context for these options. False with the fault set. visitor must not move afterwards. */
bool lurk_visitor_prepare(struct lurk_visitor *visitor);
/* Connects, asks for the page and reads it to its end; offers the session of the visit before if there is
 * one. What was seen, a new reference; NULL with the fault set. */
json_t *lurk_visitor_visit(struct lurk_visitor *visitor);
void lurk_visitor_clear(struct lurk_visitor *visitor);

#endif
