#include "reference-edge/grants.h"

#include "lurk/fault.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFRESH_MS 60000 /* while it answers */
#define RETRY_MS 2000    /* while it does not */

struct lurk_grants {
  lurk_key_client *client;
  const struct lurk_edge_config *config;
  const struct lurk_certificates *certificates;
  lurk_event_log *log;
  uv_timer_t timer;
  struct lurk_policy policy;
  uint64_t asked_ms; /* the last time, on uv_now's clock */
  bool asked;
  enum lurk_capabilities_outcome outcome;
  lurk_grants_first *first;
  void *first_arg;
};

static bool lists_key(const struct lurk_capabilities *capabilities, const uint8_t *spki) {
  for (size_t i = 0; i < capabilities->key_count; i++)
    if (memcmp(capabilities->keys[i], spki, LURK_SKI_FINGERPRINT_LEN) == 0)
      return true;
  return false;
}

/* The first certificate that the key server would not serve, as one line. */
static bool find_fault(const lurk_grants *grants, const struct lurk_capabilities *capabilities,
                       const char *key_server, char *why, size_t why_len) {
  for (size_t i = 0; i < grants->certificates->count; i++) {
    const struct lurk_certificate *certificate = &grants->certificates->list[i];
    bool granted = certificate->rsa_exchange ? capabilities->policy.rsa : capabilities->policy.ecdhe;
    const char *fault = NULL;
    if (certificate->local_key != NULL)
      continue;
    if (capabilities->lists_keys && !lists_key(capabilities, certificate->spki))
      fault = "has no key for this certificate that this edge may use";
    else if (!granted)
      fault = certificate->rsa_exchange ? "does not grant method RSA" : "does not grant method ECDHE";
    if (fault == NULL)
      continue;
    snprintf(why, why_len, "%s: certificates[%zu]: %s: key server %s %s", grants->config->file, i,
             certificate->name, key_server, fault);
    return true;
  }
  return false;
}

static const char *outcome_name(enum lurk_capabilities_outcome outcome) {
  switch (outcome) {
  case LURK_CAPABILITIES_KNOWN:
    return "capabilities known";
  case LURK_CAPABILITIES_NONE:
    return "no capabilities";
  default:
    return "unreachable";
  }
}

static void report(const lurk_grants *grants, const char *key_server, const char *fault) {
  const struct lurk_policy *policy = &grants->policy;
  lurk_event(grants->log, "key_server",
             json_pack("{s:s, s:s, s:b, s:b, s:b, s:b, s:s?}", "key_server", key_server, "state",
                       outcome_name(grants->outcome), "tls12", (int)policy->tls12, "tls13",
                       (int)policy->tls13, "ecdhe", (int)policy->ecdhe, "rsa", (int)policy->rsa, "fault",
                       fault));
}

static void take(void *arg, enum lurk_capabilities_outcome outcome,
                 const struct lurk_capabilities *capabilities, const char *key_server);

static void ask(uv_timer_t *timer) {
  lurk_grants *grants = timer->data;
  grants->asked_ms = uv_now(timer->loop);
  if (lurk_key_client_capabilities(grants->client, take, grants) != LURK_OK)
    uv_timer_start(timer, ask, RETRY_MS, 0);
}

/* Unreachable is no reason to change what is negotiated: the operations will fail by themselves, or not. */
static void take(void *arg, enum lurk_capabilities_outcome outcome,
                 const struct lurk_capabilities *capabilities, const char *key_server) {
  lurk_grants *grants = arg;
  struct lurk_policy policy = grants->policy;
  char fault[512] = "";
  if (outcome != LURK_CAPABILITIES_UNREACHABLE)
    policy = capabilities->policy;
  if (outcome == LURK_CAPABILITIES_KNOWN)
    find_fault(grants, capabilities, key_server, fault, sizeof fault);
  bool changed =
      !grants->asked || outcome != grants->outcome || memcmp(&policy, &grants->policy, sizeof policy) != 0;
  grants->asked = true;
  grants->outcome = outcome;
  grants->policy = policy;
  if (changed || fault[0] != '\0')
    report(grants, key_server, fault[0] == '\0' ? NULL : fault);
  if (!uv_is_closing((uv_handle_t *)&grants->timer))
    uv_timer_start(&grants->timer, ask, outcome == LURK_CAPABILITIES_UNREACHABLE ? RETRY_MS : REFRESH_MS, 0);
  lurk_grants_first *first = grants->first;
  grants->first = NULL;
  if (first != NULL)
    first(grants->first_arg, fault[0] == '\0' ? NULL : fault);
}

/* However often answers say that something has changed, not sooner than the limit. While an inquiry is
 * under way the timer does not run, and its answer is new enough. */
static void ask_sooner(void *arg) {
  lurk_grants *grants = arg;
  uint64_t now = uv_now(grants->timer.loop), due = grants->asked_ms + grants->config->limits.rediscovery_ms;
  uint64_t delay = due > now && !LURK_FAULT(discovery_unlimited) ? due - now : 0;
  if (uv_is_active((uv_handle_t *)&grants->timer) && uv_timer_get_due_in(&grants->timer) > delay)
    uv_timer_start(&grants->timer, ask, delay, 0);
}

static void need_nothing(uv_timer_t *timer) {
  lurk_grants *grants = timer->data;
  grants->first(grants->first_arg, NULL);
}

lurk_status lurk_grants_new(uv_loop_t *loop, lurk_key_client *client, const struct lurk_edge_config *config,
                            const struct lurk_certificates *certificates, lurk_event_log *log,
                            lurk_grants_first *first, void *arg, lurk_grants **out) {
  lurk_grants *grants = calloc(1, sizeof *grants);
  if (grants == NULL)
    return LURK_ERR_MEMORY;
  *grants = (lurk_grants){.client = client,
                          .config = config,
                          .certificates = certificates,
                          .log = log,
                          .policy = config->protocol == LURK_EDGE_LURK ? lurk_policy_tls12(NULL)
                                                                       : lurk_policy_full(),
                          .first = first,
                          .first_arg = arg};
  uv_timer_init(loop, &grants->timer);
  grants->timer.data = grants;
  lurk_key_client_watch(client, ask_sooner, grants);
  uv_timer_start(&grants->timer, config->key_server_count > 0 ? ask : need_nothing, 0, 0);
  *out = grants;
  return LURK_OK;
}

const struct lurk_policy *lurk_grants_policy(const lurk_grants *grants) {
  return &grants->policy;
}

static void free_grants(uv_handle_t *handle) {
  free(handle->data);
}

void lurk_grants_close(lurk_grants *grants) {
  uv_close((uv_handle_t *)&grants->timer, free_grants);
}
