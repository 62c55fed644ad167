/* Multiplication of points on OpenSSL and BoringSSL. */
#include "lurk/crypto/libcrypto.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>

static lurk_status write_point(const EC_GROUP *ec_group, const EC_POINT *point, size_t len, uint8_t *out) {
  if (EC_POINT_is_at_infinity(ec_group, point))
    return LURK_ERR_MISMATCH;
  return EC_POINT_point2oct(ec_group, point, POINT_CONVERSION_UNCOMPRESSED, out, len, NULL) == len
             ? LURK_OK
             : LURK_ERR_BACKEND;
}

/* With the generator alone both libraries take a path of constant time. */
lurk_status lurk_backend_point_mul_base(const struct lurk_group *group, const uint8_t *scalar,
                                        uint8_t *point) {
  const EC_GROUP *ec_group = lurk_libcrypto_ec_group(group);
  if (ec_group == NULL)
    return LURK_ERR_BACKEND;
  lurk_status status = LURK_ERR_BACKEND;
  ERR_set_mark();
  BIGNUM *number = BN_bin2bn(scalar, (int)group->secret_len, NULL);
  EC_POINT *product = EC_POINT_new(ec_group);
  if (number != NULL && product != NULL && EC_POINT_mul(ec_group, product, number, NULL, NULL, NULL) == 1)
    status = write_point(ec_group, product, group->point_len, point);
  EC_POINT_free(product);
  BN_clear_free(number);
  ERR_pop_to_mark();
  return status;
}

/* The result must not be the point that is multiplied: BoringSSL writes it too early. */
lurk_status lurk_backend_point_mul_add(const struct lurk_group *group, const uint8_t *s, const uint8_t *t,
                                       const uint8_t *point, uint8_t *sum) {
  const EC_GROUP *ec_group = lurk_libcrypto_ec_group(group);
  if (ec_group == NULL)
    return LURK_ERR_BACKEND;
  lurk_status status = LURK_ERR_BACKEND;
  ERR_set_mark();
  BIGNUM *s_number = BN_bin2bn(s, (int)group->secret_len, NULL);
  BIGNUM *t_number = BN_bin2bn(t, (int)group->secret_len, NULL);
  EC_POINT *factor = EC_POINT_new(ec_group);
  EC_POINT *result = EC_POINT_new(ec_group);
  if (s_number != NULL && t_number != NULL && factor != NULL && result != NULL &&
      EC_POINT_oct2point(ec_group, factor, point, group->point_len, NULL) == 1 &&
      EC_POINT_mul(ec_group, result, s_number, factor, t_number, NULL) == 1)
    status = write_point(ec_group, result, group->point_len, sum);
  EC_POINT_free(result);
  EC_POINT_free(factor);
  BN_free(s_number);
  BN_free(t_number);
  ERR_pop_to_mark();
  return status;
}
