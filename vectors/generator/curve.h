/* The NIST curves as numbers, for points that are on them and points that are not. */
#ifndef LURK_VECTORS_CURVE_H
#define LURK_VECTORS_CURVE_H

#include "vectors/generator/keys.h"

struct curve {
  const char *name;
  uint16_t id;   /* NamedGroup */
  size_t size;   /* octets of a coordinate, and of a scalar */
  mpz_t p, b, n; /* y^2 = x^3 - 3x + b modulo p, of order n */
};

enum { CURVE_P256, CURVE_P384, CURVE_P521, CURVE_COUNT };
void curves_start(void);
void curves_end(void);
const struct curve *curve_of(unsigned index);

/* Uniform in [1, n-1]. */
struct octets curve_scalar(const struct curve *curve, struct drbg *drbg);
struct octets curve_scalar_of(const struct curve *curve, unsigned long value);
/* n less that. */
struct octets curve_scalar_below_order(const struct curve *curve, unsigned long value);
/* scalar times G, uncompressed. */
struct octets curve_point(const struct curve *curve, struct octets scalar);
/* v - c b modulo n. */
struct octets curve_respond(const struct curve *curve, struct octets v, struct octets c, struct octets b);

/* Octets that are no point of the curve, each for one reason. */
struct bad_point {
  const char *comment, *rows;
  struct octets octets;
};
#define MAX_BAD_POINTS 24
/* good: a point of the curve. */
size_t curve_bad_points(const struct curve *curve, struct octets good, struct drbg *drbg,
                        struct bad_point out[MAX_BAD_POINTS]);

#endif
