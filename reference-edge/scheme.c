#include "reference-edge/scheme.h"

#include "lurk/fault.h"
const struct lurk_scheme lurk_schemes[LURK_SCHEME_COUNT] = {
    {0x0403, "ecdsa_secp256r1_sha256", LURK_SIGN_ECDSA, LURK_SKI_SHA256},
    {0x0503, "ecdsa_secp384r1_sha384", LURK_SIGN_ECDSA, LURK_SKI_SHA384},
    {0x0603, "ecdsa_secp521r1_sha512", LURK_SIGN_ECDSA, LURK_SKI_SHA512},
    {0x0807, "ed25519", LURK_SIGN_ED25519, LURK_SKI_HASH_ABSENT},
    {0x0804, "rsa_pss_rsae_sha256", LURK_SIGN_RSA_PSS, LURK_SKI_SHA256},
    {0x0805, "rsa_pss_rsae_sha384", LURK_SIGN_RSA_PSS, LURK_SKI_SHA384},
    {0x0806, "rsa_pss_rsae_sha512", LURK_SIGN_RSA_PSS, LURK_SKI_SHA512},
    {0x0401, "rsa_pkcs1_sha256", LURK_SIGN_RSA_PKCS1, LURK_SKI_SHA256},
    {0x0501, "rsa_pkcs1_sha384", LURK_SIGN_RSA_PKCS1, LURK_SKI_SHA384},
    {0x0601, "rsa_pkcs1_sha512", LURK_SIGN_RSA_PKCS1, LURK_SKI_SHA512},
};

const struct lurk_scheme *lurk_scheme_find(uint16_t id) {
  for (size_t i = 0; i < LURK_SCHEME_COUNT; i++)
    if (lurk_schemes[i].id == id)
      return &lurk_schemes[i];
  return NULL;
}

bool lurk_scheme_goes_as_hash(const struct lurk_scheme *scheme, bool tls13) {
  return !tls13 && (scheme->kind == LURK_SIGN_RSA_PKCS1 || scheme->kind == LURK_SIGN_ECDSA);
}

lurk_status lurk_scheme_algorithm(const struct lurk_scheme *scheme, enum lurk_key_type type, bool tls13,
                                  struct lurk_signature_algorithm *out) {
  if (!tls13 && scheme->kind == LURK_SIGN_RSA_PSS)
    return LURK_ERR_UNSUPPORTED;
  return lurk_signature_for_scheme(type, scheme->id, tls13, out);
}

struct lurk_policy lurk_policy_full(void) {
  struct lurk_policy policy = {.tls12 = true, .tls13 = true, .ecdhe = true, .rsa = true};
  for (size_t i = 0; i < LURK_SCHEME_COUNT; i++)
    policy.scheme12[i] = policy.scheme13[i] = true;
  return policy;
}

struct lurk_policy lurk_policy_plain(void) {
  if (LURK_FAULT(additions_taken_for_granted))
    return lurk_policy_full();
  struct lurk_policy policy = {.tls12 = true, .ecdhe = true, .rsa = true};
  for (size_t i = 0; i < LURK_SCHEME_COUNT; i++)
    policy.scheme12[i] = lurk_scheme_goes_as_hash(&lurk_schemes[i], false);
  return policy;
}

static bool lists_scheme(const struct lurk_ski_capabilities *capabilities, uint16_t id) {
  for (size_t i = 0; i < capabilities->scheme_count; i++)
    if (capabilities->schemes[i] == id)
      return true;
  return false;
}

struct lurk_policy lurk_policy_granted(const struct lurk_ski_capabilities *capabilities) {
  if (LURK_FAULT(grants_ignored))
    return lurk_policy_full();
  struct lurk_policy policy = {
      .tls12 = capabilities->protocols[LURK_SKI_TLS_1_2],
      .tls13 = capabilities->protocols[LURK_SKI_TLS_1_3],
      .ecdhe = capabilities->methods[LURK_SKI_ECDHE],
      .rsa = capabilities->methods[LURK_SKI_RSA],
  };
  for (size_t i = 0; i < LURK_SCHEME_COUNT; i++) {
    bool listed = lists_scheme(capabilities, lurk_schemes[i].id);
    policy.scheme13[i] = listed;
    policy.scheme12[i] = lurk_scheme_goes_as_hash(&lurk_schemes[i], false)
                             ? capabilities->hashes[lurk_schemes[i].hash]
                             : listed;
  }
  return policy;
}

static bool lists_tls12_scheme(const struct lurk_tls12_capability *ecdhe, uint16_t id) {
  for (size_t i = 0; i < ecdhe->schemes.count; i++)
    if (ecdhe->schemes.values[i] == id)
      return true;
  return false;
}

struct lurk_policy lurk_policy_tls12(const struct lurk_tls12_capabilities *capabilities) {
  struct lurk_policy policy = {.tls12 = true, .ecdhe = true, .rsa = true};
  const struct lurk_tls12_capability *types = capabilities == NULL ? NULL : capabilities->types;
  if (types != NULL) {
    policy.ecdhe = types[LURK_TLS12_ECDHE].offered;
    policy.rsa = types[LURK_TLS12_RSA_MASTER].offered || types[LURK_TLS12_RSA_EXTENDED_MASTER].offered;
  }
  for (size_t i = 0; i < LURK_SCHEME_COUNT; i++)
    policy.scheme12[i] = types == NULL || lists_tls12_scheme(&types[LURK_TLS12_ECDHE], lurk_schemes[i].id);
  return policy;
}
