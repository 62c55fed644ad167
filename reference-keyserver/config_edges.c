#include "config_edges.h"

#include "lurk/wire/lurk_tls12.h"
#include "lurk/wire/ski.h"
#include <stdlib.h>
#include <string.h>

/* Reads an array of names into a bit set. An absent array leaves *out as it is. NULL entries in
 * names cannot be chosen. */
static bool read_set(const struct lurk_config_node *object, const char *member, const char *const *names,
                     size_t count, unsigned *out) {
  struct lurk_config_node list = lurk_config_member(object, member);
  if (list.value == NULL)
    return true;
  if (!lurk_config_is_array(&list))
    return false;
  if (json_array_size(list.value) == 0)
    return lurk_config_fail(&list, "must not be empty");
  *out = 0;
  for (size_t i = 0; i < json_array_size(list.value); i++) {
    struct lurk_config_node element = lurk_config_element(&list, i);
    size_t choice;
    if (!lurk_config_choice(&element, names, count, &choice))
      return false;
    *out |= 1u << choice;
  }
  return true;
}

static bool read_key_name(const struct lurk_config_node *grant, const struct lurk_config *config,
                          size_t *out) {
  struct lurk_config_node node;
  const char *name;
  if (!lurk_config_required(grant, "key", &node) || !lurk_config_string(&node, &name))
    return false;
  for (*out = 0; *out < config->key_count; ++*out)
    if (strcmp(config->keys[*out].name, name) == 0)
      return true;
  return lurk_config_fail(&node, "\"%s\" is not the name of a key", name);
}

/* A member that means something for keys of the other interface only. */
static bool read_absent(const struct lurk_config_node *grant, const char *member,
                        const struct lurk_config_key *key) {
  struct lurk_config_node node = lurk_config_member(grant, member);
  return node.value == NULL || lurk_config_fail(&node, "means nothing for key \"%s\" of usage %s", key->name,
                                                lurk_key_usage_name(key->usage));
}

static bool read_ski_rights(const struct lurk_config_node *node, const struct lurk_config_key *key,
                            struct lurk_config_grant *out) {
  const char *methods[LURK_SKI_RSA + 1];
  for (int i = 0; i <= LURK_SKI_RSA; i++)
    methods[i] = lurk_ski_method_name((enum lurk_ski_method)i);
  const char *protocols[LURK_SKI_TLS_1_3 + 1] = {NULL};
  out->protocols = 0;
  for (int i = LURK_SKI_TLS_1_2; i <= LURK_SKI_TLS_1_3; i++) { /* the older ones are never served */
    protocols[i] = lurk_ski_protocol_name((enum lurk_ski_protocol)i);
    out->protocols |= 1u << i;
  }
  out->methods = lurk_key_usage_methods(key->usage);
  if (!read_absent(node, "types", key) ||
      !read_set(node, "methods", methods, LURK_SKI_RSA + 1, &out->methods) ||
      !read_set(node, "protocols", protocols, LURK_SKI_TLS_1_3 + 1, &out->protocols))
    return false;
  if ((out->methods & ~lurk_key_usage_methods(key->usage)) != 0)
    return lurk_config_fail(node, "methods: key \"%s\" has usage %s", key->name,
                            lurk_key_usage_name(key->usage));
  if (key->usage == LURK_USAGE_SKI_RSA)
    out->protocols &= ~(1u << LURK_SKI_TLS_1_3);
  return out->protocols != 0 || lurk_config_fail(node, "protocols: TLS 1.3 has no method RSA");
}

static bool read_tls12_rights(const struct lurk_config_node *node, const struct lurk_config_key *key,
                              struct lurk_config_grant *out) {
  const char *types[LURK_TLS12_TYPE_COUNT] = {NULL}; /* capabilities and ping need no key */
  for (uint8_t i = LURK_TLS12_RSA_MASTER; i < LURK_TLS12_TYPE_COUNT; i++)
    types[i] = lurk_tls12_type_name(i);
  out->types = lurk_key_usage_types(key->usage);
  if (!read_absent(node, "methods", key) || !read_absent(node, "protocols", key) ||
      !read_set(node, "types", types, LURK_TLS12_TYPE_COUNT, &out->types))
    return false;
  return (out->types & ~lurk_key_usage_types(key->usage)) == 0 ||
         lurk_config_fail(node, "types: key \"%s\" has usage %s", key->name, lurk_key_usage_name(key->usage));
}

static bool read_grant(const struct lurk_config_node *node, const struct lurk_config *config,
                       struct lurk_config_edge *edge, struct lurk_config_grant *out) {
  static const char *const members[] = {"key", "methods", "protocols", "types", NULL};
  if (!lurk_config_is_object(node, members) || !read_key_name(node, config, &out->key))
    return false;
  const struct lurk_config_key *key = &config->keys[out->key];
  for (const struct lurk_config_grant *other = edge->grants; other != out; other++)
    if (other->key == out->key)
      return lurk_config_fail(node, "key \"%s\" is granted to this edge twice", key->name);
  return lurk_key_usage_types(key->usage) != 0 ? read_tls12_rights(node, key, out)
                                               : read_ski_rights(node, key, out);
}

static bool read_grants(const struct lurk_config_node *object, const struct lurk_config *config,
                        struct lurk_config_edge *out) {
  struct lurk_config_node list;
  if (!lurk_config_required(object, "grants", &list) || !lurk_config_is_array(&list))
    return false;
  size_t count = json_array_size(list.value);
  if (count == 0)
    return lurk_config_fail(&list, "must not be empty");
  out->grants = calloc(count, sizeof *out->grants);
  if (out->grants == NULL)
    return lurk_config_fail_memory(&list);
  for (; out->grant_count < count; out->grant_count++) {
    struct lurk_config_node element = lurk_config_element(&list, out->grant_count);
    if (!read_grant(&element, config, out, &out->grants[out->grant_count]))
      return false;
  }
  return true;
}

static bool read_rate(const struct lurk_config_node *object, struct lurk_rate *out) {
  static const char *const members[] = {"per_second", "burst", NULL};
  struct lurk_config_node rate = lurk_config_member(object, "rate");
  if (rate.value == NULL)
    return true;
  struct lurk_config_node per_second;
  if (!lurk_config_is_object(&rate, members) || !lurk_config_required(&rate, "per_second", &per_second) ||
      !lurk_config_number(&per_second, 1, 1000000, &out->per_second))
    return false;
  struct lurk_config_node burst = lurk_config_member(&rate, "burst");
  out->burst = out->per_second;
  return lurk_config_number(&burst, 1, 1000000, &out->burst);
}

static bool read_addresses(const struct lurk_config_node *object, struct lurk_config_edge *out) {
  struct lurk_config_node list = lurk_config_member(object, "addresses");
  if (list.value == NULL)
    return true;
  if (!lurk_config_is_array(&list))
    return false;
  size_t count = json_array_size(list.value);
  if (count == 0)
    return lurk_config_fail(&list, "must not be empty; leave it out to allow every address");
  out->addresses = calloc(count, sizeof *out->addresses);
  if (out->addresses == NULL)
    return lurk_config_fail_memory(&list);
  for (; out->address_count < count; out->address_count++) {
    struct lurk_config_node element = lurk_config_element(&list, out->address_count);
    const char *text;
    if (!lurk_config_string(&element, &text))
      return false;
    if (!lurk_address_parse(text, &out->addresses[out->address_count]))
      return lurk_config_fail(&element, "\"%s\" is not a numeric address", text);
  }
  return true;
}

static bool read_edge(const struct lurk_config_node *node, const struct lurk_config *config,
                      struct lurk_config_edge *out) {
  static const char *const members[] = {"identity", "grants", "rate", "addresses", NULL};
  struct lurk_config_node identity;
  if (!lurk_config_is_object(node, members) || !lurk_config_required(node, "identity", &identity) ||
      !lurk_config_copy(&identity, &out->identity_text))
    return false;
  const char *fault;
  if (!lurk_identity_parse(out->identity_text, &out->identity, &fault))
    return lurk_config_fail(&identity, "%s", fault);
  for (const struct lurk_config_edge *other = config->edges; other != out; other++)
    if (lurk_identity_compare(&other->identity, &out->identity) == 0)
      return lurk_config_fail(&identity, "\"%s\" is the identity of edges[%zu] already", out->identity_text,
                              (size_t)(other - config->edges));
  return read_grants(node, config, out) && read_rate(node, &out->rate) && read_addresses(node, out);
}

bool lurk_config_read_edges(const struct lurk_config_node *root, struct lurk_config *config) {
  struct lurk_config_node list;
  if (!lurk_config_required(root, "edges", &list) || !lurk_config_is_array(&list))
    return false;
  size_t count = json_array_size(list.value);
  config->edges = calloc(count > 0 ? count : 1, sizeof *config->edges);
  if (config->edges == NULL)
    return lurk_config_fail_memory(&list);
  while (config->edge_count < count) {
    struct lurk_config_node element = lurk_config_element(&list, config->edge_count);
    config->edge_count++; /* counted first, so that a half-read edge is freed */
    if (!read_edge(&element, config, &config->edges[config->edge_count - 1]))
      return false;
  }
  return true;
}

void lurk_config_clear_edges(struct lurk_config *config) {
  for (size_t i = 0; i < config->edge_count; i++) {
    free(config->edges[i].identity_text);
    free(config->edges[i].grants);
    free(config->edges[i].addresses);
  }
  free(config->edges);
}
