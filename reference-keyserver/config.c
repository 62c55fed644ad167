#include "config.h"

#include "config_edges.h"
#include "lurk/config_reader.h"
#include "lurk/json_load.h"
#include "lurk/wire/lurk_tls12.h"
#include "lurk/wire/ski.h"
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static const char *const usage_names[] = {"ski-ecdhe", "ski-rsa", "tls12-rsa", "tls12-sign"};

const char *lurk_key_usage_name(enum lurk_key_usage usage) {
  return usage_names[usage];
}

unsigned lurk_key_usage_methods(enum lurk_key_usage usage) {
  static const unsigned methods[] = {[LURK_USAGE_SKI_ECDHE] = 1u << LURK_SKI_ECDHE,
                                     [LURK_USAGE_SKI_RSA] = 1u << LURK_SKI_RSA,
                                     [LURK_USAGE_TLS12_SIGN] = 0};
  return methods[usage];
}

unsigned lurk_key_usage_types(enum lurk_key_usage usage) {
  static const unsigned types[] = {[LURK_USAGE_TLS12_RSA] = 1u << LURK_TLS12_RSA_MASTER |
                                                            1u << LURK_TLS12_RSA_MASTER_WITH_POH |
                                                            1u << LURK_TLS12_RSA_EXTENDED_MASTER |
                                                            1u << LURK_TLS12_RSA_EXTENDED_MASTER_WITH_POH,
                                   [LURK_USAGE_TLS12_SIGN] = 1u << LURK_TLS12_ECDHE};
  return types[usage];
}

bool lurk_key_usage_decrypts(enum lurk_key_usage usage) {
  return usage == LURK_USAGE_SKI_RSA || usage == LURK_USAGE_TLS12_RSA;
}

static bool is_listen_address(const char *text) {
  const char *colon = strrchr(text, ':');
  char host[64];
  if (colon == NULL || (size_t)(colon - text) >= sizeof host)
    return false;
  size_t host_len = (size_t)(colon - text);
  memcpy(host, text, host_len);
  host[host_len] = '\0';
  bool is_v6 = host_len > 2 && host[0] == '[' && host[host_len - 1] == ']';
  if (is_v6)
    host[host_len - 1] = '\0';
  struct in6_addr address;
  if (!lurk_address_parse(is_v6 ? host + 1 : host, &address) || (strchr(host, ':') != NULL) != is_v6)
    return false;
  size_t digits = strspn(colon + 1, "0123456789");
  return digits > 0 && digits <= 5 && colon[1 + digits] == '\0' && strtoul(colon + 1, NULL, 10) <= 65535;
}

/* A string is the address of a listener for SKI. */
static bool read_listener(const struct lurk_config_node *element, struct lurk_config_listen *out) {
  static const char *const members[] = {"address", "protocol", NULL};
  static const char *const protocols[] = {"ski", "lurk"};
  struct lurk_config_node address = *element;
  const char *text;
  if (json_is_object(element->value)) {
    struct lurk_config_node protocol;
    size_t choice;
    if (!lurk_config_is_object(element, members) || !lurk_config_required(element, "address", &address) ||
        !lurk_config_required(element, "protocol", &protocol) ||
        !lurk_config_choice(&protocol, protocols, 2, &choice))
      return false;
    out->protocol = (enum lurk_listen_protocol)choice;
  }
  if (!lurk_config_string(&address, &text))
    return false;
  if (!is_listen_address(text))
    return lurk_config_fail(&address, "\"%s\" is not ADDRESS:PORT with a numeric address", text);
  return lurk_config_copy(&address, &out->address);
}

static bool read_listen(const struct lurk_config_node *root, struct lurk_config *out) {
  struct lurk_config_node list;
  if (!lurk_config_required(root, "listen", &list) || !lurk_config_is_array(&list))
    return false;
  size_t count = json_array_size(list.value);
  if (count == 0)
    return lurk_config_fail(&list, "must name at least one address");
  out->listen = calloc(count, sizeof *out->listen);
  if (out->listen == NULL)
    return lurk_config_fail_memory(&list);
  for (; out->listen_count < count; out->listen_count++) {
    struct lurk_config_node element = lurk_config_element(&list, out->listen_count);
    if (!read_listener(&element, &out->listen[out->listen_count]))
      return false;
  }
  return true;
}

static bool read_channel(const struct lurk_config_node *root, struct lurk_config *out) {
  static const char *const members[] = {"certificate", "key", "client_ca", "crl", NULL};
  struct lurk_config_node channel;
  return lurk_config_required(root, "channel", &channel) && lurk_config_is_object(&channel, members) &&
         lurk_config_required_path(&channel, "certificate", &out->channel.certificate) &&
         lurk_config_required_path(&channel, "key", &out->channel.key) &&
         lurk_config_required_path(&channel, "client_ca", &out->channel.client_ca) &&
         lurk_config_optional_path(&channel, "crl", &out->channel.crl);
}

static bool read_key(const struct lurk_config_node *node, const struct lurk_config *config,
                     struct lurk_config_key *out) {
  static const char *const members[] = {"name", "file", "usage", "certificate", "dtls", NULL};
  struct lurk_config_node name, usage, dtls = lurk_config_member(node, "dtls");
  size_t choice = 0;
  if (!lurk_config_is_object(node, members) || !lurk_config_required(node, "name", &name) ||
      !lurk_config_copy(&name, &out->name) || !lurk_config_required_path(node, "file", &out->file) ||
      !lurk_config_required(node, "usage", &usage) ||
      !lurk_config_choice(&usage, usage_names, sizeof usage_names / sizeof *usage_names, &choice) ||
      !lurk_config_optional_path(node, "certificate", &out->certificate) ||
      !lurk_config_boolean(&dtls, &out->dtls))
    return false;
  out->usage = (enum lurk_key_usage)choice;
  if (dtls.value != NULL && out->usage != LURK_USAGE_TLS12_RSA)
    return lurk_config_fail(&dtls, "is for keys of usage %s", usage_names[LURK_USAGE_TLS12_RSA]);
  for (const struct lurk_config_key *other = config->keys; other != out; other++)
    if (strcmp(other->name, out->name) == 0)
      return lurk_config_fail(&name, "\"%s\" is the name of keys[%zu] already", out->name,
                              (size_t)(other - config->keys));
  return true;
}

static bool read_keys(const struct lurk_config_node *root, struct lurk_config *out) {
  struct lurk_config_node list;
  if (!lurk_config_required(root, "keys", &list) || !lurk_config_is_array(&list))
    return false;
  size_t count = json_array_size(list.value);
  out->keys = calloc(count > 0 ? count : 1, sizeof *out->keys);
  if (out->keys == NULL)
    return lurk_config_fail_memory(&list);
  while (out->key_count < count) {
    struct lurk_config_node element = lurk_config_element(&list, out->key_count);
    out->key_count++; /* counted first, so that a half-read key is freed */
    if (!read_key(&element, out, &out->keys[out->key_count - 1]))
      return false;
  }
  return true;
}

static bool read_limits(const struct lurk_config_node *root, struct lurk_config_limits *out) {
  static const char *const members[] = {"connections",
                                        "connections_per_edge",
                                        "header_octets",
                                        "body_octets",
                                        "handshake_ms",
                                        "header_ms",
                                        "body_ms",
                                        "idle_ms",
                                        "refused_per_minute",
                                        NULL};
  const struct {
    unsigned *value, normal, min, max;
  } limits[] = {
      {&out->connections, 1024, 1, 1000000},       {&out->connections_per_edge, 256, 1, 1000000},
      {&out->header_octets, 8192, 256, 65536},     {&out->body_octets, 16384, 256, 1048576},
      {&out->handshake_ms, 5000, 1, 3600000},      {&out->header_ms, 5000, 1, 3600000},
      {&out->body_ms, 5000, 1, 3600000},           {&out->idle_ms, 60000, 1, 3600000},
      {&out->refused_per_minute, 100, 1, 1000000},
  };
  struct lurk_config_node object = lurk_config_member(root, "limits");
  if (object.value != NULL && !lurk_config_is_object(&object, members))
    return false;
  for (size_t i = 0; members[i] != NULL; i++) {
    struct lurk_config_node limit = lurk_config_member(&object, members[i]);
    *limits[i].value = limits[i].normal;
    if (!lurk_config_number(&limit, limits[i].min, limits[i].max, limits[i].value))
      return false;
  }
  return true;
}

static bool read_ski(const struct lurk_config_node *root, struct lurk_config *out) {
  static const char *const members[] = {"path", "keyserver_dialect", "replay_window_seconds", NULL};
  struct lurk_config_node object = lurk_config_member(root, "ski");
  if (object.value != NULL && !lurk_config_is_object(&object, members))
    return false;
  struct lurk_config_node path = lurk_config_member(&object, "path");
  struct lurk_config_node dialect = lurk_config_member(&object, "keyserver_dialect");
  struct lurk_config_node window = lurk_config_member(&object, "replay_window_seconds");
  if (path.value == NULL)
    out->ski.path = strdup("/ski");
  else if (!lurk_config_copy(&path, &out->ski.path))
    return false;
  if (out->ski.path == NULL)
    return lurk_config_fail_memory(&path);
  if (out->ski.path[0] != '/' || strpbrk(out->ski.path, "?# ") != NULL)
    return lurk_config_fail(&path, "must be an absolute path without query");
  if (strcmp(out->ski.path, "/ping") == 0 || strcmp(out->ski.path, "/capabilities") == 0)
    return lurk_config_fail(&path, "%s is taken already", out->ski.path);
  return lurk_config_boolean(&dialect, &out->ski.keyserver_dialect) &&
         lurk_config_number(&window, 0, 86400, &out->ski.replay_window_seconds);
}

static bool read_lurk(const struct lurk_config_node *root, struct lurk_config_lurk *out) {
  static const char *const members[] = {"time_window_seconds", "replay_window_seconds", "proof_of_ownership",
                                        "message_octets",      "length_counts_header",  NULL};
  static const char *const proofs[] = {"optional", "required"};
  *out = (struct lurk_config_lurk){.time_window_seconds = 60,
                                   .replay_window_seconds = 120,
                                   .message_octets = 65536,
                                   .length_counts_header = true};
  struct lurk_config_node object = lurk_config_member(root, "lurk");
  if (object.value != NULL && !lurk_config_is_object(&object, members))
    return false;
  struct lurk_config_node time_window = lurk_config_member(&object, "time_window_seconds");
  struct lurk_config_node replay_window = lurk_config_member(&object, "replay_window_seconds");
  struct lurk_config_node proof = lurk_config_member(&object, "proof_of_ownership");
  struct lurk_config_node message = lurk_config_member(&object, "message_octets");
  struct lurk_config_node counts = lurk_config_member(&object, "length_counts_header");
  size_t required = 1;
  if (proof.value != NULL && !lurk_config_choice(&proof, proofs, 2, &required))
    return false;
  out->proof_required = required == 1;
  return lurk_config_number(&time_window, 1, 86400, &out->time_window_seconds) &&
         lurk_config_number(&replay_window, 0, 86400, &out->replay_window_seconds) &&
         lurk_config_number(&message, 1024, 1048576, &out->message_octets) &&
         lurk_config_boolean(&counts, &out->length_counts_header);
}

static bool read_root(const struct lurk_config_node *root, struct lurk_config *out) {
  static const char *const members[] = {"listen", "threads", "channel", "keys",      "edges",
                                        "limits", "ski",     "lurk",    "audit_log", NULL};
  if (!lurk_config_is_object(root, members))
    return false;
  struct lurk_config_node threads = lurk_config_member(root, "threads");
  out->threads = uv_available_parallelism();
  return read_listen(root, out) && lurk_config_number(&threads, 1, 256, &out->threads) &&
         read_channel(root, out) && read_keys(root, out) && lurk_config_read_edges(root, out) &&
         read_limits(root, &out->limits) && read_ski(root, out) && read_lurk(root, &out->lurk) &&
         lurk_config_required_path(root, "audit_log", &out->audit_log);
}

bool lurk_config_load(const char *file, struct lurk_config *out, char *why, size_t why_len) {
  *out = (struct lurk_config){0};
  why[0] = '\0';
  struct lurk_config_reader reader = {.file = file, .why = why, .why_len = why_len};
  struct lurk_config_node root = {.reader = &reader};
  json_error_t error;
  if (!lurk_json_load_file(file, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &root.value, &error))
    return lurk_config_fail_memory(&root);
  if (root.value == NULL && error.line < 0)
    return lurk_config_fail(&root, "cannot be read: %s", error.text);
  if (root.value == NULL)
    return lurk_config_fail(&root, "line %d, column %d: %s", error.line, error.column, error.text);
  bool ok = read_root(&root, out);
  json_decref(root.value);
  if (!ok)
    lurk_config_clear(out);
  return ok;
}

void lurk_config_clear(struct lurk_config *config) {
  for (size_t i = 0; i < config->listen_count; i++)
    free(config->listen[i].address);
  free(config->listen);
  free(config->channel.certificate);
  free(config->channel.key);
  free(config->channel.client_ca);
  free(config->channel.crl);
  for (size_t i = 0; i < config->key_count; i++) {
    free(config->keys[i].name);
    free(config->keys[i].file);
    free(config->keys[i].certificate);
  }
  free(config->keys);
  lurk_config_clear_edges(config);
  free(config->ski.path);
  free(config->audit_log);
  *config = (struct lurk_config){0};
}
