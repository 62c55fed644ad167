/* SKI requests in CBOR for tables, and how they are judged. */
#ifndef LURK_WIRE_TEST_CBOR_REQUEST_H
#define LURK_WIRE_TEST_CBOR_REQUEST_H

#include "lurk/wire/ski.h"
#include "lurk/wire/test/notation.h"

/* Members of a good request, in deterministic order. */
#define HASH "64'hash' 67'SHA-256' "
#define SPKI "64'spki' 5820 (11*32) "
#define INPUT "65'input' 43 c0ffee "
#define METHOD "66'method' 65'ECDHE' "
#define SCHEME "66'scheme' 190403 "
#define PROTOCOL "68'protocol' 67'TLS 1.2' "
#define GOOD "a5" HASH SPKI INPUT METHOD PROTOCOL

/* Decodes with the alias allowed, which must make no difference in CBOR. */
lurk_status decode_cbor_request(const struct lurk_octets *message, struct lurk_ski_request *out,
                                struct lurk_decode_error *error);

/* Fails the test unless the message is taken; the caller clears *out. */
void assert_taken(const char *notation, struct lurk_ski_request *out);
/* Fails the test unless the message is malformed for exactly that reason at that octet. */
void assert_malformed(const char *notation, const char *field, size_t offset);

struct malformed_row {
  const char *notation;
  const char *field;
  size_t offset;
};
void assert_all_malformed(const struct malformed_row *rows, size_t count);
#define ASSERT_ALL_MALFORMED(rows) assert_all_malformed(rows, sizeof rows / sizeof *rows)

#endif
