/* Between gnutls.c and the files that reach below GnuTLS, to nettle and GMP. */
#ifndef LURK_CRYPTO_NETTLE_H
#define LURK_CRYPTO_NETTLE_H

#include "lurk/crypto/backend.h"

#include <gmp.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>

struct lurk_nettle_rsa;

struct lurk_backend_key {
  gnutls_privkey_t private_key; /* not set up in a public key */
  gnutls_pubkey_t public_key;
  struct lurk_nettle_rsa *rsa; /* private RSA keys only */
};

/* From a private RSA key. MALFORMED when its eight numbers do not fit together. */
lurk_status lurk_nettle_rsa_new(const struct lurk_private_form *form, struct lurk_nettle_rsa **out);
void lurk_nettle_rsa_free(struct lurk_nettle_rsa *rsa); /* wipes; NULL is fine */

/* For nettle's callbacks, which cannot report a failure: ends the process when there is no randomness,
 * because nothing may go on without blinding or with a guessable scalar. */
void lurk_nettle_random(void *unused, size_t len, uint8_t *out);

/* Overwrites the number; it is still to be cleared. */
void lurk_mpz_wipe(mpz_t number);

/* Of a NIST group. */
const struct ecc_curve *lurk_nettle_curve(const struct lurk_group *group);
/* octets: uncompressed, as long as the group says; the point must have been set up for the group's curve.
 * MALFORMED when it is not on it. */
lurk_status lurk_nettle_read_point(const struct lurk_group *group, const uint8_t *octets,
                                   struct ecc_point *point);
void lurk_nettle_write_point(const struct lurk_group *group, const struct ecc_point *point, uint8_t *octets);
/* nettle clears without wiping. */
void lurk_nettle_free_scalar(struct ecc_scalar *scalar);

#endif
