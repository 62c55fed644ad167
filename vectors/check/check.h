/* Our decoder of the vectors: what liblurk makes of each question, over the contract of docs/vectors.md. It
 * sees questions only, never the expected answers. */
#ifndef LURK_VECTORS_CHECK_H
#define LURK_VECTORS_CHECK_H

#include "lurk/secret.h"
#include "lurk/status.h"

#include <jansson.h>

/* Answers each line of standard input with a line until it ends; the exit code of the program. */
int check_stream(void);

#define CHECK_MAX_HELD 24

/* One question. */
struct call {
  const json_t *input;
  const json_t *keys;
  json_t *output;
  bool broken; /* a member is missing or of the wrong kind: there is no answer */
  struct lurk_octets held[CHECK_MAX_HELD];
  size_t held_count;
};

/* "ok", or the status with which the input is refused. Statuses are constant strings. */
typedef const char *check_operation(struct call *call);
#define CHECK_OK "ok"
#define CHECK_UNSUPPORTED "not offered" /* the operation, not the input */

/* Members of the input; octets stay until the question is answered. A missing one breaks the call. */
struct lurk_octets call_octets(struct call *call, const char *name);
bool call_has(const struct call *call, const char *name);
const char *call_text(struct call *call, const char *name);
long long call_number(struct call *call, const char *name);
bool call_true(const struct call *call, const char *name);
/* Of a value inside the input. */
struct lurk_octets call_hex(struct call *call, const json_t *value);
/* Of the key that the input names: "spki" or "pkcs8". */
struct lurk_octets call_key(struct call *call, const char *half);
/* Room that goes with the call. */
struct lurk_octets call_room(struct call *call, size_t len);

/* Members of the output. */
void reply_octets(struct call *call, const char *name, const uint8_t *data, size_t len);
void reply_number(struct call *call, const char *name, long long value);
void reply_text(struct call *call, const char *name, const char *value);
json_t *check_hex(const uint8_t *data, size_t len);

/* "ok" or "malformed", "mismatch", "unsupported". */
const char *check_status(struct call *call, lurk_status status);

struct check_entry {
  const char *name;
  check_operation *run;
};
/* Each ends with a NULL name. */
extern const struct check_entry check_ski[], check_lurk[], check_tls12[], check_derivations[], check_points[],
    check_ownership[], check_rsa[], check_signatures[], check_exchanges[], check_x509[];

/* An operation that each library does in its own way. */
const char *check_certificate_chain(struct call *call);

#endif
