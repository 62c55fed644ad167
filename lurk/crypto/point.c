#include "lurk/crypto/backend.h"
#include "lurk/crypto/curve.h"
#include "lurk/fault.h"

const uint8_t *lurk_group_generator(uint16_t group, size_t *len) {
  const struct lurk_curve *curve = lurk_curve_find(group);
  if (curve == NULL)
    return NULL;
  *len = 1 + 2 * curve->len;
  return curve->generator;
}

lurk_status lurk_point_mul_base(uint16_t group, const uint8_t *scalar, uint8_t *point) {
  const struct lurk_curve *curve = lurk_curve_find(group);
  if (curve == NULL)
    return LURK_ERR_UNSUPPORTED;
  if (!lurk_scalar_is_valid(group, scalar))
    return LURK_ERR_MALFORMED;
  return lurk_backend_point_mul_base(lurk_group_find(group), scalar, point);
}

lurk_status lurk_point_mul_add(uint16_t group, const uint8_t *s, const uint8_t *t, const uint8_t *point,
                               size_t point_len, uint8_t *sum) {
  if (lurk_curve_find(group) == NULL)
    return LURK_ERR_UNSUPPORTED;
  if ((!lurk_scalar_is_valid(group, s) && !LURK_FAULT(response_not_reduced)) ||
      !lurk_scalar_is_valid(group, t))
    return LURK_ERR_MALFORMED;
  lurk_status status = lurk_group_check_point(group, point, point_len);
  if (status != LURK_OK)
    return status;
  return lurk_backend_point_mul_add(lurk_group_find(group), s, t, point, sum);
}
