/* Canonical base64 (RFC 4648 §4): padded, no other octets than the alphabet, trailing bits zero, so that each
 * octet string has exactly one text. Table-free arithmetic would be slower for no gain: the callers encode
 * what goes to the peer anyway and decode what came from it, so neither direction is constant time. */
#ifndef LURK_WIRE_BASE64_H
#define LURK_WIRE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters for len octets, without a final NUL. 0 also when len is too large for the result to be held. */
size_t lurk_base64_encoded_len(size_t len);
/* Writes lurk_base64_encoded_len(len) characters, no final NUL. */
void lurk_base64_encode(const uint8_t *data, size_t len, char *text);

/* The most octets that len characters can mean. */
size_t lurk_base64_decoded_max(size_t len);
/* data has room for lurk_base64_decoded_max(len) octets; *data_len tells how many were written. False when
 * text is not canonical base64; the contents of data are then without meaning. */
bool lurk_base64_decode(const char *text, size_t len, uint8_t *data, size_t *data_len);

#endif
