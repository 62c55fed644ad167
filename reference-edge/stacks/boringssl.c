/* The stack on BoringSSL: SSL_PRIVATE_KEY_METHOD, which is asynchronous and shows the whole content to be
 * signed. */
#include "reference-edge/stacks/boringssl_random.h"
#include "reference-edge/stacks/tls12.h"

#include <stdlib.h>
#include <string.h>

struct lurk_stack {
  const struct lurk_certificates *certificates;
  const struct lurk_edge_tls_config *tls;
  const struct lurk_edge_lurk_config *lurk; /* NULL: SKI */
  SSL_CTX *context;
  CRYPTO_BUFFER ***chains; /* by certificate, leaf first */
};

const char *lurk_stack_name(void) {
  return "boringssl";
}

const struct lurk_stack_ability *lurk_stack_abilities(void) {
  static const struct lurk_stack_ability abilities[LURK_ABILITY_COUNT] = {
      [LURK_ABILITY_ECDHE] = {"TLS 1.2 ECDHE", true, "SSL_PRIVATE_KEY_METHOD.sign"},
      [LURK_ABILITY_RSA] =
          {"TLS 1.2 static RSA", true,
           "SSL_PRIVATE_KEY_METHOD.decrypt; the PKCS#1 block is rebuilt around the premaster"},
      [LURK_ABILITY_TLS13] = {"TLS 1.3", true, "SSL_PRIVATE_KEY_METHOD.sign"},
      [LURK_ABILITY_ED25519] = {"Ed25519", true, "SSL_set_signing_algorithm_prefs"},
      [LURK_ABILITY_TICKETS] = {"tickets", true,
                                "the library's own; TLS 1.3 tickets leave with the first answer"},
      [LURK_ABILITY_CLIENTS] = {"client certificates", true, "the library's own"},
      [LURK_ABILITY_ASYNCHRONOUS] = {"asynchronous", true, "ssl_private_key_retry"},
      [LURK_ABILITY_FRESHNESS] = {"LURK freshness", true,
                                  "RAND_bytes, taken over by the program, checked against ServerHello"},
      [LURK_ABILITY_PROOF] = {"LURK proof", false, "the library does not show the ephemeral private key"},
      [LURK_ABILITY_MASTER] = {"LURK master secret", false,
                               "the library takes no master secret from outside"},
      [LURK_ABILITY_AUDIT] = {"LURK audit", false,
                              "there is no static RSA: the library takes no master secret from outside"},
  };
  return abilities;
}

/* --- the private-key hook --- */

static lurk_stack_session *session_of(const SSL *ssl) {
  return SSL_get_app_data(ssl);
}

static enum ssl_private_key_result_t sign(SSL *ssl, uint8_t *out, size_t *out_len, size_t max_out,
                                          uint16_t algorithm, const uint8_t *in, size_t in_len) {
  (void)out;
  (void)out_len;
  (void)max_out;
  bool asked = lurk_session_ask(&session_of(ssl)->base, algorithm, in, in_len);
  return asked ? ssl_private_key_retry : ssl_private_key_failure;
}

static enum ssl_private_key_result_t decrypt(SSL *ssl, uint8_t *out, size_t *out_len, size_t max_out,
                                             const uint8_t *in, size_t in_len) {
  return sign(ssl, out, out_len, max_out, 0, in, in_len);
}

/* The library wants the raw RSA result and takes the padding off itself (RFC 8017 §7.2.1). */
static bool take_premaster(lurk_stack_session *session, uint8_t *out, size_t *out_len, size_t max_out) {
  size_t modulus = lurk_public_key_modulus_len(session->base.choice.certificate->public_key);
  size_t len = 0;
  if (modulus > max_out || modulus < LURK_PREMASTER_LEN + 11 ||
      !lurk_session_take(&session->base, out + modulus - LURK_PREMASTER_LEN, LURK_PREMASTER_LEN, &len) ||
      len != LURK_PREMASTER_LEN)
    return false;
  memset(out, 0xff, modulus - LURK_PREMASTER_LEN);
  out[0] = 0;
  out[1] = 2;
  out[modulus - LURK_PREMASTER_LEN - 1] = 0;
  *out_len = modulus;
  return true;
}

static enum ssl_private_key_result_t complete(SSL *ssl, uint8_t *out, size_t *out_len, size_t max_out) {
  lurk_stack_session *session = session_of(ssl);
  if (!session->base.answered)
    return ssl_private_key_retry;
  bool taken = session->base.request.method == LURK_SKI_RSA
                   ? take_premaster(session, out, out_len, max_out)
                   : lurk_session_take(&session->base, out, max_out, out_len);
  return taken ? ssl_private_key_success : ssl_private_key_failure;
}

static const SSL_PRIVATE_KEY_METHOD key_method = {.sign = sign, .decrypt = decrypt, .complete = complete};

/* --- the choice --- */

/* The only alert to be had here is handshake_failure. A version the library refuses by itself, with the right
 * one, once TLS 1.3 is off: then there is none left, or it would have been chosen. */
static enum ssl_select_cert_result_t refuse(lurk_stack_session *session) {
  return session->base.refusal == LURK_ALERT_PROTOCOL_VERSION &&
                 SSL_set_max_proto_version(session->ssl, TLS1_2_VERSION) == 1
             ? ssl_select_cert_success
             : ssl_select_cert_error;
}

static void see_message(int written, int version, int type, const void *data, size_t len, SSL *ssl,
                        void *arg) {
  (void)version;
  (void)arg;
  if (written && type == SSL3_RT_HANDSHAKE)
    lurk_tls12_see(&session_of(ssl)->base, data, len);
}

static enum ssl_select_cert_result_t select_certificate(const SSL_CLIENT_HELLO *hello) {
  lurk_stack_session *session = session_of(hello->ssl);
  lurk_stack *stack = SSL_CTX_get_app_data(SSL_get_SSL_CTX(hello->ssl));
  uint16_t schemes[LURK_SCHEME_COUNT];
  if (!lurk_session_choose(&session->base, hello->client_hello, hello->client_hello_len))
    return refuse(session);
  const struct lurk_choice *choice = &session->base.choice;
  for (size_t i = 0; i < choice->scheme_count; i++)
    schemes[i] = choice->schemes[i]->id;
  CRYPTO_BUFFER **chain = stack->chains[choice->certificate - stack->certificates->list];
  if (session->base.lurk)
    lurk_boringssl_random_next(session);
  bool prepared =
      SSL_set_chain_and_key(session->ssl, chain, choice->certificate->chain_len, NULL, &key_method) == 1 &&
      (choice->scheme_count == 0 ||
       SSL_set_signing_algorithm_prefs(session->ssl, schemes, choice->scheme_count) == 1) &&
      lurk_libssl_restrict(session);
  return prepared ? ssl_select_cert_success : ssl_select_cert_error;
}

/* --- the stack --- */

static CRYPTO_BUFFER **make_chain(const struct lurk_certificate *certificate) {
  CRYPTO_BUFFER **chain = calloc(certificate->chain_len, sizeof *chain);
  for (size_t i = 0; chain != NULL && i < certificate->chain_len; i++)
    chain[i] = CRYPTO_BUFFER_new(certificate->chain[i].der.data, certificate->chain[i].der.len, NULL);
  return chain;
}

static bool make_chains(lurk_stack *stack) {
  stack->chains = calloc(stack->certificates->count, sizeof *stack->chains);
  if (stack->chains == NULL)
    return false;
  for (size_t i = 0; i < stack->certificates->count; i++)
    if ((stack->chains[i] = make_chain(&stack->certificates->list[i])) == NULL)
      return false;
  return true;
}

/* Its default lacks Ed25519. */
static bool take_all_schemes(SSL_CTX *context) {
  uint16_t schemes[LURK_SCHEME_COUNT];
  for (size_t i = 0; i < LURK_SCHEME_COUNT; i++)
    schemes[i] = lurk_schemes[i].id;
  return SSL_CTX_set_verify_algorithm_prefs(context, schemes, LURK_SCHEME_COUNT) == 1;
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
  stack->context = SSL_CTX_new(TLS_server_method());
  if (stack->context == NULL || !take_all_schemes(stack->context) || !make_chains(stack))
    return lurk_libssl_reason();
  const char *fault = lurk_libssl_configure(stack->context, tls, lurk != NULL);
  if (fault != NULL)
    return fault;
  SSL_CTX_set_app_data(stack->context, stack);
  SSL_CTX_set_select_certificate_cb(stack->context, select_certificate);
  if (lurk) {
    SSL_CTX_set_msg_callback(stack->context, see_message);
    SSL_CTX_set_current_time_cb(stack->context, lurk_boringssl_time);
  }
  return NULL;
}

void lurk_stack_free(lurk_stack *stack) {
  if (stack == NULL)
    return;
  for (size_t i = 0; stack->chains != NULL && i < stack->certificates->count; i++) {
    for (size_t j = 0; stack->chains[i] != NULL && j < stack->certificates->list[i].chain_len; j++)
      CRYPTO_BUFFER_free(stack->chains[i][j]);
    free(stack->chains[i]);
  }
  free(stack->chains);
  SSL_CTX_free(stack->context);
  free(stack);
}

SSL *lurk_libssl_session_new(lurk_stack *stack) {
  return SSL_new(stack->context);
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
