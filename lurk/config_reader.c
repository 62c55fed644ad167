#include "lurk/config_reader.h"

#include "lurk/fault.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Appends to why, which always stays terminated. */
__attribute__((format(printf, 2, 0))) static void append(struct lurk_config_reader *reader,
                                                         const char *format, va_list arguments) {
  size_t used = strlen(reader->why);
  vsnprintf(reader->why + used, reader->why_len - used, format, arguments);
}

__attribute__((format(printf, 2, 3))) static void append_text(struct lurk_config_reader *reader,
                                                              const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  append(reader, format, arguments);
  va_end(arguments);
}

static void append_way(const struct lurk_config_node *node) {
  if (node->parent == NULL)
    return;
  append_way(node->parent);
  if (node->name == NULL)
    append_text(node->reader, "[%zu]", node->index);
  else
    append_text(node->reader, "%s%s", node->parent->parent == NULL ? "" : ".", node->name);
}

bool lurk_config_fail(const struct lurk_config_node *node, const char *format, ...) {
  struct lurk_config_reader *reader = node->reader;
  if (reader->why[0] != '\0')
    return false;
  append_text(reader, "%s: ", reader->file);
  append_way(node);
  if (node->parent != NULL)
    append_text(reader, ": ");
  va_list arguments;
  va_start(arguments, format);
  append(reader, format, arguments);
  va_end(arguments);
  for (char *c = reader->why; *c != '\0'; c++) /* names in the file may hold anything: it stays one line */
    if (iscntrl((unsigned char)*c))
      *c = '?';
  return false;
}

bool lurk_config_fail_memory(const struct lurk_config_node *node) {
  return lurk_config_fail(node, "memory is short");
}

static bool is_allowed(const char *name, const char *const *allowed) {
  for (; *allowed != NULL; allowed++)
    if (strcmp(name, *allowed) == 0)
      return true;
  return false;
}

bool lurk_config_is_object(const struct lurk_config_node *node, const char *const *allowed) {
  if (!json_is_object(node->value))
    return lurk_config_fail(node, "must be an object");
  const char *name;
  json_t *value;
  json_object_foreach(node->value, name, value) {
    if (!is_allowed(name, allowed)) {
      struct lurk_config_node member = lurk_config_member(node, name);
      return lurk_config_fail(&member, "unknown member");
    }
  }
  return true;
}

struct lurk_config_node lurk_config_member(const struct lurk_config_node *object, const char *name) {
  return (struct lurk_config_node){.reader = object->reader,
                                   .parent = object,
                                   .name = name,
                                   .value = json_object_get(object->value, name)};
}

bool lurk_config_required(const struct lurk_config_node *object, const char *name,
                          struct lurk_config_node *out) {
  *out = lurk_config_member(object, name);
  return out->value != NULL || lurk_config_fail(out, "is missing");
}

bool lurk_config_is_array(const struct lurk_config_node *node) {
  return json_is_array(node->value) || lurk_config_fail(node, "must be an array");
}

struct lurk_config_node lurk_config_element(const struct lurk_config_node *array, size_t index) {
  return (struct lurk_config_node){
      .reader = array->reader, .parent = array, .index = index, .value = json_array_get(array->value, index)};
}

bool lurk_config_string(const struct lurk_config_node *node, const char **out) {
  const char *text = json_string_value(node->value);
  if (text == NULL)
    return lurk_config_fail(node, "must be a string");
  if (text[0] == '\0')
    return lurk_config_fail(node, "must not be empty");
  if (strlen(text) != json_string_length(node->value))
    return lurk_config_fail(node, "holds a NUL character");
  for (const char *c = text; *c != '\0'; c++)
    if (iscntrl((unsigned char)*c))
      return lurk_config_fail(node, "holds a control character");
  *out = text;
  return true;
}

bool lurk_config_copy(const struct lurk_config_node *node, char **out) {
  const char *text;
  if (!lurk_config_string(node, &text))
    return false;
  *out = strdup(text);
  return *out != NULL || lurk_config_fail_memory(node);
}

bool lurk_config_path(const struct lurk_config_node *node, char **out) {
  const char *text;
  if (!lurk_config_string(node, &text))
    return false;
  const char *slash = strrchr(node->reader->file, '/');
  int folder_len = text[0] == '/' || slash == NULL ? 0 : (int)(slash - node->reader->file) + 1;
  if (asprintf(out, "%.*s%s", folder_len, node->reader->file, text) < 0) {
    *out = NULL;
    return lurk_config_fail_memory(node);
  }
  return true;
}

bool lurk_config_required_path(const struct lurk_config_node *object, const char *name, char **out) {
  struct lurk_config_node node;
  return lurk_config_required(object, name, &node) && lurk_config_path(&node, out);
}

bool lurk_config_optional_path(const struct lurk_config_node *object, const char *name, char **out) {
  struct lurk_config_node node = lurk_config_member(object, name);
  return node.value == NULL || lurk_config_path(&node, out);
}

bool lurk_config_number(const struct lurk_config_node *node, unsigned min, unsigned max, unsigned *out) {
  if (node->value == NULL)
    return true;
  if (!json_is_integer(node->value))
    return lurk_config_fail(node, "must be an integer");
  json_int_t number = json_integer_value(node->value);
  if (number < (json_int_t)min || (number > (json_int_t)max && !LURK_FAULT(config_number_not_checked)))
    return lurk_config_fail(node, "%" JSON_INTEGER_FORMAT " is not in %u..%u", number, min, max);
  *out = (unsigned)number;
  return true;
}

bool lurk_config_boolean(const struct lurk_config_node *node, bool *out) {
  if (node->value == NULL)
    return true;
  if (!json_is_boolean(node->value))
    return lurk_config_fail(node, "must be true or false");
  *out = json_is_true(node->value);
  return true;
}

bool lurk_config_choice(const struct lurk_config_node *node, const char *const *names, size_t count,
                        size_t *out) {
  const char *text;
  if (!lurk_config_string(node, &text))
    return false;
  char known[256] = "";
  for (size_t i = 0; i < count; i++) {
    if (names[i] == NULL)
      continue;
    if (strcmp(text, names[i]) == 0) {
      *out = i;
      return true;
    }
    size_t used = strlen(known);
    snprintf(known + used, sizeof known - used, "%s\"%s\"", used == 0 ? "" : ", ", names[i]);
  }
  return lurk_config_fail(node, "\"%s\" is none of %s", text, known);
}
