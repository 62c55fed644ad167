/* ClientHello and ServerHello of TLS 1.2 and DTLS 1.2 (RFC 5246 §7.4.1, RFC 6347 §4.2.1), as far as a key
 * server looks at them. Public values, not constant time. */
#ifndef LURK_WIRE_HANDSHAKE_HELLO_H
#define LURK_WIRE_HANDSHAKE_HELLO_H

#include "lurk/wire/bytes.h"
#include "lurk/wire/handshake.h"

/* Whether these extensions are there. */
struct lurk_hello_extensions {
  bool status_request;         /* RFC 6066 §8 */
  bool extended_master_secret; /* RFC 7627 §5.1 */
  bool supported_versions;     /* RFC 8446 §4.2.1 */
};

/* Views into the message. */
struct lurk_client_hello {
  uint16_t version;
  const uint8_t *random;            /* LURK_RANDOM_LEN octets */
  struct lurk_reader cipher_suites; /* two octets each, one at least */
  struct lurk_reader compressions;  /* one octet each, one at least */
  struct lurk_hello_extensions extensions;
};

struct lurk_server_hello {
  uint16_t version;
  const uint8_t *random;         /* LURK_RANDOM_LEN octets */
  struct lurk_reader session_id; /* 0..32 octets */
  uint16_t cipher_suite;
  uint8_t compression;
  struct lurk_hello_extensions extensions;
};

/* body: of the message, without its header. OK, or MALFORMED with *error set: a length outside its floor and
 * ceiling, something left over, one of the extensions above twice, extended_master_secret that is not empty.
 * Values are not judged. */
lurk_status lurk_client_hello_read(struct lurk_reader body, bool dtls, struct lurk_client_hello *out,
                                   struct lurk_decode_error *error);
lurk_status lurk_server_hello_read(struct lurk_reader body, struct lurk_server_hello *out,
                                   struct lurk_decode_error *error);

bool lurk_client_hello_offers_suite(const struct lurk_client_hello *hello, uint16_t suite);
bool lurk_client_hello_offers_compression(const struct lurk_client_hello *hello, uint8_t compression);

#endif
