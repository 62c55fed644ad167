/* Arithmetic modulo the order of a curve, written here and not asked of the libraries: what they offer to the
 * public for it (BN_mod_mul, mpz_mod) takes a time that depends on the numbers, and these are secrets of the
 * edge. One implementation serves all of them. */
#include "lurk/crypto/curve.h"
#include "lurk/wire/handshake.h"

#include <string.h>

/* A number in limbs, least significant first. There is one bit at least above the order, so that the sum of
 * two scalars fits. */
typedef uint64_t limb;
typedef unsigned __int128 wide_limb;
enum { LIMB_OCTETS = sizeof(limb), LIMB_BITS = 64, MAX_LIMBS = LURK_MAX_SCALAR_LEN / LIMB_OCTETS + 1 };

struct modulus {
  size_t octets;
  size_t limbs;
  limb n[MAX_LIMBS];
};

static void from_octets(const struct modulus *modulus, const uint8_t *octets, limb *out) {
  memset(out, 0, modulus->limbs * sizeof *out);
  for (size_t i = 0; i < modulus->octets; i++) {
    size_t weight = modulus->octets - 1 - i;
    out[weight / LIMB_OCTETS] |= (limb)octets[i] << 8 * (weight % LIMB_OCTETS);
  }
}

static void to_octets(const struct modulus *modulus, const limb *number, uint8_t *octets) {
  for (size_t i = 0; i < modulus->octets; i++) {
    size_t weight = modulus->octets - 1 - i;
    octets[i] = (uint8_t)(number[weight / LIMB_OCTETS] >> 8 * (weight % LIMB_OCTETS));
  }
}

static void set_modulus(const struct lurk_curve *curve, struct modulus *out) {
  out->octets = curve->len;
  out->limbs = curve->len / LIMB_OCTETS + 1;
  from_octets(out, curve->order, out->n);
}

/* Hides a mask from the optimiser, which could otherwise turn it back into a branch. */
static inline limb opaque(limb value) {
  __asm__("" : "+r"(value));
  return value;
}

/* out = a - b; returns all ones when that is negative, else zero. out may be a. */
static limb subtract(size_t limbs, const limb *a, const limb *b, limb *out) {
  limb borrow = 0;
  for (size_t i = 0; i < limbs; i++) {
    wide_limb difference = (wide_limb)a[i] - b[i] - borrow;
    out[i] = (limb)difference;
    borrow = (limb)(difference >> LIMB_BITS) & 1;
  }
  return opaque(0 - borrow);
}

/* number -= n unless it is below n; number is below 2n. scratch has room for a number and is left to be
 * wiped.
 */
static void reduce_once(const struct modulus *modulus, limb *number, limb *scratch) {
  limb below = subtract(modulus->limbs, number, modulus->n, scratch);
  for (size_t i = 0; i < modulus->limbs; i++)
    number[i] = (number[i] & below) | (scratch[i] & ~below);
}

/* a = a + b mod n, for both below n. b may be a. */
static void add(const struct modulus *modulus, limb *a, const limb *b, limb *scratch) {
  limb carry = 0;
  for (size_t i = 0; i < modulus->limbs; i++) {
    wide_limb sum = (wide_limb)a[i] + b[i] + carry;
    a[i] = (limb)sum;
    carry = (limb)(sum >> LIMB_BITS);
  }
  reduce_once(modulus, a, scratch);
}

static bool bit_of(const uint8_t *number, size_t i) {
  return number[i / 8] >> (7 - i % 8) & 1;
}

/* product = c b mod n, bit by bit of the public c. */
static void multiply(const struct modulus *modulus, const uint8_t *c, const limb *b, limb *product,
                     limb *scratch) {
  size_t i = 0, bits = 8 * modulus->octets;
  memset(product, 0, modulus->limbs * sizeof *product);
  while (i < bits && !bit_of(c, i))
    i++;
  for (; i < bits; i++) {
    add(modulus, product, product, scratch);
    if (bit_of(c, i))
      add(modulus, product, b, scratch);
  }
}

lurk_status lurk_scalar_respond(uint16_t group, const uint8_t *v, const uint8_t *c, const uint8_t *b,
                                uint8_t *r) {
  const struct lurk_curve *curve = lurk_curve_find(group);
  if (curve == NULL)
    return LURK_ERR_UNSUPPORTED;
  struct modulus modulus;
  struct {
    limb v[MAX_LIMBS], b[MAX_LIMBS], product[MAX_LIMBS], negated[MAX_LIMBS], scratch[MAX_LIMBS];
  } secret;
  set_modulus(curve, &modulus);
  from_octets(&modulus, v, secret.v);
  from_octets(&modulus, b, secret.b);
  multiply(&modulus, c, secret.b, secret.product, secret.scratch);
  subtract(modulus.limbs, modulus.n, secret.product, secret.negated);
  reduce_once(&modulus, secret.negated, secret.scratch); /* n - 0 is n */
  add(&modulus, secret.v, secret.negated, secret.scratch);
  to_octets(&modulus, secret.v, r);
  lurk_wipe(&secret, sizeof secret);
  return LURK_OK;
}

lurk_status lurk_scalar_reduce(uint16_t group, const uint8_t *octets, size_t len, uint8_t *scalar) {
  const struct lurk_curve *curve = lurk_curve_find(group);
  if (curve == NULL)
    return LURK_ERR_UNSUPPORTED;
  if (len > LURK_MAX_REDUCIBLE_LEN)
    return LURK_ERR_MALFORMED;
  struct modulus modulus;
  uint8_t padded[LURK_MAX_SCALAR_LEN] = {0};
  limb number[MAX_LIMBS], scratch[MAX_LIMBS];
  set_modulus(curve, &modulus);
  if (len > 0)
    memcpy(padded + curve->len - len, octets, len);
  from_octets(&modulus, padded, number);
  reduce_once(&modulus, number, scratch); /* the order of the smallest group is above half of 2^256 */
  to_octets(&modulus, number, scalar);
  lurk_wipe(padded, sizeof padded);
  lurk_wipe(number, sizeof number);
  lurk_wipe(scratch, sizeof scratch);
  return LURK_OK;
}

bool lurk_scalar_is_valid(uint16_t group, const uint8_t *scalar) {
  const struct lurk_curve *curve = lurk_curve_find(group);
  if (curve == NULL)
    return false;
  struct modulus modulus;
  limb number[MAX_LIMBS], difference[MAX_LIMBS], any = 0;
  set_modulus(curve, &modulus);
  from_octets(&modulus, scalar, number);
  limb below = subtract(modulus.limbs, number, modulus.n, difference);
  for (size_t i = 0; i < modulus.limbs; i++)
    any |= number[i];
  lurk_wipe(number, sizeof number);
  lurk_wipe(difference, sizeof difference);
  return (below & (any | (0 - any))) >> (LIMB_BITS - 1);
}

lurk_status lurk_scalar_random(uint16_t group, uint8_t *scalar) {
  const struct lurk_curve *curve = lurk_curve_find(group);
  if (curve == NULL)
    return LURK_ERR_UNSUPPORTED;
  lurk_status status;
  do {
    status = lurk_random(scalar, curve->len);
    if (group == LURK_GROUP_SECP521R1)
      scalar[0] &= 1; /* 521 bits in 66 octets */
  } while (status == LURK_OK && !lurk_scalar_is_valid(group, scalar));
  return status;
}

size_t lurk_scalar_len(uint16_t group) {
  const struct lurk_curve *curve = lurk_curve_find(group);
  return curve != NULL ? curve->len : 0;
}
