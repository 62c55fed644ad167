/* Fields that several tls12 payloads share. Nothing outside lurk/wire includes it. */
#ifndef LURK_WIRE_LURK_TLS12_FIELDS_H
#define LURK_WIRE_LURK_TLS12_FIELDS_H

#include "lurk/wire/bytes.h"
#include "lurk/wire/lurk_tls12.h"

/* The most octets that a payload can have: a vector of two-octet length and what stands around it. */
#define LURK_TLS12_MAX_PAYLOAD_LEN (0x10000 + 128)

/* Sets *error to the field at which reader stands, and returns status. */
enum lurk_tls12_status lurk_tls12_refuse(enum lurk_tls12_status status, struct lurk_decode_error *error,
                                         const char *field, const struct lurk_reader *reader);

/* Each returns LURK_TLS12_SUCCESS, or what lurk_tls12_refuse has returned. */
enum lurk_tls12_status lurk_tls12_read_key_id(struct lurk_reader *reader, const uint8_t **key_id,
                                              struct lurk_decode_error *error);
enum lurk_tls12_status lurk_tls12_read_freshness(struct lurk_reader *reader, struct lurk_decode_error *error);
enum lurk_tls12_status lurk_tls12_read_randoms(struct lurk_reader *reader, const uint8_t **client_random,
                                               const uint8_t **server_random,
                                               struct lurk_decode_error *error);
enum lurk_tls12_status lurk_tls12_read_end(const struct lurk_reader *reader, struct lurk_decode_error *error);

/* key_id and freshness_funct. */
void lurk_tls12_add_head(struct lurk_builder *builder, const uint8_t *key_id);

#endif
