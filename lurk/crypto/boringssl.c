/* BoringSSL, where it differs from OpenSSL 3.0; the rest is in libcrypto_common.c. */
#include "lurk/crypto/libcrypto.h"

#include <openssl/bn.h>
#include <openssl/bytestring.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#define STRINGIFY(value) #value
#define STRING_OF(macro) STRINGIFY(macro)

const char *lurk_crypto_name(void) {
  return "boringssl";
}

/* BoringSSL has no releases; the API version is the only number that it gives itself. */
const char *lurk_crypto_version(void) {
  return "API " STRING_OF(BORINGSSL_API_VERSION);
}

/* An algorithm or a curve that the library does not know, as opposed to a broken key. */
static bool last_failure_is_unsupported(void) {
  uint32_t error;
  bool unsupported = false;
  while ((error = ERR_get_error()) != 0) {
    int reason = ERR_GET_REASON(error);
    unsupported |= (ERR_GET_LIB(error) == ERR_LIB_EVP && reason == EVP_R_UNSUPPORTED_ALGORITHM) ||
                   (ERR_GET_LIB(error) == ERR_LIB_EC && reason == EC_R_UNKNOWN_GROUP);
  }
  return unsupported;
}

/* Parameters of the algorithm in an ECPrivateKey (RFC 5915 §3) or a PrivateKeyInfo (RFC 5208 §5). A SEQUENCE
 * there spells out a curve, which BoringSSL takes for the named one when the numbers agree; RFC 5480 §2.1.1
 * does not allow it. No other key on offer has such parameters. */
static bool has_explicit_parameters(const uint8_t *der, size_t len) {
  CBS in, key, parameters;
  CBS_init(&in, der, len);
  if (!CBS_get_asn1(&in, &key, CBS_ASN1_SEQUENCE) || !CBS_get_asn1(&key, NULL, CBS_ASN1_INTEGER))
    return false;
  bool found;
  if (CBS_peek_asn1_tag(&key, CBS_ASN1_OCTETSTRING))
    found = CBS_get_asn1(&key, NULL, CBS_ASN1_OCTETSTRING) &&
            CBS_get_asn1(&key, &parameters, CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0);
  else
    found = CBS_get_asn1(&key, &parameters, CBS_ASN1_SEQUENCE) &&
            CBS_get_asn1(&parameters, NULL, CBS_ASN1_OBJECT);
  return found && CBS_peek_asn1_tag(&parameters, CBS_ASN1_SEQUENCE);
}

/* The parser runs RSA_check_key or EC_KEY_check_key on what it reads. */
lurk_status lurk_libcrypto_read_private(BIO *pem, EVP_PKEY **pkey) {
  uint8_t *der = NULL;
  long der_len = 0;
  if (PEM_bytes_read_bio(&der, &der_len, NULL, PEM_STRING_EVP_PKEY, pem, lurk_libcrypto_no_password, NULL) !=
      1)
    return LURK_ERR_MALFORMED;

  lurk_status status = LURK_ERR_UNSUPPORTED;
  if (!has_explicit_parameters(der, (size_t)der_len)) {
    const uint8_t *end = der;
    *pkey = d2i_AutoPrivateKey(NULL, &end, der_len);
    if (*pkey != NULL)
      status = LURK_OK;
    else if (!last_failure_is_unsupported())
      status = LURK_ERR_MALFORMED;
  }
  OPENSSL_free(der); /* wipes */
  return status;
}

lurk_status lurk_backend_private_exponent(const struct lurk_backend_key *key, uint8_t *out, size_t len) {
  const RSA *rsa = EVP_PKEY_get0_RSA(key->pkey);
  bool done = rsa != NULL && BN_bn2bin_padded(out, len, RSA_get0_d(rsa)) == 1;
  return done ? LURK_OK : LURK_ERR_BACKEND;
}
