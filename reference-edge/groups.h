/* The key exchange groups of an edge. */
#ifndef LURK_EDGE_GROUPS_H
#define LURK_EDGE_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Those that every stack can do: X25519, P-256, P-384, P-521. */
#define LURK_GROUP_COUNT 4
struct lurk_group_name {
  uint16_t id;
  const char *name;
};
extern const struct lurk_group_name lurk_group_names[LURK_GROUP_COUNT];
const char *lurk_group_name(uint16_t id); /* NULL when it is none of them */

/* Those that an edge offers, in its order of preference. */
struct lurk_groups {
  uint16_t ids[LURK_GROUP_COUNT];
  size_t count;
};

struct lurk_groups lurk_groups_all(void);
bool lurk_groups_have(const struct lurk_groups *groups, uint16_t id);
/* Appends a group; false when it is there already. */
bool lurk_groups_add(struct lurk_groups *groups, uint16_t id);

#endif
