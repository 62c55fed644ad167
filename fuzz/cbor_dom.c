/* Whatever one of our CBOR decoders takes, the loader of libcbor takes as one item that ends where the input
 * ends, shortest, definite and in order, and finds the same values under the same names. */
#include "fuzz/target.h"
#include "lurk/wire/ski.h"
#include <cbor.h>

static cbor_item_t *load(const uint8_t *data, size_t size) {
  struct cbor_load_result result;
  cbor_item_t *root = cbor_load(data, size, &result);
  FUZZ_CHECK(root != NULL && result.error.code == CBOR_ERR_NONE && result.read == size);
  FUZZ_CHECK(cbor_isa_map(root) && cbor_map_is_definite(root));
  return root;
}

/* --- what deterministic means (RFC 8949 §4.2.1) --- */

static void check_item(cbor_item_t *item);

static void check_number(const cbor_item_t *item) {
  static const uint64_t least[] = {[CBOR_INT_8] = 0,
                                   [CBOR_INT_16] = 0x100,
                                   [CBOR_INT_32] = 0x10000,
                                   [CBOR_INT_64] = UINT64_C(0x100000000)};
  FUZZ_CHECK(cbor_get_int(item) >= least[cbor_int_get_width(item)]);
}

static void check_order(const cbor_item_t *before, const cbor_item_t *key) {
  const size_t len = cbor_string_length(before), next = cbor_string_length(key);
  FUZZ_CHECK(len <= next);
  FUZZ_CHECK(len < next || memcmp(cbor_string_handle(before), cbor_string_handle(key), len) < 0);
}

static void check_map(cbor_item_t *map) {
  const struct cbor_pair *pairs = cbor_map_handle(map);
  FUZZ_CHECK(cbor_map_is_definite(map));
  for (size_t i = 0; i < cbor_map_size(map); i++) {
    FUZZ_CHECK(cbor_isa_string(pairs[i].key) && cbor_string_is_definite(pairs[i].key));
    check_item(pairs[i].value);
    if (i > 0)
      check_order(pairs[i - 1].key, pairs[i].key);
  }
}

static void check_item(cbor_item_t *item) {
  switch (cbor_typeof(item)) {
  case CBOR_TYPE_UINT:
  case CBOR_TYPE_NEGINT:
    check_number(item);
    break;
  case CBOR_TYPE_BYTESTRING:
    FUZZ_CHECK(cbor_bytestring_is_definite(item));
    break;
  case CBOR_TYPE_STRING:
    FUZZ_CHECK(cbor_string_is_definite(item));
    break;
  case CBOR_TYPE_ARRAY:
    FUZZ_CHECK(cbor_array_is_definite(item));
    for (size_t i = 0; i < cbor_array_size(item); i++)
      check_item(cbor_array_handle(item)[i]);
    break;
  case CBOR_TYPE_MAP:
    check_map(item);
    break;
  default: /* no tags, no floats */
    FUZZ_CHECK(cbor_is_bool(item) || cbor_is_null(item));
  }
}

/* --- values --- */

/* NULL when there is none. */
static cbor_item_t *member(cbor_item_t *root, const char *name) {
  const struct cbor_pair *pairs = cbor_map_handle(root);
  for (size_t i = 0; i < cbor_map_size(root); i++)
    if (cbor_string_length(pairs[i].key) == strlen(name) &&
        memcmp(cbor_string_handle(pairs[i].key), name, strlen(name)) == 0)
      return pairs[i].value;
  return NULL;
}

static bool is_text(const cbor_item_t *item, const char *text) {
  return cbor_isa_string(item) && cbor_string_length(item) == strlen(text) &&
         memcmp(cbor_string_handle(item), text, strlen(text)) == 0;
}

static void check_text(cbor_item_t *root, const char *name, const char *text) {
  cbor_item_t *item = member(root, name);
  FUZZ_CHECK((item != NULL) == (text != NULL));
  FUZZ_CHECK(item == NULL || is_text(item, text));
}

static void check_bytes(const cbor_item_t *item, const uint8_t *data, size_t len) {
  FUZZ_CHECK(item != NULL && cbor_isa_bytestring(item) && cbor_bytestring_length(item) == len);
  FUZZ_CHECK(len == 0 || memcmp(cbor_bytestring_handle(item), data, len) == 0);
}

static void check_request(const uint8_t *data, size_t size) {
  struct lurk_ski_request request;
  struct lurk_decode_error error;
  if (lurk_ski_request_decode(LURK_SKI_CBOR, data, size, false, &request, &error) != LURK_OK)
    return;
  cbor_item_t *root = load(data, size), *scheme = member(root, "scheme");
  check_item(root);
  check_text(root, "protocol", lurk_ski_protocol_name(request.protocol));
  check_text(root, "method", request.method_present ? lurk_ski_method_name(request.method) : NULL);
  check_text(root, "hash", lurk_ski_hash_name(request.hash));
  check_bytes(member(root, "spki"), request.spki, sizeof request.spki);
  check_bytes(member(root, "input"), request.input.data, request.input.len);
  FUZZ_CHECK((scheme != NULL) == request.scheme_present);
  FUZZ_CHECK(scheme == NULL || (cbor_isa_uint(scheme) && cbor_get_int(scheme) == request.scheme));
  cbor_decref(&root);
  lurk_ski_request_clear(&request);
}

static void check_response(const uint8_t *data, size_t size) {
  struct lurk_ski_response response;
  struct lurk_decode_error error;
  if (lurk_ski_response_decode(LURK_SKI_CBOR, data, size, &response, &error) != LURK_OK)
    return;
  cbor_item_t *root = load(data, size);
  check_item(root);
  check_text(root, "error", response.is_error ? lurk_ski_error_name(response.error) : NULL);
  FUZZ_CHECK((member(root, "output") == NULL) == response.is_error);
  if (!response.is_error)
    check_bytes(member(root, "output"), response.output.data, response.output.len);
  cbor_decref(&root);
  lurk_ski_response_clear(&response);
}

/* The set holds the names of the list that are known, and no other. */
static void check_set(cbor_item_t *root, const char *name, const bool *set, size_t count,
                      const char *(*name_of)(size_t value)) {
  cbor_item_t *list = member(root, name);
  FUZZ_CHECK(list != NULL && cbor_isa_array(list) && cbor_array_size(list) > 0);
  for (size_t value = 0; value < count; value++) {
    bool listed = false;
    for (size_t i = 0; i < cbor_array_size(list) && name_of(value) != NULL; i++)
      listed = listed || is_text(cbor_array_handle(list)[i], name_of(value));
    FUZZ_CHECK(listed == set[value]);
  }
}

static const char *protocol_name(size_t value) {
  return lurk_ski_protocol_name((enum lurk_ski_protocol)value);
}
static const char *method_name(size_t value) {
  return lurk_ski_method_name((enum lurk_ski_method)value);
}
static const char *hash_name(size_t value) {
  return lurk_ski_hash_name((enum lurk_ski_hash)value);
}
static const char *format_name(size_t value) {
  return lurk_ski_media_type((enum lurk_ski_format)value);
}

static void check_capabilities(const uint8_t *data, size_t size) {
  struct lurk_ski_capabilities found;
  struct lurk_decode_error error;
  if (lurk_ski_capabilities_decode(LURK_SKI_CBOR, data, size, &found, &error) != LURK_OK)
    return;
  cbor_item_t *root = load(data, size), *schemes = member(root, "schemes"), *keys = member(root, "keys");
  check_item(root);
  check_set(root, "protocols", found.protocols, sizeof found.protocols, protocol_name);
  check_set(root, "methods", found.methods, sizeof found.methods, method_name);
  check_set(root, "hashes", found.hashes, sizeof found.hashes, hash_name);
  check_set(root, "formats", found.formats, sizeof found.formats, format_name);
  FUZZ_CHECK(schemes != NULL && cbor_array_size(schemes) == found.scheme_count);
  for (size_t i = 0; i < found.scheme_count; i++)
    FUZZ_CHECK(cbor_get_int(cbor_array_handle(schemes)[i]) == found.schemes[i]);
  FUZZ_CHECK(keys != NULL && cbor_array_size(keys) == found.key_count);
  for (size_t i = 0; i < found.key_count; i++)
    check_bytes(cbor_array_handle(keys)[i], found.keys[i], LURK_SKI_FINGERPRINT_LEN);
  check_bytes(member(root, "state"), found.state, sizeof found.state);
  cbor_decref(&root);
  lurk_ski_capabilities_clear(&found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  check_request(data, size);
  check_response(data, size);
  check_capabilities(data, size);
  return 0;
}
