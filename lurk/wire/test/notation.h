/* A notation for messages in test tables: hex digits stand for octets, 'text' for its ASCII octets,
 * (HEX*N) for HEX repeated N times; spaces are for the eye. "82 61'a' (00*3)" is 82 61 61 00 00 00. */
#ifndef LURK_WIRE_TEST_NOTATION_H
#define LURK_WIRE_TEST_NOTATION_H

#include "lurk/secret.h"

/* A message in a heap block of exactly its length, so that a sanitizer sees the first octet read beyond it.
 * Fails the test when the notation is wrong. Clear with lurk_octets_clear. */
struct lurk_octets octets_of(const char *notation);
/* The same for text that stands for itself, without its final NUL. */
struct lurk_octets octets_of_text(const char *text);
/* The first len octets of message, again in a block of exactly that length. */
struct lurk_octets octets_cut(const struct lurk_octets *message, size_t len);

void assert_octets_equal(const struct lurk_octets *octets, const char *notation);

#endif
