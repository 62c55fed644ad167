#include "reference-edge/stacks/tls12.h"

#include "lurk/fault.h"
#include <stdio.h>
#include <string.h>

void lurk_session_init(struct lurk_session_base *base, const struct lurk_certificates *certificates,
                       const struct lurk_edge_tls_config *tls, const struct lurk_edge_lurk_config *lurk,
                       const struct lurk_policy *policies) {
  memset(base, 0, sizeof *base);
  base->certificates = certificates;
  base->tls = tls;
  memcpy(base->policies, policies, sizeof base->policies);
  base->lurk = lurk;
  base->transport.server = true;
}

static void end_operation(struct lurk_session_base *base) {
  lurk_octets_clear(&base->request.input);
  lurk_octets_clear(&base->answer);
  base->request.certificate = NULL;
  base->answered = false;
}

void lurk_session_clear(struct lurk_session_base *base) {
  end_operation(base);
  lurk_tls12_clear(base);
  lurk_transport_clear(&base->transport);
}

void lurk_session_note(struct lurk_session_base *base, const char *fault) {
  if (base->failure[0] == '\0')
    snprintf(base->failure, sizeof base->failure, "%s", fault);
}

void lurk_session_identify(struct lurk_session_base *base, const char *subject, size_t len) {
  size_t kept = len < sizeof base->client ? len : sizeof base->client - 1;
  for (size_t i = 0; i < kept; i++)
    base->client[i] = subject[i] >= ' ' && subject[i] <= '~' ? subject[i] : '?';
  base->client[kept] = '\0';
}

bool lurk_session_choose(struct lurk_session_base *base, const uint8_t *body, size_t len) {
  struct lurk_client_hello hello;
  struct lurk_decode_error error;
  struct lurk_choice choice;
  const char *why = NULL;
  if (lurk_client_hello_decode(body, len, &hello, &error) != LURK_OK) {
    char fault[sizeof base->failure];
    snprintf(fault, sizeof fault, "ClientHello: %s at octet %zu", error.field, error.offset);
    lurk_session_note(base, fault);
    base->refusal = LURK_ALERT_DECODE_ERROR;
    return false;
  }
  lurk_status status =
      lurk_choose(base->certificates, base->policies, &base->tls->groups, &hello, &choice, &why);
  base->refusal = status == LURK_ERR_MISMATCH ? LURK_ALERT_PROTOCOL_VERSION : LURK_ALERT_HANDSHAKE_FAILURE;
  if (status != LURK_OK) {
    lurk_session_note(base, why);
    return false;
  }
  if (base->lurk != NULL && base->lurk->rsa == LURK_EDGE_RSA_EXTENDED_MASTER &&
      choice.exchange == LURK_EXCHANGE_RSA && !hello.extended_master_secret) {
    lurk_session_note(base, "the client does not offer the extended master secret");
    return false;
  }
  if (base->chosen && choice.certificate != base->choice.certificate) {
    lurk_session_note(base, "the second ClientHello asks for another certificate");
    return false;
  }
  base->choice = choice;
  base->retried = base->chosen;
  base->chosen = true;
  return base->lurk == NULL || lurk_tls12_begin(base, body + 2);
}

static bool is_chosen(const struct lurk_choice *choice, const struct lurk_scheme *scheme) {
  for (size_t i = 0; i < choice->scheme_count; i++)
    if (choice->schemes[i] == scheme)
      return true;
  return false;
}

bool lurk_session_ask(struct lurk_session_base *base, uint16_t scheme_id, const uint8_t *input, size_t len) {
  bool rsa = scheme_id == 0;
  const struct lurk_scheme *scheme = rsa ? NULL : lurk_scheme_find(scheme_id);
  if (!base->chosen || base->request.certificate != NULL ||
      rsa != (base->choice.exchange == LURK_EXCHANGE_RSA) || (!rsa && !is_chosen(&base->choice, scheme))) {
    lurk_session_note(base, "the TLS library asks for an operation that was not chosen");
    return false;
  }
  if (base->lurk != NULL && !lurk_tls12_may_ask(base))
    return false;
  if (!lurk_octets_copy(&base->request.input, input, len)) {
    lurk_session_note(base, "out of memory");
    return false;
  }
  base->request.certificate =
      LURK_FAULT(first_key_always_asked) ? &base->certificates->list[0] : base->choice.certificate;
  base->request.method = rsa ? LURK_SKI_RSA : LURK_SKI_ECDHE;
  base->request.protocol = base->choice.exchange == LURK_EXCHANGE_TLS13 ? LURK_SKI_TLS_1_3 : LURK_SKI_TLS_1_2;
  base->request.scheme = base->signed_with = scheme;
  base->request.tls12 = base->lurk != NULL ? &base->tls12.material : NULL;
  base->answered = false;
  return true;
}

bool lurk_session_take(struct lurk_session_base *base, uint8_t *out, size_t capacity, size_t *len) {
  bool taken = base->answered && base->answer.len > 0 && base->answer.len <= capacity;
  if (taken) {
    memcpy(out, base->answer.data, base->answer.len);
    *len = base->answer.len;
  } else {
    lurk_session_note(base, "the private-key operation failed");
  }
  end_operation(base);
  return taken;
}

/* --- the calls of stack.h that need no TLS library --- */

/* A session begins with its base, whatever the library adds. */
static struct lurk_session_base *base_of(lurk_stack_session *session) {
  return (struct lurk_session_base *)session;
}

static const struct lurk_session_base *base_of_const(const lurk_stack_session *session) {
  return (const struct lurk_session_base *)session;
}

lurk_status lurk_stack_feed(lurk_stack_session *session, const uint8_t *data, size_t len) {
  struct lurk_session_base *base = base_of(session);
  lurk_status status = lurk_transport_feed(&base->transport, data, len);
  if (status == LURK_ERR_MALFORMED)
    lurk_session_note(base, base->transport.fault);
  return status;
}

const struct lurk_key_request *lurk_stack_request(const lurk_stack_session *session) {
  return &base_of_const(session)->request;
}

void lurk_stack_answer(lurk_stack_session *session, const uint8_t *output, size_t len) {
  struct lurk_session_base *base = base_of(session);
  base->answered = true;
  if (!lurk_octets_copy(&base->answer, output, len))
    lurk_session_note(base, "out of memory");
}

const struct lurk_key_request *lurk_stack_audit(lurk_stack_session *session) {
  struct lurk_session_base *base = base_of(session);
  return base->lurk != NULL && base->lurk->audit ? lurk_tls12_audit(base) : NULL;
}

void lurk_stack_output(const lurk_stack_session *session, const uint8_t **data, size_t *len) {
  const struct lurk_session_base *base = base_of_const(session);
  *data = lurk_buffer_data(&base->transport.out);
  *len = base->transport.out.len;
}

void lurk_stack_output_taken(lurk_stack_session *session, size_t len) {
  lurk_buffer_consume(&base_of(session)->transport.out, len);
}

const char *lurk_stack_failure(const lurk_stack_session *session) {
  return base_of_const(session)->failure;
}
