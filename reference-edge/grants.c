#include "reference-edge/grants.h"

#include "lurk/fault.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFRESH_MS 60000 /* while it answers */
#define RETRY_MS 2000    /* while it does not */

/* Of key servers that share keys. */
struct group {
  lurk_grants *grants;
  size_t index;
  uv_timer_t timer;
  uint64_t asked_ms; /* the last time, on uv_now's clock */
  bool asked;
  enum lurk_capabilities_outcome outcome;
};

struct lurk_grants {
  lurk_key_client *client;
  const struct lurk_edge_config *config;
  const struct lurk_certificates *certificates;
  lurk_event_log *log;
  struct lurk_policy policies[LURK_MOST_KEY_GROUPS];
  struct group groups[LURK_MOST_KEY_GROUPS];
  size_t count, open; /* groups, and timers that libuv still holds; without key servers 1 */
  lurk_grants_first *first;
  void *first_arg;
};

static bool lists_key(const struct lurk_capabilities *capabilities, const uint8_t *spki) {
  for (size_t i = 0; i < capabilities->key_count; i++)
    if (memcmp(capabilities->keys[i], spki, LURK_SKI_FINGERPRINT_LEN) == 0)
      return true;
  return false;
}

/* The first certificate of the group that the key server would not serve, as one line. */
static bool find_fault(const struct group *group, const struct lurk_capabilities *capabilities,
                       const char *key_server, char *why, size_t why_len) {
  const lurk_grants *grants = group->grants;
  for (size_t i = 0; i < grants->certificates->count; i++) {
    const struct lurk_certificate *certificate = &grants->certificates->list[i];
    bool granted = certificate->rsa_exchange ? capabilities->policy.rsa : capabilities->policy.ecdhe;
    const char *fault = NULL;
    if (certificate->local_key != NULL || certificate->group != group->index)
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

static void report(const struct group *group, const char *key_server, const char *fault) {
  const struct lurk_policy *policy = &group->grants->policies[group->index];
  lurk_event(group->grants->log, "key_server",
             json_pack("{s:s, s:s, s:b, s:b, s:b, s:b, s:s?}", "key_server", key_server, "state",
                       outcome_name(group->outcome), "tls12", (int)policy->tls12, "tls13", (int)policy->tls13,
                       "ecdhe", (int)policy->ecdhe, "rsa", (int)policy->rsa, "fault", fault));
}

static void take(void *arg, enum lurk_capabilities_outcome outcome,
                 const struct lurk_capabilities *capabilities, const char *key_server);

static void ask(uv_timer_t *timer) {
  struct group *group = timer->data;
  group->asked_ms = uv_now(timer->loop);
  if (lurk_key_client_capabilities(group->grants->client, group->index, take, group) != LURK_OK)
    uv_timer_start(timer, ask, RETRY_MS, 0);
}

/* At the first fault, or once all groups have been asked. */
static void tell_first(lurk_grants *grants, const char *fault) {
  lurk_grants_first *first = grants->first;
  for (size_t i = 0; i < grants->count && fault == NULL; i++)
    if (!grants->groups[i].asked)
      return;
  grants->first = NULL;
  if (first != NULL)
    first(grants->first_arg, fault);
}

/* Unreachable is no reason to change what is negotiated: the operations will fail by themselves, or not. */
static void take(void *arg, enum lurk_capabilities_outcome outcome,
                 const struct lurk_capabilities *capabilities, const char *key_server) {
  struct group *group = arg;
  struct lurk_policy *stored = &group->grants->policies[group->index], policy = *stored;
  char fault[512] = "";
  if (outcome != LURK_CAPABILITIES_UNREACHABLE)
    policy = capabilities->policy;
  if (outcome == LURK_CAPABILITIES_KNOWN)
    find_fault(group, capabilities, key_server, fault, sizeof fault);
  bool changed = !group->asked || outcome != group->outcome || memcmp(&policy, stored, sizeof policy) != 0;
  group->asked = true;
  group->outcome = outcome;
  *stored = policy;
  if (changed || fault[0] != '\0')
    report(group, key_server, fault[0] == '\0' ? NULL : fault);
  if (!uv_is_closing((uv_handle_t *)&group->timer))
    uv_timer_start(&group->timer, ask, outcome == LURK_CAPABILITIES_UNREACHABLE ? RETRY_MS : REFRESH_MS, 0);
  tell_first(group->grants, fault[0] == '\0' ? NULL : fault);
}

/* However often answers say that something has changed, not sooner than the limit. While an inquiry is
 * under way the timer does not run, and its answer is new enough. */
static void ask_sooner(void *arg, size_t key_server) {
  lurk_grants *grants = arg;
  for (size_t i = 0; i < grants->count; i++) {
    uv_timer_t *timer = &grants->groups[i].timer;
    uint64_t now = uv_now(timer->loop);
    uint64_t due = grants->groups[i].asked_ms + grants->config->limits.rediscovery_ms;
    uint64_t delay = due > now && !LURK_FAULT(discovery_unlimited) ? due - now : 0;
    if ((grants->config->groups[i] >> key_server & 1) != 0 && uv_is_active((uv_handle_t *)timer) &&
        uv_timer_get_due_in(timer) > delay)
      uv_timer_start(timer, ask, delay, 0);
  }
}

static void need_nothing(uv_timer_t *timer) {
  struct group *group = timer->data;
  group->asked = true;
  tell_first(group->grants, NULL);
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
                          .count = config->group_count > 0 ? config->group_count : 1,
                          .first = first,
                          .first_arg = arg};
  for (size_t i = 0; i < LURK_MOST_KEY_GROUPS; i++)
    grants->policies[i] = config->protocol == LURK_EDGE_LURK ? lurk_policy_tls12(NULL) : lurk_policy_full();
  lurk_key_client_watch(client, ask_sooner, grants);
  for (; grants->open < grants->count; grants->open++) {
    struct group *group = &grants->groups[grants->open];
    group->grants = grants;
    group->index = grants->open;
    group->timer.data = group;
    uv_timer_init(loop, &group->timer);
    uv_timer_start(&group->timer, config->group_count > 0 ? ask : need_nothing, 0, 0);
  }
  *out = grants;
  return LURK_OK;
}

const struct lurk_policy *lurk_grants_policies(const lurk_grants *grants) {
  return grants->policies;
}

static void free_grants(uv_handle_t *handle) {
  lurk_grants *grants = ((struct group *)handle->data)->grants;
  if (--grants->open == 0)
    free(grants);
}

void lurk_grants_close(lurk_grants *grants) {
  for (size_t i = 0; i < grants->count; i++)
    uv_close((uv_handle_t *)&grants->groups[i].timer, free_grants);
}
