#include "reference-edge/stacks/gnutls_priority.h"

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

bool lurk_gnutls_priority(const struct lurk_choice *choice, const struct lurk_edge_lurk_config *lurk,
                          char text[LURK_GNUTLS_PRIORITY_SIZE]) {
  bool no_extended_master = lurk != NULL && lurk->rsa == LURK_EDGE_RSA_MASTER;
  text[0] = '\0';
  bool made = append(text, "NONE:+VERS-TLS1.2:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:+AEAD:+COMP-NULL:",
                     "+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:+GROUP-SECP521R1:%SERVER_PRECEDENCE") &&
              append(text, lurk != NULL || choice->without_tls13 ? "" : ":+VERS-TLS1.3",
                     choice->exchange != LURK_EXCHANGE_RSA ? ":+ECDHE-ECDSA:+ECDHE-RSA"
                     : no_extended_master                  ? ":+RSA:+SIGN-RSA-SHA256:%NO_SESSION_HASH"
                                                           : ":+RSA:+SIGN-RSA-SHA256");
  for (size_t i = 0; made && i < choice->scheme_count; i++)
    for (size_t form = 0; made && form < 2; form++) {
      const char *name = name_of(choice->schemes[i]->id, form == 1);
      made = name == NULL || append(text, ":+SIGN-", name);
    }
  return made;
}
