/* x509.h on GnuTLS. */
#include "lurk/x509/x509.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static bool move(gnutls_datum_t *from, struct lurk_octets *to) {
  bool copied = lurk_octets_copy(to, from->data, from->size);
  gnutls_free(from->data);
  from->data = NULL;
  return copied;
}

static bool copy_der(gnutls_x509_crt_t x509, struct lurk_x509 *out) {
  gnutls_datum_t der = {NULL, 0}, spki = {NULL, 0};
  gnutls_pubkey_t key = NULL;
  bool copied = gnutls_x509_crt_export2(x509, GNUTLS_X509_FMT_DER, &der) == 0 && move(&der, &out->der) &&
                gnutls_pubkey_init(&key) == 0 && gnutls_pubkey_import_x509(key, x509, 0) == 0 &&
                gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &spki) == 0 && move(&spki, &out->spki);
  gnutls_pubkey_deinit(key);
  return copied;
}

static bool has_extension(gnutls_x509_crt_t x509, const char *oid) {
  uint8_t value[64];
  size_t len = sizeof value;
  int found = gnutls_x509_crt_get_extension_by_oid(x509, oid, 0, value, &len, NULL);
  return found == 0 || found == GNUTLS_E_SHORT_MEMORY_BUFFER;
}

/* The extension that is not there allows everything. */
static void read_usage(gnutls_x509_crt_t x509, struct lurk_x509 *out) {
  unsigned usage = 0;
  bool limited = gnutls_x509_crt_get_key_usage(x509, &usage, NULL) >= 0;
  out->digital_signature = !limited || (usage & GNUTLS_KEY_DIGITAL_SIGNATURE) != 0;
  out->key_encipherment = !limited || (usage & GNUTLS_KEY_KEY_ENCIPHERMENT) != 0;
  out->server_auth = gnutls_x509_crt_check_key_purpose(x509, GNUTLS_KP_TLS_WWW_SERVER, 0) != 0;
  out->delegation_usage = has_extension(x509, LURK_X509_DELEGATION_USAGE);
}

static lurk_status read_names(gnutls_x509_crt_t x509, struct lurk_x509 *out) {
  for (unsigned i = 0;; i++) {
    uint8_t name[256];
    size_t len = sizeof name;
    int type = gnutls_x509_crt_get_subject_alt_name(x509, i, name, &len, NULL);
    if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
      return LURK_OK;
    if (type == GNUTLS_SAN_DNSNAME && !lurk_x509_add_dns_name(out, name, len))
      return LURK_ERR_MEMORY;
    if (type < 0 && type != GNUTLS_E_SHORT_MEMORY_BUFFER) /* longer than a DNS name can be: passed over */
      return LURK_ERR_MALFORMED;
  }
}

lurk_status lurk_x509_load(const uint8_t *pem, size_t len, struct lurk_x509 **out, size_t *count) {
  const gnutls_datum_t text = {(unsigned char *)(uintptr_t)pem, (unsigned)len};
  gnutls_x509_crt_t *list = NULL;
  unsigned listed = 0;
  *out = NULL;
  *count = 0;
  if (len > UINT_MAX || gnutls_x509_crt_list_import2(&list, &listed, &text, GNUTLS_X509_FMT_PEM, 0) < 0)
    return LURK_ERR_MALFORMED;
  struct lurk_x509 *certificates = calloc(listed, sizeof *certificates);
  lurk_status status = certificates == NULL ? LURK_ERR_MEMORY : LURK_OK;
  for (unsigned i = 0; i < listed && status == LURK_OK; i++) {
    read_usage(list[i], &certificates[i]);
    certificates[i].not_before = (int64_t)gnutls_x509_crt_get_activation_time(list[i]);
    certificates[i].not_after = (int64_t)gnutls_x509_crt_get_expiration_time(list[i]);
    status = copy_der(list[i], &certificates[i]) ? read_names(list[i], &certificates[i]) : LURK_ERR_MEMORY;
  }
  for (unsigned i = 0; i < listed; i++)
    gnutls_x509_crt_deinit(list[i]);
  gnutls_free(list);
  if (status != LURK_OK) {
    lurk_x509_free(certificates, certificates == NULL ? 0 : listed);
    return status;
  }
  *out = certificates;
  *count = listed;
  return LURK_OK;
}

static gnutls_x509_crt_t import(const struct lurk_x509 *certificate) {
  const gnutls_datum_t der = {certificate->der.data, (unsigned)certificate->der.len};
  gnutls_x509_crt_t x509 = NULL;
  if (gnutls_x509_crt_init(&x509) != 0)
    return NULL;
  if (gnutls_x509_crt_import(x509, &der, GNUTLS_X509_FMT_DER) == 0)
    return x509;
  gnutls_x509_crt_deinit(x509);
  return NULL;
}

bool lurk_x509_issued(const struct lurk_x509 *issuer, const struct lurk_x509 *certificate) {
  gnutls_x509_crt_t above = import(issuer), below = import(certificate);
  unsigned faults = 0;
  /* Time and trust are judged elsewhere; here only name and signature count. */
  const unsigned flags = GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS |
                         GNUTLS_VERIFY_ALLOW_ANY_X509_V1_CA_CRT;
  bool issued = above != NULL && below != NULL && gnutls_x509_crt_check_issuer(below, above) != 0 &&
                gnutls_x509_crt_verify(below, &above, 1, flags, &faults) == 0 && faults == 0;
  if (above != NULL)
    gnutls_x509_crt_deinit(above);
  if (below != NULL)
    gnutls_x509_crt_deinit(below);
  return issued;
}
