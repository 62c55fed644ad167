#include "lurk/wire/handshake.h"

#include "lurk/fault.h"
#include "lurk/wire/bytes.h"
#include <string.h>

#define UNCOMPRESSED_POINT 4 /* RFC 8422 §5.4.1: the only point format in use */

static const char server_context[] = "TLS 1.3, server CertificateVerify";
#define CONTEXT_PADDING_LEN 64
#define CONTEXT_PADDING_OCTET 0x20

/* 0 for groups that are not in enum lurk_named_group. */
static size_t point_len_of_group(uint16_t named_group) {
  switch (named_group) {
  case LURK_GROUP_SECP256R1:
    return 1 + 2 * 32;
  case LURK_GROUP_SECP384R1:
    return 1 + 2 * 48;
  case LURK_GROUP_SECP521R1:
    return 1 + 2 * 66;
  case LURK_GROUP_X25519:
    return 32;
  default:
    return 0;
  }
}

static bool point_has_form_of_group(uint16_t named_group, const struct lurk_reader *point) {
  size_t expected = point_len_of_group(named_group);
  if (point->left != expected && !LURK_FAULT(point_length_not_checked) && !LURK_FAULT(point_length_ignored))
    return false;
  return named_group == LURK_GROUP_X25519 || point->at[0] == UNCOMPRESSED_POINT ||
         LURK_FAULT(point_form_ignored);
}

lurk_status lurk_ecdhe_input_decode(const uint8_t *data, size_t len, struct lurk_ecdhe_input *out,
                                    struct lurk_decode_error *error) {
  struct lurk_reader reader;
  struct lurk_ecdhe_input input;
  uint8_t curve_type;
  struct lurk_reader point;

  lurk_reader_init(&reader, data, len);
  if (!lurk_read_octets(&reader, LURK_RANDOM_LEN, &input.client_random))
    return lurk_reader_blame(&reader, "client_random", error);
  if (!lurk_read_octets(&reader, LURK_RANDOM_LEN, &input.server_random))
    return lurk_reader_blame(&reader, "server_random", error);
#ifdef LURK_FAULTS
  if (memcmp(input.server_random + LURK_RANDOM_LEN - 8, "DOWNGRD", 7) == 0 && LURK_FAULT(sentinel_refused))
    return lurk_reader_blame(&reader, "server_random", error);
#endif
  struct lurk_reader field = reader;
  if (!lurk_read_u8(&reader, &curve_type) ||
      (curve_type != LURK_NAMED_CURVE && !LURK_FAULT(curve_type_ignored)))
    return lurk_reader_blame(&field, "curve_type", error);
  field = reader;
  if (!lurk_read_u16(&reader, &input.named_group) || point_len_of_group(input.named_group) == 0)
    return lurk_reader_blame(&field, "namedcurve", error);
  field = reader;
  if (!lurk_read_vector(&reader, 1, &point) || !point_has_form_of_group(input.named_group, &point))
    return lurk_reader_blame(&field, "public", error);
  if (!lurk_reader_finished(&reader) && !LURK_FAULT(trailing_bytes_accepted))
    return lurk_reader_blame(&reader, "end of ServerECDHParams", error);
  input.point = point.at;
  input.point_len = point.left;
  *out = input;
  return LURK_OK;
}

static bool all_octets_are(const uint8_t *data, size_t len, uint8_t value) {
  for (size_t i = 0; i < len; i++) {
    if (data[i] != value)
      return false;
  }
  return true;
}

lurk_status lurk_certificate_verify_decode(const uint8_t *data, size_t len, const uint8_t **hash,
                                           size_t *hash_len, struct lurk_decode_error *error) {
  struct lurk_reader reader;
  const uint8_t *octets;

  lurk_reader_init(&reader, data, len);
  struct lurk_reader field = reader;
  if (!lurk_read_octets(&reader, CONTEXT_PADDING_LEN, &octets) ||
      (!all_octets_are(octets, CONTEXT_PADDING_LEN, CONTEXT_PADDING_OCTET) &&
       !LURK_FAULT(context_padding_ignored)))
    return lurk_reader_blame(&field, "padding", error);
  field = reader;
  /* With its final 00, which is the separator of RFC 8446 §4.4.3. */
  if (!lurk_read_octets(&reader, sizeof server_context, &octets) ||
      (memcmp(octets, server_context, sizeof server_context) != 0 && !LURK_FAULT(client_context_signed)))
    return lurk_reader_blame(&field, "context string", error);
  if (reader.left != 32 && reader.left != 48 && !LURK_FAULT(transcript_hash_length_not_checked) &&
      !LURK_FAULT(any_transcript_hash_signed))
    return lurk_reader_blame(&reader, "transcript hash", error);
  *hash = reader.at;
  *hash_len = reader.left;
  return LURK_OK;
}
