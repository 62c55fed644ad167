/* Multiplication of points on nettle, which multiplies but does not add: the sum of two public points is made
 * here with GMP. */
#include "lurk/crypto/curve.h"
#include "lurk/crypto/nettle.h"

#include <nettle/bignum.h>
#include <nettle/ecc.h>

/* octets: in [1, n-1]. The scalar must have been set up for the curve. */
static void read_scalar(const struct lurk_group *group, const uint8_t *octets, struct ecc_scalar *scalar) {
  mpz_t number;
  nettle_mpz_init_set_str_256_u(number, group->secret_len, octets);
  ecc_scalar_set(scalar, number);
  lurk_mpz_wipe(number);
  mpz_clear(number);
}

lurk_status lurk_backend_point_mul_base(const struct lurk_group *group, const uint8_t *octets,
                                        uint8_t *point) {
  const struct ecc_curve *curve = lurk_nettle_curve(group);
  struct ecc_scalar scalar;
  struct ecc_point product;
  ecc_scalar_init(&scalar, curve);
  ecc_point_init(&product, curve);
  read_scalar(group, octets, &scalar);
  ecc_point_mul_g(&product, &scalar);
  lurk_nettle_write_point(group, &product, point);
  ecc_point_clear(&product);
  lurk_nettle_free_scalar(&scalar);
  return LURK_OK;
}

/* y = top / bottom mod p, in top; bottom is not zero mod p. */
static void divide(mpz_t top, mpz_t bottom, const mpz_t p) {
  mpz_invert(bottom, bottom, p);
  mpz_mul(top, top, bottom);
  mpz_mod(top, top, p);
}

/* The slope of the line through two points of y^2 = x^3 - 3x + b, or of the tangent when they are one. False
 * when it is vertical, so that the sum is the point at infinity. */
static bool find_slope(const mpz_t x1, const mpz_t y1, const mpz_t x2, const mpz_t y2, const mpz_t p,
                       mpz_t slope) {
  mpz_t run;
  mpz_init(run);
  bool same_x = mpz_cmp(x1, x2) == 0;
  bool exists = !same_x || mpz_cmp(y1, y2) == 0; /* no point of odd order has y = 0 */
  if (exists && same_x) {
    mpz_mul(slope, x1, x1);
    mpz_mul_ui(slope, slope, 3);
    mpz_sub_ui(slope, slope, 3);
    mpz_mul_ui(run, y1, 2);
    divide(slope, run, p);
  } else if (exists) {
    mpz_sub(slope, y2, y1);
    mpz_sub(run, x2, x1);
    divide(slope, run, p);
  }
  mpz_clear(run);
  return exists;
}

/* a = a + b. MISMATCH when that is the point at infinity. */
static lurk_status add_points(const struct lurk_group *group, struct ecc_point *a,
                              const struct ecc_point *b) {
  mpz_t p, x1, y1, x2, y2, slope, x3;
  lurk_status status = LURK_ERR_MISMATCH;
  nettle_mpz_init_set_str_256_u(p, group->secret_len, lurk_curve_find(group->id)->prime);
  mpz_inits(x1, y1, x2, y2, slope, x3, NULL);
  ecc_point_get(a, x1, y1);
  ecc_point_get(b, x2, y2);
  if (find_slope(x1, y1, x2, y2, p, slope)) {
    mpz_mul(x3, slope, slope);
    mpz_sub(x3, x3, x1);
    mpz_sub(x3, x3, x2);
    mpz_mod(x3, x3, p);
    mpz_sub(x1, x1, x3);
    mpz_mul(x1, x1, slope);
    mpz_sub(y1, x1, y1);
    mpz_mod(y1, y1, p);
    status = ecc_point_set(a, x3, y1) ? LURK_OK : LURK_ERR_BACKEND;
  }
  mpz_clears(p, x1, y1, x2, y2, slope, x3, NULL);
  return status;
}

lurk_status lurk_backend_point_mul_add(const struct lurk_group *group, const uint8_t *s, const uint8_t *t,
                                       const uint8_t *octets, uint8_t *sum) {
  const struct ecc_curve *curve = lurk_nettle_curve(group);
  struct ecc_scalar scalar;
  struct ecc_point point, base;
  ecc_scalar_init(&scalar, curve);
  ecc_point_init(&point, curve);
  ecc_point_init(&base, curve);
  lurk_status status = lurk_nettle_read_point(group, octets, &point);
  if (status == LURK_OK) {
    read_scalar(group, t, &scalar);
    ecc_point_mul(&point, &scalar, &point);
    read_scalar(group, s, &scalar);
    ecc_point_mul_g(&base, &scalar);
    status = add_points(group, &point, &base);
  }
  if (status == LURK_OK)
    lurk_nettle_write_point(group, &point, sum);
  ecc_point_clear(&base);
  ecc_point_clear(&point);
  ecc_scalar_clear(&scalar);
  return status;
}
