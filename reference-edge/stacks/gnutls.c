/* The stack on GnuTLS, which can only block in a private-key operation: an AGAIN out of a signature makes it
 * leave the signed message out. Each step of a handshake therefore runs on a thread of its own, which waits
 * while the operation is under way; their number is bounded by that of connections.
 *
 * Keys are external ones (gnutls_privkey_import_ext4). Their callbacks see hashes only, so signatures are
 * taken one level higher: gnutls_hooks.c stands in front of gnutls_privkey_sign_data2. */
#include "lurk/wire/handshake.h"
#include "reference-edge/stacks/gnutls_clients.h"
#include "reference-edge/stacks/gnutls_hooks.h"
#include "reference-edge/stacks/gnutls_priority.h"
#include "reference-edge/stacks/gnutls_tls12.h"
#include "reference-edge/stacks/tls12.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define THREAD_STACK (512 * 1024)

struct lurk_stack {
  const struct lurk_certificates *certificates;
  const struct lurk_edge_tls_config *tls;
  const struct lurk_edge_lurk_config *lurk;      /* NULL: SKI */
  gnutls_certificate_credentials_t *credentials; /* by certificate */
  gnutls_datum_t ticket_key;
};

/* Who may touch a session: the loop in IDLE, ASKING and DONE, its thread in RUNNING. */
enum phase { IDLE, RUNNING, ASKING, DONE };

struct lurk_stack_session {
  struct lurk_session_base base;
  lurk_stack *stack;
  gnutls_session_t tls;
  uv_thread_t thread;
  uv_sem_t answered;
  atomic_int phase; /* enum phase */
  int result;       /* of the last step */
  bool open;
  void (*wake)(void *arg);
  void *wake_arg;
};

const char *lurk_stack_name(void) {
  return "gnutls";
}

const struct lurk_stack_ability *lurk_stack_abilities(void) {
  static const struct lurk_stack_ability abilities[LURK_ABILITY_COUNT] = {
      [LURK_ABILITY_ECDHE] = {"TLS 1.2 ECDHE", true, "gnutls_privkey_sign_data2, taken over by the program"},
      [LURK_ABILITY_RSA] = {"TLS 1.2 static RSA", true, "decryption callback of gnutls_privkey_import_ext4"},
      [LURK_ABILITY_TLS13] = {"TLS 1.3", true, "gnutls_privkey_sign_data2, taken over by the program"},
      [LURK_ABILITY_ED25519] = {"Ed25519", true, "gnutls_privkey_sign_data2, taken over by the program"},
      [LURK_ABILITY_TICKETS] = {"tickets", true, "the library's own"},
      [LURK_ABILITY_CLIENTS] = {"client certificates", true, "the library's own"},
      [LURK_ABILITY_ASYNCHRONOUS] = {"asynchronous", false,
                                     "the library skips a message whose signature is not there at once; one "
                                     "thread per handshake instead"},
      [LURK_ABILITY_FRESHNESS] = {"LURK freshness", true,
                                  "gnutls_handshake_set_random, checked against ServerHello"},
      [LURK_ABILITY_PROOF] = {"LURK proof", false, "the library does not show the ephemeral private key"},
      [LURK_ABILITY_MASTER] = {"LURK master secret", true,
                               "the key log callback gets the place of the master secret before it is used; "
                               "the library knows a random premaster only"},
      [LURK_ABILITY_AUDIT] = {"LURK audit", true, "the handshake hook shows ClientHello to Finished"},
  };
  return abilities;
}

/* --- the private-key operation, on the handshake's thread --- */

static _Thread_local lurk_stack_session *current;

/* Blocks until the operation that was asked for is answered. */
static bool await(lurk_stack_session *session, uint8_t *out, size_t capacity, size_t *len) {
  session->phase = ASKING;
  session->wake(session->wake_arg);
  uv_sem_wait(&session->answered);
  return lurk_session_take(&session->base, out, capacity, len);
}

bool lurk_gnutls_perform(uint16_t scheme, const gnutls_datum_t *in, uint8_t *out, size_t capacity,
                         size_t *len) {
  lurk_stack_session *session = current;
  if (session == NULL)
    return false;
  if (session->base.lurk != NULL && scheme == 0) { /* the premaster stays in the key server */
    *len = LURK_PREMASTER_LEN;
    return capacity >= *len && lurk_tls12_stand_in(&session->base, in->data, in->size, out);
  }
  return lurk_session_ask(&session->base, scheme, in->data, in->size) && await(session, out, capacity, len);
}

/* The library has derived the master secret from the stand-in and makes keys of it after this call. */
static int replace_master(gnutls_session_t tls, const char *label, const gnutls_datum_t *secret) {
  lurk_stack_session *session = gnutls_session_get_ptr(tls);
  enum lurk_tls12_prf_hash hash;
  size_t len = 0;
  if (strcmp(label, "CLIENT_RANDOM") != 0 || session != current || session->base.tls12.ciphertext.len == 0)
    return 0;
  bool extended = gnutls_session_ext_master_secret_status(tls) != 0;
  bool replaced = secret->size == LURK_MASTER_LEN && lurk_gnutls_prf_hash(tls, &hash) &&
                  lurk_tls12_ask_master(&session->base, extended, hash) &&
                  await(session, secret->data, secret->size, &len) && len == secret->size;
  return replaced ? 0 : GNUTLS_E_INTERNAL_ERROR;
}

static void run_step(void *arg) {
  lurk_stack_session *session = arg;
  current = session;
  do
    session->result = gnutls_handshake(session->tls);
  while (session->result != GNUTLS_E_AGAIN && session->result < 0 && !gnutls_error_is_fatal(session->result));
  session->phase = DONE;
  session->wake(session->wake_arg);
}

/* --- the choice --- */

/* The error whose alert it is (gnutls_error_to_alert). */
static int error_of_refusal(uint8_t refusal) {
  switch (refusal) {
  case LURK_ALERT_PROTOCOL_VERSION:
    return GNUTLS_E_UNSUPPORTED_VERSION_PACKET;
  case LURK_ALERT_DECODE_ERROR:
    return GNUTLS_E_UNEXPECTED_PACKET_LENGTH;
  default:
    return GNUTLS_E_NO_CIPHER_SUITES;
  }
}

static int take_client_hello(lurk_stack_session *session, const gnutls_datum_t *message) {
  struct lurk_session_base *base = &session->base;
  char priority[LURK_GNUTLS_PRIORITY_SIZE];
  if (!lurk_session_choose(base, message->data, message->size))
    return error_of_refusal(base->refusal);
  const struct lurk_choice *choice = &base->choice;
  size_t index = (size_t)(choice->certificate - session->stack->certificates->list);
  if (!lurk_gnutls_priority(choice, base->tls, base->lurk, priority))
    return GNUTLS_E_INTERNAL_ERROR;
  int result = gnutls_priority_set_direct(session->tls, priority, NULL);
  if (result == 0)
    result = gnutls_credentials_set(session->tls, GNUTLS_CRD_CERTIFICATE, session->stack->credentials[index]);
  return result == 0 && base->lurk != NULL ? lurk_gnutls_set_random(session->tls, base) : result;
}

/* Before the library acts on a message that has come, and before it sends one. */
static int see_message(gnutls_session_t tls, unsigned type, unsigned when, unsigned incoming,
                       const gnutls_datum_t *message) {
  lurk_stack_session *session = gnutls_session_get_ptr(tls);
  (void)when;
  if (type == GNUTLS_HANDSHAKE_CLIENT_HELLO && incoming) {
    int result = take_client_hello(session, message);
    if (result != 0)
      return result;
  }
  return session->base.lurk != NULL ? lurk_gnutls_see(&session->base, type, message) : 0;
}

/* --- the stack --- */

static const char *add_certificate(lurk_stack *stack, size_t index) {
  const struct lurk_certificate *certificate = &stack->certificates->list[index];
  if (!lurk_gnutls_hook_reached(certificate))
    return "gnutls_privkey_sign_data2 cannot be taken over: the library must be linked dynamically";
  int result = gnutls_certificate_allocate_credentials(&stack->credentials[index]);
  if (result == 0)
    result = lurk_gnutls_use_certificate(stack->credentials[index], certificate);
  return result == 0 ? lurk_gnutls_trust(stack->credentials[index], stack->tls) : gnutls_strerror(result);
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
  stack->credentials = calloc(certificates->count, sizeof *stack->credentials);
  if (stack->credentials == NULL || gnutls_session_ticket_key_generate(&stack->ticket_key) != 0)
    return "out of memory";
  const char *fault = NULL;
  for (size_t i = 0; i < certificates->count && fault == NULL; i++)
    fault = add_certificate(stack, i);
  return fault;
}

void lurk_stack_free(lurk_stack *stack) {
  if (stack == NULL)
    return;
  for (size_t i = 0; stack->credentials != NULL && i < stack->certificates->count; i++)
    if (stack->credentials[i] != NULL)
      gnutls_certificate_free_credentials(stack->credentials[i]);
  free(stack->credentials);
  lurk_wipe(stack->ticket_key.data, stack->ticket_key.size);
  gnutls_free(stack->ticket_key.data);
  free(stack);
}

/* --- sessions --- */

static ssize_t pull(gnutls_transport_ptr_t arg, void *data, size_t len) {
  lurk_stack_session *session = arg;
  ptrdiff_t got = lurk_transport_pull(&session->base.transport, data, len);
  if (got > 0)
    return got;
  gnutls_transport_set_errno(session->tls, got == 0 ? EAGAIN : EIO);
  return -1;
}

static ssize_t push(gnutls_transport_ptr_t arg, const void *data, size_t len) {
  lurk_stack_session *session = arg;
  if (lurk_buffer_append(&session->base.transport.out, data, len))
    return (ssize_t)len;
  gnutls_transport_set_errno(session->tls, ENOMEM);
  return -1;
}

static int pull_ready(gnutls_transport_ptr_t arg, unsigned milliseconds) {
  const lurk_stack_session *session = arg;
  (void)milliseconds;
  return session->base.transport.in.len > 0;
}

lurk_status lurk_stack_accept(lurk_stack *stack, const struct lurk_policy *policies, void (*wake)(void *arg),
                              void *arg, lurk_stack_session **out) {
  lurk_stack_session *session = calloc(1, sizeof *session);
  if (session == NULL)
    return LURK_ERR_MEMORY;
  if (uv_sem_init(&session->answered, 0) != 0) {
    free(session);
    return LURK_ERR_MEMORY;
  }
  lurk_session_init(&session->base, stack->certificates, stack->tls, stack->lurk, policies);
  session->stack = stack;
  session->wake = wake;
  session->wake_arg = arg;
  /* The defaults last only until see_message. */
  if (gnutls_init(&session->tls, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) != 0 ||
      gnutls_set_default_priority(session->tls) != 0 ||
      gnutls_session_ticket_enable_server(session->tls, &stack->ticket_key) != 0) {
    lurk_stack_session_free(session);
    return LURK_ERR_MEMORY;
  }
  gnutls_session_set_ptr(session->tls, session);
  lurk_gnutls_ask_client(session->tls, stack->tls);
  gnutls_handshake_set_hook_function(
      session->tls, stack->lurk != NULL ? GNUTLS_HANDSHAKE_ANY : GNUTLS_HANDSHAKE_CLIENT_HELLO,
      GNUTLS_HOOK_PRE, see_message);
  if (stack->lurk != NULL)
    gnutls_session_set_keylog_function(session->tls, replace_master);
  gnutls_transport_set_ptr(session->tls, session);
  gnutls_transport_set_pull_function(session->tls, pull);
  gnutls_transport_set_push_function(session->tls, push);
  gnutls_transport_set_pull_timeout_function(session->tls, pull_ready);
  *out = session;
  return LURK_OK;
}

void lurk_stack_session_free(lurk_stack_session *session) {
  if (session->tls != NULL)
    gnutls_deinit(session->tls);
  uv_sem_destroy(&session->answered);
  lurk_session_clear(&session->base);
  free(session);
}

static enum lurk_stack_state fail(lurk_stack_session *session, int result) {
  const char *fault = session->base.transport.fault;
  lurk_session_note(&session->base, fault != NULL ? fault : gnutls_strerror(result));
  gnutls_alert_send_appropriate(session->tls, result);
  return LURK_STACK_FAILED;
}

static enum lurk_stack_state finish_step(lurk_stack_session *session) {
  uv_thread_join(&session->thread);
  session->phase = IDLE;
  if (session->result == GNUTLS_E_AGAIN)
    return LURK_STACK_HANDSHAKE;
  if (session->result < 0)
    return fail(session, session->result);
  lurk_gnutls_identify(session->tls, &session->base);
  session->open = true;
  lurk_transport_fruitful(&session->base.transport);
  return LURK_STACK_OPEN;
}

static enum lurk_stack_state start_step(lurk_stack_session *session) {
  const uv_thread_options_t options = {.flags = UV_THREAD_HAS_STACK_SIZE, .stack_size = THREAD_STACK};
  session->phase = RUNNING;
  if (uv_thread_create_ex(&session->thread, &options, run_step, session) == 0)
    return LURK_STACK_BUSY;
  session->phase = IDLE;
  lurk_session_note(&session->base, "no thread for the handshake");
  return fail(session, GNUTLS_E_INTERNAL_ERROR);
}

enum lurk_stack_state lurk_stack_step(lurk_stack_session *session) {
  switch (atomic_load(&session->phase)) {
  case RUNNING:
    return LURK_STACK_BUSY;
  case ASKING:
    if (!session->base.answered)
      return LURK_STACK_KEY_OPERATION;
    session->phase = RUNNING;
    uv_sem_post(&session->answered);
    return LURK_STACK_BUSY;
  case DONE:
    return finish_step(session);
  default:
    break;
  }
  if (session->base.failure[0] != '\0')
    return LURK_STACK_FAILED;
  if (session->open)
    return LURK_STACK_OPEN;
  return session->base.transport.in.len > 0 ? start_step(session) : LURK_STACK_HANDSHAKE;
}

enum lurk_stack_state lurk_stack_read(lurk_stack_session *session, uint8_t *buffer, size_t capacity,
                                      size_t *got) {
  const struct lurk_buffer *queue = &session->base.transport.in;
  ssize_t result = 0;
  size_t before = 0;
  *got = 0;
  do { /* AGAIN also stands for "a KeyUpdate was read": only an empty queue means waiting */
    before = queue->len;
    result = gnutls_record_recv(session->tls, buffer, capacity);
  } while (result == GNUTLS_E_AGAIN && queue->len > 0 && queue->len < before);
  if (result > 0) {
    *got = (size_t)result;
    lurk_transport_fruitful(&session->base.transport);
    return LURK_STACK_OPEN;
  }
  if (result == 0)
    return LURK_STACK_CLOSED;
  if (result == GNUTLS_E_REHANDSHAKE) /* there is none: say so, as the other stacks do */
    gnutls_alert_send(session->tls, GNUTLS_AL_WARNING, GNUTLS_A_NO_RENEGOTIATION);
  return gnutls_error_is_fatal((int)result) ? fail(session, (int)result) : LURK_STACK_OPEN;
}

lurk_status lurk_stack_write(lurk_stack_session *session, const uint8_t *data, size_t len) {
  while (len > 0) {
    ssize_t result = gnutls_record_send(session->tls, data, len);
    if (result <= 0) {
      fail(session, (int)result);
      return LURK_ERR_CLOSED;
    }
    data += result;
    len -= (size_t)result;
  }
  return LURK_OK;
}

void lurk_stack_close(lurk_stack_session *session) {
  gnutls_bye(session->tls, GNUTLS_SHUT_WR);
}

static const char *group_of(gnutls_session_t tls) {
  switch (gnutls_group_get(tls)) {
  case GNUTLS_GROUP_X25519:
    return lurk_group_name(LURK_GROUP_X25519);
  case GNUTLS_GROUP_SECP256R1:
    return lurk_group_name(LURK_GROUP_SECP256R1);
  case GNUTLS_GROUP_SECP384R1:
    return lurk_group_name(LURK_GROUP_SECP384R1);
  case GNUTLS_GROUP_SECP521R1:
    return lurk_group_name(LURK_GROUP_SECP521R1);
  default:
    return NULL;
  }
}

void lurk_stack_facts(const lurk_stack_session *session, struct lurk_stack_facts *out) {
  const struct lurk_session_base *base = &session->base;
  bool tls13 = gnutls_protocol_get_version(session->tls) == GNUTLS_TLS1_3;
  bool resumed = gnutls_session_is_resumed(session->tls) != 0;
  const char *suite = gnutls_ciphersuite_get(session->tls);
  bool shared = tls13 || (!resumed && base->choice.exchange == LURK_EXCHANGE_ECDHE);
  *out = (struct lurk_stack_facts){
      .version = tls13 ? "TLS 1.3" : "TLS 1.2",
      .suite = suite == NULL ? "unknown" : suite,
      .group = shared ? group_of(session->tls) : NULL,
      .resumed = resumed,
      .retried = base->retried,
      .extended_master = !tls13 && gnutls_session_ext_master_secret_status(session->tls) != 0,
      .client = base->client[0] == '\0' ? NULL : base->client,
      .certificate = base->choice.certificate,
      .exchange = base->choice.exchange,
      .scheme = base->signed_with,
      .lurk_type = base->tls12.type,
  };
}

bool lurk_stack_master(const lurk_stack_session *session, uint8_t out[LURK_MASTER_LEN]) {
  gnutls_datum_t master = {NULL, 0};
  gnutls_session_get_master_secret(session->tls, &master);
  bool had = gnutls_protocol_get_version(session->tls) == GNUTLS_TLS1_2 && master.size == LURK_MASTER_LEN;
  if (had)
    memcpy(out, master.data, LURK_MASTER_LEN);
  return had;
}

bool lurk_stack_export(const lurk_stack_session *session, const char *label, uint8_t *out, size_t len) {
  return gnutls_prf_rfc5705(session->tls, strlen(label), label, 0, NULL, len, (char *)out) == 0;
}
