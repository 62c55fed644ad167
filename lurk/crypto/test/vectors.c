#include "lurk/crypto/test/vectors.h"

#include "lurk/wire/test/cmocka_all.h"
#include <string.h>

static json_t *vectors;

int vectors_load(const char *path) {
  vectors = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
  return vectors != NULL ? 0 : -1;
}

void vectors_free(void) {
  json_decref(vectors);
}

void vectors_for_each(const char *list, void (*check)(const json_t *vector)) {
  size_t i;
  json_t *vector;
  const json_t *rows = json_object_get(vectors, list);
  assert_true(json_array_size(rows) > 0);
  json_array_foreach(rows, i, vector) {
    check(vector);
  }
}

struct lurk_octets vector_octets(const json_t *vector, const char *member) {
  struct lurk_octets out = {0};
  if (!crypto_json_octets(vector, member, &out))
    fail_msg("vectors: member %s is no hex string", member);
  return out;
}

const char *vector_text(const json_t *vector, const char *member) {
  const char *value = json_string_value(json_object_get(vector, member));
  if (value == NULL)
    fail_msg("vectors: member %s is missing", member);
  return value;
}

json_int_t vector_number(const json_t *vector, const char *member) {
  return json_integer_value(json_object_get(vector, member));
}

void vector_expect_status(const json_t *vector, const char *what, lurk_status status) {
  if (strcmp(lurk_status_name(status), vector_text(vector, "status")) != 0)
    fail_msg("%s: %s instead of %s", what, lurk_status_name(status), vector_text(vector, "status"));
}
