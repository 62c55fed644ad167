/* Lists of handshake messages for tests, in the notation of notation.h. */
#ifndef LURK_WIRE_TEST_HANDSHAKE_LIST_H
#define LURK_WIRE_TEST_HANDSHAKE_LIST_H

#include "lurk/secret.h"
#include <stdbool.h>

struct handshake_row {
  uint8_t type;
  bool from_client;
  const char *body;
};

#define HANDSHAKE_MAX_ROWS 12

/* A flight, to be changed in one place and then put together. */
struct handshake_flight {
  struct handshake_row rows[HANDSHAKE_MAX_ROWS];
  size_t count;
  bool dtls;
};

enum { CLIENT = true, SERVER = false };
enum {
  HELLO_REQUEST = 0,
  CLIENT_HELLO = 1,
  SERVER_HELLO = 2,
  HELLO_VERIFY_REQUEST = 3,
  NEW_SESSION_TICKET = 4,
  CERTIFICATE = 11,
  SERVER_KEY_EXCHANGE = 12,
  CERTIFICATE_REQUEST = 13,
  SERVER_HELLO_DONE = 14,
  CERTIFICATE_VERIFY = 15,
  CLIENT_KEY_EXCHANGE = 16,
  FINISHED = 20,
  CERTIFICATE_STATUS = 22
};

void handshake_insert(struct handshake_flight *flight, size_t at, struct handshake_row row);
void handshake_remove(struct handshake_flight *flight, size_t at);
void handshake_swap(struct handshake_flight *flight, size_t a, size_t b);
/* Where the first message of this type is; fails the test when there is none. */
size_t handshake_find(const struct handshake_flight *flight, uint8_t type);

/* The octets, with headers: DTLS messages unfragmented, each side numbered from first_seq on. In a block of
 * exactly their length. */
struct lurk_octets handshake_octets(const struct handshake_flight *flight, uint16_t first_seq);

#endif
