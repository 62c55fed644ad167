/* Certificates with OpenSSL and BoringSSL: the policy beyond what X509_verify_cert checks, and the names. */
#include "lurk/net/libssl.h"

#include "lurk/fault.h"
#include "lurk/net/peer.h"
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <string.h>

bool lurk_libssl_key_is_strong(X509 *certificate) {
  EVP_PKEY *key = X509_get_pubkey(certificate);
  if (key == NULL)
    return false;
  int type = EVP_PKEY_id(key), bits = EVP_PKEY_bits(key);
  EVP_PKEY_free(key);
  switch (type) {
  case EVP_PKEY_RSA:
    return bits >= LURK_RSA_LEAST_BITS && bits <= LURK_RSA_MOST_BITS;
  case EVP_PKEY_EC:
    return bits >= LURK_EC_LEAST_BITS;
  default:
    return type == EVP_PKEY_ED25519;
  }
}

/* RFC 4055 §3.1: the hash of an RSASSA-PSS signature is a parameter, SHA-1 when absent. */
static int pss_hash(const X509_ALGOR *algorithm) {
  int type, nid = NID_undef;
  const void *value;
  X509_ALGOR_get0(NULL, &type, &value, algorithm);
  if (type != V_ASN1_SEQUENCE)
    return NID_undef;
  RSA_PSS_PARAMS *parameters = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
  if (parameters != NULL && parameters->hashAlgorithm != NULL)
    nid = OBJ_obj2nid(parameters->hashAlgorithm->algorithm);
  RSA_PSS_PARAMS_free(parameters);
  return nid;
}

static bool signature_is_strong(const X509 *certificate) {
  int nid = X509_get_signature_nid(certificate);
  if (nid == NID_rsassaPss) {
    const X509_ALGOR *algorithm;
    X509_get0_signature(NULL, &algorithm, certificate);
    nid = pss_hash(algorithm);
  }
  switch (nid) {
  case NID_sha256:
  case NID_sha384:
  case NID_sha512:
  case NID_sha256WithRSAEncryption:
  case NID_sha384WithRSAEncryption:
  case NID_sha512WithRSAEncryption:
  case NID_ecdsa_with_SHA256:
  case NID_ecdsa_with_SHA384:
  case NID_ecdsa_with_SHA512:
  case NID_ED25519:
    return true;
  default:
    return false;
  }
}

const char *lurk_libssl_leaf_fault(X509 *leaf, enum lurk_channel_role role_of_owner) {
  uint32_t purpose = role_of_owner == LURK_CHANNEL_SERVER ? XKU_SSL_SERVER : XKU_SSL_CLIENT;
  uint32_t flags = X509_get_extension_flags(leaf);
  if (flags & EXFLAG_CA)
    return LURK_CA_AS_LEAF;
  /* An absent extension means every purpose to the library (RFC 5280 §4.2.1.12), not here. */
  if (!(flags & EXFLAG_XKUSAGE) || !(X509_get_extended_key_usage(leaf) & purpose))
    return LURK_WRONG_PURPOSE(role_of_owner);
  if (!(X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE))
    return LURK_NO_SIGNATURE_USAGE;
  if (!lurk_libssl_key_is_strong(leaf))
    return LURK_WEAK_KEY;
  return NULL;
}

/* chain: verified, leaf first, trust anchor last. */
static const char *chain_fault(const STACK_OF(X509) * chain, enum lurk_channel_role role_of_owner) {
  size_t count = (size_t)sk_X509_num(chain);
  for (size_t i = 0; i < count; i++) {
    X509 *certificate = sk_X509_value(chain, (int)i);
    if (!lurk_libssl_key_is_strong(certificate))
      return LURK_WEAK_KEY;
    /* Trust in the anchor does not come from its signature. */
    if (i + 1 < count && !signature_is_strong(certificate))
      return LURK_WEAK_SIGNATURE;
  }
  return lurk_libssl_leaf_fault(sk_X509_value(chain, 0), role_of_owner);
}

#ifdef LURK_FAULTS
static bool is_another_than_first(const X509 *certificate) {
  static uint8_t first[32];
  static bool seen;
  uint8_t digest[32];
  if (X509_digest(certificate, EVP_sha256(), digest, NULL) != 1)
    return true;
  if (!seen)
    memcpy(first, digest, sizeof first);
  seen = true;
  return memcmp(first, digest, sizeof first) != 0;
}
#endif

int lurk_libssl_verify(X509_STORE_CTX *store, void *arg) {
  const lurk_credentials *own = arg;
  enum lurk_channel_role peers_role =
      own->role == LURK_CHANNEL_SERVER ? LURK_CHANNEL_CLIENT : LURK_CHANNEL_SERVER;
  SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  lurk_channel *channel = SSL_get_app_data(ssl);
  if (LURK_FAULT(key_server_certificate_unverified))
    return 1;
  if (X509_verify_cert(store) != 1 && !LURK_FAULT(chain_not_verified)) {
    lurk_channel_note(channel, X509_verify_cert_error_string(X509_STORE_CTX_get_error(store)));
    return 0;
  }
#ifdef LURK_FAULTS
  if (peers_role == LURK_CHANNEL_SERVER && is_another_than_first(X509_STORE_CTX_get0_cert(store)) &&
      LURK_FAULT(first_certificate_pinned))
    return 0;
#endif
  const char *fault = chain_fault(X509_STORE_CTX_get0_chain(store), peers_role);
  if (fault == NULL || LURK_FAULT(certificate_policy_ignored))
    return 1;
  lurk_channel_note(channel, fault);
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

/* With a CRL file every certificate below the anchor needs a current CRL of its issuer; the library also asks
 * for one that covers the anchor, which may be an intermediate CA without its issuer at hand. */
int lurk_libssl_verify_step(int ok, X509_STORE_CTX *store) {
  int depth = X509_STORE_CTX_get_error_depth(store), error = X509_STORE_CTX_get_error(store);
  if ((error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID) &&
      LURK_FAULT(validity_ignored))
    return 1;
  if (error == X509_V_ERR_CERT_REVOKED && LURK_FAULT(revocation_ignored))
    return 1;
  if (ok || error != X509_V_ERR_UNABLE_TO_GET_CRL || depth == 0 ||
      depth != (int)sk_X509_num(X509_STORE_CTX_get0_chain(store)) - 1)
    return ok;
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

static bool hash_spki(X509 *certificate, uint8_t fingerprint[32]) {
  uint8_t *der = NULL;
  int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  bool done = len > 0 && EVP_Digest(der, (size_t)len, fingerprint, NULL, EVP_sha256(), NULL) == 1;
  OPENSSL_free(der);
  return done;
}

lurk_status lurk_libssl_peer(X509 *leaf, struct lurk_peer *peer) {
  if (!hash_spki(leaf, peer->spki))
    return LURK_ERR_BACKEND;
  bool kept = true;
  GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
  size_t count = names == NULL ? 0 : (size_t)sk_GENERAL_NAME_num(names);
  for (size_t i = 0; kept && i < count; i++) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, (int)i);
    if (name->type != GEN_URI && name->type != GEN_DNS)
      continue;
    const uint8_t *text = ASN1_STRING_get0_data(name->d.ia5);
    size_t len = (size_t)ASN1_STRING_length(name->d.ia5);
    kept = name->type == GEN_URI ? lurk_peer_add_uri(peer, text, len) : lurk_peer_add_dns(peer, text, len);
  }
  GENERAL_NAMES_free(names);
  peer->authenticated = true;
  return kept ? LURK_OK : LURK_ERR_MEMORY;
}
