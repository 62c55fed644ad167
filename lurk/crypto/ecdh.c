#include "lurk/crypto/backend.h"

#include <stdlib.h>

struct lurk_ecdh_key {
  const struct lurk_group *group;
  struct lurk_backend_ecdh *backend;
};

lurk_status lurk_ecdh_generate(uint16_t group_id, lurk_ecdh_key **out, uint8_t *point, size_t *point_len) {
  *out = NULL;
  const struct lurk_group *group = lurk_group_find(group_id);
  if (group == NULL)
    return LURK_ERR_UNSUPPORTED;
  lurk_ecdh_key *key = malloc(sizeof *key);
  if (key == NULL)
    return LURK_ERR_MEMORY;
  key->group = group;
  lurk_status status = lurk_backend_ecdh_generate(group, &key->backend, point);
  if (status != LURK_OK) {
    free(key);
    return status;
  }
  *point_len = group->point_len;
  *out = key;
  return LURK_OK;
}

lurk_status lurk_ecdh_derive(const lurk_ecdh_key *key, const uint8_t *point, size_t len,
                             uint8_t secret[LURK_MAX_SHARED_SECRET_LEN], size_t *secret_len) {
  lurk_status status = lurk_group_check_point(key->group->id, point, len);
  if (status != LURK_OK)
    return status;
  *secret_len = key->group->secret_len;
  return lurk_backend_ecdh_derive(key->group, key->backend, point, secret);
}

void lurk_ecdh_free(lurk_ecdh_key *key) {
  if (key == NULL)
    return;
  lurk_backend_ecdh_free(key->group, key->backend);
  free(key);
}
