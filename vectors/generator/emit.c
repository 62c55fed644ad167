#include "vectors/generator/emit.h"

#include "lurk/crypto/crypto.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT 1
#define VERSION "0.1.0"
#define ID_OCTETS 6

json_t *json_hex(struct octets octets) {
  static const char digits[] = "0123456789abcdef";
  char *text = (char *)octets_new(2 * octets.len);
  for (size_t i = 0; i < octets.len; i++) {
    text[2 * i] = digits[octets.at[i] >> 4];
    text[2 * i + 1] = digits[octets.at[i] & 15];
  }
  return json_stringn(text, 2 * octets.len);
}

json_t *json_hex_object(const char *name, ...) {
  json_t *object = json_object();
  va_list arguments;
  va_start(arguments, name);
  for (const char *next = name; next != NULL; next = va_arg(arguments, const char *))
    json_object_set_new(object, next, json_hex(va_arg(arguments, struct octets)));
  va_end(arguments);
  return object;
}

static struct octets sha256(const void *data, size_t len) {
  uint8_t *digest = octets_new(LURK_MAX_HASH_LEN);
  if (lurk_digest(LURK_SHA256, data, len, digest) != LURK_OK)
    die("SHA-256 failed");
  return (struct octets){digest, 32};
}

void group_open(struct collection *collection, struct group *group, const char *name, const char *operation,
                const char *title) {
  memset(group, 0, sizeof *group);
  group->collection = collection;
  drbg_start(&group->drbg, collection->seed, name);
  group->operation = operation;
  group->keys = json_object();
  group->vectors = json_array();
  group->file = json_pack("{s:i, s:s, s:s, s:s, s:o, s:o}", "format", FORMAT, "group", name, "operation",
                          operation, "title", title, "keys", group->keys, "vectors", group->vectors);
  if (group->file == NULL || json_object_set_new(collection->files, name, group->file) != 0)
    die("cannot open group %s", name);
}

/* The id is taken from the question alone: a correction of comment, references or answer keeps it. */
static json_t *id_of(const struct group *group, const json_t *input) {
  json_t *question = json_pack("{s:s, s:O}", "operation", group->operation, "input", input);
  char *text = json_dumps(question, JSON_COMPACT | JSON_SORT_KEYS);
  if (text == NULL)
    die("out of memory");
  struct octets digest = octets_first(sha256(text, strlen(text)), ID_OCTETS);
  free(text);
  json_decref(question);
  json_t *hex = json_hex(digest);
  json_t *id = json_sprintf("%s-%s", group->operation, json_string_value(hex));
  json_decref(hex);
  return id;
}

/* Rows are named by two letters and a number, clauses by more than that. */
static bool is_row(const char *reference, size_t len) {
  return len > 3 && reference[2] == '-' && strspn(reference + 3, "0123456789") >= len - 3;
}

static void set_references(json_t *vector, const char *references) {
  json_t *clauses = json_array(), *rows = json_array();
  for (const char *at = references; *at != '\0';) {
    size_t len = strcspn(at, " ");
    json_array_append_new(is_row(at, len) ? rows : clauses, json_stringn(at, len));
    at += len;
    at += strspn(at, " ");
  }
  json_object_set_new(vector, "clauses", clauses);
  json_object_set_new(vector, "rows", rows);
}

/* For readers: a message that is plain text is shown as such. */
static void set_text(json_t *vector, const json_t *input) {
  const char *hex = json_string_value(json_object_get(input, "message"));
  if (hex == NULL || strlen(hex) > 2 * 4096)
    return;
  struct octets message = octets_hex(hex);
  if (octets_printable(message))
    json_object_set_new(vector, "text", json_stringn((const char *)message.at, message.len));
}

static void add(struct group *group, const char *comment, const char *references, json_t *input,
                const char *result, const char *status) {
  json_t *id = id_of(group, input), *vector = json_object();
  json_t *ids = group->collection->ids;
  if (json_object_get(ids, json_string_value(id)) != NULL)
    die("%s stands twice: %s", json_string_value(id), comment);
  json_object_set_new(ids, json_string_value(id), json_true());
  json_object_set_new(vector, "id", id);
  json_object_set_new(vector, "comment", json_string(comment));
  set_references(vector, references);
  json_object_set_new(vector, "flags", json_array());
  json_object_set_new(vector, "result", json_string(result));
  json_object_set_new(vector, "status", json_string(status));
  set_text(vector, input);
  json_object_set_new(vector, "input", input);
  json_array_append_new(group->vectors, vector);
}

static json_t *last_of(const struct group *group) {
  return json_array_get(group->vectors, json_array_size(group->vectors) - 1);
}

void add_valid(struct group *group, const char *comment, const char *references, json_t *input,
               json_t *output) {
  add(group, comment, references, input, "valid", "ok");
  json_object_set_new(last_of(group), "output", output);
}

void add_control(struct group *group, const char *comment, const char *references, json_t *input,
                 json_t *output) {
  add_valid(group, comment, references, input, output);
  snprintf(group->control, sizeof group->control, "%s",
           json_string_value(json_object_get(last_of(group), "id")));
}

void add_invalid(struct group *group, const char *comment, const char *references, json_t *input,
                 const char *status) {
  if (group->control[0] == '\0')
    die("%s: no valid vector before it", comment);
  add(group, comment, references, input, "invalid", status);
  json_object_set_new(last_of(group), "control", json_string(group->control));
}

void add_flag(struct group *group, const char *flag) {
  json_array_append_new(json_object_get(last_of(group), "flags"), json_string(flag));
}

void add_key(struct group *group, const char *name, struct octets spki, struct octets pkcs8) {
  json_t *key = json_hex_object("spki", spki, NULL);
  if (pkcs8.len > 0)
    json_object_set_new(key, "pkcs8", json_hex(pkcs8));
  json_object_set_new(group->keys, name, key);
}

char *collection_text(const json_t *file) {
  char *text = json_dumps(file, JSON_INDENT(1));
  char *line = text == NULL ? NULL : realloc(text, strlen(text) + 2);
  if (line == NULL)
    die("out of memory");
  return strcat(line, "\n");
}

/* --- manifest --- */

static void note(json_t *coverage, const char *reference, const char *result, const char *id) {
  json_t *entry = json_object_get(coverage, reference);
  if (entry == NULL) {
    entry = json_pack("{s:[], s:[]}", "valid", "invalid");
    json_object_set_new(coverage, reference, entry);
  }
  json_t *list = json_object_get(entry, result), *known;
  size_t i;
  json_array_foreach(list, i, known) {
    if (strcmp(json_string_value(known), id) == 0)
      return;
  }
  json_array_append_new(list, json_string(id));
}

/* The control of an invalid vector shows the same clauses from their good side. */
static void note_vector(json_t *coverage, const json_t *vector) {
  const char *control = json_string_value(json_object_get(vector, "control"));
  static const char *const kinds[] = {"clauses", "rows"};
  for (size_t kind = 0; kind < 2; kind++) {
    json_t *reference;
    size_t i;
    json_array_foreach(json_object_get(vector, kinds[kind]), i, reference) {
      const char *name = json_string_value(reference);
      note(coverage, name, json_string_value(json_object_get(vector, "result")),
           json_string_value(json_object_get(vector, "id")));
      if (control != NULL)
        note(coverage, name, "valid", control);
    }
  }
}

static json_t *file_entry(const json_t *file, json_t *coverage, json_int_t *valid, json_int_t *invalid) {
  json_int_t good = 0, bad = 0;
  json_t *vector;
  size_t i;
  json_array_foreach(json_object_get(file, "vectors"), i, vector) {
    *(strcmp(json_string_value(json_object_get(vector, "result")), "valid") == 0 ? &good : &bad) += 1;
    note_vector(coverage, vector);
  }
  *valid += good;
  *invalid += bad;
  char *text = collection_text(file);
  json_t *entry = json_pack("{s:o, s:I, s:I}", "sha256", json_hex(sha256(text, strlen(text))), "valid", good,
                            "invalid", bad);
  free(text);
  return entry;
}

/* The same object with its members in order. */
static json_t *sorted(json_t *object) {
  char *text = json_dumps(object, JSON_SORT_KEYS | JSON_COMPACT);
  json_error_t error;
  json_t *copy = text == NULL ? NULL : json_loads(text, 0, &error);
  free(text);
  json_decref(object);
  if (copy == NULL)
    die("out of memory");
  return copy;
}

json_t *collection_manifest(const struct collection *collection) {
  json_int_t valid = 0, invalid = 0;
  json_t *files = json_object(), *coverage = json_object(), *file;
  const char *name;
  json_object_foreach(collection->files, name, file)
      json_object_set_new(files, name, file_entry(file, coverage, &valid, &invalid));
  return json_pack("{s:i, s:s, s:s, s:I, s:I, s:o, s:o}", "format", FORMAT, "version", VERSION, "seed",
                   collection->seed, "valid", valid, "invalid", invalid, "files", sorted(files), "coverage",
                   sorted(coverage));
}
