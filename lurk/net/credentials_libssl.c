/* Credentials with OpenSSL and BoringSSL: one SSL_CTX that holds the whole policy of channel.h. */
#include "lurk/net/libssl.h"

#include "lurk/fault.h"
#include <openssl/err.h>

static const char CIPHERS_TLS12[] =
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
static const char GROUPS[] = "X25519:P-256:P-384:P-521";
static const char SIGNATURES[] =
    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:"
    "RSA+SHA256:RSA+SHA384:RSA+SHA512";
static const uint8_t ALPN[] = "\x08" LURK_CHANNEL_ALPN;

/* CH-16: no list is fine, a list without our protocol is another service's client (RFC 7301 §3.2). */
static int select_alpn(SSL *ssl, const uint8_t **out, uint8_t *out_len, const uint8_t *in, unsigned in_len,
                       void *arg) {
  (void)ssl;
  (void)arg;
  uint8_t *chosen;
  if (SSL_select_next_proto(&chosen, out_len, ALPN, sizeof ALPN - 1, in, in_len) != OPENSSL_NPN_NEGOTIATED) {
    if (!LURK_FAULT(any_alpn_taken))
      return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = in + 1;
    *out_len = in[0];
    return SSL_TLSEXT_ERR_OK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

/* An encrypted key file is an error, never a prompt. */
static int no_password(char *buffer, int size, int writing, void *arg) {
  (void)buffer;
  (void)size;
  (void)writing;
  (void)arg;
  return -1;
}

#if defined(LURK_FAULTS) && !defined(OPENSSL_IS_BORINGSSL)
/* What an administrator might set to get an old peer served. */
static bool bend_policy(SSL_CTX *context) {
  if (LURK_FAULT(old_versions_spoken)) {
    SSL_CTX_set_security_level(context, 0);
    return SSL_CTX_set_min_proto_version(context, 0) == 1 &&
           SSL_CTX_set_cipher_list(context, "ECDHE:!aNULL:!eNULL:@SECLEVEL=0") == 1 &&
           SSL_CTX_set1_sigalgs_list(context, "ECDSA+SHA256:ECDSA+SHA1") == 1;
  }
  if (LURK_FAULT(weak_suites_taken)) {
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_dh_auto(context, 1);
    return SSL_CTX_set_cipher_list(context, "ALL:eNULL:@SECLEVEL=0") == 1;
  }
  if (LURK_FAULT(sessions_resumed)) {
    SSL_CTX_clear_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
    return SSL_CTX_set_num_tickets(context, 2) == 1 &&
           SSL_CTX_set_session_id_context(context, (const uint8_t *)"lurk", 4) == 1;
  }
  return true;
}
#else
static bool bend_policy(SSL_CTX *context) {
  (void)context;
  return true;
}
#endif

/* Revocation must hold on every connection (CH-12): nothing is ever resumed. 0-RTT is off by default in both
 * libraries, as are post-handshake authentication and key logging. */
static bool apply_policy(SSL_CTX *context, lurk_credentials *credentials) {
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_max_cert_list(context, LURK_HANDSHAKE_OCTETS / 2);
  SSL_CTX_set_default_passwd_cb(context, no_password);
#ifndef OPENSSL_IS_BORINGSSL
  SSL_CTX_set_security_level(context, 2);
#endif
  int verify = SSL_VERIFY_PEER;
  if (!LURK_FAULT(client_certificate_optional))
    verify |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  SSL_CTX_set_verify(context, verify, lurk_libssl_verify_step);
  SSL_CTX_set_cert_verify_callback(context, lurk_libssl_verify, credentials);
  if (credentials->role == LURK_CHANNEL_SERVER)
    SSL_CTX_set_alpn_select_cb(context, select_alpn, NULL);
  else if (!credentials->no_alpn && SSL_CTX_set_alpn_protos(context, ALPN, sizeof ALPN - 1) != 0)
    return false;
  return SSL_CTX_set_num_tickets(context, 0) == 1 &&
         SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, CIPHERS_TLS12) == 1 &&
         SSL_CTX_set1_curves_list(context, GROUPS) == 1 &&
         SSL_CTX_set1_sigalgs_list(context, SIGNATURES) == 1 && bend_policy(context);
}

static const char *own_certificate_fault(const lurk_credentials *credentials) {
  X509 *leaf = SSL_CTX_get0_certificate(credentials->tls);
  if (X509_cmp_current_time(X509_get0_notAfter(leaf)) < 0)
    return LURK_EXPIRED;
  if (X509_cmp_current_time(X509_get0_notBefore(leaf)) > 0)
    return LURK_NOT_YET_VALID;
  return lurk_libssl_leaf_fault(leaf, credentials->role);
}

static lurk_status load_own(lurk_credentials *credentials, const struct lurk_credential_files *files,
                            char *why, size_t why_len) {
  SSL_CTX *context = credentials->tls;
  if (SSL_CTX_use_certificate_chain_file(context, files->certificate) != 1)
    return lurk_credential_fault(LURK_ERR_MALFORMED, files->certificate, lurk_channel_reason(), why, why_len);
  const char *fault = own_certificate_fault(credentials);
  if (fault != NULL)
    return lurk_credential_fault(LURK_ERR_UNSUPPORTED, files->certificate, fault, why, why_len);
  if (SSL_CTX_use_PrivateKey_file(context, files->key, SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1)
    return lurk_credential_fault(LURK_ERR_MISMATCH, files->key, lurk_channel_reason(), why, why_len);
  if (lurk_libssl_peer(SSL_CTX_get0_certificate(context), &credentials->own) != LURK_OK)
    return lurk_credential_fault(LURK_ERR_BACKEND, files->certificate, "names cannot be read", why, why_len);
  return LURK_OK;
}

static bool anchors_are_strong(X509_STORE *store) {
  const STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);
  for (size_t i = 0; i < (size_t)sk_X509_OBJECT_num(objects); i++) {
    X509 *anchor = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, (int)i));
    if (anchor != NULL && !lurk_libssl_key_is_strong(anchor))
      return false;
  }
  return true;
}

static lurk_status load_trust(SSL_CTX *context, const struct lurk_credential_files *files, char *why,
                              size_t why_len) {
  X509_STORE *store = SSL_CTX_get_cert_store(context);
  STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(files->ca);
  if (names == NULL || SSL_CTX_load_verify_locations(context, files->ca, NULL) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return lurk_credential_fault(LURK_ERR_MALFORMED, files->ca, "no CA certificate in PEM", why, why_len);
  }
  SSL_CTX_set_client_CA_list(context, names);
  if (!anchors_are_strong(store))
    return lurk_credential_fault(LURK_ERR_UNSUPPORTED, files->ca, LURK_WEAK_KEY, why, why_len);
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
  if (files->crl == NULL)
    return LURK_OK;
  X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
  if (lookup == NULL || X509_load_crl_file(lookup, files->crl, X509_FILETYPE_PEM) < 1)
    return lurk_credential_fault(LURK_ERR_MALFORMED, files->crl, "no certificate revocation list in PEM", why,
                                 why_len);
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  return LURK_OK;
}

static void log_secret(const SSL *ssl, const char *line) {
  const lurk_channel *channel = SSL_get_app_data(ssl);
  fprintf(channel->credentials->key_log, "%s\n", line);
}

lurk_status lurk_tls_load(lurk_credentials *credentials, const struct lurk_credential_files *files, char *why,
                          size_t why_len) {
  bool server = credentials->role == LURK_CHANNEL_SERVER;
  ERR_clear_error();
  SSL_CTX *context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
  credentials->tls = context;
  lurk_status status = LURK_OK;
  if (context == NULL || !apply_policy(context, credentials))
    status = lurk_credential_fault(LURK_ERR_BACKEND, "TLS library", lurk_channel_reason(), why, why_len);
  if (status == LURK_OK)
    status = load_own(credentials, files, why, why_len);
  if (status == LURK_OK)
    status = load_trust(context, files, why, why_len);
  if (status == LURK_OK && credentials->key_log != NULL)
    SSL_CTX_set_keylog_callback(context, log_secret);
  ERR_clear_error();
  return status;
}

void lurk_tls_unload(lurk_credentials *credentials) {
  SSL_CTX_free(credentials->tls);
}
