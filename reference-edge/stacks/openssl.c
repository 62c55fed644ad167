/* The stack on OpenSSL 3: a built-in provider for the private-key operations, handshakes in ASYNC jobs. */
#include "lurk/fault.h"
#include "reference-edge/stacks/libssl.h"
#include "reference-edge/stacks/openssl_provider.h"
#include "reference-edge/stacks/openssl_tls12.h"
#include "reference-edge/stacks/tls12.h"

#include <openssl/provider.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lurk_stack {
  const struct lurk_certificates *certificates;
  const struct lurk_edge_tls_config *tls;
  const struct lurk_edge_lurk_config *lurk; /* NULL: SKI */
  struct lurk_provider_library library;
  SSL_CTX **contexts; /* by certificate; sessions begin with the first */
};

const char *lurk_stack_name(void) {
  return "openssl";
}

const struct lurk_stack_ability *lurk_stack_abilities(void) {
  static const struct lurk_stack_ability abilities[LURK_ABILITY_COUNT] = {
      [LURK_ABILITY_ECDHE] = {"TLS 1.2 ECDHE", true, "provider SIGNATURE, one-shot DIGEST_SIGN"},
      [LURK_ABILITY_RSA] = {"TLS 1.2 static RSA", true, "provider ASYM_CIPHER with the TLS padding mode"},
      [LURK_ABILITY_TLS13] = {"TLS 1.3", true, "provider SIGNATURE, one-shot DIGEST_SIGN"},
      [LURK_ABILITY_ED25519] = {"Ed25519", true, "provider SIGNATURE without a digest"},
      [LURK_ABILITY_TICKETS] = {"tickets", true, "the library's own"},
      [LURK_ABILITY_CLIENTS] = {"client certificates", true, "the library's own"},
      [LURK_ABILITY_ASYNCHRONOUS] = {"asynchronous", true,
                                     "SSL_MODE_ASYNC; the provider pauses the ASYNC job"},
      [LURK_ABILITY_FRESHNESS] = {"LURK freshness", true, "provider RAND, checked against ServerHello"},
      [LURK_ABILITY_PROOF] = {"LURK proof", true, "SSL_get_tmp_key during the signature"},
      [LURK_ABILITY_MASTER] = {"LURK master secret", true,
                               "provider KDF TLS1-PRF; the library knows a random premaster only"},
      [LURK_ABILITY_AUDIT] = {"LURK audit", true, "the message callback shows ClientHello to Finished"},
  };
  return abilities;
}

/* --- the choice --- */

/* OpenSSL shows the whole ClientHello only here, before client_hello_cb. */
static void see_message(int written, int version, int type, const void *data, size_t len, SSL *ssl,
                        void *arg) {
  lurk_stack_session *session = SSL_get_app_data(ssl);
  const uint8_t *message = data;
  (void)version;
  (void)arg;
  if (!written && type == SSL3_RT_HANDSHAKE && len >= 4 && message[0] == SSL3_MT_CLIENT_HELLO)
    session->base.hello_usable = lurk_session_choose(&session->base, message + 4, len - 4);
  if (session->base.lurk != NULL && type == SSL3_RT_HANDSHAKE)
    lurk_tls12_see(&session->base, message, len);
}

#define NAMES_SIZE (LURK_SCHEME_COUNT * 32)

static void append_name(char names[NAMES_SIZE], const struct lurk_scheme *scheme) {
  size_t len = strlen(names);
  snprintf(names + len, NAMES_SIZE - len, "%s%s", len == 0 ? "" : ":", scheme->name);
}

/* The edge signs with the schemes of the choice; a client's certificate may use any. */
static bool restrict_schemes(lurk_stack_session *session) {
  const struct lurk_choice *choice = &session->base.choice;
  char own[NAMES_SIZE] = "", of_clients[NAMES_SIZE] = "";
  for (size_t i = 0; i < choice->scheme_count; i++)
    append_name(own, choice->schemes[i]);
  for (size_t i = 0; i < LURK_SCHEME_COUNT; i++)
    append_name(of_clients, &lurk_schemes[i]);
  return (choice->scheme_count == 0 || SSL_set1_sigalgs_list(session->ssl, own) == 1) &&
         SSL_set1_client_sigalgs_list(session->ssl, of_clients) == 1;
}

static int apply_choice(SSL *ssl, int *alert, void *arg) {
  lurk_stack *stack = arg;
  lurk_stack_session *session = SSL_get_app_data(ssl);
  *alert = session->base.refusal;
  if (!session->base.hello_usable)
    return SSL_CLIENT_HELLO_ERROR;
  session->base.hello_usable = false;
  size_t index = (size_t)(session->base.choice.certificate - stack->certificates->list);
  bool applied = SSL_set_SSL_CTX(ssl, stack->contexts[index]) != NULL && restrict_schemes(session) &&
                 lurk_libssl_restrict(session);
  if (session->base.lurk != NULL)
    lurk_openssl_random_next(session);
  bool rsa = session->base.choice.exchange == LURK_EXCHANGE_RSA;
  if (rsa && ((session->base.lurk != NULL && session->base.lurk->rsa == LURK_EDGE_RSA_MASTER) ||
              LURK_FAULT(ems_not_negotiated)))
    SSL_set_options(ssl, SSL_OP_NO_EXTENDED_MASTER_SECRET);
  return applied ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_ERROR;
}

/* --- the stack --- */

static X509 *import(OSSL_LIB_CTX *library, const struct lurk_x509 *certificate) {
  const unsigned char *at = certificate->der.data;
  X509 *x509 = X509_new_ex(library, LURK_PROVIDER_PROPERTIES);
  if (x509 != NULL && d2i_X509(&x509, &at, (long)certificate->der.len) != NULL)
    return x509;
  X509_free(x509);
  return NULL;
}

static const char *use_certificate(lurk_stack *stack, SSL_CTX *context,
                                   const struct lurk_certificate *certificate) {
  const char *fault = "the certificate was not taken";
  EVP_PKEY *key = NULL;
  X509 *leaf = import(stack->library.context, &certificate->chain[0]);
  if (leaf != NULL && X509_get0_pubkey(leaf) != NULL)
    key = lurk_provider_key(stack->library.context, X509_get0_pubkey(leaf));
  if (key == NULL) {
    fault = "no key could be made for the certificate";
    goto out;
  }
  fault = lurk_provider_check(&stack->library, key);
  if (fault != NULL)
    goto out;
  fault = SSL_CTX_use_cert_and_key(context, leaf, key, NULL, 1) == 1 ? NULL : lurk_libssl_reason();
  for (size_t i = 1; i < certificate->chain_len && fault == NULL; i++) {
    X509 *issuer = import(stack->library.context, &certificate->chain[i]);
    if (issuer == NULL || SSL_CTX_add0_chain_cert(context, issuer) != 1) {
      X509_free(issuer);
      fault = "the chain was not taken";
    }
  }
out:
  X509_free(leaf);
  EVP_PKEY_free(key);
  return fault;
}

#ifdef LURK_FAULTS
static SSL_TICKET_RETURN forget_secret(SSL *ssl, SSL_SESSION *session, const unsigned char *name,
                                       size_t name_len, SSL_TICKET_STATUS status, void *arg) {
  static const unsigned char nothing[LURK_MASTER_LEN];
  (void)ssl;
  (void)name;
  (void)name_len;
  (void)arg;
  if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW)
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  SSL_SESSION_set1_master_key(session, nothing, sizeof nothing);
  return SSL_TICKET_RETURN_USE;
}

static void bend_sessions(const lurk_stack *stack, SSL_CTX *context) {
  if (LURK_FAULT(ticket_without_secret))
    SSL_CTX_set_session_ticket_cb(context, NULL, forget_secret, NULL);
  if (stack->lurk == NULL || !LURK_FAULT(s_in_session_id))
    return;
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
}
#else
static void bend_sessions(const lurk_stack *stack, SSL_CTX *context) {
  (void)stack;
  (void)context;
}
#endif

static const char *make_context(lurk_stack *stack, size_t index) {
  SSL_CTX *context = SSL_CTX_new_ex(stack->library.context, stack->library.properties, TLS_server_method());
  stack->contexts[index] = context;
  if (context == NULL)
    return lurk_libssl_reason();
  const char *fault = lurk_libssl_configure(context, stack->tls, stack->lurk != NULL);
  if (fault != NULL)
    return fault;
  SSL_CTX_set_security_level(context, 2);
  SSL_CTX_set_mode(context, SSL_MODE_ASYNC);
  SSL_CTX_set_msg_callback(context, see_message);
  SSL_CTX_set_client_hello_cb(context, apply_choice, stack);
  bend_sessions(stack, context);
  if (stack->lurk && SSL_CTX_set_generate_session_id(context, lurk_openssl_session_id) != 1)
    return lurk_libssl_reason();
  return use_certificate(stack, context, &stack->certificates->list[index]);
}

const char *lurk_stack_new(const struct lurk_certificates *certificates,
                           const struct lurk_edge_tls_config *tls, const struct lurk_edge_lurk_config *lurk,
                           lurk_stack **out) {
  lurk_stack *stack = *out = calloc(1, sizeof *stack);
  if (stack == NULL)
    return "out of memory";
  stack->certificates = certificates;
  stack->tls = tls;
  stack->lurk = lurk;
  stack->contexts = calloc(certificates->count, sizeof *stack->contexts);
  if (stack->contexts == NULL || !lurk_provider_open(lurk != NULL, &stack->library))
    return "the provider cannot be loaded";
  const char *fault = lurk ? lurk_openssl_tls12_check(&stack->library) : NULL;
  for (size_t i = 0; i < certificates->count && fault == NULL; i++)
    fault = make_context(stack, i);
  return fault;
}

void lurk_stack_free(lurk_stack *stack) {
  if (stack == NULL)
    return;
  for (size_t i = 0; stack->contexts != NULL && i < stack->certificates->count; i++)
    SSL_CTX_free(stack->contexts[i]);
  free(stack->contexts);
  lurk_provider_close(&stack->library);
  free(stack);
}

SSL *lurk_libssl_session_new(lurk_stack *stack) {
  return SSL_new(stack->contexts[0]);
}

const struct lurk_certificates *lurk_libssl_certificates(const lurk_stack *stack) {
  return stack->certificates;
}

const struct lurk_edge_tls_config *lurk_libssl_tls(const lurk_stack *stack) {
  return stack->tls;
}

const struct lurk_edge_lurk_config *lurk_libssl_lurk(const lurk_stack *stack) {
  return stack->lurk;
}
