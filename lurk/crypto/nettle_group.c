/* Points and Diffie-Hellman, which GnuTLS 3.7 keeps to itself: nettle below it. */
#include "lurk/crypto/nettle.h"

#include "lurk/fault.h"
#include <nettle/bignum.h>
#include <nettle/curve25519.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <stdlib.h>

const struct ecc_curve *lurk_nettle_curve(const struct lurk_group *group) {
  switch (group->id) {
  case LURK_GROUP_SECP256R1:
    return nettle_get_secp_256r1();
  case LURK_GROUP_SECP384R1:
    return nettle_get_secp_384r1();
  default:
    return nettle_get_secp_521r1();
  }
}

lurk_status lurk_nettle_read_point(const struct lurk_group *group, const uint8_t *octets,
                                   struct ecc_point *point) {
  mpz_t x, y;
  nettle_mpz_init_set_str_256_u(x, group->secret_len, octets + 1);
  nettle_mpz_init_set_str_256_u(y, group->secret_len, octets + 1 + group->secret_len);
  /* Compares both with p and puts them into the equation of the curve. */
  int on_curve = ecc_point_set(point, x, y);
  mpz_clears(x, y, NULL);
  return on_curve || LURK_FAULT(point_equation_not_checked) ? LURK_OK : LURK_ERR_MALFORMED;
}

/* Writes x, and y unless it is NULL, each as long as the group says. */
static void write_coordinates(const struct lurk_group *group, const struct ecc_point *point, uint8_t *x,
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

void lurk_nettle_write_point(const struct lurk_group *group, const struct ecc_point *point, uint8_t *octets) {
  octets[0] = 0x04;
  write_coordinates(group, point, octets + 1, octets + 1 + group->secret_len);
}

/* nettle clears without wiping. */
static void free_point(struct ecc_point *point) {
  lurk_wipe(point->p, 2 * ecc_size(point->ecc) * sizeof *point->p);
  ecc_point_clear(point);
}

void lurk_nettle_free_scalar(struct ecc_scalar *scalar) {
  lurk_wipe(scalar->p, ecc_size(scalar->ecc) * sizeof *scalar->p);
  ecc_scalar_clear(scalar);
}

lurk_status lurk_backend_point_check(const struct lurk_group *group, const uint8_t *octets) {
  struct ecc_point point;
  ecc_point_init(&point, lurk_nettle_curve(group));
  lurk_status status = lurk_nettle_read_point(group, octets, &point);
  ecc_point_clear(&point);
  return status;
}

struct lurk_backend_ecdh {
  union {
    uint8_t montgomery[CURVE25519_SIZE]; /* X25519 */
    struct ecc_scalar nist;
  } scalar;
};

static void generate_nist(const struct lurk_group *group, struct ecc_scalar *scalar, uint8_t *octets) {
  const struct ecc_curve *curve = lurk_nettle_curve(group);
  struct ecc_point point;
  ecc_point_init(&point, curve);
  ecc_scalar_init(scalar, curve);
  ecc_scalar_random(scalar, NULL, lurk_nettle_random);
  ecc_point_mul_g(&point, scalar);
  lurk_nettle_write_point(group, &point, octets);
  ecc_point_clear(&point);
}

lurk_status lurk_backend_ecdh_generate(const struct lurk_group *group, struct lurk_backend_ecdh **out,
                                       uint8_t *point) {
  *out = malloc(sizeof **out);
  if (*out == NULL)
    return LURK_ERR_MEMORY;
  if (group->id == LURK_GROUP_X25519) {
    uint8_t *scalar = (*out)->scalar.montgomery;
    lurk_nettle_random(NULL, CURVE25519_SIZE, scalar);
    curve25519_mul_g(point, scalar);
  } else {
    generate_nist(group, &(*out)->scalar.nist, point);
  }
  return LURK_OK;
}

lurk_status lurk_backend_ecdh_derive(const struct lurk_group *group, const struct lurk_backend_ecdh *key,
                                     const uint8_t *octets, uint8_t *secret) {
  if (group->id == LURK_GROUP_X25519) {
    curve25519_mul(secret, key->scalar.montgomery, octets);
    return LURK_OK;
  }
  struct ecc_point point;
  ecc_point_init(&point, lurk_nettle_curve(group));
  lurk_status status = lurk_nettle_read_point(group, octets, &point);
  if (status == LURK_OK) {
    ecc_point_mul(&point, &key->scalar.nist, &point);
    write_coordinates(group, &point, secret, NULL);
  }
  free_point(&point);
  return status;
}

void lurk_backend_ecdh_free(const struct lurk_group *group, struct lurk_backend_ecdh *key) {
  if (group->id != LURK_GROUP_X25519)
    lurk_nettle_free_scalar(&key->scalar.nist);
  lurk_wipe(key, sizeof *key);
  free(key);
}
