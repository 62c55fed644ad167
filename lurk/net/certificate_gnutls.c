/* Certificates with GnuTLS: the policy beyond what it verifies itself, revocation, and the names. */
#include "lurk/net/gnutls_internal.h"

#include "lurk/net/peer.h"
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509-ext.h>
#include <string.h>
#include <time.h>

/* --- strength and purpose --- */

static bool key_is_strong(gnutls_x509_crt_t certificate) {
  unsigned bits = 0;
  switch (gnutls_x509_crt_get_pk_algorithm(certificate, &bits)) {
  case GNUTLS_PK_RSA:
    return bits >= LURK_RSA_LEAST_BITS && bits <= LURK_RSA_MOST_BITS;
  case GNUTLS_PK_ECDSA:
    return bits >= LURK_EC_LEAST_BITS;
  case GNUTLS_PK_EDDSA_ED25519:
    return true;
  default:
    return false;
  }
}

static bool signature_is_strong(gnutls_x509_crt_t certificate) {
  switch (gnutls_x509_crt_get_signature_algorithm(certificate)) {
  case GNUTLS_SIGN_RSA_SHA256:
  case GNUTLS_SIGN_RSA_SHA384:
  case GNUTLS_SIGN_RSA_SHA512:
  case GNUTLS_SIGN_RSA_PSS_SHA256:
  case GNUTLS_SIGN_RSA_PSS_SHA384:
  case GNUTLS_SIGN_RSA_PSS_SHA512:
  case GNUTLS_SIGN_ECDSA_SHA256:
  case GNUTLS_SIGN_ECDSA_SHA384:
  case GNUTLS_SIGN_ECDSA_SHA512:
  case GNUTLS_SIGN_EDDSA_ED25519:
    return true;
  default:
    return false;
  }
}

/* The library checks constraints on other names and lets these pass (RFC 5280 §4.2.1.10 wants them refused
 * then). */
static bool constrains_uris(gnutls_x509_crt_t ca) {
  gnutls_x509_name_constraints_t constraints;
  if (gnutls_x509_name_constraints_init(&constraints) != 0)
    return true;
  int result = gnutls_x509_crt_get_name_constraints(ca, constraints, 0, NULL);
  bool found = result != 0 && result != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
  unsigned type;
  gnutls_datum_t name; /* belongs to the constraints */
  for (unsigned i = 0; gnutls_x509_name_constraints_get_permitted(constraints, i, &type, &name) == 0; i++)
    found = found || type == GNUTLS_SAN_URI;
  for (unsigned i = 0; gnutls_x509_name_constraints_get_excluded(constraints, i, &type, &name) == 0; i++)
    found = found || type == GNUTLS_SAN_URI;
  gnutls_x509_name_constraints_deinit(constraints);
  return found;
}

const char *lurk_gnutls_ca_fault(gnutls_x509_crt_t ca) {
  if (!key_is_strong(ca))
    return LURK_WEAK_KEY;
  return constrains_uris(ca) ? "name constraints on URIs, which GnuTLS does not check" : NULL;
}

/* An absent extension means every purpose to the library (RFC 5280 §4.2.1.12), not here. */
static bool has_purpose(gnutls_x509_crt_t leaf, const char *purpose) {
  for (unsigned i = 0;; i++) {
    char oid[64];
    size_t size = sizeof oid;
    int result = gnutls_x509_crt_get_key_purpose_oid(leaf, i, oid, &size, NULL);
    if (result == GNUTLS_E_SHORT_MEMORY_BUFFER)
      continue;
    if (result < 0)
      return false;
    if (strcmp(oid, purpose) == 0)
      return true;
  }
}

const char *lurk_gnutls_leaf_fault(gnutls_x509_crt_t leaf, enum lurk_channel_role role_of_owner) {
  bool server = role_of_owner == LURK_CHANNEL_SERVER;
  unsigned usage;
  if (gnutls_x509_crt_get_ca_status(leaf, NULL) > 0)
    return LURK_CA_AS_LEAF;
  if (!has_purpose(leaf, server ? GNUTLS_KP_TLS_WWW_SERVER : GNUTLS_KP_TLS_WWW_CLIENT))
    return LURK_WRONG_PURPOSE(role_of_owner);
  int result = gnutls_x509_crt_get_key_usage(leaf, &usage, NULL);
  if (result != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE &&
      (result < 0 || !(usage & GNUTLS_KEY_DIGITAL_SIGNATURE)))
    return LURK_NO_SIGNATURE_USAGE;
  return key_is_strong(leaf) ? NULL : LURK_WEAK_KEY;
}

/* --- revocation: GnuTLS lets a certificate pass for which there is no CRL, and reads an expired one --- */

static bool same_issuer(gnutls_x509_crt_t certificate, gnutls_x509_crl_t crl) {
  gnutls_datum_t of_certificate = {0}, of_crl = {0};
  bool same = gnutls_x509_crt_get_raw_issuer_dn(certificate, &of_certificate) == 0 &&
              gnutls_x509_crl_get_raw_issuer_dn(crl, &of_crl) == 0 && of_certificate.size == of_crl.size &&
              memcmp(of_certificate.data, of_crl.data, of_crl.size) == 0;
  gnutls_free(of_certificate.data);
  gnutls_free(of_crl.data);
  return same;
}

static bool signs_crl(gnutls_x509_crt_t issuer, gnutls_x509_crl_t crl) {
  unsigned status;
  return gnutls_x509_crl_verify(crl, &issuer, 1, GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status) == 0 &&
         status == 0;
}

/* The CRL must be signed by the key that also signed the certificate. */
static bool crl_is_of_issuer(const struct lurk_gnutls_credentials *own, const gnutls_x509_crt_t *certificates,
                             unsigned count, gnutls_x509_crt_t certificate, gnutls_x509_crl_t crl) {
  for (unsigned i = 0; i < own->anchor_count + count; i++) {
    gnutls_x509_crt_t issuer = i < count ? certificates[i] : own->anchors[i - count];
    if (gnutls_x509_crt_check_issuer(certificate, issuer) == 1 && signs_crl(issuer, crl))
      return true;
  }
  return false;
}

static const char *revocation_fault(const struct lurk_gnutls_credentials *own,
                                    const gnutls_x509_crt_t *certificates, unsigned count,
                                    gnutls_x509_crt_t certificate) {
  const char *fault = "unable to get certificate CRL";
  time_t now = time(NULL);
  for (unsigned i = 0; i < own->crl_count; i++) {
    gnutls_x509_crl_t crl = own->crls[i];
    if (!same_issuer(certificate, crl) || !crl_is_of_issuer(own, certificates, count, certificate, crl))
      continue;
    if (gnutls_x509_crt_check_revocation(certificate, &crl, 1) != 0)
      return "certificate revoked";
    if (gnutls_x509_crl_get_this_update(crl) > now)
      fault = "CRL is not yet valid";
    else if (gnutls_x509_crl_get_next_update(crl) < now)
      fault = "CRL has expired";
    else
      return NULL;
  }
  return fault;
}

/* --- the chain --- */

static bool is_anchor(const struct lurk_gnutls_credentials *own, gnutls_x509_crt_t certificate) {
  for (unsigned i = 0; i < own->anchor_count; i++)
    if (gnutls_x509_crt_equals(own->anchors[i], certificate))
      return true;
  return false;
}

const char *lurk_gnutls_chain_fault(const struct lurk_gnutls_credentials *own,
                                    const gnutls_x509_crt_t *certificates, unsigned count,
                                    enum lurk_channel_role role_of_owner) {
  for (unsigned i = 0; i < count; i++) {
    /* Anchors were checked when they were loaded; trust in them does not come from a signature. */
    if (is_anchor(own, certificates[i]))
      continue;
    const char *fault = i > 0 ? lurk_gnutls_ca_fault(certificates[i]) : NULL;
    if (fault == NULL && !signature_is_strong(certificates[i]))
      fault = LURK_WEAK_SIGNATURE;
    if (fault == NULL && own->crl_count > 0)
      fault = revocation_fault(own, certificates, count, certificates[i]);
    if (fault != NULL)
      return fault;
  }
  return lurk_gnutls_leaf_fault(certificates[0], role_of_owner);
}

/* --- names --- */

static bool hash_spki(gnutls_x509_crt_t certificate, uint8_t fingerprint[32]) {
  gnutls_pubkey_t key;
  gnutls_datum_t der = {0};
  if (gnutls_pubkey_init(&key) != 0)
    return false;
  bool done = gnutls_pubkey_import_x509(key, certificate, 0) == 0 &&
              gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &der) == 0 &&
              gnutls_hash_fast(GNUTLS_DIG_SHA256, der.data, der.size, fingerprint) == 0;
  gnutls_free(der.data);
  gnutls_pubkey_deinit(key);
  return done;
}

static bool add_name(struct lurk_peer *peer, unsigned type, const gnutls_datum_t *name) {
  if (type == GNUTLS_SAN_URI)
    return lurk_peer_add_uri(peer, name->data, name->size);
  return type != GNUTLS_SAN_DNSNAME || lurk_peer_add_dns(peer, name->data, name->size);
}

/* Through the extension's octets: the getters for single names convert what they return. */
static lurk_status add_names(gnutls_x509_crt_t leaf, struct lurk_peer *peer) {
  gnutls_datum_t extension = {0}, name;
  gnutls_subject_alt_names_t names = NULL;
  int result = gnutls_x509_crt_get_extension_by_oid2(leaf, "2.5.29.17", 0, &extension, NULL);
  if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
    return LURK_OK;
  lurk_status status = LURK_ERR_MALFORMED;
  if (result == 0 && gnutls_subject_alt_names_init(&names) == 0 &&
      gnutls_x509_ext_import_subject_alt_names(&extension, names, 0) == 0) {
    unsigned type;
    status = LURK_OK;
    for (unsigned i = 0; status == LURK_OK && gnutls_subject_alt_names_get(names, i, &type, &name, NULL) == 0;
         i++)
      if (!add_name(peer, type, &name))
        status = LURK_ERR_MEMORY;
  }
  if (names != NULL)
    gnutls_subject_alt_names_deinit(names);
  gnutls_free(extension.data);
  return status;
}

lurk_status lurk_gnutls_peer(gnutls_x509_crt_t leaf, struct lurk_peer *peer) {
  if (!hash_spki(leaf, peer->spki))
    return LURK_ERR_BACKEND;
  peer->authenticated = true;
  return add_names(leaf, peer);
}
