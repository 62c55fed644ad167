#include "lurk/fault.h"
#include "lurk/wire/lurk_tls12_fields.h"
#include "lurk/wire/trusting.h"

lurk_status lurk_tls12_master_decode(const uint8_t *payload, size_t len, const uint8_t **master,
                                     struct lurk_decode_error *error) {
  struct lurk_reader reader;
  const uint8_t *octets;
  lurk_reader_init(&reader, payload, len);
  if (!lurk_read_octets(&reader, LURK_MASTER_LEN, &octets))
    return lurk_reader_blame(&reader, "master", error);
  if (!lurk_reader_finished(&reader) && !LURK_FAULT(answer_octets_left_over))
    return lurk_reader_blame(&reader, "end of payload", error);
  *master = octets;
  return LURK_OK;
}

lurk_status lurk_tls12_signature_decode(const uint8_t *payload, size_t len, uint16_t scheme,
                                        struct lurk_tls12_signature *out, struct lurk_decode_error *error) {
  struct lurk_reader reader, octets;
  uint16_t given;
  lurk_reader_init(&reader, payload, len);
  struct lurk_reader field = reader;
  if (!lurk_read_u16(&reader, &given) || (given != scheme && !LURK_FAULT(answer_scheme_not_checked)))
    return lurk_reader_blame(&field, "algorithm", error);
  field = reader;
  if ((!lurk_read_vector(&reader, 2, &octets) &&
       !(LURK_FAULT(answer_signature_trusted) && lurk_trusting_vector(&reader, 2, &octets))) ||
      octets.left == 0)
    return lurk_reader_blame(&field, "signature", error);
  if (!lurk_reader_finished(&reader) && !LURK_FAULT(answer_octets_left_over))
    return lurk_reader_blame(&reader, "end of payload", error);
  *out = (struct lurk_tls12_signature){.scheme = scheme, .octets = octets.at, .len = octets.left};
  return LURK_OK;
}

lurk_status lurk_tls12_signature_encode(const struct lurk_tls12_signature *signature,
                                        struct lurk_octets *out) {
  struct lurk_builder builder;
  if (signature->len == 0)
    return LURK_ERR_MALFORMED;
  lurk_builder_init(&builder, LURK_TLS12_MAX_PAYLOAD_LEN);
  lurk_add_u16(&builder, signature->scheme);
  lurk_add_vector(&builder, 2, signature->octets, signature->len);
  return lurk_builder_finish(&builder, out);
}
