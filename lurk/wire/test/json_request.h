/* SKI requests in JSON for tables, and how they are judged. */
#ifndef LURK_WIRE_TEST_JSON_REQUEST_H
#define LURK_WIRE_TEST_JSON_REQUEST_H

#include "lurk/wire/ski.h"
#include "lurk/wire/test/notation.h"

/* Members of a good request. spki is 32 octets of 11, input is c0ffee. */
#define SPKI_TEXT "ERERERERERERERERERERERERERERERERERERERERERE="
#define PROTOCOL "\"protocol\":\"TLS 1.2\""
#define SPKI "\"spki\":\"" SPKI_TEXT "\""
#define METHOD "\"method\":\"ECDHE\""
#define HASH "\"hash\":\"SHA-256\""
#define SCHEME "\"scheme\":1027"
#define INPUT "\"input\":\"wP/u\""
#define NEEDED PROTOCOL "," SPKI "," INPUT
#define GOOD "{" PROTOCOL "," SPKI "," METHOD "," HASH "," INPUT "}"

/* Decodes without the alias. */
lurk_status decode_json_request(const struct lurk_octets *message, struct lurk_ski_request *out,
                                struct lurk_decode_error *error);

/* Fails the test unless the text is taken; the caller clears *out. */
void assert_taken(const char *text, struct lurk_ski_request *out);
/* Fail the test unless the message is malformed for exactly that reason. */
void assert_malformed(const char *text, const char *field);
void assert_message_malformed(const struct lurk_octets *message, const char *field);

#endif
