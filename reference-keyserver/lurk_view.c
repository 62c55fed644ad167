#include "lurk_view.h"

#include "authorisation.h"
#include "lurk/fault.h"
#include "lurk/wire/bytes.h"
#include "lurk/wire/lurk_header.h"
#include "lurk/wire/lurk_rsa_suites.h"
#include "lurk/wire/lurk_tls12_capabilities.h"
#include "schemes.h"
#include <stdlib.h>
#include <string.h>
#ifdef LURK_FAULTS
#include <threads.h>
#endif

#define DIGEST_INPUT_LIMIT (64u << 20)
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A view in the making. */
struct making {
  const struct lurk_config_lurk *config;
  time_t now;
  struct lurk_view *view;
  struct lurk_tls12_capabilities *capabilities;
  struct lurk_builder keys; /* what the state of tls12 covers beyond capabilities */
};

/* --- lists --- */

static void add8(struct lurk_list8 *list, uint8_t value) {
  list->values[list->count++] = value;
}

static void add16(struct lurk_list16 *list, uint16_t value) {
  list->values[list->count++] = value;
}

static bool has16(const struct lurk_list16 *list, uint16_t value) {
  for (size_t i = 0; i < list->count; i++)
    if (list->values[i] == value)
      return true;
  return false;
}

static void add16_once(struct lurk_list16 *list, const uint16_t *values, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!has16(list, values[i]))
      add16(list, values[i]);
}

/* --- tls12 --- */

static void begin_capability(struct lurk_tls12_capability *capability) {
  capability->offered = true;
  add8(&capability->key_id_types, LURK_KEY_ID_SHA256_32);
  add8(&capability->freshness_functs, LURK_FRESHNESS_SHA256);
  if (LURK_FAULT(null_freshness_listed))
    add8(&capability->freshness_functs, 0xff);
}

/* Handshakes say by their suite which hash the PRF has; the others say it themselves. */
static void add_rsa(struct making *making, enum lurk_tls12_type type) {
  struct lurk_tls12_capability *capability = &making->capabilities->types[type];
  if (capability->offered)
    return;
  begin_capability(capability);
  add16_once(&capability->cipher_suites, lurk_rsa_suites, lurk_rsa_suite_count);
  add8(&capability->prf_hashes, LURK_PRF_SHA256);
  add8(&capability->prf_hashes, LURK_PRF_SHA384);
  if (type == LURK_TLS12_RSA_MASTER)
    add8(&capability->prf_hashes, LURK_PRF_SHA512);
}

/* Proofs in the order of preference; null is for x25519, or allowed by policy. */
static void begin_ecdhe(struct lurk_tls12_capability *capability) {
  static const uint16_t groups[] = {LURK_GROUP_SECP256R1, LURK_GROUP_SECP384R1, LURK_GROUP_SECP521R1,
                                    LURK_GROUP_X25519};
  begin_capability(capability);
  add16_once(&capability->ecdhe_curves, groups, COUNT(groups));
  add8(&capability->poo_prfs, LURK_POO_SHA256_256);
  add8(&capability->poo_prfs, LURK_POO_SHA256_128);
  add8(&capability->poo_prfs, LURK_POO_NULL);
}

/* The suites say only what kind of key they need: the key server does not see which one is negotiated. */
static const uint16_t rsa_suites[] = {0xc02f, 0xc030, 0xcca8, 0xc027, 0xc028, 0xc013, 0xc014};
static const uint16_t ecdsa_suites[] = {0xc02b, 0xc02c, 0xcca9, 0xc023, 0xc024, 0xc009, 0xc00a};

static void add_ecdhe(struct making *making, enum lurk_key_type type) {
  static const uint16_t curves[] = {[LURK_KEY_P256] = LURK_GROUP_SECP256R1,
                                    [LURK_KEY_P384] = LURK_GROUP_SECP384R1,
                                    [LURK_KEY_P521] = LURK_GROUP_SECP521R1};
  struct lurk_tls12_capability *capability = &making->capabilities->types[LURK_TLS12_ECDHE];
  struct lurk_signature_algorithm algorithm;
  if (!capability->offered)
    begin_ecdhe(capability);
  if (type == LURK_KEY_RSA)
    add16_once(&capability->cipher_suites, rsa_suites, COUNT(rsa_suites));
  else
    add16_once(&capability->cipher_suites, ecdsa_suites, COUNT(ecdsa_suites));
  if (type != LURK_KEY_RSA && type != LURK_KEY_ED25519)
    add16_once(&capability->ecdsa_curves, &curves[type], 1);
  for (size_t i = 0; i < LURK_SCHEME_COUNT; i++)
    if (lurk_signature_for_scheme(type, lurk_schemes[i], false, &algorithm) == LURK_OK)
      add16_once(&capability->schemes, &lurk_schemes[i], 1);
}

/* --- keys --- */

static void narrow(struct lurk_view *view, const struct lurk_served_key *key, time_t now) {
  const int64_t changes[] = {key->not_before, key->not_after + 1};
  for (size_t i = 0; i < COUNT(changes) && key->has_certificate; i++) {
    if (changes[i] <= now && changes[i] > view->from)
      view->from = changes[i];
    if (changes[i] > now && changes[i] < view->until)
      view->until = changes[i];
  }
}

static void add_grant(struct making *making, const struct lurk_grant *grant) {
  const struct lurk_served_key *key = grant->key;
  making->view->tls12 = true;
  narrow(making->view, key, making->now);
  if (!lurk_served_key_is_current(key, making->now))
    return;
  lurk_add_octets(&making->keys, key->spki, sizeof key->spki);
  lurk_add_u8(&making->keys, (uint8_t)grant->types);
  lurk_add_u8(&making->keys, key->dtls);
  for (int type = LURK_TLS12_RSA_MASTER; type <= LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH; type++)
    if ((grant->types & 1u << type) != 0)
      add_rsa(making, (enum lurk_tls12_type)type);
  if ((grant->types & 1u << LURK_TLS12_ECDHE) != 0)
    add_ecdhe(making, lurk_private_key_type(key->key));
}

static void add_edge(struct making *making, const struct lurk_edge *edge) {
  for (size_t i = 0; i < edge->grant_count; i++)
    if (edge->grants[i].types != 0)
      add_grant(making, &edge->grants[i]);
}

/* --- payloads --- */

/* The first octets of SHA-256 over what the state stands for. */
static lurk_status digest(struct lurk_builder *builder, uint8_t state[LURK_STATE_LEN]) {
  struct lurk_octets content = {0};
  uint8_t hash[LURK_MAX_HASH_LEN];
  lurk_status status = lurk_builder_finish(builder, &content);
  if (status == LURK_OK)
    status = lurk_digest(LURK_SHA256, content.data, content.len, hash);
  if (status == LURK_OK)
    memcpy(state, hash, LURK_STATE_LEN);
  lurk_octets_clear(&content);
  return status;
}

#ifdef LURK_FAULTS
static uint8_t process[LURK_STATE_LEN];

static void choose_process(void) {
  if (lurk_random(process, sizeof process) != LURK_OK)
    abort();
}

static void bend_state(struct lurk_builder *covered) {
  static once_flag once = ONCE_FLAG_INIT;
  if (LURK_FAULT(state_of_the_options)) {
    lurk_builder_clear(covered);
    lurk_builder_init(covered, DIGEST_INPUT_LIMIT);
  }
  if (LURK_FAULT(state_of_the_process)) {
    call_once(&once, choose_process);
    lurk_add_octets(covered, process, sizeof process);
  }
}
#endif

/* Encoded twice: the state stands in what it covers. */
static lurk_status finish_tls12(struct making *making) {
  struct lurk_view *view = making->view;
  const struct lurk_config_lurk *config = making->config;
  struct lurk_octets stateless = {0};
  lurk_status status = lurk_tls12_capabilities_encode(making->capabilities, &stateless);
  if (status != LURK_OK)
    return status;
  lurk_add_octets(&making->keys, stateless.data, stateless.len);
  lurk_octets_clear(&stateless);
#ifdef LURK_FAULTS
  bend_state(&making->keys);
#endif
  lurk_add_u32(&making->keys, config->time_window_seconds);
  lurk_add_u32(&making->keys, config->replay_window_seconds);
  lurk_add_u8(&making->keys, config->proof_required);
  lurk_add_u32(&making->keys, config->message_octets);
  status = digest(&making->keys, view->tls12_state);
  memcpy(making->capabilities->state, view->tls12_state, LURK_STATE_LEN);
  return status == LURK_OK ? lurk_tls12_capabilities_encode(making->capabilities, &view->tls12_capabilities)
                           : status;
}

static lurk_status finish_base(struct lurk_view *view) {
  static const uint8_t extensions[] = {LURK_DESIGNATION_LURK, LURK_EXTENSION_VERSION, LURK_DESIGNATION_TLS12,
                                       LURK_EXTENSION_VERSION};
  static const uint8_t types[] = {LURK_BASE_CAPABILITIES, LURK_BASE_PING};
  struct lurk_base_capabilities capabilities = {.extensions = extensions,
                                                .extension_count = view->tls12 ? 2 : 1,
                                                .types = types,
                                                .type_count = sizeof types};
  struct lurk_builder covered;
  lurk_builder_init(&covered, sizeof extensions + sizeof types + LURK_STATE_LEN);
  lurk_add_octets(&covered, extensions, 2 * capabilities.extension_count);
  lurk_add_octets(&covered, types, sizeof types);
  lurk_add_octets(&covered, view->tls12_state, LURK_STATE_LEN);
  lurk_status status = digest(&covered, view->base_state);
  memcpy(capabilities.state, view->base_state, LURK_STATE_LEN);
  return status == LURK_OK ? lurk_base_capabilities_encode(&capabilities, &view->base_capabilities) : status;
}

lurk_status lurk_view_make(const struct lurk_edge *edge, const struct lurk_config_lurk *config, time_t now,
                           struct lurk_view *out) {
  *out = (struct lurk_view){.from = INT64_MIN, .until = INT64_MAX};
  struct making making = {
      .config = config, .now = now, .view = out, .capabilities = calloc(1, sizeof *making.capabilities)};
  if (making.capabilities == NULL)
    return LURK_ERR_MEMORY;
  lurk_builder_init(&making.keys, DIGEST_INPUT_LIMIT);
  making.capabilities->types[LURK_TLS12_CAPABILITIES].offered = true;
  making.capabilities->types[LURK_TLS12_PING].offered = true;
  add_edge(&making, edge);
#ifdef LURK_FAULTS
  for (size_t i = 0; LURK_FAULT(capabilities_of_all_edges) && i < edge->all->count; i++)
    add_edge(&making, &edge->all->edges[i]);
#endif
  lurk_status status = finish_tls12(&making);
  if (status == LURK_OK)
    status = finish_base(out);
  lurk_builder_clear(&making.keys);
  free(making.capabilities);
  if (status != LURK_OK)
    lurk_view_clear(out);
  return status;
}

void lurk_view_clear(struct lurk_view *view) {
  lurk_octets_clear(&view->base_capabilities);
  lurk_octets_clear(&view->tls12_capabilities);
  *view = (struct lurk_view){0};
}

bool lurk_view_is_current(const struct lurk_view *view, time_t now) {
  return view->from <= now && now < view->until;
}
