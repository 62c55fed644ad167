/* A SKI object as both formats see it: a table of the members that the clause names. The decoder of a format
 * fills the table in and checks everything that the format decides (syntax, duplicates, types, unknown
 * members); request, response and capabilities are then judged once, without a word about the format. The
 * encoders write the same table. Private to lurk/wire. */
#ifndef LURK_WIRE_SKI_OBJECT_H
#define LURK_WIRE_SKI_OBJECT_H

#include "lurk/wire/ski.h"

enum lurk_ski_kind { LURK_SKI_KIND_TEXT, LURK_SKI_KIND_OCTETS, LURK_SKI_KIND_UINT16 };

struct lurk_ski_value {
  const char *text; /* TEXT; OCTETS decoded from JSON: the base64 as it stands, else NULL */
  size_t text_len;
  const uint8_t *octets; /* OCTETS */
  size_t len;
  uint16_t number; /* UINT16 */
};

struct lurk_ski_member {
  const char *name;
  enum lurk_ski_kind kind; /* of the value, or of each item of the list */
  bool is_list;
  bool required;
  bool present;
  size_t offset;                /* decoded from CBOR: of the value; else LURK_NO_OFFSET */
  struct lurk_ski_value value;  /* when not a list */
  struct lurk_ski_value *items; /* when a list; belongs to the object after decoding */
  size_t item_count;
};

#define LURK_SKI_MAX_MEMBERS 8 /* of a table */

struct lurk_ski_object {
  struct lurk_ski_member *members; /* the table, in the order in which JSON writes it; the caller's */
  size_t member_count;
  struct json_t *json;        /* decoded from JSON: holds what text views */
  struct lurk_octets decoded; /* decoded from JSON: holds what octets view */
};

/* object->members names what is looked for. OK: each member that was found is present, and its views hold
 * until lurk_ski_object_clear and as long as data. MALFORMED with *error, or MEMORY; the object must be
 * cleared then too. */
lurk_status lurk_ski_object_decode(enum lurk_ski_format format, const uint8_t *data, size_t len,
                                   struct lurk_ski_object *object, struct lurk_decode_error *error);
/* Writes the members that are present. *out must be empty; the caller clears it. */
lurk_status lurk_ski_object_encode(enum lurk_ski_format format, const struct lurk_ski_object *object,
                                   struct lurk_octets *out);
/* Wipes and frees what decoding made. */
void lurk_ski_object_clear(struct lurk_ski_object *object);

/* The two formats. */
lurk_status lurk_ski_json_decode(const uint8_t *data, size_t len, struct lurk_ski_object *object,
                                 struct lurk_decode_error *error);
lurk_status lurk_ski_json_encode(const struct lurk_ski_object *object, struct lurk_octets *out);
lurk_status lurk_ski_cbor_decode(const uint8_t *data, size_t len, struct lurk_ski_object *object,
                                 struct lurk_decode_error *error);
lurk_status lurk_ski_cbor_encode(const struct lurk_ski_object *object, struct lurk_octets *out);

/* --- for the format decoders --- */

/* The member of that name, or NULL. */
struct lurk_ski_member *lurk_ski_object_member(struct lurk_ski_object *object, const char *name, size_t len);
/* Makes member the present one with count empty items, dropping what it held before. False when memory is
 * short. */
bool lurk_ski_member_reserve(struct lurk_ski_member *member, size_t count);

/* --- for request, response, capabilities --- */

/* Sets *error to the member and returns MALFORMED. */
lurk_status lurk_ski_member_malformed(const struct lurk_ski_member *member, struct lurk_decode_error *error);
/* The index of the text in names (count of them, NULL entries match nothing), or -1. */
int lurk_ski_value_index(const struct lurk_ski_value *value, const char *const *names, size_t count);
/* Values for an encoder; they view their argument. */
struct lurk_ski_value lurk_ski_text_value(const char *text);
struct lurk_ski_value lurk_ski_octets_value(const uint8_t *octets, size_t len);

/* Names by enum; ski.c owns them. */
extern const char *const lurk_ski_protocol_names[LURK_SKI_TLS_1_3 + 1];
extern const char *const lurk_ski_method_names[LURK_SKI_RSA + 1];
extern const char *const lurk_ski_hash_names[LURK_SKI_SHA512 + 1];
extern const char *const lurk_ski_error_names[LURK_SKI_UNSPECIFIED_ERROR + 1];
extern const char *const lurk_ski_media_types[LURK_SKI_CBOR + 1];

#endif
