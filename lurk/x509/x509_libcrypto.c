/* x509.h on libcrypto: the calls that OpenSSL and BoringSSL share. */
#include "lurk/x509/x509.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

static bool copy_der(X509 *x509, struct lurk_x509 *out) {
  unsigned char *der = NULL, *spki = NULL;
  int der_len = i2d_X509(x509, &der);
  int spki_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &spki);
  bool copied = der_len > 0 && spki_len > 0 && lurk_octets_copy(&out->der, der, (size_t)der_len) &&
                lurk_octets_copy(&out->spki, spki, (size_t)spki_len);
  OPENSSL_free(der);
  OPENSSL_free(spki);
  return copied;
}

static bool read_time(const ASN1_TIME *time, int64_t *out) {
  ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
  int days = 0, seconds = 0;
  bool read = epoch != NULL && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1;
  ASN1_TIME_free(epoch);
  *out = (int64_t)days * 86400 + seconds;
  return read;
}

static bool read_names(X509 *x509, struct lurk_x509 *out) {
  GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
  bool read = true;
  for (size_t i = 0; names != NULL && read && i < (size_t)sk_GENERAL_NAME_num(names); i++) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, (int)i);
    if (name->type == GEN_DNS)
      read = lurk_x509_add_dns_name(out, ASN1_STRING_get0_data(name->d.dNSName),
                                    (size_t)ASN1_STRING_length(name->d.dNSName));
  }
  GENERAL_NAMES_free(names);
  return read;
}

static bool has_extension(const X509 *x509, const char *oid) {
  ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
  bool found = object != NULL && X509_get_ext_by_OBJ(x509, object, -1) >= 0;
  ASN1_OBJECT_free(object);
  return found;
}

static lurk_status read_certificate(X509 *x509, struct lurk_x509 *out) {
  /* Both answer "everything" when the extension is missing; X509_check_purpose has them parsed. */
  X509_check_purpose(x509, -1, 0);
  uint32_t usage = X509_get_key_usage(x509);
  uint32_t extended = X509_get_extended_key_usage(x509);
  out->digital_signature = (usage & KU_DIGITAL_SIGNATURE) != 0;
  out->key_encipherment = (usage & KU_KEY_ENCIPHERMENT) != 0;
  out->server_auth = (extended & (XKU_SSL_SERVER | XKU_ANYEKU)) != 0;
  out->delegation_usage = has_extension(x509, LURK_X509_DELEGATION_USAGE);
  if (!read_time(X509_get0_notBefore(x509), &out->not_before) ||
      !read_time(X509_get0_notAfter(x509), &out->not_after))
    return LURK_ERR_MALFORMED;
  return copy_der(x509, out) && read_names(x509, out) ? LURK_OK : LURK_ERR_MEMORY;
}

static lurk_status append(struct lurk_x509 **certificates, size_t *count, X509 *x509) {
  struct lurk_x509 *grown = realloc(*certificates, (*count + 1) * sizeof **certificates);
  if (grown == NULL)
    return LURK_ERR_MEMORY;
  *certificates = grown;
  memset(&grown[*count], 0, sizeof *grown);
  return read_certificate(x509, &grown[(*count)++]);
}

lurk_status lurk_x509_load(const uint8_t *pem, size_t len, struct lurk_x509 **out, size_t *count) {
  *out = NULL;
  *count = 0;
  BIO *bio = len <= INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
  if (bio == NULL)
    return LURK_ERR_MEMORY;
  lurk_status status = LURK_OK;
  X509 *x509 = NULL;
  while (status == LURK_OK && (x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
    status = append(out, count, x509);
    X509_free(x509);
  }
  BIO_free(bio);
  /* The loop ends in order only where there is no further PEM block. */
  unsigned long error = ERR_peek_last_error();
  if (status == LURK_OK && (*count == 0 || ERR_GET_REASON(error) != PEM_R_NO_START_LINE))
    status = LURK_ERR_MALFORMED;
  ERR_clear_error();
  if (status != LURK_OK) {
    lurk_x509_free(*out, *count);
    *out = NULL;
    *count = 0;
  }
  return status;
}

bool lurk_x509_issued(const struct lurk_x509 *issuer, const struct lurk_x509 *certificate) {
  const unsigned char *at = issuer->der.data;
  X509 *above = d2i_X509(NULL, &at, (long)issuer->der.len);
  at = certificate->der.data;
  X509 *below = d2i_X509(NULL, &at, (long)certificate->der.len);
  EVP_PKEY *key = above == NULL ? NULL : X509_get_pubkey(above);
  bool issued = key != NULL && below != NULL &&
                X509_NAME_cmp(X509_get_subject_name(above), X509_get_issuer_name(below)) == 0 &&
                X509_verify(below, key) == 1;
  EVP_PKEY_free(key);
  X509_free(above);
  X509_free(below);
  ERR_clear_error();
  return issued;
}
