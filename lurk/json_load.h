/* Reading JSON with jansson, also when memory is short. */
#ifndef LURK_JSON_LOAD_H
#define LURK_JSON_LOAD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* False: memory is short, and nothing is held. Else *out is NULL where there is no JSON, and *error says why.
 * Flags are those of jansson. */
bool lurk_json_load(const char *text, size_t len, size_t flags, json_t **out, json_error_t *error);
/* The line in *error is below 0 where the file cannot be read. */
bool lurk_json_load_file(const char *path, size_t flags, json_t **out, json_error_t *error);

#endif
