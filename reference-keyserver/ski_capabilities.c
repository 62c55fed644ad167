#include "ski_service.h"

#include "lurk/fault.h"
#include "schemes.h"
#include <stdlib.h>
#include <string.h>

static bool makes_scheme(const struct lurk_grant *grant, uint16_t scheme) {
  if ((grant->methods & 1u << LURK_SKI_ECDHE) == 0)
    return false;
  enum lurk_key_type type = lurk_private_key_type(grant->key->key);
  struct lurk_signature_algorithm algorithm;
  bool in_tls12 = (grant->protocols & ~(1u << LURK_SKI_TLS_1_3)) != 0;
  bool in_tls13 = (grant->protocols & 1u << LURK_SKI_TLS_1_3) != 0;
  return (in_tls12 && lurk_signature_for_scheme(type, scheme, false, &algorithm) == LURK_OK) ||
         (in_tls13 && lurk_signature_for_scheme(type, scheme, true, &algorithm) == LURK_OK);
}

static void add_grant(const struct lurk_grant *grant, time_t now, struct lurk_ski_capabilities *out) {
  for (int i = 0; i <= LURK_SKI_TLS_1_3; i++)
    out->protocols[i] |= (grant->protocols & 1u << i) != 0;
  for (int i = 0; i <= LURK_SKI_RSA; i++)
    out->methods[i] |= (grant->methods & 1u << i) != 0 && !(i == LURK_SKI_RSA && LURK_FAULT(rsa_not_listed));
  if (grant->methods != 0 && lurk_served_key_is_current(grant->key, now))
    memcpy(out->keys[out->key_count++], grant->key->spki, LURK_SKI_FINGERPRINT_LEN);
}

#ifdef LURK_FAULTS
static void add_other_edges(const struct lurk_edge *edge, time_t now, struct lurk_ski_capabilities *out) {
  size_t most = out->key_count;
  for (size_t i = 0; i < edge->all->count; i++)
    most += edge->all->edges[i].grant_count;
  void *keys = reallocarray(out->keys, most, sizeof *out->keys);
  if (keys == NULL)
    return;
  out->keys = keys;
  for (size_t i = 0; i < edge->all->count; i++)
    for (size_t j = 0; j < edge->all->edges[i].grant_count; j++)
      if (lurk_edge_find_key(edge, edge->all->edges[i].grants[j].key->spki) == NULL)
        add_grant(&edge->all->edges[i].grants[j], now, out);
}
#endif

static void add_schemes(const struct lurk_edge *edge, struct lurk_ski_capabilities *out) {
  for (size_t i = 0; i < LURK_SCHEME_COUNT; i++) {
    size_t grant = 0;
    while (grant < edge->grant_count && !makes_scheme(&edge->grants[grant], lurk_schemes[i]))
      grant++;
    if (grant < edge->grant_count && !(i + 1 == LURK_SCHEME_COUNT && LURK_FAULT(last_scheme_not_listed)))
      out->schemes[out->scheme_count++] = lurk_schemes[i];
  }
}

static lurk_status set_state(struct lurk_ski_capabilities *capabilities) {
  struct lurk_octets stateless = {0};
  uint8_t digest[LURK_MAX_HASH_LEN];
  lurk_status status = lurk_ski_capabilities_encode(LURK_SKI_CBOR, capabilities, &stateless);
  if (status == LURK_OK)
    status = lurk_digest(LURK_SHA256, stateless.data, stateless.len, digest);
  if (status == LURK_OK)
    memcpy(capabilities->state, digest, LURK_SKI_STATE_LEN);
  if (status == LURK_OK && LURK_FAULT(state_always_new))
    status = lurk_random(capabilities->state, LURK_SKI_STATE_LEN);
  lurk_octets_clear(&stateless);
  return status;
}

lurk_status lurk_ski_capabilities_answer(const struct lurk_edge *edge, enum lurk_ski_format format,
                                         time_t now, struct lurk_octets *response) {
  uint16_t scheme_list[LURK_SCHEME_COUNT];
  struct lurk_ski_capabilities capabilities = {.hashes = {[LURK_SKI_SHA224] = LURK_FAULT(sha224_listed),
                                                          [LURK_SKI_SHA256] = true,
                                                          [LURK_SKI_SHA384] = true,
                                                          [LURK_SKI_SHA512] = true},
                                               .formats = {[LURK_SKI_JSON] = true, [LURK_SKI_CBOR] = true},
                                               .schemes = scheme_list,
                                               .keys = calloc(edge->grant_count, sizeof *capabilities.keys)};
  if (capabilities.keys == NULL)
    return LURK_ERR_MEMORY;
  for (size_t i = 0; i < edge->grant_count; i++)
    add_grant(&edge->grants[i], now, &capabilities);
#ifdef LURK_FAULTS
  if (LURK_FAULT(ski_capabilities_of_all_edges))
    add_other_edges(edge, now, &capabilities);
#endif
  add_schemes(edge, &capabilities);
  lurk_status status = set_state(&capabilities);
  if (status == LURK_OK)
    status = lurk_ski_capabilities_encode(format, &capabilities, response);
  free(capabilities.keys);
  return status;
}
