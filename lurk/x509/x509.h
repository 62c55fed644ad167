/* What the programs read of an X.509 certificate that a served key has. Implemented once per certificate
 * library: x509_libcrypto.c for OpenSSL and BoringSSL, x509_gnutls.c for GnuTLS. The certificates of the
 * channel are the business of lurk/net. */
#ifndef LURK_X509_X509_H
#define LURK_X509_X509_H

#include "lurk/secret.h"
#include "lurk/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LURK_X509_DELEGATION_USAGE "1.3.6.1.4.1.44363.44"

struct lurk_x509 {
  struct lurk_octets der;
  struct lurk_octets spki;       /* DER SubjectPublicKeyInfo */
  int64_t not_before, not_after; /* seconds since 1970 */
  /* What key usage and extended key usage allow; a certificate without the extension allows everything. */
  bool digital_signature, key_encipherment, server_auth;
  bool delegation_usage; /* the extension of RFC 9345 §4.2 is there */
  char **dns_names;      /* SAN dNSName, lower case, NUL-terminated */
  size_t dns_name_count;
};

/* Reads every certificate of a PEM text, in its order. MALFORMED when there is none or one cannot be parsed.
 * *out is freed with lurk_x509_free. */
lurk_status lurk_x509_load(const uint8_t *pem, size_t len, struct lurk_x509 **out, size_t *count);
void lurk_x509_free(struct lurk_x509 *certificates, size_t count);

/* The issuer's name stands in the certificate, and its key made the signature. Validity is not looked at. */
bool lurk_x509_issued(const struct lurk_x509 *issuer, const struct lurk_x509 *certificate);

/* Appends a copy of a SAN dNSName in lower case, for implementations; a name that is not printable ASCII is
 * passed over. False when memory is short. */
bool lurk_x509_add_dns_name(struct lurk_x509 *certificate, const uint8_t *name, size_t len);

#endif
