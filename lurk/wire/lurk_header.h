/* The LURK header (draft-mglt-lurk-lurk-01 §5.1): what stands before every message, whatever its extension.
 *
 *   designation(1) version(1) type(1) status(1) id(8) length(4)
 *
 * Nothing here is secret or runs in constant time. */
#ifndef LURK_WIRE_LURK_HEADER_H
#define LURK_WIRE_LURK_HEADER_H

#include "lurk/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LURK_HEADER_LEN 16
#define LURK_EXTENSION_VERSION 1 /* of every designation below */

enum lurk_designation { LURK_DESIGNATION_LURK = 0, LURK_DESIGNATION_TLS12 = 1, LURK_DESIGNATION_TLS13 = 2 };

/* In the status octet of every extension; what is above is an error in the extension's own space. */
enum { LURK_MESSAGE_REQUEST = 0, LURK_MESSAGE_SUCCESS = 1 };

/* Errors of designation lurk: the header itself, or the service as a whole (lurk-01 §5.3, §8). */
enum lurk_base_status {
  LURK_BASE_UNDEFINED_ERROR = 2,
  LURK_BASE_INVALID_FORMAT = 3,
  LURK_BASE_INVALID_EXTENSION = 4,
  LURK_BASE_INVALID_TYPE = 5,
  LURK_BASE_INVALID_STATUS = 6,
  LURK_BASE_TEMPORARY_FAILURE = 7, /* 6 in the enum of §5.1, 7 in the registry */
};

/* Name as in the draft; "unassigned" for anything else. Success and request have names too. */
const char *lurk_base_status_name(uint8_t status);

/* What the length field counts. It is an option of a listener or a connection, and never guessed. */
enum lurk_length_convention {
  LURK_LENGTH_WHOLE_MESSAGE, /* header and payload: lurk-01 §5.1 */
  LURK_LENGTH_PAYLOAD,       /* payload only: dialect pylurk-tls13 */
};

struct lurk_header {
  uint8_t designation;
  uint8_t version;
  uint8_t type;
  uint8_t status;
  uint64_t id;
  uint32_t payload_len; /* octets after the header, whatever the convention */
};

/* Reads the LURK_HEADER_LEN octets at data. message_limit: the most octets that a message may have, header
 * included; at least LURK_HEADER_LEN.
 * OK; MALFORMED: the length field is below the 16 octets that it counts; LIMIT: the message is longer than
 * the limit. In both cases the next message cannot be found: the server answers invalid_format with the type
 * and id of *out and closes, the client closes. *out is filled each time, payload_len is 0 unless OK.
 * The values of the other fields are not judged: a server does that in the order extension, status, type
 * (lurk-01 §5.3, A-73). */
lurk_status lurk_header_decode(const uint8_t data[LURK_HEADER_LEN], enum lurk_length_convention convention,
                               size_t message_limit, struct lurk_header *out);

/* LIMIT, with nothing written, when the length does not fit into its four octets. */
lurk_status lurk_header_encode(const struct lurk_header *header, enum lurk_length_convention convention,
                               uint8_t out[LURK_HEADER_LEN]);

/* The header of an answer that the extension itself gives: success, or an error in its own space. Extension,
 * type and id are those of the request (lurk-01 §5.2). */
struct lurk_header lurk_header_answer(const struct lurk_header *request, uint8_t status,
                                      uint32_t payload_len);
/* The header of an answer to what never reached an extension: designation lurk, version 1, type and id of the
 * request (lurk-01 §5.3, A-05). */
struct lurk_header lurk_header_refusal(const struct lurk_header *request, enum lurk_base_status status,
                                       uint32_t payload_len);

/* How a client reads a message. */
enum lurk_answer {
  LURK_ANSWER_FOREIGN,    /* another id, a request, or an error of a third designation: discard it */
  LURK_ANSWER_SUCCESS,    /* repeats extension and type */
  LURK_ANSWER_MISMATCHED, /* success that does not: it answers nothing, and nothing else will come */
  LURK_ANSWER_ERROR,      /* status is in the space of the request's extension */
  LURK_ANSWER_BASE_ERROR, /* status is an enum lurk_base_status; the copied type says nothing */
};

enum lurk_answer lurk_answer_to(const struct lurk_header *request, const struct lurk_header *message);

#endif
