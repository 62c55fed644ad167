/* Certificates by GnuTLS. */
#include "certificate.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <limits.h>

static bool has_extension(gnutls_x509_crt_t certificate, const char *oid) {
  uint8_t value[64];
  size_t len = sizeof value;
  int result = gnutls_x509_crt_get_extension_by_oid(certificate, oid, 0, value, &len, NULL);
  return result == GNUTLS_E_SUCCESS || result == GNUTLS_E_SHORT_MEMORY_BUFFER;
}

lurk_status lurk_certificate_read(const uint8_t *pem, size_t len, struct lurk_certificate_facts *out) {
  *out = (struct lurk_certificate_facts){0};
  lurk_status status = LURK_ERR_MALFORMED;
  gnutls_datum_t text = {(uint8_t *)(uintptr_t)pem, (unsigned)len};
  gnutls_x509_crt_t certificate = NULL;
  if (len > UINT_MAX || gnutls_x509_crt_init(&certificate) != GNUTLS_E_SUCCESS)
    goto out;
  if (gnutls_x509_crt_import(certificate, &text, GNUTLS_X509_FMT_PEM) != GNUTLS_E_SUCCESS)
    goto out;
  out->not_before = gnutls_x509_crt_get_activation_time(certificate);
  out->not_after = gnutls_x509_crt_get_expiration_time(certificate);
  if (out->not_before == (time_t)-1 || out->not_after == (time_t)-1)
    goto out;
  size_t sha1_len = sizeof out->sha1, spki_len = sizeof out->spki;
  if (gnutls_x509_crt_get_fingerprint(certificate, GNUTLS_DIG_SHA1, out->sha1, &sha1_len) !=
          GNUTLS_E_SUCCESS ||
      gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256, out->spki, &spki_len) !=
          GNUTLS_E_SUCCESS) {
    status = LURK_ERR_BACKEND;
    goto out;
  }
  unsigned usage = 0;
  int found = gnutls_x509_crt_get_key_usage(certificate, &usage, NULL);
  if (found == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
    usage = UINT_MAX; /* no extension: no restriction */
  else if (found != GNUTLS_E_SUCCESS)
    goto out;
  out->may_sign = (usage & GNUTLS_KEY_DIGITAL_SIGNATURE) != 0;
  out->may_encipher = (usage & GNUTLS_KEY_KEY_ENCIPHERMENT) != 0;
  out->delegation_usage = has_extension(certificate, LURK_DELEGATION_USAGE_OID);
  status = LURK_OK;
out:
  if (certificate != NULL)
    gnutls_x509_crt_deinit(certificate);
  return status;
}
