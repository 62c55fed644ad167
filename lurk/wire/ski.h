/* TLS Session Key Interface objects (draft-cairns-tls-session-key-interface-01 §5.2), in JSON and in CBOR.
 *
 * Both decoders are strict. CBOR must be RFC 8949 deterministic: shortest heads, definite lengths, sorted
 * text keys, each once; no tags, no floats, no simple values but false, true, null; nothing after the map.
 * JSON must be RFC 8259 without duplicate members, BOM or trailing data, octets as canonical padded base64
 * (RFC 4648 §4). Unknown members are ignored, but must be well-formed; the object and what nests in it is at
 * most LURK_SKI_MAX_DEPTH containers deep (SKI §5.2.1). JSON numbers are limited to what 64-bit integers and
 * doubles hold (RFC 8259 §9), in ignored members too. Nothing is allocated from a claimed length.
 *
 * Whether a decoded value is permitted or makes sense (an empty input, TLS 1.0) is for the key server to say.
 *
 * Not constant time: neither is base64. Copies of decoded values are wiped when they go; for that, jansson
 * allocates with lurk_wiping_malloc and lurk_wiping_free from the start of any program that uses these
 * functions.
 *
 * data may be NULL when len is 0. error must not be NULL; it is set when the status is MALFORMED. */
#ifndef LURK_WIRE_SKI_H
#define LURK_WIRE_SKI_H

#include "lurk/secret.h"
#include "lurk/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LURK_SKI_FINGERPRINT_LEN 32 /* SHA-256 of the DER SubjectPublicKeyInfo (RFC 7469, A-69) */
#define LURK_SKI_ALIAS_LEN 20       /* SHA-1 of a certificate: keyserver dialect only */
#define LURK_SKI_MAX_DEPTH 16
#define LURK_SKI_STATE_LEN 4

enum lurk_ski_format { LURK_SKI_JSON, LURK_SKI_CBOR };

enum lurk_ski_protocol {
  LURK_SKI_TLS_1_0, /* the first three are understood, so that they can be denied (A-68, RFC 8996) */
  LURK_SKI_TLS_1_1,
  LURK_SKI_DTLS_1_0,
  LURK_SKI_TLS_1_2,
  LURK_SKI_DTLS_1_2,
  LURK_SKI_TLS_1_3, /* addition to the draft */
};

enum lurk_ski_method { LURK_SKI_ECDHE, LURK_SKI_RSA };

enum lurk_ski_hash {
  LURK_SKI_HASH_ABSENT,
  LURK_SKI_SHA224,
  LURK_SKI_SHA256,
  LURK_SKI_SHA384,
  LURK_SKI_SHA512
};

enum lurk_ski_error {
  LURK_SKI_MALFORMED_REQUEST,
  LURK_SKI_REQUEST_DENIED,
  LURK_SKI_SPKI_NOT_FOUND,
  LURK_SKI_UNSPECIFIED_ERROR,
};

struct lurk_ski_request {
  enum lurk_ski_protocol protocol;
  enum lurk_ski_method method; /* ECDHE when absent */
  bool method_present;         /* kept, so that encoding repeats the message */
  enum lurk_ski_hash hash;
  bool scheme_present; /* never together with a hash */
  uint16_t scheme;     /* TLS SignatureScheme; addition to the draft */
  bool spki_is_alias;  /* the keyserver dialect's hex SHA-1 stands in spki[0..19] */
  uint8_t spki[LURK_SKI_FINGERPRINT_LEN];
  struct lurk_octets input; /* owned */
};

struct lurk_ski_response {
  bool is_error;
  enum lurk_ski_error error;
  struct lurk_octets output; /* owned; secret for method RSA */
#ifdef LURK_FAULTS
  const char *detail; /* fault cause_told */
#endif
};

/* What this caller may use (addition to the draft, A-63). The arrays belong to the caller of the encoder;
 * after decoding they belong to the struct. The sets are indexed by the enums; formats are written as media
 * types. hashes[LURK_SKI_HASH_ABSENT] is without meaning. */
struct lurk_ski_capabilities {
  bool protocols[LURK_SKI_TLS_1_3 + 1];
  bool methods[LURK_SKI_RSA + 1];
  bool hashes[LURK_SKI_SHA512 + 1];
  bool formats[LURK_SKI_CBOR + 1];
  uint16_t *schemes;
  size_t scheme_count;
  uint8_t (*keys)[LURK_SKI_FINGERPRINT_LEN];
  size_t key_count;
  uint8_t state[LURK_SKI_STATE_LEN];
};

/* Names as they stand in the draft. NULL for what is no value of the enum. */
const char *lurk_ski_protocol_name(enum lurk_ski_protocol protocol);
const char *lurk_ski_method_name(enum lurk_ski_method method);
const char *lurk_ski_hash_name(enum lurk_ski_hash hash); /* NULL for LURK_SKI_HASH_ABSENT */
const char *lurk_ski_error_name(enum lurk_ski_error error);
const char *lurk_ski_media_type(enum lurk_ski_format format);

/* allow_alias: take 40 hex digits as spki, in JSON only (keyserver dialect, A-69).
 * OK: *out is filled and must be cleared. MALFORMED: *error says where; LURK_ERR_MEMORY. *out is empty then.
 * The same holds for the decoders below. */
lurk_status lurk_ski_request_decode(enum lurk_ski_format format, const uint8_t *data, size_t len,
                                    bool allow_alias, struct lurk_ski_request *out,
                                    struct lurk_decode_error *error);
/* MALFORMED for what no message can say: a value outside its enum, hash with scheme, method RSA without
 * method_present, an alias in CBOR. *out must be empty; the caller clears it. The same holds for the encoders
 * below. JSON has the members in the order of the draft, without white space. */
lurk_status lurk_ski_request_encode(enum lurk_ski_format format, const struct lurk_ski_request *request,
                                    struct lurk_octets *out);
void lurk_ski_request_clear(struct lurk_ski_request *request);

/* Exactly one of output and error (SKI §5.2), as the draft has it: MUST NOT be sent together. */
lurk_status lurk_ski_response_decode(enum lurk_ski_format format, const uint8_t *data, size_t len,
                                     struct lurk_ski_response *out, struct lurk_decode_error *error);
lurk_status lurk_ski_response_encode(enum lurk_ski_format format, const struct lurk_ski_response *response,
                                     struct lurk_octets *out);
void lurk_ski_response_clear(struct lurk_ski_response *response);

/* Every member is required; protocols, methods, hashes and formats have one name at least. Names that are not
 * known here are ignored. */
lurk_status lurk_ski_capabilities_decode(enum lurk_ski_format format, const uint8_t *data, size_t len,
                                         struct lurk_ski_capabilities *out, struct lurk_decode_error *error);
/* MALFORMED when one of the four sets is empty. */
lurk_status lurk_ski_capabilities_encode(enum lurk_ski_format format,
                                         const struct lurk_ski_capabilities *capabilities,
                                         struct lurk_octets *out);
void lurk_ski_capabilities_clear(struct lurk_ski_capabilities *capabilities);

#endif
