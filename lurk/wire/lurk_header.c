#include "lurk/wire/lurk_header.h"

#include "lurk/fault.h"
#include "lurk/wire/bytes.h"

const char *lurk_base_status_name(uint8_t status) {
  static const char *const names[] = {[LURK_MESSAGE_REQUEST] = "request",
                                      [LURK_MESSAGE_SUCCESS] = "success",
                                      [LURK_BASE_UNDEFINED_ERROR] = "undefined_error",
                                      [LURK_BASE_INVALID_FORMAT] = "invalid_format",
                                      [LURK_BASE_INVALID_EXTENSION] = "invalid_extension",
                                      [LURK_BASE_INVALID_TYPE] = "invalid_type",
                                      [LURK_BASE_INVALID_STATUS] = "invalid_status",
                                      [LURK_BASE_TEMPORARY_FAILURE] = "temporary_failure"};
  return status < sizeof names / sizeof *names ? names[status] : "unassigned";
}

static uint32_t octets_counted(enum lurk_length_convention convention) {
  return convention == LURK_LENGTH_WHOLE_MESSAGE ? LURK_HEADER_LEN : 0;
}

lurk_status lurk_header_decode(const uint8_t data[LURK_HEADER_LEN], enum lurk_length_convention convention,
                               size_t message_limit, struct lurk_header *out) {
  struct lurk_reader reader;
  uint32_t length = 0;
  *out = (struct lurk_header){0};
  lurk_reader_init(&reader, data, LURK_HEADER_LEN);
  lurk_read_u8(&reader, &out->designation);
  lurk_read_u8(&reader, &out->version);
  lurk_read_u8(&reader, &out->type);
  lurk_read_u8(&reader, &out->status);
  lurk_read_u64(&reader, &out->id);
  lurk_read_u32(&reader, &length);
  if ((length < octets_counted(convention) && LURK_FAULT(short_length_taken)) ||
      (length > INT32_MAX && LURK_FAULT(length_signed)))
    length = octets_counted(convention);
  if (length < octets_counted(convention) && !LURK_FAULT(header_length_not_checked))
    return LURK_ERR_MALFORMED;
  uint32_t payload_len = length - octets_counted(convention);
  if (payload_len > message_limit - LURK_HEADER_LEN)
    return LURK_ERR_LIMIT;
  out->payload_len = payload_len;
  return LURK_OK;
}

lurk_status lurk_header_encode(const struct lurk_header *header, enum lurk_length_convention convention,
                               uint8_t out[LURK_HEADER_LEN]) {
  if (header->payload_len > UINT32_MAX - octets_counted(convention))
    return LURK_ERR_LIMIT;
  uint32_t length = header->payload_len + octets_counted(convention);
  out[0] = header->designation;
  out[1] = header->version;
  out[2] = header->type;
  out[3] = header->status;
  for (unsigned i = 0; i < 8; i++)
    out[4 + i] = (uint8_t)(header->id >> (56 - 8 * i));
  for (unsigned i = 0; i < 4; i++)
    out[12 + i] = (uint8_t)(length >> (24 - 8 * i));
  return LURK_OK;
}

struct lurk_header lurk_header_answer(const struct lurk_header *request, uint8_t status,
                                      uint32_t payload_len) {
  struct lurk_header answer = *request;
  answer.status = status;
  answer.payload_len = payload_len;
  return answer;
}

struct lurk_header lurk_header_refusal(const struct lurk_header *request, enum lurk_base_status status,
                                       uint32_t payload_len) {
  struct lurk_header answer = lurk_header_answer(request, (uint8_t)status, payload_len);
  answer.designation = LURK_DESIGNATION_LURK;
  answer.version = LURK_EXTENSION_VERSION;
  return answer;
}

static bool same_extension(const struct lurk_header *a, const struct lurk_header *b) {
  return a->designation == b->designation && a->version == b->version;
}

enum lurk_answer lurk_answer_to(const struct lurk_header *request, const struct lurk_header *message) {
  if (message->status == LURK_MESSAGE_REQUEST && LURK_FAULT(request_taken_as_answer))
    return LURK_ANSWER_SUCCESS;
  if ((message->id != request->id && !LURK_FAULT(answer_id_not_matched) &&
       !LURK_FAULT(answers_expected_in_order)) ||
      message->status == LURK_MESSAGE_REQUEST)
    return LURK_ANSWER_FOREIGN;
  if (message->status == LURK_MESSAGE_SUCCESS)
    return (same_extension(request, message) && request->type == message->type) ||
                   LURK_FAULT(answer_type_not_checked)
               ? LURK_ANSWER_SUCCESS
               : LURK_ANSWER_MISMATCHED;
  if (message->designation == LURK_DESIGNATION_LURK && message->version == LURK_EXTENSION_VERSION)
    return LURK_ANSWER_BASE_ERROR;
  return same_extension(request, message) || LURK_FAULT(error_of_any_extension_taken) ? LURK_ANSWER_ERROR
                                                                                      : LURK_ANSWER_FOREIGN;
}
