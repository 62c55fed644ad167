#include "reference-edge/config.h"

#include "lurk/config_reader.h"
#include "lurk/json_load.h"
#include "lurk/net/listener.h"
#include <http_parser.h>
#include <stdlib.h>
#include <string.h>

/* --- addresses --- */

static bool read_address(const struct lurk_config_node *node, struct sockaddr_storage *out) {
  const char *text;
  return lurk_config_string(node, &text) &&
         (lurk_listen_address(text, out) ||
          lurk_config_fail(node, "\"%s\" is not ADDRESS:PORT with a numeric address", text));
}

static bool copy_part(const struct lurk_config_node *node, const char *text,
                      const struct http_parser_url *parts, enum http_parser_url_fields field,
                      const char *normal, char **out) {
  bool there = (parts->field_set & (1u << field)) != 0;
  *out = there ? strndup(text + parts->field_data[field].off, parts->field_data[field].len) : strdup(normal);
  return *out != NULL || lurk_config_fail_memory(node);
}

static bool starts_with(const char *text, const char *start) {
  return strncmp(text, start, strlen(start)) == 0;
}

static bool fail_url(const struct lurk_config_node *node, const char *url) {
  return lurk_config_fail(node, "\"%s\" is neither https://HOST:PORT/PATH nor lurk+tls://HOST:PORT", url);
}

static bool read_url(const struct lurk_config_node *node, struct lurk_edge_key_server *out) {
  struct http_parser_url parts;
  const unsigned unwanted = 1u << UF_QUERY | 1u << UF_FRAGMENT | 1u << UF_USERINFO;
  if (!lurk_config_copy(node, &out->url))
    return false;
  out->protocol = starts_with(out->url, "lurk+tls://") ? LURK_EDGE_LURK : LURK_EDGE_SKI;
  bool lurk = out->protocol == LURK_EDGE_LURK;
  const char *text = out->url + (lurk ? strlen("lurk+") : 0); /* the parser takes letters only in a scheme */
  http_parser_url_init(&parts);
  if (http_parser_parse_url(text, strlen(text), 0, &parts) != 0 ||
      (!lurk && !starts_with(text, "https://")) || (parts.field_set & unwanted) != 0)
    return fail_url(node, out->url);
  bool has_port = (parts.field_set & (1u << UF_PORT)) != 0;
  if (lurk && (!has_port || (parts.field_set & (1u << UF_PATH)) != 0))
    return fail_url(node, out->url);
  out->port = has_port ? parts.port : 443;
  return copy_part(node, text, &parts, UF_HOST, "", &out->host) &&
         copy_part(node, text, &parts, UF_PATH, "/ski", &out->path);
}

/* --- members --- */

static bool read_key_server(const struct lurk_config_node *node, struct lurk_edge_key_server *out) {
  static const char *const members[] = {"url", "name", NULL};
  struct lurk_config_node url, name;
  return lurk_config_is_object(node, members) && lurk_config_required(node, "url", &url) &&
         read_url(&url, out) && lurk_config_required(node, "name", &name) &&
         lurk_config_copy(&name, &out->name);
}

static bool read_certificate(const struct lurk_config_node *node, struct lurk_edge_certificate_config *out) {
  static const char *const members[] = {"chain", "usage", "key", "key_servers", NULL};
  static const char *const usages[] = {"ecdhe", "rsa"};
  size_t usage = 0;
  if (!lurk_config_is_object(node, members) || !lurk_config_required_path(node, "chain", &out->chain) ||
      !lurk_config_optional_path(node, "key", &out->key))
    return false;
  struct lurk_config_node choice = lurk_config_member(node, "usage");
  if (choice.value != NULL && !lurk_config_choice(&choice, usages, 2, &usage))
    return false;
  out->rsa_exchange = usage == 1;
  return true;
}

static bool read_key_servers(const struct lurk_config_node *list, struct lurk_edge_config *out) {
  if (!lurk_config_is_array(list))
    return false;
  size_t count = json_array_size(list->value);
  if (count > LURK_MOST_ORIGINS)
    return lurk_config_fail(list, "more than %d key servers", LURK_MOST_ORIGINS);
  out->key_servers = calloc(count + 1, sizeof *out->key_servers);
  if (out->key_servers == NULL)
    return lurk_config_fail_memory(list);
  while (out->key_server_count < count) {
    struct lurk_config_node element = lurk_config_element(list, out->key_server_count);
    out->key_server_count++; /* counted first, so that a half-read entry is freed */
    const struct lurk_edge_key_server *server = &out->key_servers[out->key_server_count - 1];
    if (!read_key_server(&element, &out->key_servers[out->key_server_count - 1]))
      return false;
    if (server->protocol != out->key_servers[0].protocol)
      return lurk_config_fail(list, "mixes https:// and lurk+tls://: an edge talks SKI or LURK");
  }
  if (out->key_server_count > 0)
    out->protocol = out->key_servers[0].protocol;
  return true;
}

static bool read_certificates(const struct lurk_config_node *root, struct lurk_edge_config *out) {
  struct lurk_config_node list;
  if (!lurk_config_required(root, "certificates", &list) || !lurk_config_is_array(&list))
    return false;
  size_t count = json_array_size(list.value);
  if (count == 0)
    return lurk_config_fail(&list, "must name at least one certificate");
  out->certificates = calloc(count, sizeof *out->certificates);
  if (out->certificates == NULL)
    return lurk_config_fail_memory(&list);
  while (out->certificate_count < count) {
    struct lurk_config_node element = lurk_config_element(&list, out->certificate_count);
    out->certificate_count++;
    if (!read_certificate(&element, &out->certificates[out->certificate_count - 1]))
      return false;
  }
  return true;
}

static bool read_channel(const struct lurk_config_node *root, struct lurk_edge_config *out) {
  static const char *const members[] = {"certificate", "key", "ca", NULL};
  struct lurk_config_node channel;
  return lurk_config_required(root, "channel", &channel) && lurk_config_is_object(&channel, members) &&
         lurk_config_required_path(&channel, "certificate", &out->channel.certificate) &&
         lurk_config_required_path(&channel, "key", &out->channel.key) &&
         lurk_config_required_path(&channel, "ca", &out->channel.ca);
}

static bool read_exchange_group(const struct lurk_config_node *node, struct lurk_groups *out) {
  const char *names[LURK_GROUP_COUNT];
  size_t index = 0;
  for (size_t i = 0; i < LURK_GROUP_COUNT; i++)
    names[i] = lurk_group_names[i].name;
  return lurk_config_choice(node, names, LURK_GROUP_COUNT, &index) &&
         (lurk_groups_add(out, lurk_group_names[index].id) ||
          lurk_config_fail(node, "%s stands here twice", names[index]));
}

static bool read_exchange_groups(const struct lurk_config_node *root, struct lurk_groups *out) {
  struct lurk_config_node list = lurk_config_member(root, "groups");
  *out = (struct lurk_groups){.count = 0};
  if (list.value == NULL) {
    *out = lurk_groups_all();
    return true;
  }
  if (!lurk_config_is_array(&list))
    return false;
  for (size_t i = 0; i < json_array_size(list.value); i++) {
    struct lurk_config_node element = lurk_config_element(&list, i);
    if (!read_exchange_group(&element, out))
      return false;
  }
  return out->count > 0 || lurk_config_fail(&list, "must name at least one group");
}

static bool read_clients(const struct lurk_config_node *root, struct lurk_edge_tls_config *out) {
  static const char *const members[] = {"ca", "required", NULL};
  struct lurk_config_node clients = lurk_config_member(root, "clients");
  out->client_required = true;
  if (clients.value == NULL)
    return true;
  struct lurk_config_node required = lurk_config_member(&clients, "required");
  return lurk_config_is_object(&clients, members) &&
         lurk_config_required_path(&clients, "ca", &out->client_ca) &&
         lurk_config_boolean(&required, &out->client_required);
}

static bool read_limits(const struct lurk_config_node *root, struct lurk_edge_limits *out) {
  static const char *const members[] = {"handshake_ms", "key_server_ms",  "connections", "request_ms",
                                        "idle_ms",      "rediscovery_ms", NULL};
  const struct {
    unsigned *value, normal, max;
  } limits[] = {{&out->handshake_ms, 10000, 3600000}, {&out->key_server_ms, 3000, 3600000},
                {&out->connections, 1024, 100000},    {&out->request_ms, 30000, 3600000},
                {&out->idle_ms, 300000, 86400000},    {&out->rediscovery_ms, 30000, 86400000}};
  struct lurk_config_node object = lurk_config_member(root, "limits");
  if (object.value != NULL && !lurk_config_is_object(&object, members))
    return false;
  for (size_t i = 0; members[i] != NULL; i++) {
    struct lurk_config_node limit = lurk_config_member(&object, members[i]);
    *limits[i].value = limits[i].normal;
    if (!lurk_config_number(&limit, 1, limits[i].max, limits[i].value))
      return false;
  }
  return true;
}

static const char *const poh_choices[] = {"none", "audit"};

bool lurk_edge_poh_read(const char *text, bool *audit) {
  *audit = strcmp(text, poh_choices[1]) == 0;
  return *audit || strcmp(text, poh_choices[0]) == 0;
}

static bool read_lurk(const struct lurk_config_node *root, struct lurk_edge_config *out) {
  static const char *const members[] = {"proof_of_ownership", "rsa", "poh", "length_counts_header", NULL};
  static const char *const proofs[] = {
      [LURK_POO_NULL] = "null", [LURK_POO_SHA256_128] = "sha256_128", [LURK_POO_SHA256_256] = "sha256_256"};
  static const char *const exchanges[] = {[LURK_EDGE_RSA_AUTO] = "auto",
                                          [LURK_EDGE_RSA_MASTER] = "rsa_master",
                                          [LURK_EDGE_RSA_EXTENDED_MASTER] = "rsa_extended_master"};
  struct lurk_config_node lurk = lurk_config_member(root, "lurk");
  size_t proof = LURK_POO_NULL, rsa = LURK_EDGE_RSA_AUTO, audit = 0;
  out->lurk.length_counts_header = true;
  if (lurk.value == NULL)
    return true;
  if (out->protocol != LURK_EDGE_LURK)
    return lurk_config_fail(&lurk, "is for key servers at lurk+tls:// only");
  if (!lurk_config_is_object(&lurk, members))
    return false;
  struct lurk_config_node choice = lurk_config_member(&lurk, "proof_of_ownership");
  struct lurk_config_node exchange = lurk_config_member(&lurk, "rsa");
  struct lurk_config_node poh = lurk_config_member(&lurk, "poh");
  struct lurk_config_node length = lurk_config_member(&lurk, "length_counts_header");
  if ((choice.value != NULL && !lurk_config_choice(&choice, proofs, 3, &proof)) ||
      (exchange.value != NULL && !lurk_config_choice(&exchange, exchanges, 3, &rsa)) ||
      (poh.value != NULL && !lurk_config_choice(&poh, poh_choices, 2, &audit)))
    return false;
  out->lurk.proof_chosen = choice.value != NULL;
  out->lurk.proof = (enum lurk_tls12_poo_prf)proof;
  out->lurk.rsa = (enum lurk_edge_rsa)rsa;
  out->lurk.audit = audit == 1;
  return lurk_config_boolean(&length, &out->lurk.length_counts_header);
}

/* RFC 5705 §4: labels that begin so are nobody's: what is shown of them is worth nothing. */
static bool read_exporter_label(const struct lurk_config_node *lab, struct lurk_edge_config *out) {
  struct lurk_config_node label = lurk_config_member(lab, "exporter_label");
  if (label.value == NULL)
    return true;
  return lurk_config_copy(&label, &out->exporter_label) &&
         (starts_with(out->exporter_label, "EXPERIMENTAL") ||
          lurk_config_fail(&label, "\"%s\" does not begin with EXPERIMENTAL", out->exporter_label));
}

static bool read_lab(const struct lurk_config_node *root, struct lurk_edge_config *out) {
  static const char *const members[] = {"check_signatures", "exporter_label", "key_log", NULL};
  struct lurk_config_node lab = lurk_config_member(root, "lab");
  out->check_signatures = true;
  if (lab.value == NULL)
    return true;
  struct lurk_config_node check = lurk_config_member(&lab, "check_signatures");
  return lurk_config_is_object(&lab, members) && lurk_config_boolean(&check, &out->check_signatures) &&
         read_exporter_label(&lab, out) && lurk_config_optional_path(&lab, "key_log", &out->key_log);
}

/* The freshness of LURK is on the wire of every handshake, and only TLS 1.2 is spoken then. */
static bool no_key_local(const struct lurk_config_node *root, const struct lurk_edge_config *config) {
  for (size_t i = 0; i < config->certificate_count && config->protocol == LURK_EDGE_LURK; i++)
    if (config->certificates[i].key != NULL)
      return lurk_config_fail(root, "certificates[%zu].key: a local key does not go with LURK", i);
  return true;
}

/* A name may stand for several key servers, which then share the key. */
static bool add_named(const struct lurk_config_node *node, const struct lurk_edge_config *config,
                      uint64_t *group) {
  const char *name;
  if (!lurk_config_string(node, &name))
    return false;
  uint64_t found = 0;
  for (size_t i = 0; i < config->key_server_count; i++)
    if (strcmp(config->key_servers[i].name, name) == 0)
      found |= UINT64_C(1) << i;
  *group |= found;
  return found != 0 || lurk_config_fail(node, "\"%s\" is the name of no key server", name);
}

static bool read_group(const struct lurk_config_node *certificate, const struct lurk_edge_config *config,
                       uint64_t *group) {
  struct lurk_config_node list = lurk_config_member(certificate, "key_servers");
  *group = LURK_EVERY_ORIGIN;
  if (list.value == NULL)
    return true;
  if (!lurk_config_is_array(&list))
    return false;
  if (json_array_size(list.value) == 0)
    return lurk_config_fail(&list, "must name at least one key server");
  *group = 0;
  for (size_t i = 0; i < json_array_size(list.value); i++) {
    struct lurk_config_node element = lurk_config_element(&list, i);
    if (!add_named(&element, config, group))
      return false;
  }
  return true;
}

/* Which key servers each certificate's key is asked of. */
static bool bind_certificates(const struct lurk_config_node *root, struct lurk_edge_config *out) {
  struct lurk_config_node list = lurk_config_member(root, "certificates");
  for (size_t i = 0; i < out->certificate_count; i++) {
    struct lurk_config_node certificate = lurk_config_element(&list, i);
    uint64_t group;
    size_t at = 0;
    if (!read_group(&certificate, out, &group))
      return false;
    while (at < out->group_count && out->groups[at] != group)
      at++;
    if (at == LURK_MOST_KEY_GROUPS)
      return lurk_config_fail(&certificate, "more than %d different sets of key servers",
                              LURK_MOST_KEY_GROUPS);
    out->groups[at] = group;
    out->group_count += at == out->group_count;
    out->certificates[i].group = at;
  }
  return true;
}

/* A certificate without a local key needs a key server, and a key server needs a channel. */
static bool read_key_side(const struct lurk_config_node *root, struct lurk_edge_config *out) {
  struct lurk_config_node servers = lurk_config_member(root, "key_servers");
  bool remote = false;
  for (size_t i = 0; i < out->certificate_count; i++)
    remote = remote || out->certificates[i].key == NULL;
  if (servers.value == NULL)
    return !remote || lurk_config_fail(&servers, "is missing");
  if (!read_key_servers(&servers, out))
    return false;
  if (remote && out->key_server_count == 0)
    return lurk_config_fail(&servers, "must name at least one key server");
  return out->key_server_count == 0 || (bind_certificates(root, out) && read_channel(root, out));
}

static bool read_root(const struct lurk_config_node *root, bool listens, struct lurk_edge_config *out) {
  static const char *const members[] = {"listen",   "format",  "key_servers", "channel", "certificates",
                                        "upstream", "log",     "limits",      "lurk",    "lab",
                                        "groups",   "clients", NULL};
  static const char *const formats[] = {[LURK_SKI_JSON] = "json", [LURK_SKI_CBOR] = "cbor"};
  struct lurk_config_node listen = lurk_config_member(root, "listen");
  size_t format = LURK_SKI_CBOR;
  if (!lurk_config_is_object(root, members) || (listens && !lurk_config_required(root, "listen", &listen)) ||
      (listen.value != NULL && !read_address(&listen, &out->listen)))
    return false;
  struct lurk_config_node choice = lurk_config_member(root, "format");
  if (choice.value != NULL && !lurk_config_choice(&choice, formats, 2, &format))
    return false;
  out->format = (enum lurk_ski_format)format;
  struct lurk_config_node upstream = lurk_config_member(root, "upstream");
  out->has_upstream = upstream.value != NULL;
  return (!out->has_upstream || read_address(&upstream, &out->upstream)) && read_certificates(root, out) &&
         read_key_side(root, out) && read_lurk(root, out) && no_key_local(root, out) && read_lab(root, out) &&
         read_exchange_groups(root, &out->tls.groups) && read_clients(root, &out->tls) &&
         lurk_config_optional_path(root, "log", &out->log) && read_limits(root, &out->limits);
}

bool lurk_edge_config_load(const char *file, bool listens, struct lurk_edge_config *out, char *why,
                           size_t why_len) {
  json_error_t error;
  memset(out, 0, sizeof *out);
  out->file = file;
  why[0] = '\0';
  struct lurk_config_reader reader = {.file = file, .why = why, .why_len = why_len};
  struct lurk_config_node root = {.reader = &reader};
  if (!lurk_json_load_file(file, JSON_REJECT_DUPLICATES, &root.value, &error))
    return lurk_config_fail_memory(&root);
  if (root.value == NULL)
    return error.line > 0 ? lurk_config_fail(&root, "line %d: %s", error.line, error.text)
                          : lurk_config_fail(&root, "%s", error.text);
  bool read = read_root(&root, listens, out);
  json_decref(root.value);
  return read;
}

void lurk_edge_config_clear(struct lurk_edge_config *config) {
  for (size_t i = 0; i < config->key_server_count; i++) {
    free(config->key_servers[i].url);
    free(config->key_servers[i].name);
    free(config->key_servers[i].host);
    free(config->key_servers[i].path);
  }
  free(config->key_servers);
  for (size_t i = 0; i < config->certificate_count; i++) {
    free(config->certificates[i].chain);
    free(config->certificates[i].key);
  }
  free(config->certificates);
  free(config->channel.certificate);
  free(config->channel.key);
  free(config->channel.ca);
  free(config->tls.client_ca);
  free(config->log);
  free(config->exporter_label);
  free(config->key_log);
  memset(config, 0, sizeof *config);
}
