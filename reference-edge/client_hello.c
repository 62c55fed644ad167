#include "reference-edge/client_hello.h"

#include "lurk/fault.h"
#include <string.h>

enum {
  EXTENSION_SERVER_NAME = 0,
  EXTENSION_SUPPORTED_GROUPS = 10,
  EXTENSION_SIGNATURE_ALGORITHMS = 13,
  EXTENSION_EXTENDED_MASTER_SECRET = 23,
  EXTENSION_SUPPORTED_VERSIONS = 43,
};

/* A list of 16-bit values behind its own length, and nothing after it. */
static bool read_list(struct lurk_reader *extension, unsigned prefix_octets, bool *seen,
                      struct lurk_reader *list) {
  if (*seen || !lurk_read_vector(extension, prefix_octets, list) || list->left == 0 ||
      (list->left % 2 != 0 && !LURK_FAULT(odd_hello_list_taken)))
    return false;
  *seen = true;
  return lurk_reader_finished(extension);
}

/* RFC 6066 §3: one host_name, ASCII without control characters; an embedded NUL would cut the name short. */
static bool read_server_name(struct lurk_reader *extension, char out[LURK_MAX_SERVER_NAME + 1]) {
  struct lurk_reader names, name;
  uint8_t type = 0;
  if (out[0] != '\0' || !lurk_read_vector(extension, 2, &names) || !lurk_reader_finished(extension) ||
      !lurk_read_u8(&names, &type) || type != 0 || !lurk_read_vector(&names, 2, &name) ||
      !lurk_reader_finished(&names))
    return false;
  if (name.left == 0 || name.left > LURK_MAX_SERVER_NAME)
    return false;
  for (size_t i = 0; i < name.left; i++) {
    char character = (char)name.at[i];
    if (character <= ' ' || character > '~')
      return false;
    out[i] = character >= 'A' && character <= 'Z' ? (char)(character - 'A' + 'a') : character;
  }
  out[name.left] = '\0';
  return true;
}

static const char *read_extension(uint16_t type, struct lurk_reader *content, struct lurk_client_hello *out) {
  switch (type) {
  case EXTENSION_SERVER_NAME:
    return read_server_name(content, out->server_name) ? NULL : "server_name";
  case EXTENSION_SUPPORTED_GROUPS:
    return read_list(content, 2, &out->has_groups, &out->groups) ? NULL : "supported_groups";
  case EXTENSION_SIGNATURE_ALGORITHMS:
    return read_list(content, 2, &out->has_schemes, &out->schemes) ? NULL : "signature_algorithms";
  case EXTENSION_EXTENDED_MASTER_SECRET:
    out->extended_master_secret = true;
    return NULL;
  case EXTENSION_SUPPORTED_VERSIONS:
    return read_list(content, 1, &out->has_versions, &out->versions) ? NULL : "supported_versions";
  default:
    return NULL;
  }
}

static const char *read_extensions(struct lurk_reader *body, struct lurk_client_hello *out) {
  struct lurk_reader extensions, content;
  if (lurk_reader_finished(body)) /* RFC 5246 §7.4.1.2: a hello may end here */
    return NULL;
  if (!lurk_read_vector(body, 2, &extensions) || !lurk_reader_finished(body))
    return "extensions";
  while (!lurk_reader_finished(&extensions)) {
    uint16_t type = 0;
    if (!lurk_read_u16(&extensions, &type) || !lurk_read_vector(&extensions, 2, &content))
      return "extensions";
    const char *field = read_extension(type, &content, out);
    if (field != NULL)
      return field;
  }
  return NULL;
}

lurk_status lurk_client_hello_decode(const uint8_t *data, size_t len, struct lurk_client_hello *out,
                                     struct lurk_decode_error *error) {
  struct lurk_reader body, ignored;
  const uint8_t *random = NULL;
  const char *field = NULL;
  memset(out, 0, sizeof *out);
  lurk_reader_init(&body, data, len);
  if (!lurk_read_u16(&body, &out->legacy_version) || !lurk_read_octets(&body, 32, &random))
    field = "random";
  else if (!lurk_read_vector(&body, 1, &ignored) || ignored.left > 32)
    field = "session_id";
  else if (!lurk_read_vector(&body, 2, &out->suites) || out->suites.left == 0 || out->suites.left % 2 != 0)
    field = "cipher_suites";
  else if (!lurk_read_vector(&body, 1, &ignored) || ignored.left == 0)
    field = "compression_methods";
  else
    field = read_extensions(&body, out);
  if (field == NULL)
    return LURK_OK;
  *error = (struct lurk_decode_error){.field = field, .offset = lurk_reader_offset(&body)};
  return LURK_ERR_MALFORMED;
}

bool lurk_list_has(struct lurk_reader list, uint16_t value) {
  uint16_t item = 0;
  while (lurk_read_u16(&list, &item))
    if (item == value)
      return true;
  return false;
}

bool lurk_client_hello_offers(const struct lurk_client_hello *hello, uint16_t version) {
  if (hello->has_versions) /* RFC 8446 §4.2.1: then legacy_version does not count */
    return lurk_list_has(hello->versions, version);
  return version == 0x0303 && (hello->legacy_version >= 0x0303 || LURK_FAULT(old_clients_served));
}
