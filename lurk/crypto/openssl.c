/* OpenSSL 3.0, where it differs from BoringSSL; the rest is in libcrypto_common.c. */
#include "lurk/crypto/libcrypto.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/x509.h>
#include <string.h>
#include <threads.h>

const char *lurk_crypto_name(void) {
  return "openssl";
}

const char *lurk_crypto_version(void) {
  return OpenSSL_version(OPENSSL_VERSION_STRING);
}

/* --- hash, HMAC: looking an algorithm up costs more than computing it --- */

enum { HASHES = LURK_SHA512 + 1 };
static EVP_MD *digests[HASHES];
static EVP_MAC_CTX *macs[HASHES]; /* without a key; copied for each call, so only read */

static EVP_MAC_CTX *make_mac(EVP_MAC *hmac, const char *digest) {
  EVP_MAC_CTX *context = EVP_MAC_CTX_new(hmac);
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)digest, 0),
                                   OSSL_PARAM_construct_end()};
  if (context != NULL && EVP_MAC_CTX_set_params(context, parameters) != 1) {
    EVP_MAC_CTX_free(context);
    context = NULL;
  }
  return context;
}

static void fetch_algorithms(void) {
  static const char *const names[HASHES] = {[LURK_SHA1] = "SHA1",
                                            [LURK_SHA224] = "SHA2-224",
                                            [LURK_SHA256] = "SHA2-256",
                                            [LURK_SHA384] = "SHA2-384",
                                            [LURK_SHA512] = "SHA2-512"};
  ERR_set_mark();
  EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
  for (size_t i = 0; i < HASHES; i++) {
    digests[i] = EVP_MD_fetch(NULL, names[i], NULL);
    macs[i] = hmac != NULL ? make_mac(hmac, names[i]) : NULL;
  }
  EVP_MAC_free(hmac);
  ERR_pop_to_mark();
}

static void fetch_once(void) {
  static once_flag once = ONCE_FLAG_INIT;
  call_once(&once, fetch_algorithms);
}

const EVP_MD *lurk_libcrypto_md(enum lurk_hash hash) {
  fetch_once();
  return digests[hash];
}

lurk_status lurk_hmac(enum lurk_hash hash, const uint8_t *key, size_t key_len, const uint8_t *data,
                      size_t len, uint8_t *out) {
  fetch_once();
  if (macs[hash] == NULL)
    return LURK_ERR_BACKEND;
  /* A NULL key would mean that there was one before. */
  const uint8_t *given = key_len > 0 ? key : (const uint8_t *)"";
  size_t out_len;
  EVP_MAC_CTX *context = EVP_MAC_CTX_dup(macs[hash]);
  bool done = context != NULL && EVP_MAC_init(context, given, key_len, NULL) == 1 &&
              EVP_MAC_update(context, data, len) == 1 &&
              EVP_MAC_final(context, out, &out_len, lurk_hash_len(hash)) == 1;
  EVP_MAC_CTX_free(context);
  return done ? LURK_OK : LURK_ERR_BACKEND;
}

/* --- keys: the decoder of OpenSSL 3 takes a millisecond for an EC key, of which we have read the parts ---
 */

static const char *curve_name(const struct lurk_group *group) {
  switch (group->id) {
  case LURK_GROUP_SECP256R1:
    return SN_X9_62_prime256v1;
  case LURK_GROUP_SECP384R1:
    return SN_secp384r1;
  default:
    return SN_secp521r1;
  }
}

/* private_key may be NULL. */
static EVP_PKEY *import_ec(const struct lurk_group *group, const uint8_t *point, BIGNUM *private_key) {
  EVP_PKEY *pkey = NULL;
  OSSL_PARAM *parameters = NULL;
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
  int selection = private_key != NULL ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
  if (builder != NULL && context != NULL &&
      OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve_name(group), 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, group->point_len) == 1 &&
      (private_key == NULL ||
       OSSL_PARAM_BLD_push_BN_pad(builder, OSSL_PKEY_PARAM_PRIV_KEY, private_key, group->secret_len) == 1))
    parameters = OSSL_PARAM_BLD_to_param(builder);
  if (parameters != NULL && EVP_PKEY_fromdata_init(context) == 1 &&
      EVP_PKEY_fromdata(context, &pkey, selection, parameters) != 1)
    pkey = NULL;
  OSSL_PARAM_free(parameters); /* wipes what came from secure memory */
  OSSL_PARAM_BLD_free(builder);
  EVP_PKEY_CTX_free(context);
  return pkey;
}

/* The order of these groups is prime and their cofactor 1, so that a point of the curve is one of the group
 * (SP 800-56A §5.6.2.3). */
static bool is_pair(const struct lurk_private_form *form) {
  uint8_t product[LURK_MAX_POINT_LEN];
  return lurk_scalar_is_valid(form->curve->id, form->scalar) &&
         lurk_backend_point_check(form->curve, form->point) == LURK_OK &&
         lurk_backend_point_mul_base(form->curve, form->scalar, product) == LURK_OK &&
         memcmp(product, form->point, form->curve->point_len) == 0;
}

static EVP_PKEY *load_ec(const struct lurk_private_form *form) {
  if (!is_pair(form))
    return NULL;
  BIGNUM *scalar = BN_secure_new();
  EVP_PKEY *pkey = NULL;
  if (scalar != NULL && BN_bin2bn(form->scalar, (int)form->curve->secret_len, scalar) != NULL) {
    BN_set_flags(scalar, BN_FLG_CONSTTIME);
    pkey = import_ec(form->curve, form->point, scalar);
  }
  BN_clear_free(scalar);
  return pkey;
}

static bool is_consistent(EVP_PKEY *pkey) {
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pkey, NULL);
  bool consistent = context != NULL && EVP_PKEY_check(context) == 1;
  EVP_PKEY_CTX_free(context);
  return consistent;
}

EVP_PKEY *lurk_libcrypto_private_key(const struct lurk_private_form *form) {
  if (form->curve != NULL)
    return load_ec(form);
  const uint8_t *end = form->der;
  EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &end, (long)form->len);
  if (pkey != NULL && !is_consistent(pkey)) {
    EVP_PKEY_free(pkey);
    return NULL;
  }
  return pkey;
}

EVP_PKEY *lurk_libcrypto_ec_public_key(const struct lurk_public_form *form, const uint8_t *spki, size_t len) {
  (void)spki, (void)len;
  return import_ec(form->curve, form->point, NULL);
}
