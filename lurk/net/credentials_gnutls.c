/* Credentials with GnuTLS. */
#include "lurk/net/gnutls_internal.h"

#include "lurk/fault.h"
#include "lurk/file.h"
#include <stdlib.h>
#include <time.h>

/* TLS 1.3, or 1.2 with AEAD and ECDHE. Renegotiation is refused by the session; %SAFE_RENEGOTIATION would
 * also refuse clients of TLS 1.3 alone, which have no renegotiation_info to send. */
static const char PRIORITY[] =
    "NONE:+VERS-TLS1.3:+VERS-TLS1.2:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:+AEAD:+ECDHE-ECDSA:+ECDHE-"
    "RSA:"
    "+COMP-NULL:+CTYPE-X509:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:+GROUP-SECP521R1:"
    "+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA384:+SIGN-ECDSA-SHA512:+SIGN-ECDSA-SECP256R1-SHA256:"
    "+SIGN-ECDSA-SECP384R1-SHA384:+SIGN-ECDSA-SECP521R1-SHA512:+SIGN-EDDSA-ED25519:"
    "+SIGN-RSA-PSS-RSAE-SHA256:+SIGN-RSA-PSS-RSAE-SHA384:+SIGN-RSA-PSS-RSAE-SHA512:"
    "+SIGN-RSA-SHA256:+SIGN-RSA-SHA384:+SIGN-RSA-SHA512:%SERVER_PRECEDENCE:%PROFILE_MEDIUM";

enum { LARGEST_FILE = 1 << 20 };

static const char *own_certificate_fault(gnutls_x509_crt_t leaf, enum lurk_channel_role role) {
  time_t now = time(NULL);
  if (gnutls_x509_crt_get_expiration_time(leaf) < now)
    return LURK_EXPIRED;
  if (gnutls_x509_crt_get_activation_time(leaf) > now)
    return LURK_NOT_YET_VALID;
  return lurk_gnutls_leaf_fault(leaf, role);
}

static void free_certificates(gnutls_x509_crt_t *list, unsigned count) {
  for (unsigned i = 0; i < count; i++)
    gnutls_x509_crt_deinit(list[i]);
  gnutls_free(list);
}

/* The library does not tell which of the two files it could not use. */
static bool holds_certificates(const char *file) {
  struct lurk_octets pem = {0};
  gnutls_x509_crt_t *list = NULL;
  unsigned count = 0;
  if (!lurk_file_read(file, LARGEST_FILE, &pem, NULL))
    return false;
  const gnutls_datum_t data = {pem.data, (unsigned)pem.len};
  bool holds = gnutls_x509_crt_list_import2(&list, &count, &data, GNUTLS_X509_FMT_PEM, 0) >= 0;
  lurk_octets_clear(&pem);
  if (holds)
    free_certificates(list, count);
  return holds;
}

static lurk_status load_own(lurk_credentials *credentials, const struct lurk_credential_files *files,
                            char *why, size_t why_len) {
  struct lurk_gnutls_credentials *own = credentials->tls;
  gnutls_x509_crt_t *chain = NULL;
  unsigned count = 0;
  int result =
      gnutls_certificate_set_x509_key_file(own->set, files->certificate, files->key, GNUTLS_X509_FMT_PEM);
  if (result < 0)
    return lurk_credential_fault(LURK_ERR_MISMATCH,
                                 holds_certificates(files->certificate) ? files->key : files->certificate,
                                 gnutls_strerror(result), why, why_len);
  result = gnutls_certificate_get_x509_crt(own->set, 0, &chain, &count);
  if (result < 0)
    return lurk_credential_fault(LURK_ERR_MALFORMED, files->certificate, gnutls_strerror(result), why,
                                 why_len);
  lurk_status status = LURK_OK;
  const char *fault = own_certificate_fault(chain[0], credentials->role);
  if (fault != NULL)
    status = lurk_credential_fault(LURK_ERR_UNSUPPORTED, files->certificate, fault, why, why_len);
  else if (lurk_gnutls_peer(chain[0], &credentials->own) != LURK_OK)
    status =
        lurk_credential_fault(LURK_ERR_BACKEND, files->certificate, "names cannot be read", why, why_len);
  free_certificates(chain, count);
  return status;
}

static lurk_status load_anchors(struct lurk_gnutls_credentials *own, const char *file, char *why,
                                size_t why_len) {
  struct lurk_octets pem = {0};
  if (!lurk_file_read(file, LARGEST_FILE, &pem, NULL))
    return lurk_credential_fault(LURK_ERR_IO, file, "cannot be read", why, why_len);
  gnutls_datum_t data = {pem.data, (unsigned)pem.len};
  int result = gnutls_x509_crt_list_import2(&own->anchors, &own->anchor_count, &data, GNUTLS_X509_FMT_PEM, 0);
  if (result >= 0)
    result = gnutls_certificate_set_x509_trust_mem(own->set, &data, GNUTLS_X509_FMT_PEM);
  lurk_octets_clear(&pem);
  if (result < 0 || own->anchor_count == 0)
    return lurk_credential_fault(LURK_ERR_MALFORMED, file, "no CA certificate in PEM", why, why_len);
  for (unsigned i = 0; i < own->anchor_count; i++) {
    const char *fault = lurk_gnutls_ca_fault(own->anchors[i]);
    if (fault != NULL)
      return lurk_credential_fault(LURK_ERR_UNSUPPORTED, file, fault, why, why_len);
  }
  return LURK_OK;
}

static lurk_status load_crls(struct lurk_gnutls_credentials *own, const char *file, char *why,
                             size_t why_len) {
  struct lurk_octets pem = {0};
  if (!lurk_file_read(file, LARGEST_FILE, &pem, NULL))
    return lurk_credential_fault(LURK_ERR_IO, file, "cannot be read", why, why_len);
  gnutls_datum_t data = {pem.data, (unsigned)pem.len};
  int result = gnutls_x509_crl_list_import2(&own->crls, &own->crl_count, &data, GNUTLS_X509_FMT_PEM, 0);
  lurk_octets_clear(&pem);
  if (result < 0 || own->crl_count == 0)
    return lurk_credential_fault(LURK_ERR_MALFORMED, file, "no certificate revocation list in PEM", why,
                                 why_len);
  return LURK_OK;
}

lurk_status lurk_tls_load(lurk_credentials *credentials, const struct lurk_credential_files *files, char *why,
                          size_t why_len) {
  struct lurk_gnutls_credentials *own = calloc(1, sizeof *own);
  credentials->tls = own;
  if (own == NULL || gnutls_certificate_allocate_credentials(&own->set) != 0)
    return lurk_credential_fault(LURK_ERR_MEMORY, files->certificate, "out of memory", why, why_len);
  gnutls_certificate_set_verify_limits(own->set, LURK_RSA_MOST_BITS, LURK_GNUTLS_CHAIN);
  gnutls_certificate_set_verify_function(own->set, lurk_gnutls_verify);
  int result = gnutls_priority_init(&own->priority, PRIORITY, NULL);
  if (result != 0)
    return lurk_credential_fault(LURK_ERR_BACKEND, "TLS library", gnutls_strerror(result), why, why_len);
  lurk_status status = load_own(credentials, files, why, why_len);
  if (status == LURK_OK)
    status = load_anchors(own, files->ca, why, why_len);
  if (status == LURK_OK && files->crl != NULL && !LURK_FAULT(revocation_ignored))
    status = load_crls(own, files->crl, why, why_len);
  return status;
}

void lurk_tls_unload(lurk_credentials *credentials) {
  struct lurk_gnutls_credentials *own = credentials->tls;
  if (own == NULL)
    return;
  free_certificates(own->anchors, own->anchor_count);
  for (unsigned i = 0; i < own->crl_count; i++)
    gnutls_x509_crl_deinit(own->crls[i]);
  gnutls_free(own->crls);
  if (own->priority != NULL)
    gnutls_priority_deinit(own->priority);
  if (own->set != NULL)
    gnutls_certificate_free_credentials(own->set);
  free(own);
}
