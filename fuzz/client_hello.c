/* What is read of a hello that is taken lies within it, and a hello has one end: an octet more is no hello.
 */
#include "reference-edge/client_hello.h"
#include "fuzz/target.h"
#include "lurk/secret.h"
#include <string.h>

static void check_list(struct lurk_reader list, bool there, const uint8_t *data, size_t size) {
  if (!there)
    return;
  FUZZ_CHECK(list.left > 0 && list.left % 2 == 0);
  FUZZ_CHECK(list.at >= data && list.at + list.left <= data + size);
}

static void check_name(const char *name) {
  FUZZ_CHECK(memchr(name, '\0', LURK_MAX_SERVER_NAME + 1) != NULL);
  for (; *name != '\0'; name++)
    FUZZ_CHECK(*name > ' ' && *name <= '~' && (*name < 'A' || *name > 'Z'));
}

static void check_end(const uint8_t *data, size_t size) {
  struct lurk_client_hello hello;
  struct lurk_decode_error error;
  struct lurk_octets longer = {NULL, 0};
  FUZZ_CHECK(lurk_octets_alloc(&longer, size + 1));
  memcpy(longer.data, data, size);
  longer.data[size] = 0;
  FUZZ_CHECK(lurk_client_hello_decode(longer.data, longer.len, &hello, &error) == LURK_ERR_MALFORMED);
  lurk_octets_clear(&longer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct lurk_client_hello hello;
  struct lurk_decode_error error = {NULL, 0};
  lurk_status status = lurk_client_hello_decode(data, size, &hello, &error);
  if (status != LURK_OK) {
    check_refusal(status, &error, size);
    return 0;
  }
  check_list(hello.suites, true, data, size);
  check_list(hello.versions, hello.has_versions, data, size);
  check_list(hello.groups, hello.has_groups, data, size);
  check_list(hello.schemes, hello.has_schemes, data, size);
  FUZZ_CHECK(!hello.has_versions ||
             lurk_client_hello_offers(&hello, 0x0304) == lurk_list_has(hello.versions, 0x0304));
  check_name(hello.server_name);
  check_end(data, size);
  return 0;
}
