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

/* Moves the number into an mpz and wipes where it was. */
static void take_number(mpz_t number, gnutls_datum_t *octets) {
  nettle_mpz_set_str_256_u(number, octets->size, octets->data);
  lurk_wipe(octets->data, octets->size);
  gnutls_free(octets->data);
}

/* d e = 1 modulo prime - 1 */
static bool exponents_fit(const mpz_t d, const mpz_t e, const mpz_t prime) {
  mpz_t order, product;
  mpz_inits(order, product, NULL);
  mpz_sub_ui(order, prime, 1);
  mpz_mul(product, d, e);
  mpz_sub_ui(product, product, 1);
  bool fit = mpz_sgn(order) > 0 && mpz_divisible_p(product, order) != 0;
  lurk_mpz_wipe(order);
  lurk_mpz_wipe(product);
  mpz_clears(order, product, NULL);
  return fit;
}

/* GnuTLS compares n, p, q and the CRT values with each other, but not d with them. */
lurk_status lurk_nettle_rsa_new(gnutls_privkey_t key, struct lurk_nettle_rsa **out) {
  gnutls_datum_t octets[5]; /* n, e, d, p, q */
  struct lurk_nettle_rsa *rsa = malloc(sizeof *rsa);
  if (rsa == NULL)
    return LURK_ERR_MEMORY;
  if (gnutls_privkey_export_rsa_raw2(key, &octets[0], &octets[1], &octets[2], &octets[3], &octets[4], NULL,
                                     NULL, NULL, 0) != 0) {
    free(rsa);
    return LURK_ERR_BACKEND;
  }
  mpz_t e, p, q;
  mpz_inits(rsa->modulus, rsa->private_exponent, e, p, q, NULL);
  take_number(rsa->modulus, &octets[0]);
  take_number(e, &octets[1]);
  take_number(rsa->private_exponent, &octets[2]);
  take_number(p, &octets[3]);
  take_number(q, &octets[4]);
  bool fit = mpz_cmp(rsa->private_exponent, rsa->modulus) < 0 && exponents_fit(rsa->private_exponent, e, p) &&
             exponents_fit(rsa->private_exponent, e, q);
  lurk_mpz_wipe(p);
  lurk_mpz_wipe(q);
  mpz_clears(e, p, q, NULL);
  if (!fit) {
    lurk_nettle_rsa_free(rsa);
    return LURK_ERR_MALFORMED;
  }
  *out = rsa;
  return LURK_OK;
}

lurk_status lurk_backend_private_exponent(const struct lurk_backend_key *key, uint8_t *out, size_t len) {
  nettle_mpz_get_str_256(len, out, key->rsa->private_exponent);
  return LURK_OK;
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
