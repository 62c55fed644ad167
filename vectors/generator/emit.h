/* Vectors on their way into files. A group is a file; its vectors stand in the order in which they are added.
 *
 * json_t arguments are taken over. References are ids of clauses and rows, separated by blanks. */
#ifndef LURK_VECTORS_EMIT_H
#define LURK_VECTORS_EMIT_H

#include "vectors/generator/drbg.h"
#include <jansson.h>

struct collection;

struct group {
  struct collection *collection;
  struct drbg drbg;
  const char *operation;
  json_t *file;
  json_t *keys;     /* of the file */
  json_t *vectors;  /* of the file */
  char control[64]; /* id of the valid vector from which the next invalid ones differ by one change */
};

/* All groups of one run. */
struct collection {
  const char *seed;
  json_t *files; /* name to file */
  json_t *ids;   /* of all vectors, since an id stands for one question */
};

void group_open(struct collection *collection, struct group *group, const char *name, const char *operation,
                const char *title);

/* A valid vector that later invalid ones are made from. */
void add_control(struct group *group, const char *comment, const char *references, json_t *input,
                 json_t *output);
void add_valid(struct group *group, const char *comment, const char *references, json_t *input,
               json_t *output);
/* status: why it is refused, or which claim in it does not hold. */
void add_invalid(struct group *group, const char *comment, const char *references, json_t *input,
                 const char *status);
/* Of the vector added last: a leniency under which the opposite result is tolerable too. */
void add_flag(struct group *group, const char *flag);
/* The key that vectors of this file name in "key". */
void add_key(struct group *group, const char *name, struct octets spki, struct octets pkcs8);

/* Hex, and members that hold it. */
json_t *json_hex(struct octets octets);
/* {"name": hex, ...}; ends with a NULL name. */
json_t *json_hex_object(const char *name, ...);

/* The text of a file or of the manifest, to be freed. */
char *collection_text(const json_t *file);
/* Version, checksums, counts, and which vectors show which clause and row. */
json_t *collection_manifest(const struct collection *collection);

#endif
