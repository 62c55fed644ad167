#include "lurk/wire/handshake_hello.h"

#include "lurk/fault.h"

enum {
  EXTENSION_STATUS_REQUEST = 5,
  EXTENSION_EXTENDED_MASTER_SECRET = 23,
  EXTENSION_SUPPORTED_VERSIONS = 43,
};
#define MAX_SESSION_ID_LEN 32

/* NULL for an extension that nobody looks at. */
static bool *flag_of(struct lurk_hello_extensions *extensions, uint16_t type) {
  switch (type) {
  case EXTENSION_STATUS_REQUEST:
    return &extensions->status_request;
  case EXTENSION_EXTENDED_MASTER_SECRET:
    return &extensions->extended_master_secret;
  case EXTENSION_SUPPORTED_VERSIONS:
    return &extensions->supported_versions;
  default:
    return NULL;
  }
}

static bool read_extension(struct lurk_reader *list, struct lurk_hello_extensions *out) {
  uint16_t type;
  struct lurk_reader data;
  if (!lurk_read_u16(list, &type) || !lurk_read_vector(list, 2, &data))
    return false;
  bool *flag = flag_of(out, type);
  if (flag == NULL)
    return true;
  if (*flag && LURK_FAULT(extension_twice_taken))
    return true;
  if (*flag || (type == EXTENSION_EXTENDED_MASTER_SECRET && !lurk_reader_finished(&data)))
    return false;
  *flag = true;
  return true;
}

/* The end of a hello: nothing, or one block of extensions (RFC 5246 §7.4.1.2). */
static lurk_status read_extensions(struct lurk_reader *body, struct lurk_hello_extensions *out,
                                   struct lurk_decode_error *error) {
  struct lurk_reader list;
  *out = (struct lurk_hello_extensions){0};
  if (lurk_reader_finished(body))
    return LURK_OK;
  if (!lurk_read_vector(body, 2, &list) || !lurk_reader_finished(body))
    return lurk_reader_blame(body, "extensions", error);
  while (!lurk_reader_finished(&list)) {
    struct lurk_reader field = list;
    if (!read_extension(&list, out))
      return lurk_reader_blame(&field, "extension", error);
  }
  return LURK_OK;
}

static bool read_session_id(struct lurk_reader *body, struct lurk_reader *out) {
  return lurk_read_vector(body, 1, out) &&
         (out->left <= MAX_SESSION_ID_LEN || LURK_FAULT(session_id_length_not_checked) ||
          LURK_FAULT(session_id_unlimited));
}

lurk_status lurk_client_hello_read(struct lurk_reader body, bool dtls, struct lurk_client_hello *out,
                                   struct lurk_decode_error *error) {
  struct lurk_reader field = body, ignored;
  if (!lurk_read_u16(&body, &out->version))
    return lurk_reader_blame(&field, "client_version", error);
  if (!lurk_read_octets(&body, LURK_RANDOM_LEN, &out->random))
    return lurk_reader_blame(&body, "ClientHello.random", error);
  field = body;
  if (!read_session_id(&body, &ignored))
    return lurk_reader_blame(&field, "ClientHello.session_id", error);
  if (dtls && !lurk_read_vector(&body, 1, &ignored))
    return lurk_reader_blame(&body, "ClientHello.cookie", error);
  field = body;
  if (!lurk_read_vector(&body, 2, &out->cipher_suites) || out->cipher_suites.left == 0 ||
      (out->cipher_suites.left % 2 != 0 && !LURK_FAULT(odd_suites_taken)))
    return lurk_reader_blame(&field, "ClientHello.cipher_suites", error);
  field = body;
  if (!lurk_read_vector(&body, 1, &out->compressions) || out->compressions.left == 0)
    return lurk_reader_blame(&field, "ClientHello.compression_methods", error);
  return read_extensions(&body, &out->extensions, error);
}

lurk_status lurk_server_hello_read(struct lurk_reader body, struct lurk_server_hello *out,
                                   struct lurk_decode_error *error) {
  struct lurk_reader field = body;
  if (!lurk_read_u16(&body, &out->version))
    return lurk_reader_blame(&field, "server_version", error);
  if (!lurk_read_octets(&body, LURK_RANDOM_LEN, &out->random))
    return lurk_reader_blame(&body, "ServerHello.random", error);
  field = body;
  if (!read_session_id(&body, &out->session_id))
    return lurk_reader_blame(&field, "ServerHello.session_id", error);
  if (!lurk_read_u16(&body, &out->cipher_suite))
    return lurk_reader_blame(&body, "ServerHello.cipher_suite", error);
  if (!lurk_read_u8(&body, &out->compression))
    return lurk_reader_blame(&body, "ServerHello.compression_method", error);
  return read_extensions(&body, &out->extensions, error);
}

bool lurk_client_hello_offers_suite(const struct lurk_client_hello *hello, uint16_t suite) {
  struct lurk_reader suites = hello->cipher_suites;
  uint16_t offered;
  while (lurk_read_u16(&suites, &offered)) {
    if (offered == suite)
      return true;
  }
  return false;
}

bool lurk_client_hello_offers_compression(const struct lurk_client_hello *hello, uint8_t compression) {
  struct lurk_reader compressions = hello->compressions;
  uint8_t offered;
  while (lurk_read_u8(&compressions, &offered)) {
    if (offered == compression)
      return true;
  }
  return false;
}
