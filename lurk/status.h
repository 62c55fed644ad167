/* What a lurk function can report to its caller. These values never reach a peer: each protocol maps them to
 * its own status. */
#ifndef LURK_STATUS_H
#define LURK_STATUS_H

#include <stddef.h>

typedef enum lurk_status {
  LURK_OK = 0,
  LURK_ERR_MALFORMED,   /* the input breaks the clause that the function names */
  LURK_ERR_UNSUPPORTED, /* well-formed, but not offered here (curve, scheme, key type) */
  LURK_ERR_MISMATCH,    /* well-formed, but parts do not fit together, or a signature does not verify */
  LURK_ERR_LIMIT,       /* a configured bound was reached */
  LURK_ERR_IO,          /* a file or a socket failed; errno or the error text says how */
  LURK_ERR_CLOSED,      /* the peer has gone, in order or not */
  LURK_ERR_TIMEOUT,     /* an absolute deadline has passed */
  LURK_ERR_MEMORY,      /* allocation failed */
  LURK_ERR_BACKEND,     /* the cryptographic library failed on correct input */
} lurk_status;

/* A constant English name for logs, never NULL. */
const char *lurk_status_name(lurk_status status);

/* Where a decoder stopped. For logs only: no peer sees it, and it never holds a value of the input. */
struct lurk_decode_error {
  const char *field; /* constant string: a member or field name of the clause, or a syntax rule */
  size_t offset;     /* octets from the start of the message; LURK_NO_OFFSET where the format gives none */
};
#define LURK_NO_OFFSET ((size_t)-1)

#endif
