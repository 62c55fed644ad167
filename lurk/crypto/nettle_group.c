/* Points and Diffie-Hellman, which GnuTLS 3.7 keeps to itself: nettle below it. */
#include "lurk/crypto/nettle.h"

#include <nettle/bignum.h>
#include <nettle/curve25519.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <stdlib.h>

static const struct ecc_curve *curve_of(const struct lurk_group *group) {
  switch (group->id) {
  case LURK_GROUP_SECP256R1:
    return nettle_get_secp_256r1();
  case LURK_GROUP_SECP384R1:
    return nettle_get_secp_384r1();
  default:
    return nettle_get_secp_521r1();
  }
}

/* The point must have been set up for the group's curve. */
static lurk_status read_point(const struct lurk_group *group, const uint8_t *octets,
                              struct ecc_point *point) {
  mpz_t x, y;
  nettle_mpz_init_set_str_256_u(x, group->secret_len, octets + 1);
  nettle_mpz_init_set_str_256_u(y, group->secret_len, octets + 1 + group->secret_len);
  /* Compares both with p and puts them into the equation of the curve. */
  int on_curve = ecc_point_set(point, x, y);
  mpz_clears(x, y, NULL);
  return on_curve ? LURK_OK : LURK_ERR_MALFORMED;
}

/* Writes x, and y unless it is NULL, each as long as the group says. */
static void write_point(const struct lurk_group *group, const struct ecc_point *point, uint8_t *x,
                        uint8_t *y) {
  mpz_t x_number, y_number;
  mpz_inits(x_number, y_number, NULL);
  ecc_point_get(point, x_number, y_number);
  nettle_mpz_get_str_256(group->secret_len, x, x_number);
  if (y != NULL)
    nettle_mpz_get_str_256(group->secret_len, y, y_number);
  lurk_mpz_wipe(x_number);
  lurk_mpz_wipe(y_number);
  mpz_clears(x_number, y_number, NULL);
}

lurk_status lurk_backend_point_check(const struct lurk_group *group, const uint8_t *octets) {
  struct ecc_point point;
  ecc_point_init(&point, curve_of(group));
  lurk_status status = read_point(group, octets, &point);
  ecc_point_clear(&point);
  return status;
}

struct lurk_ecdh_key {
  const struct lurk_group *group;
  union {
    uint8_t montgomery[CURVE25519_SIZE]; /* X25519 */
    struct ecc_scalar nist;
  } scalar;
};

static void generate_nist(lurk_ecdh_key *key, uint8_t *octets) {
  const struct ecc_curve *curve = curve_of(key->group);
  struct ecc_point point;
  ecc_point_init(&point, curve);
  ecc_scalar_init(&key->scalar.nist, curve);
  ecc_scalar_random(&key->scalar.nist, NULL, lurk_nettle_random);
  ecc_point_mul_g(&point, &key->scalar.nist);
  octets[0] = 0x04;
  write_point(key->group, &point, octets + 1, octets + 1 + key->group->secret_len);
  ecc_point_clear(&point);
}

lurk_status lurk_ecdh_generate(uint16_t group_id, lurk_ecdh_key **out, uint8_t *point, size_t *point_len) {
  *out = NULL;
  const struct lurk_group *group = lurk_group_find(group_id);
  if (group == NULL)
    return LURK_ERR_UNSUPPORTED;
  lurk_ecdh_key *key = calloc(1, sizeof *key);
  if (key == NULL)
    return LURK_ERR_MEMORY;
  key->group = group;
  if (group->id == LURK_GROUP_X25519) {
    lurk_nettle_random(NULL, sizeof key->scalar.montgomery, key->scalar.montgomery);
    curve25519_mul_g(point, key->scalar.montgomery);
  } else {
    generate_nist(key, point);
  }
  *point_len = group->point_len;
  *out = key;
  return LURK_OK;
}

static lurk_status derive_nist(const lurk_ecdh_key *key, const uint8_t *octets, uint8_t *secret) {
  struct ecc_point point;
  ecc_point_init(&point, curve_of(key->group));
  lurk_status status = read_point(key->group, octets, &point);
  if (status == LURK_OK) {
    ecc_point_mul(&point, &key->scalar.nist, &point);
    write_point(key->group, &point, secret, NULL);
  }
  ecc_point_clear(&point);
  return status;
}

lurk_status lurk_ecdh_derive(const lurk_ecdh_key *key, const uint8_t *point, size_t len,
                             uint8_t secret[LURK_MAX_SHARED_SECRET_LEN], size_t *secret_len) {
  lurk_status status = lurk_group_check_point(key->group->id, point, len);
  if (status != LURK_OK)
    return status;
  *secret_len = key->group->secret_len;
  if (key->group->id != LURK_GROUP_X25519)
    return derive_nist(key, point, secret);
  curve25519_mul(secret, key->scalar.montgomery, point);
  return LURK_OK;
}

void lurk_ecdh_free(lurk_ecdh_key *key) {
  if (key == NULL)
    return;
  if (key->group->id != LURK_GROUP_X25519)
    ecc_scalar_clear(&key->scalar.nist);
  lurk_wipe(key, sizeof *key);
  free(key);
}
