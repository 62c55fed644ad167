/* Lists of test vectors in a JSON file: {"list": [{member: value, ...}, ...], ...}. What is wrong with the
 * file fails the test. */
#ifndef LURK_CRYPTO_TEST_VECTORS_H
#define LURK_CRYPTO_TEST_VECTORS_H

#include "lurk/crypto/test/crypto_json.h"

/* 0, or -1 as cmocka's set-up wants it. */
int vectors_load(const char *path);
void vectors_free(void);

/* Runs check on every vector of a list; an empty list fails. */
void vectors_for_each(const char *list, void (*check)(const json_t *vector));

/* Members; the caller clears the octets. */
struct lurk_octets vector_octets(const json_t *vector, const char *member);
const char *vector_text(const json_t *vector, const char *member);
json_int_t vector_number(const json_t *vector, const char *member);

/* The member "status" holds the name of status; what: the vector, for the message. */
void vector_expect_status(const json_t *vector, const char *what, lurk_status status);

#endif
