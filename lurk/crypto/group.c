#include "lurk/crypto/group.h"

#include "lurk/crypto/backend.h"
#include "lurk/fault.h"

#include <string.h>

#define ID_EC_PUBLIC_KEY 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01

static const uint8_t p256_head[] = {
    0x30, 0x59, 0x30, 0x13, ID_EC_PUBLIC_KEY, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
    0x07, 0x03, 0x42, 0x00};
static const uint8_t p384_head[] = {
    0x30, 0x76, 0x30, 0x10, ID_EC_PUBLIC_KEY, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00};
static const uint8_t p521_head[] = {0x30, 0x81, 0x9b, 0x30, 0x10, ID_EC_PUBLIC_KEY,
                                    0x06, 0x05, 0x2b, 0x81, 0x04, 0x00,
                                    0x23, 0x03, 0x81, 0x86, 0x00};
static const uint8_t x25519_head[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00};

static const struct lurk_group groups[] = {
    {LURK_GROUP_SECP256R1, 65, 32, p256_head, sizeof p256_head, 2},
    {LURK_GROUP_SECP384R1, 97, 48, p384_head, sizeof p384_head, 2},
    {LURK_GROUP_SECP521R1, 133, 66, p521_head, sizeof p521_head, 3},
    {LURK_GROUP_X25519, 32, 32, x25519_head, sizeof x25519_head, 2},
};

const struct lurk_group *lurk_group_find(uint16_t id) {
  for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
    if (groups[i].id == id)
      return &groups[i];
  }
  return NULL;
}

size_t lurk_group_spki(const struct lurk_group *group, const uint8_t *point,
                       uint8_t spki[LURK_MAX_GROUP_SPKI_LEN]) {
  memcpy(spki, group->spki_head, group->spki_head_len);
  memcpy(spki + group->spki_head_len, point, group->point_len);
  return group->spki_head_len + group->point_len;
}

/* The u coordinates whose order divides 8, after masking the top bit: 0, 1, the two of order 8, p-1, p, p+1
 * (RFC 7748 §6.1: they, and only they, give the all-zero secret). A list, and not a multiplication, because a
 * key server asks this for every signature. */
static bool x25519_has_small_order(const uint8_t u[32]) {
  static const uint8_t small[][32] = {
      {0},
      {1},
      {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
       0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
      {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
       0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
      {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
      {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
      {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
  };
  uint8_t masked[32];
  memcpy(masked, u, sizeof masked);
  masked[31] &= 0x7f;
  for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
    if (memcmp(masked, small[i], sizeof masked) == 0)
      return true;
  }
  return false;
}

/* RFC 7748 §5: the top bit is masked, and what is not below p = 2^255 - 19 reduced. */
static bool x25519_is_canonical(const uint8_t u[32]) {
  bool high = u[31] == 0x7f;
  for (size_t i = 1; i < 31; i++)
    high = high && u[i] == 0xff;
  return u[31] < 0x80 && !(high && u[0] >= 0xed);
}

static lurk_status check_point(uint16_t group_id, const uint8_t *point, size_t len) {
  const struct lurk_group *group = lurk_group_find(group_id);
  if (group == NULL)
    return LURK_ERR_UNSUPPORTED;
  if (len != group->point_len && !LURK_FAULT(point_length_ignored))
    return LURK_ERR_MALFORMED;
  if (group->id != LURK_GROUP_SECP256R1 && LURK_FAULT(only_p256_served))
    return LURK_ERR_UNSUPPORTED;
  if (group->id == LURK_GROUP_X25519 && LURK_FAULT(x25519_not_canonical_fails) && !x25519_is_canonical(point))
    return LURK_ERR_BACKEND;
  if (group->id == LURK_GROUP_X25519)
    return x25519_has_small_order(point) && !LURK_FAULT(small_order_point_accepted) ? LURK_ERR_MALFORMED
                                                                                    : LURK_OK;
  /* Compressed, hybrid and infinity are out (RFC 8422 §5.4.1). */
  if (point[0] != 0x04)
    return LURK_FAULT(point_form_ignored) ? LURK_OK : LURK_ERR_MALFORMED;
  lurk_status status = lurk_backend_point_check(group, point);
  return status == LURK_ERR_MALFORMED && LURK_FAULT(off_curve_point_signed) ? LURK_OK : status;
}

lurk_status lurk_group_check_point(uint16_t group_id, const uint8_t *point, size_t len) {
  lurk_status status = check_point(group_id, point, len);
  return status == LURK_ERR_UNSUPPORTED && LURK_FAULT(unknown_curve_signed) ? LURK_OK : status;
}
