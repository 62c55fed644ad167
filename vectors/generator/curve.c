#include "vectors/generator/curve.h"

#include "lurk/wire/handshake.h"

static struct curve curves[CURVE_COUNT] = {
    [CURVE_P256] = {.name = "secp256r1", .id = LURK_GROUP_SECP256R1, .size = 32},
    [CURVE_P384] = {.name = "secp384r1", .id = LURK_GROUP_SECP384R1, .size = 48},
    [CURVE_P521] = {.name = "secp521r1", .id = LURK_GROUP_SECP521R1, .size = 66},
};

/* SEC 2 §2.4.2, §2.5.1, §2.6.1: p, b, n. */
static const char *const numbers[CURVE_COUNT][3] = {
    {"ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
     "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
     "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"},
    {"fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
     "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
     "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"},
    {"01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
     "ffffffffffffffffffffffffffffffffffff",
     "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1"
     "bf073573df883d2c34f1ef451fd46b503f00",
     "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709"
     "a5d03bb5c9b8899c47aebb6fb71e91386409"},
};

void curves_start(void) {
  for (size_t i = 0; i < CURVE_COUNT; i++) {
    mpz_init_set_str(curves[i].p, numbers[i][0], 16);
    mpz_init_set_str(curves[i].b, numbers[i][1], 16);
    mpz_init_set_str(curves[i].n, numbers[i][2], 16);
  }
}

void curves_end(void) {
  for (size_t i = 0; i < CURVE_COUNT; i++)
    mpz_clears(curves[i].p, curves[i].b, curves[i].n, NULL);
}

const struct curve *curve_of(unsigned index) {
  return &curves[index];
}

/* --- scalars --- */

struct octets curve_scalar(const struct curve *curve, struct drbg *drbg) {
  mpz_t value, range;
  mpz_inits(value, range, NULL);
  number_of(value, drbg_octets(drbg, curve->size + 16));
  mpz_sub_ui(range, curve->n, 1);
  mpz_mod(value, value, range);
  mpz_add_ui(value, value, 1);
  struct octets out = octets_of(value, curve->size);
  mpz_clears(value, range, NULL);
  return out;
}

struct octets curve_scalar_of(const struct curve *curve, unsigned long value) {
  return octets_number(value, curve->size);
}

struct octets curve_scalar_below_order(const struct curve *curve, unsigned long value) {
  mpz_t number;
  mpz_init(number);
  mpz_sub_ui(number, curve->n, value);
  struct octets out = octets_of(number, curve->size);
  mpz_clear(number);
  return out;
}

struct octets curve_point(const struct curve *curve, struct octets scalar) {
  uint8_t *point = octets_new(LURK_MAX_POINT_LEN);
  if (lurk_point_mul_base(curve->id, scalar.at, point) != LURK_OK)
    die("a scalar beyond the order of %s", curve->name);
  return (struct octets){point, 1 + 2 * curve->size};
}

struct octets curve_respond(const struct curve *curve, struct octets v, struct octets c, struct octets b) {
  mpz_t nonce, challenge, secret;
  mpz_inits(nonce, challenge, secret, NULL);
  number_of(nonce, v);
  number_of(challenge, c);
  number_of(secret, b);
  mpz_mul(challenge, challenge, secret);
  mpz_sub(nonce, nonce, challenge);
  mpz_mod(nonce, nonce, curve->n);
  struct octets out = octets_of(nonce, curve->size);
  mpz_clears(nonce, challenge, secret, NULL);
  return out;
}

/* --- points that are none --- */

/* x^3 - 3x + b */
static void right_side(const struct curve *curve, const mpz_t x, mpz_t out) {
  mpz_powm_ui(out, x, 3, curve->p);
  mpz_submul_ui(out, x, 3);
  mpz_add(out, out, curve->b);
  mpz_mod(out, out, curve->p);
}

/* The least x from 1 on that is (or is not) one of the curve, and its y; all three p are 3 modulo 4. */
static void least_x(const struct curve *curve, bool on_curve, mpz_t x, mpz_t y) {
  mpz_set_ui(x, 0);
  do {
    mpz_add_ui(x, x, 1);
    right_side(curve, x, y);
  } while ((mpz_legendre(y, curve->p) == 1) != on_curve);
  mpz_t exponent;
  mpz_init(exponent);
  mpz_add_ui(exponent, curve->p, 1);
  mpz_tdiv_q_2exp(exponent, exponent, 2);
  mpz_powm(y, y, exponent, curve->p);
  mpz_clear(exponent);
}

struct builder {
  struct bad_point *out;
  size_t count;
};

static void put(struct builder *builder, const char *comment, const char *rows, struct octets octets) {
  if (builder->count == MAX_BAD_POINTS)
    die("too many points");
  builder->out[builder->count++] = (struct bad_point){comment, rows, octets};
}

static void put_numbers(const struct curve *curve, struct builder *builder, struct octets good) {
  mpz_t x, y;
  mpz_inits(x, y, NULL);
  struct octets p = octets_of(curve->p, curve->size), zero = octets_repeat(0, curve->size), form = U8(4);
  struct octets good_x = octets_part(good, 1, curve->size);
  least_x(curve, false, x, y);
  put(builder, "x of the quadratic twist", "IC-03",
      CAT(form, octets_of(x, curve->size), octets_of(y, curve->size)));
  least_x(curve, true, x, y);
  struct octets small_y = octets_of(y, curve->size);
  mpz_add(x, x, curve->p);
  put(builder, "x of a point, with p added", "IC-05", CAT(form, octets_of(x, curve->size), small_y));
  put(builder, "x = p", "IC-05", CAT(form, p, small_y));
  put(builder, "y = p", "IC-05", CAT(form, good_x, p));
  put(builder, "coordinates of ones only", "IC-05", CAT(form, octets_repeat(0xff, 2 * curve->size)));
  put(builder, "y = 0: of order 2 on the curve with another b", "IC-02", CAT(form, good_x, zero));
  mpz_clears(x, y, NULL);
}

size_t curve_bad_points(const struct curve *curve, struct octets good, struct drbg *drbg,
                        struct bad_point out[MAX_BAD_POINTS]) {
  struct builder builder = {.out = out};
  size_t last = good.len - 1;
  uint8_t parity = good.at[last] & 1;
  struct octets x = octets_part(good, 1, curve->size), y = octets_part(good, 1 + curve->size, curve->size);
  put(&builder, "y with its last bit changed", "IC-01", octets_changed(good, last, 1));
  put(&builder, "another y: of a curve with another b", "IC-02",
      CAT(U8(4), x, octets_of(curve->b, curve->size)));
  put(&builder, "the x coordinate alone", "IC-03", x);
  put(&builder, "infinity as 00", "IC-04", U8(0));
  put(&builder, "coordinates of zero", "IC-04", CAT(U8(4), octets_repeat(0, 2 * curve->size)));
  put_numbers(curve, &builder, good);
  put(&builder, "compressed", "IC-06", CAT(U8(2 + parity), x));
  put(&builder, "hybrid", "IC-06", octets_patched(good, 0, U8(6 + parity)));
  put(&builder, "form 05", "IC-06", octets_patched(good, 0, U8(5)));
  put(&builder, "form 00", "IC-06", octets_patched(good, 0, U8(0)));
  put(&builder, "one octet short", "IC-07", octets_without_last(good, 1));
  put(&builder, "one octet long", "IC-07", CAT(good, U8(0)));
  put(&builder, "without its form", "IC-07", octets_part(good, 1, last));
  if (curve->size == 66)
    put(&builder, "coordinates of 64 octets", "IC-07",
        CAT(U8(4), octets_part(x, 2, 64), octets_part(y, 2, 64)));
  const struct curve *other = curve_of(curve->size == 32 ? CURVE_P384 : CURVE_P256);
  put(&builder, "point of another curve", "IC-08", curve_point(other, curve_scalar(other, drbg)));
  return builder.count;
}
