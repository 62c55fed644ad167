#include "reference-edge/stacks/libssl.h"

#include "lurk/fault.h"
#include "lurk/net/libssl_bio.h"
#include "lurk/wire/handshake.h"
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How SSL_get_error says that the handshake waits for the private key. */
#ifdef OPENSSL_IS_BORINGSSL
#define WANT_KEY_OPERATION SSL_ERROR_WANT_PRIVATE_KEY_OPERATION
#else
#define WANT_KEY_OPERATION SSL_ERROR_WANT_ASYNC
#endif

#define LONGEST_CALL (1 << 20)

lurk_stack_session *lurk_libssl_current;

static bool set_groups(SSL_CTX *context, const struct lurk_groups *groups) {
  char names[LURK_GROUP_COUNT * 16] = "";
  size_t len = 0;
  for (size_t i = 0; i < groups->count; i++)
    len += (size_t)snprintf(names + len, sizeof names - len, "%s%s", i == 0 ? "" : ":",
                            lurk_group_name(groups->ids[i]));
  return SSL_CTX_set1_curves_list(context, names) == 1;
}

/* The chain must end in the CA, and its use be clientAuth (RFC 5280 §4.2.1.12), which is what both libraries
 * ask of the peer of a server. */
static const char *ask_clients(SSL_CTX *context, const struct lurk_edge_tls_config *tls) {
  if (tls->client_ca == NULL)
    return NULL;
  STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(tls->client_ca);
  if (names == NULL || SSL_CTX_load_verify_locations(context, tls->client_ca, NULL) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return "clients.ca holds no readable PEM certificates";
  }
  SSL_CTX_set_client_CA_list(context, names);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (tls->client_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                     NULL);
  return NULL;
}

/* With LURK TLS 1.2 only, or the library would write the downgrade sentinel over the freshness output.
 */
const char *lurk_libssl_configure(SSL_CTX *context, const struct lurk_edge_tls_config *tls, bool lurk) {
  static const unsigned char id_context[] = "lurk-edge";
  SSL_CTX_set_options(context,
                      SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); /* tickets only: nothing to fill up */
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  static const unsigned char ticket_key[80] = {1};
  if (LURK_FAULT(ticket_key_shared))
    SSL_CTX_set_tlsext_ticket_keys(context, (void *)ticket_key,
                                   SSL_CTX_set_tlsext_ticket_keys(context, NULL, 0));
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(context, lurk ? TLS1_2_VERSION : TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context, LURK_SUITES_ECDHE ":" LURK_SUITES_RSA) != 1 ||
      !set_groups(context, &tls->groups) ||
      SSL_CTX_set_session_id_context(context, id_context, sizeof id_context - 1) != 1)
    return lurk_libssl_reason();
  return ask_clients(context, tls);
}

#if defined(LURK_FAULTS) && !defined(OPENSSL_IS_BORINGSSL)
static bool bend_versions_and_suites(SSL *ssl) {
  return !(LURK_FAULT(weak_suites_negotiated) || LURK_FAULT(old_clients_served)) ||
         (SSL_set_min_proto_version(ssl, 0) == 1 && SSL_set_cipher_list(ssl, "RSA:eNULL:@SECLEVEL=0") == 1);
}
#else
static bool bend_versions_and_suites(SSL *ssl) {
  (void)ssl;
  return true;
}
#endif

bool lurk_libssl_restrict(lurk_stack_session *session) {
  const struct lurk_choice *choice = &session->base.choice;
  bool rsa = choice->exchange == LURK_EXCHANGE_RSA;
  return SSL_set_cipher_list(session->ssl, rsa ? LURK_SUITES_RSA : LURK_SUITES_ECDHE) == 1 &&
         (!choice->without_tls13 || SSL_set_max_proto_version(session->ssl, TLS1_2_VERSION) == 1) &&
         (!rsa || bend_versions_and_suites(session->ssl));
}

const char *lurk_libssl_reason(void) {
  unsigned long error = ERR_peek_error();
  const char *reason = error == 0 ? NULL : ERR_reason_error_string(error);
  return reason == NULL ? "the TLS library failed" : reason;
}

/* --- sessions --- */

lurk_status lurk_stack_accept(lurk_stack *stack, const struct lurk_policy *policies, void (*wake)(void *arg),
                              void *arg, lurk_stack_session **out) {
  (void)wake; /* these libraries never block */
  (void)arg;
  lurk_stack_session *session = calloc(1, sizeof *session);
  if (session == NULL)
    return LURK_ERR_MEMORY;
  lurk_session_init(&session->base, lurk_libssl_certificates(stack), lurk_libssl_tls(stack),
                    lurk_libssl_lurk(stack), policies);
  session->ssl = lurk_libssl_session_new(stack);
  BIO *bio = session->ssl == NULL ? NULL : lurk_libssl_bio(&session->base.transport);
  if (bio == NULL || SSL_set_app_data(session->ssl, session) != 1) {
    BIO_free(bio);
    lurk_stack_session_free(session);
    return LURK_ERR_MEMORY;
  }
  SSL_set_bio(session->ssl, bio, bio);
  SSL_set_accept_state(session->ssl);
  *out = session;
  return LURK_OK;
}

void lurk_stack_session_free(lurk_stack_session *session) {
  SSL_free(session->ssl);
  lurk_session_clear(&session->base);
  free(session);
}

static enum lurk_stack_state fail(lurk_stack_session *session) {
  const char *fault = session->base.transport.fault;
  lurk_session_note(&session->base, fault != NULL ? fault : lurk_libssl_reason());
#ifdef OPENSSL_IS_BORINGSSL
  /* it does not send an alert by itself when the private-key operation fails. */
  if (SSL_in_init(session->ssl) && session->base.transport.out.len == 0)
    SSL_send_fatal_alert(session->ssl, SSL_AD_INTERNAL_ERROR);
#endif
  return LURK_STACK_FAILED;
}

/* A resumed session still knows the certificate of the first one. */
static void identify_client(lurk_stack_session *session) {
  X509 *leaf = SSL_get_peer_certificate(session->ssl);
  BIO *text = leaf == NULL ? NULL : BIO_new(BIO_s_mem());
  const uint8_t *subject = NULL;
  size_t len = 0;
  if (text != NULL && X509_NAME_print_ex(text, X509_get_subject_name(leaf), 0, XN_FLAG_RFC2253) >= 0) {
    len = (size_t)BIO_get_mem_data(text, (char **)&subject);
    lurk_session_identify(&session->base, (const char *)subject, len);
  }
  BIO_free(text);
  X509_free(leaf);
}

enum lurk_stack_state lurk_stack_step(lurk_stack_session *session) {
  if (session->base.failure[0] != '\0' && session->base.request.certificate == NULL)
    return LURK_STACK_FAILED;
  if (SSL_is_init_finished(session->ssl))
    return LURK_STACK_OPEN;
  ERR_clear_error();
  lurk_libssl_current = session;
  int result = SSL_do_handshake(session->ssl);
  lurk_libssl_current = NULL;
  if (result == 1) {
    identify_client(session);
    lurk_transport_fruitful(&session->base.transport);
    return LURK_STACK_OPEN;
  }
  switch (SSL_get_error(session->ssl, result)) {
  case SSL_ERROR_WANT_READ:
    return LURK_STACK_HANDSHAKE;
  case WANT_KEY_OPERATION:
    return LURK_STACK_KEY_OPERATION;
  default:
    return fail(session);
  }
}

enum lurk_stack_state lurk_stack_read(lurk_stack_session *session, uint8_t *buffer, size_t capacity,
                                      size_t *got) {
  *got = 0;
  ERR_clear_error();
  int result = SSL_read(session->ssl, buffer, capacity > LONGEST_CALL ? LONGEST_CALL : (int)capacity);
  if (result > 0) {
    *got = (size_t)result;
    lurk_transport_fruitful(&session->base.transport);
    return LURK_STACK_OPEN;
  }
  switch (SSL_get_error(session->ssl, result)) {
  case SSL_ERROR_WANT_READ:
    return LURK_STACK_OPEN;
  case SSL_ERROR_ZERO_RETURN:
    return LURK_STACK_CLOSED;
  default:
    return fail(session);
  }
}

lurk_status lurk_stack_write(lurk_stack_session *session, const uint8_t *data, size_t len) {
  ERR_clear_error();
  while (len > 0) {
    int result = SSL_write(session->ssl, data, len > LONGEST_CALL ? LONGEST_CALL : (int)len);
    if (result <= 0) {
      fail(session);
      return LURK_ERR_CLOSED;
    }
    data += result;
    len -= (size_t)result;
  }
  return LURK_OK;
}

void lurk_stack_close(lurk_stack_session *session) {
  ERR_clear_error();
  SSL_shutdown(session->ssl);
}

static const char *group_of(SSL *ssl) {
#ifdef OPENSSL_IS_BORINGSSL
  return lurk_group_name(SSL_get_curve_id(ssl));
#else
  switch (SSL_get_negotiated_group(ssl)) {
  case NID_X25519:
    return lurk_group_name(LURK_GROUP_X25519);
  case NID_X9_62_prime256v1:
    return lurk_group_name(LURK_GROUP_SECP256R1);
  case NID_secp384r1:
    return lurk_group_name(LURK_GROUP_SECP384R1);
  case NID_secp521r1:
    return lurk_group_name(LURK_GROUP_SECP521R1);
  default:
    return NULL;
  }
#endif
}

/* The callback of BoringSSL sees the first ClientHello only. */
static bool was_retried(const lurk_stack_session *session) {
#ifdef OPENSSL_IS_BORINGSSL
  return SSL_used_hello_retry_request(session->ssl) != 0;
#else
  return session->base.retried;
#endif
}

void lurk_stack_facts(const lurk_stack_session *session, struct lurk_stack_facts *out) {
  const struct lurk_session_base *base = &session->base;
  bool tls13 = SSL_version(session->ssl) == TLS1_3_VERSION;
  bool resumed = SSL_session_reused(session->ssl) != 0;
  const SSL_CIPHER *suite = SSL_get_current_cipher(session->ssl);
  bool shared = tls13 || (!resumed && base->choice.exchange == LURK_EXCHANGE_ECDHE);
  *out = (struct lurk_stack_facts){
      .version = tls13 ? "TLS 1.3" : "TLS 1.2",
      .suite = suite == NULL ? "unknown" : SSL_CIPHER_standard_name(suite),
      .group = shared ? group_of(session->ssl) : NULL,
      .resumed = resumed,
      .retried = was_retried(session),
      .extended_master = !tls13 && SSL_get_extms_support(session->ssl) == 1,
      .client = base->client[0] == '\0' ? NULL : base->client,
      .certificate = base->choice.certificate,
      .exchange = base->choice.exchange,
      .scheme = base->signed_with,
      .lurk_type = base->tls12.type,
  };
}

bool lurk_stack_master(const lurk_stack_session *session, uint8_t out[LURK_MASTER_LEN]) {
  const SSL_SESSION *tls = SSL_get_session(session->ssl);
  return tls != NULL && SSL_version(session->ssl) == TLS1_2_VERSION &&
         SSL_SESSION_get_master_key(tls, out, LURK_MASTER_LEN) == LURK_MASTER_LEN;
}

bool lurk_stack_export(const lurk_stack_session *session, const char *label, uint8_t *out, size_t len) {
  return SSL_export_keying_material(session->ssl, out, len, label, strlen(label), NULL, 0, 0) == 1;
}
