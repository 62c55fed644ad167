#include "reference-edge/handshake.h"

#include <string.h>

/* Every static RSA connection without a signature, TLS 1.3 by its version, the rest by what signs. */
static const char *exchange_name(const struct lurk_stack_facts *facts) {
  if (facts->version == NULL)
    return NULL;
  if (facts->resumed)
    return "resumption";
  if (facts->exchange == LURK_EXCHANGE_RSA)
    return "RSA";
  if (facts->exchange == LURK_EXCHANGE_TLS13)
    return "TLS 1.3";
  return lurk_public_key_type(facts->certificate->public_key) == LURK_KEY_RSA ? "ECDHE_RSA" : "ECDHE_ECDSA";
}

static const char *method_name(const struct lurk_stack_facts *facts) {
  if (facts->version == NULL || facts->resumed)
    return NULL;
  if (facts->lurk_type != NULL)
    return facts->lurk_type;
  return lurk_ski_method_name(facts->exchange == LURK_EXCHANGE_RSA ? LURK_SKI_RSA : LURK_SKI_ECDHE);
}

/* RFC 8446 §4.1.2: in TLS 1.3 there is no such thing. */
static json_t *extended_master(const struct lurk_stack_facts *facts) {
  bool tls12 = facts->version != NULL && strcmp(facts->version, "TLS 1.2") == 0;
  return tls12 ? json_boolean(facts->extended_master) : json_null();
}

static const char *file_name(const struct lurk_certificate *certificate) {
  if (certificate == NULL)
    return NULL;
  const char *slash = strrchr(certificate->name, '/');
  return slash == NULL ? certificate->name : slash + 1;
}

json_t *lurk_handshake_members(const struct lurk_handshake *handshake) {
  const struct lurk_stack_facts *facts = &handshake->facts;
  json_t *members = json_pack(
      "{s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:s?, s:b, s:b, s:o, s:s?, s:s?, s:s?, s:o, s:I}", "stack",
      lurk_stack_name(), "version", facts->version, "suite", facts->suite, "group", facts->group, "exchange",
      exchange_name(facts), "method", method_name(facts), "scheme",
      facts->scheme == NULL ? NULL : facts->scheme->name, "resumed", (int)facts->resumed, "retried",
      (int)facts->retried, "extended_master_secret", extended_master(facts), "client", facts->client,
      "certificate", file_name(facts->certificate), "key_server", handshake->key_server, "key_us",
      handshake->key_server == NULL ? json_null() : json_integer((json_int_t)handshake->key_us),
      "handshake_us", (json_int_t)handshake->total_us);
  return members;
}

void lurk_handshake_event(lurk_event_log *log, const char *peer, const struct lurk_handshake *handshake,
                          const char *outcome, const char *reason) {
  json_t *line = json_pack("{s:s?, s:s, s:s?, s:s?}", "peer", peer, "outcome", outcome, "reason", reason,
                           "key_failure", handshake->key_failure);
  json_t *members = lurk_handshake_members(handshake);
  if (line != NULL && members != NULL)
    json_object_update(line, members);
  json_decref(members);
  lurk_event(log, "handshake", line);
}
