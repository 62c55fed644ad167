#include "reference-edge/groups.h"

#include "lurk/wire/handshake.h"

const struct lurk_group_name lurk_group_names[LURK_GROUP_COUNT] = {
    {LURK_GROUP_X25519, "X25519"},
    {LURK_GROUP_SECP256R1, "P-256"},
    {LURK_GROUP_SECP384R1, "P-384"},
    {LURK_GROUP_SECP521R1, "P-521"},
};

const char *lurk_group_name(uint16_t id) {
  for (size_t i = 0; i < LURK_GROUP_COUNT; i++)
    if (lurk_group_names[i].id == id)
      return lurk_group_names[i].name;
  return NULL;
}

struct lurk_groups lurk_groups_all(void) {
  struct lurk_groups all = {.count = LURK_GROUP_COUNT};
  for (size_t i = 0; i < LURK_GROUP_COUNT; i++)
    all.ids[i] = lurk_group_names[i].id;
  return all;
}

bool lurk_groups_have(const struct lurk_groups *groups, uint16_t id) {
  for (size_t i = 0; i < groups->count; i++)
    if (groups->ids[i] == id)
      return true;
  return false;
}

bool lurk_groups_add(struct lurk_groups *groups, uint16_t id) {
  if (groups->count == LURK_GROUP_COUNT || lurk_groups_have(groups, id))
    return false;
  groups->ids[groups->count++] = id;
  return true;
}
