/* Reads members of a JSON configuration strictly: a wrong type, a value out of range or an unknown member is
 * an error. The first fault is kept as one line, "FILE: member.path: what is wrong"; later ones are ignored.
 */
#ifndef LURK_CONFIG_READER_H
#define LURK_CONFIG_READER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct lurk_config_reader {
  const char *file; /* name for messages; its folder is the base of relative paths */
  char *why;        /* receives the line */
  size_t why_len;
};

/* A value and the way to it. Nodes live on the stack of who reads; the root has no parent and no name. */
struct lurk_config_node {
  struct lurk_config_reader *reader;
  const struct lurk_config_node *parent;
  const char *name; /* NULL: the element number index of an array */
  size_t index;
  json_t *value; /* borrowed; NULL: absent */
};

/* Notes the fault and returns false, so that a reader can end with it. */
bool lurk_config_fail(const struct lurk_config_node *node, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool lurk_config_fail_memory(const struct lurk_config_node *node);

/* The value is an object that has no other members than those named. allowed ends with NULL. */
bool lurk_config_is_object(const struct lurk_config_node *node, const char *const *allowed);
/* The member of an object; value is NULL when it is absent. */
struct lurk_config_node lurk_config_member(const struct lurk_config_node *object, const char *name);
/* As above, but an absent member is a fault. */
bool lurk_config_required(const struct lurk_config_node *object, const char *name,
                          struct lurk_config_node *out);
bool lurk_config_is_array(const struct lurk_config_node *node);
struct lurk_config_node lurk_config_element(const struct lurk_config_node *array, size_t index);

/* A string without control characters, not empty. The value belongs to the JSON text. */
bool lurk_config_string(const struct lurk_config_node *node, const char **out);
/* As above, copied; *out is the caller's to free. */
bool lurk_config_copy(const struct lurk_config_node *node, char **out);
/* A file name, made absolute or relative to the working folder; *out is the caller's to free. */
bool lurk_config_path(const struct lurk_config_node *node, char **out);
/* The same for a member of an object, required or not; *out keeps its value when the optional one is absent.
 */
bool lurk_config_required_path(const struct lurk_config_node *object, const char *name, char **out);
bool lurk_config_optional_path(const struct lurk_config_node *object, const char *name, char **out);
/* An integer in min..max; *out keeps its value when the member is absent. */
bool lurk_config_number(const struct lurk_config_node *node, unsigned min, unsigned max, unsigned *out);
/* *out keeps its value when the member is absent. */
bool lurk_config_boolean(const struct lurk_config_node *node, bool *out);
/* A string out of names (count entries; NULL entries match nothing); *out is its index. */
bool lurk_config_choice(const struct lurk_config_node *node, const char *const *names, size_t count,
                        size_t *out);

#endif
