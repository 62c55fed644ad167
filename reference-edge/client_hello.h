/* What an edge reads of a ClientHello before its TLS library does, to choose a certificate (RFC 8446 §4.1.2,
 * RFC 5246 §7.4.1.2, RFC 6066 §3). */
#ifndef LURK_EDGE_CLIENT_HELLO_H
#define LURK_EDGE_CLIENT_HELLO_H

#include "lurk/wire/bytes.h"

#define LURK_MAX_SERVER_NAME 255

struct lurk_client_hello {
  uint16_t legacy_version;
  /* Views into the message: lists of 16-bit values, each with whether the extension was there. */
  struct lurk_reader suites;
  struct lurk_reader versions, groups, schemes;
  bool has_versions, has_groups, has_schemes;
  bool extended_master_secret;                /* RFC 7627 */
  char server_name[LURK_MAX_SERVER_NAME + 1]; /* lower case; "" when absent */
};

/* body: the handshake message without its 4-octet header. MALFORMED with *error set when it cannot be parsed,
 * or repeats an extension that decides. */
lurk_status lurk_client_hello_decode(const uint8_t *body, size_t len, struct lurk_client_hello *out,
                                     struct lurk_decode_error *error);

/* Whether a list of 16-bit values holds the value. */
bool lurk_list_has(struct lurk_reader list, uint16_t value);
/* TLS 1.2 or 1.3 is among the offered versions. */
bool lurk_client_hello_offers(const struct lurk_client_hello *hello, uint16_t version);

#endif
