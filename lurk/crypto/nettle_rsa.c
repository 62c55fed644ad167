/* RSA without padding, which GnuTLS does not offer: GMP below it does. */
#include "lurk/crypto/nettle.h"

#include <nettle/bignum.h>
#include <stdlib.h>
#include <string.h>

struct lurk_nettle_rsa {
  mpz_t modulus;
  mpz_t private_exponent;
};

void lurk_mpz_wipe(mpz_t number) {
  size_t limbs = mpz_size(number);
  if (limbs > 0)
    lurk_wipe(mpz_limbs_modify(number, (mp_size_t)limbs), limbs * sizeof(mp_limb_t));
}

void lurk_nettle_rsa_free(struct lurk_nettle_rsa *rsa) {
  if (rsa == NULL)
    return;
  lurk_mpz_wipe(rsa->private_exponent);
  mpz_clears(rsa->modulus, rsa->private_exponent, NULL);
  free(rsa);
}

/* d e = 1 and d = crt_exponent, modulo prime - 1 */
static bool exponents_fit(const mpz_t d, const mpz_t e, const mpz_t prime, const mpz_t crt_exponent) {
  mpz_t order, difference;
  mpz_inits(order, difference, NULL);
  mpz_sub_ui(order, prime, 1);
  mpz_mul(difference, d, e);
  mpz_sub_ui(difference, difference, 1);
  bool fit = mpz_divisible_p(difference, order) != 0;
  mpz_sub(difference, d, crt_exponent);
  fit = fit && mpz_divisible_p(difference, order) != 0;
  lurk_mpz_wipe(order);
  lurk_mpz_wipe(difference);
  mpz_clears(order, difference, NULL);
  return fit;
}

/* n = p q and qinv q = 1 modulo p */
static bool factors_fit(mpz_t *const numbers) {
  mpz_t product;
  mpz_init(product);
  mpz_mul(product, numbers[LURK_RSA_P], numbers[LURK_RSA_Q]);
  bool fit = mpz_cmp(product, numbers[LURK_RSA_N]) == 0;
  mpz_mul(product, numbers[LURK_RSA_QINV], numbers[LURK_RSA_Q]);
  mpz_sub_ui(product, product, 1);
  fit = fit && mpz_divisible_p(product, numbers[LURK_RSA_P]) != 0;
  lurk_mpz_wipe(product);
  mpz_clear(product);
  return fit;
}

static bool numbers_fit(mpz_t *const numbers) {
  return factors_fit(numbers) && mpz_cmp(numbers[LURK_RSA_D], numbers[LURK_RSA_N]) < 0 &&
         exponents_fit(numbers[LURK_RSA_D], numbers[LURK_RSA_E], numbers[LURK_RSA_P], numbers[LURK_RSA_DP]) &&
         exponents_fit(numbers[LURK_RSA_D], numbers[LURK_RSA_E], numbers[LURK_RSA_Q], numbers[LURK_RSA_DQ]);
}

lurk_status lurk_nettle_rsa_new(const struct lurk_private_form *form, struct lurk_nettle_rsa **out) {
  mpz_t numbers[LURK_RSA_NUMBERS];
  for (size_t i = 0; i < LURK_RSA_NUMBERS; i++)
    nettle_mpz_init_set_str_256_u(numbers[i], form->rsa[i].len, form->rsa[i].data);
  lurk_status status = LURK_ERR_MALFORMED;
  struct lurk_nettle_rsa *rsa = NULL;
  if (numbers_fit(numbers)) {
    rsa = malloc(sizeof *rsa);
    status = rsa != NULL ? LURK_OK : LURK_ERR_MEMORY;
  }
  if (rsa != NULL) {
    mpz_init_set(rsa->modulus, numbers[LURK_RSA_N]);
    mpz_init_set(rsa->private_exponent, numbers[LURK_RSA_D]);
    *out = rsa;
  }
  for (size_t i = 0; i < LURK_RSA_NUMBERS; i++) {
    lurk_mpz_wipe(numbers[i]);
    mpz_clear(numbers[i]);
  }
  return status;
}

/* --- the private operation --- */

/* Both loops and sizes depend on len only. */
static void load_limbs(mp_limb_t *limbs, size_t count, const uint8_t *octets, size_t len) {
  memset(limbs, 0, count * sizeof *limbs);
  for (size_t i = 0; i < len; i++)
    limbs[i / sizeof *limbs] |= (mp_limb_t)octets[len - 1 - i] << (8 * (i % sizeof *limbs));
}

static void store_limbs(uint8_t *octets, size_t len, const mp_limb_t *limbs) {
  for (size_t i = 0; i < len; i++)
    octets[len - 1 - i] = (uint8_t)(limbs[i / sizeof *limbs] >> (8 * (i % sizeof *limbs)));
}

/* One exponentiation with d by GMP's mpn_sec_powm, whose time and addresses depend on sizes only. nettle's
 * rsa_compute_root_tr is faster by CRT, but returns an mpz, which tells how many leading zeros the plaintext
 * has (Manger's oracle). Without CRT there is no fault to fear either. */
lurk_status lurk_backend_rsa_private(const struct lurk_backend_key *key, const uint8_t *in, size_t len,
                                     uint8_t *out) {
  mp_size_t limbs = (mp_size_t)mpz_size(key->rsa->modulus);
  mp_bitcnt_t bits = (mp_bitcnt_t)limbs * GMP_NUMB_BITS;
  size_t scratch_limbs = (size_t)mpn_sec_powm_itch(limbs, bits, limbs);
  mp_limb_t *base = lurk_wiping_malloc((3 * (size_t)limbs + scratch_limbs) * sizeof *base);
  if (base == NULL)
    return LURK_ERR_MEMORY;
  mp_limb_t *exponent = base + limbs;
  mp_limb_t *result = exponent + limbs;
  mp_limb_t *scratch = result + limbs;
  load_limbs(base, (size_t)limbs, in, len);
  memset(exponent, 0, (size_t)limbs * sizeof *exponent);
  memcpy(exponent, mpz_limbs_read(key->rsa->private_exponent),
         mpz_size(key->rsa->private_exponent) * sizeof *exponent);
  mpn_sec_powm(result, base, limbs, exponent, bits, mpz_limbs_read(key->rsa->modulus), limbs, scratch);
  store_limbs(out, len, result);
  lurk_wiping_free(base);
  return LURK_OK;
}
