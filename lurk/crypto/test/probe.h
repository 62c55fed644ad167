/* A program that a test in another language drives: a JSON object a line on standard input, {"op": NAME,
 * ...}, and for each a line {"status": ..., ...} on standard output. Octets are hex. */
#ifndef LURK_CRYPTO_TEST_PROBE_H
#define LURK_CRYPTO_TEST_PROBE_H

#include "lurk/crypto/test/crypto_json.h"

struct probe_operation {
  const char *name;
  lurk_status (*run)(const json_t *request, json_t *reply);
};

/* Answers until standard input ends. */
void probe_run(const struct probe_operation *operations, size_t count);

/* The script that drives a probe is its only user: a request that it got wrong ends the program. */
_Noreturn void probe_refuse(const char *why);

/* Members of a request; the caller clears the octets. */
struct lurk_octets probe_octets(const json_t *request, const char *member);
uint16_t probe_number(const json_t *request, const char *member);
/* Adds a member to the reply. */
void probe_reply(json_t *reply, const char *member, const uint8_t *data, size_t len);

#endif
