/* SKI objects in the making: members of a good one, to be written in either format. */
#ifndef LURK_VECTORS_SKI_H
#define LURK_VECTORS_SKI_H

#include "vectors/generator/emit.h"

/* JSON: an object of pieces, each a whole member such as "method":"RSA"; empty pieces are left out. */
struct octets ski_json_object(const struct message *members);
struct octets ski_json_member(const char *name, const char *text); /* text as it stands */
struct octets ski_json_string(const char *name, const char *value);
const char *ski_base64(struct octets octets);

/* CBOR (RFC 8949). A piece is a key with its value; a map counts the pieces that are not empty. */
struct octets ski_cbor_head(unsigned major, uint64_t argument);
/* width: octets of the argument behind the first, 0 for none. */
struct octets ski_cbor_wide_head(unsigned major, uint64_t argument, unsigned width);
struct octets ski_cbor_text(const char *text);
struct octets ski_cbor_bytes(struct octets octets);
struct octets ski_cbor_member(const char *name, struct octets value);
struct octets ski_cbor_map(const struct message *members);
enum { CBOR_UNSIGNED, CBOR_NEGATIVE, CBOR_BYTES, CBOR_TEXT, CBOR_ARRAY, CBOR_MAP, CBOR_TAG, CBOR_SIMPLE };

json_t *ski_input(const char *format, struct octets message);

void make_ski_requests_json(struct collection *collection);
void make_ski_requests_cbor(struct collection *collection);

#endif
