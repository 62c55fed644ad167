/* Certificates by the X.509 interface that OpenSSL and BoringSSL have in common. */
#include "certificate.h"

#include "lurk/crypto/crypto.h"
#include <limits.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* Seconds since 1970 by way of a difference: the only conversion that both libraries have. */
static bool read_time(const ASN1_TIME *value, time_t *out) {
  int days, seconds;
  ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
  bool ok = epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, value) == 1;
  if (ok)
    *out = (time_t)days * 86400 + seconds;
  ASN1_TIME_free(epoch);
  return ok;
}

/* Digests a DER encoding made by an i2d function, and frees it. */
static bool digest_der(enum lurk_hash hash, uint8_t *der, int len, uint8_t *out) {
  bool ok = len > 0 && lurk_digest(hash, der, (size_t)len, out) == LURK_OK;
  OPENSSL_free(der);
  return ok;
}

static bool has_extension(const X509 *certificate, const char *oid) {
  ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
  bool found = object != NULL && X509_get_ext_by_OBJ(certificate, object, -1) >= 0;
  ASN1_OBJECT_free(object);
  return found;
}

lurk_status lurk_certificate_read(const uint8_t *pem, size_t len, struct lurk_certificate_facts *out) {
  *out = (struct lurk_certificate_facts){0};
  lurk_status status = LURK_ERR_MALFORMED;
  X509 *certificate = NULL;
  uint8_t *der = NULL, *spki = NULL;
  BIO *memory = len <= INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
  if (memory == NULL)
    goto out;
  certificate = PEM_read_bio_X509(memory, NULL, NULL, NULL);
  if (certificate == NULL || !read_time(X509_get0_notBefore(certificate), &out->not_before) ||
      !read_time(X509_get0_notAfter(certificate), &out->not_after))
    goto out;
  int der_len = i2d_X509(certificate, &der);
  int spki_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &spki);
  bool ok = digest_der(LURK_SHA1, der, der_len, out->sha1);
  if (!digest_der(LURK_SHA256, spki, spki_len, out->spki) || !ok) {
    status = LURK_ERR_BACKEND;
    goto out;
  }
  uint32_t usage = X509_get_key_usage(certificate); /* all bits when there is no extension */
  out->may_sign = (usage & KU_DIGITAL_SIGNATURE) != 0;
  out->may_encipher = (usage & KU_KEY_ENCIPHERMENT) != 0;
  out->delegation_usage = has_extension(certificate, LURK_DELEGATION_USAGE_OID);
  status = LURK_OK;
out:
  X509_free(certificate);
  BIO_free(memory);
  ERR_clear_error();
  return status;
}
