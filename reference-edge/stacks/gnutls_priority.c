#include "reference-edge/stacks/gnutls_priority.h"

#include "lurk/wire/handshake.h"
#include <stdio.h>
#include <string.h>

/* --- signature schemes --- */

static const struct {
  uint16_t scheme;
  gnutls_sign_algorithm_t tls12, tls13; /* 0: the same, or none */
} algorithms[] = {
    {0x0403, GNUTLS_SIGN_ECDSA_SHA256, GNUTLS_SIGN_ECDSA_SECP256R1_SHA256},
    {0x0503, GNUTLS_SIGN_ECDSA_SHA384, GNUTLS_SIGN_ECDSA_SECP384R1_SHA384},
    {0x0603, GNUTLS_SIGN_ECDSA_SHA512, GNUTLS_SIGN_ECDSA_SECP521R1_SHA512},
    {0x0807, GNUTLS_SIGN_EDDSA_ED25519, 0},
    {0x0804, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, 0},
    {0x0805, GNUTLS_SIGN_RSA_PSS_RSAE_SHA384, 0},
    {0x0806, GNUTLS_SIGN_RSA_PSS_RSAE_SHA512, 0},
    {0x0401, GNUTLS_SIGN_RSA_SHA256, 0},
    {0x0501, GNUTLS_SIGN_RSA_SHA384, 0},
    {0x0601, GNUTLS_SIGN_RSA_SHA512, 0},
};
#define ALGORITHM_COUNT (sizeof algorithms / sizeof algorithms[0])

static const char *name_of(uint16_t scheme, bool tls13_form) {
  for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
    gnutls_sign_algorithm_t algorithm = tls13_form ? algorithms[i].tls13 : algorithms[i].tls12;
    if (algorithms[i].scheme == scheme && algorithm != 0)
      return gnutls_sign_get_name(algorithm);
  }
  return NULL;
}

uint16_t lurk_gnutls_scheme_of(gnutls_sign_algorithm_t algorithm) {
  for (size_t i = 0; i < ALGORITHM_COUNT; i++)
    if (algorithm != 0 && (algorithms[i].tls12 == algorithm || algorithms[i].tls13 == algorithm))
      return algorithms[i].scheme;
  return UINT16_MAX; /* no such scheme: lurk_session_ask refuses it */
}

/* --- the string --- */

static bool append(char *text, const char *first, const char *second) {
  size_t used = strlen(text);
  int added = snprintf(text + used, LURK_GNUTLS_PRIORITY_SIZE - used, "%s%s", first, second);
  return added > 0 && (size_t)added < LURK_GNUTLS_PRIORITY_SIZE - used;
}

static const char *group_of(uint16_t id) {
  switch (id) {
  case LURK_GROUP_X25519:
    return "GROUP-X25519";
  case LURK_GROUP_SECP256R1:
    return "GROUP-SECP256R1";
  case LURK_GROUP_SECP384R1:
    return "GROUP-SECP384R1";
  default:
    return "GROUP-SECP521R1";
  }
}

static bool append_scheme(char *text, const struct lurk_scheme *scheme) {
  bool made = true;
  for (size_t form = 0; made && form < 2; form++) {
    const char *name = name_of(scheme->id, form == 1);
    made = name == NULL || append(text, ":+SIGN-", name);
  }
  return made;
}

static bool is_chosen(const struct lurk_choice *choice, const struct lurk_scheme *scheme) {
  for (size_t i = 0; i < choice->scheme_count; i++)
    if (choice->schemes[i] == scheme)
      return true;
  return false;
}

/* One list bounds what the edge signs and what it takes of clients. For theirs the schemes of other keys than
 * the edge's are added: it cannot sign with those. */
static bool append_schemes_of_clients(char *text, const struct lurk_choice *choice) {
  bool made = true;
  struct lurk_signature_algorithm algorithm;
  enum lurk_key_type own = lurk_public_key_type(choice->certificate->public_key);
  for (size_t i = 0; made && i < LURK_SCHEME_COUNT; i++) {
    const struct lurk_scheme *scheme = &lurk_schemes[i];
    bool for_own = choice->exchange != LURK_EXCHANGE_RSA &&
                   (lurk_scheme_algorithm(scheme, own, true, &algorithm) == LURK_OK ||
                    lurk_scheme_algorithm(scheme, own, false, &algorithm) == LURK_OK);
    if (!for_own && !is_chosen(choice, scheme))
      made = append_scheme(text, scheme);
  }
  return made;
}

bool lurk_gnutls_priority(const struct lurk_choice *choice, const struct lurk_edge_tls_config *tls,
                          const struct lurk_edge_lurk_config *lurk, char text[LURK_GNUTLS_PRIORITY_SIZE]) {
  bool no_extended_master = lurk != NULL && lurk->rsa == LURK_EDGE_RSA_MASTER;
  text[0] = '\0';
  bool made = append(text, "NONE:+VERS-TLS1.2:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:+AEAD:+COMP-NULL",
                     ":%SERVER_PRECEDENCE") &&
              append(text, lurk != NULL || choice->without_tls13 ? "" : ":+VERS-TLS1.3",
                     choice->exchange != LURK_EXCHANGE_RSA ? ":+ECDHE-ECDSA:+ECDHE-RSA"
                     : no_extended_master                  ? ":+RSA:+SIGN-RSA-SHA256:%NO_SESSION_HASH"
                                                           : ":+RSA:+SIGN-RSA-SHA256");
  for (size_t i = 0; made && i < tls->groups.count; i++)
    made = append(text, ":+", group_of(tls->groups.ids[i]));
  for (size_t i = 0; made && i < choice->scheme_count; i++)
    made = append_scheme(text, choice->schemes[i]);
  return made && (tls->client_ca == NULL || append_schemes_of_clients(text, choice));
}
