#include "reference-edge/chooser.h"

#include "lurk/fault.h"
#include "lurk/wire/handshake.h"

/* IANA numbers of the suites named in chooser.h. */
static const uint16_t suites_ecdhe_ecdsa[] = {0xc02b, 0xc02c, 0xcca9};
static const uint16_t suites_ecdhe_rsa[] = {0xc02f, 0xc030, 0xcca8};
static const uint16_t suites_rsa[] = {0x009c, 0x009d};
/* AES-128-CBC with SHA-1, NULL with SHA-256: of faults only. */
static const uint16_t suites_weak[] = {0x002f, 0x003b};

static bool offers_any(const struct lurk_client_hello *hello, const uint16_t *suites, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (lurk_list_has(hello->suites, suites[i]))
      return true;
  return false;
}

#define OFFERS_ANY(hello, suites) offers_any(hello, suites, sizeof suites / sizeof suites[0])

static bool offers_group(const struct lurk_groups *groups, const struct lurk_client_hello *hello) {
  if (!hello->has_groups) /* RFC 8422 §4: the server may take any */
    return true;
  for (size_t i = 0; i < groups->count; i++)
    if (lurk_list_has(hello->groups, groups->ids[i]))
      return true;
  return false;
}

static bool exchange_possible(enum lurk_exchange exchange, const struct lurk_policy *policy,
                              const struct lurk_groups *groups, const struct lurk_client_hello *hello) {
  switch (exchange) {
  case LURK_EXCHANGE_TLS13:
    return policy->tls13 && policy->ecdhe && lurk_client_hello_offers(hello, 0x0304) &&
           offers_group(groups, hello);
  case LURK_EXCHANGE_ECDHE:
    return policy->tls12 && policy->ecdhe && lurk_client_hello_offers(hello, 0x0303) &&
           offers_group(groups, hello);
  default:
    return policy->tls12 && policy->rsa && lurk_client_hello_offers(hello, 0x0303) &&
           (OFFERS_ANY(hello, suites_rsa) ||
            (OFFERS_ANY(hello, suites_weak) &&
             (LURK_FAULT(weak_suites_negotiated) || LURK_FAULT(old_clients_served))));
  }
}

/* RFC 8422 §5.1.1: in TLS 1.2 the client's groups bind the curve of an ECDSA certificate too. */
static bool curve_acceptable(enum lurk_key_type type, const struct lurk_client_hello *hello) {
  switch (type) {
  case LURK_KEY_P256:
    return !hello->has_groups || lurk_list_has(hello->groups, LURK_GROUP_SECP256R1);
  case LURK_KEY_P384:
    return !hello->has_groups || lurk_list_has(hello->groups, LURK_GROUP_SECP384R1);
  case LURK_KEY_P521:
    return !hello->has_groups || lurk_list_has(hello->groups, LURK_GROUP_SECP521R1);
  default:
    return true;
  }
}

/* Without signature_algorithms a TLS 1.2 client means SHA-1 (RFC 5246 §7.4.1.4.1), which is not signed
 * (A-68). */
static void collect_schemes(enum lurk_key_type type, const struct lurk_policy *policy,
                            const struct lurk_client_hello *hello, struct lurk_choice *choice) {
  bool tls13 = choice->exchange == LURK_EXCHANGE_TLS13;
  struct lurk_signature_algorithm algorithm;
  choice->scheme_count = 0;
  for (size_t i = 0; i < LURK_SCHEME_COUNT && hello->has_schemes; i++)
    if ((tls13 ? policy->scheme13[i] : policy->scheme12[i]) &&
        lurk_scheme_algorithm(&lurk_schemes[i], type, tls13, &algorithm) == LURK_OK &&
        lurk_list_has(hello->schemes, lurk_schemes[i].id))
      choice->schemes[choice->scheme_count++] = &lurk_schemes[i];
}

static bool usable(const struct lurk_certificate *certificate, const struct lurk_policy *policy,
                   const struct lurk_groups *groups, const struct lurk_client_hello *hello,
                   struct lurk_choice *choice) {
  enum lurk_key_type type = lurk_public_key_type(certificate->public_key);
  if (certificate->rsa_exchange != (choice->exchange == LURK_EXCHANGE_RSA) ||
      !exchange_possible(choice->exchange, policy, groups, hello))
    return false;
  choice->scheme_count = 0;
  if (choice->exchange == LURK_EXCHANGE_RSA)
    return true;
  if (choice->exchange == LURK_EXCHANGE_ECDHE &&
      (type == LURK_KEY_RSA ? !OFFERS_ANY(hello, suites_ecdhe_rsa) : !OFFERS_ANY(hello, suites_ecdhe_ecdsa)))
    return false;
  if (choice->exchange == LURK_EXCHANGE_ECDHE && !curve_acceptable(type, hello))
    return false;
  collect_schemes(type, policy, hello, choice);
  return choice->scheme_count > 0;
}

static bool choose_for(enum lurk_exchange exchange, const struct lurk_certificates *certificates,
                       const struct lurk_policy *policies, const struct lurk_groups *groups,
                       const struct lurk_client_hello *hello, struct lurk_choice *out) {
  const struct lurk_policy full = lurk_policy_full();
  int best = -1;
  for (size_t i = 0; i < certificates->count; i++) {
    const struct lurk_certificate *certificate = &certificates->list[i];
    struct lurk_choice choice = {.certificate = certificate, .exchange = exchange};
    const struct lurk_policy *policy = certificate->local_key != NULL ? &full : &policies[certificate->group];
    if (!usable(certificate, policy, groups, hello, &choice))
      continue;
    int match = hello->server_name[0] == '\0' ? 0 : lurk_certificate_match(certificate, hello->server_name);
    if (match > best) {
      best = match;
      *out = choice;
    }
  }
  return best >= 0;
}

/* Local keys bring all versions with them. */
static bool shares_version(const struct lurk_certificates *certificates, const struct lurk_policy *policies,
                           const struct lurk_client_hello *hello) {
  bool tls12 = lurk_client_hello_offers(hello, 0x0303), tls13 = lurk_client_hello_offers(hello, 0x0304);
  for (size_t i = 0; i < certificates->count; i++) {
    bool local = certificates->list[i].local_key != NULL;
    const struct lurk_policy *policy = &policies[certificates->list[i].group];
    if ((tls12 && (local || policy->tls12)) || (tls13 && (local || policy->tls13)))
      return true;
  }
  return false;
}

lurk_status lurk_choose(const struct lurk_certificates *certificates, const struct lurk_policy *policies,
                        const struct lurk_groups *groups, const struct lurk_client_hello *hello,
                        struct lurk_choice *out, const char **why) {
  if (!shares_version(certificates, policies, hello)) {
    *why = "the client offers no TLS version that is served";
    return LURK_ERR_MISMATCH;
  }
  for (enum lurk_exchange exchange = LURK_EXCHANGE_TLS13; exchange <= LURK_EXCHANGE_RSA; exchange++)
    if (choose_for(exchange, certificates, policies, groups, hello, out)) {
      out->without_tls13 = exchange != LURK_EXCHANGE_TLS13 && lurk_client_hello_offers(hello, 0x0304);
      return LURK_OK;
    }
  *why = "no certificate fits the client's suites, groups and signature schemes";
  return LURK_ERR_UNSUPPORTED;
}
