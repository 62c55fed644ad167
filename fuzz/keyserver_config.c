/* Arbitrary text as a configuration file of the key server. It is refused with one line that names the file,
 * or it is valid: then it says the same when it is read again, also written in another way, every right in it
 * lies within the usage of its key, and no file is opened but those that it names. With MEMORY_FAILS it is
 * read again and again, each time with another allocation that fails: then it is refused, and nothing stays
 * behind. */
#include "fuzz/embedded.h"
#include "fuzz/memory_file.h"
#include "fuzz/target.h"
#include "reference-keyserver/authorisation.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>
#ifdef MEMORY_FAILS
#include "fuzz/failing_memory.h"
#endif

enum { KEYS_LOADED = 6, CONTENTS = 4 };

/* --- the files that there are: whatever a configuration names is one of these --- */

static int file, contents[CONTENTS];
static char path[FUZZ_FILE_PATH_LEN], content_paths[CONTENTS][FUZZ_FILE_PATH_LEN];
static const struct lurk_config *loading; /* whose keys are loaded; NULL while it is read itself */
static bool watching;                     /* the code under test runs, not what called it */

int __real_open(const char *name, int flags, ...);
int __wrap_open(const char *name, int flags, ...);

static bool is_named(const struct lurk_config *config, const char *name) {
  bool named = false;
  for (size_t i = 0; i < config->key_count; i++)
    named = named || strcmp(name, config->keys[i].file) == 0 ||
            (config->keys[i].certificate != NULL && strcmp(name, config->keys[i].certificate) == 0);
  return named;
}

int __wrap_open(const char *name, int flags, ...) {
  if (!watching)
    return __real_open(name, flags);
  FUZZ_CHECK(loading != NULL && is_named(loading, name));
  FUZZ_CHECK((flags & O_ACCMODE) == O_RDONLY && (flags & O_CREAT) == 0);
  size_t choice = strlen(name) % (CONTENTS + 1);
  if (choice < CONTENTS)
    return __real_open(content_paths[choice], flags);
  errno = ENOENT;
  return -1;
}

static void make_files(void) {
  static const char *const texts[CONTENTS] = {fuzz_p256_pem, fuzz_p384_pem, fuzz_ed25519_pem, "no key\n"};
  if (file != 0)
    return;
  file = fuzz_file_new(path);
  for (size_t i = 0; i < CONTENTS; i++) {
    contents[i] = fuzz_file_new(content_paths[i]);
    fuzz_file_set(contents[i], texts[i], strlen(texts[i]));
  }
}

/* --- what a configuration that was taken says --- */

static void check_text(const char *text) {
  FUZZ_CHECK(text != NULL && text[0] != '\0');
  for (; *text != '\0'; text++)
    FUZZ_CHECK(!iscntrl((unsigned char)*text));
}

static void check_path(const char *text) {
  check_text(text);
  FUZZ_CHECK(text[0] == '/'); /* that of the file itself is */
}

static void check_range(unsigned value, unsigned min, unsigned max) {
  FUZZ_CHECK(value >= min && value <= max);
}

static void check_keys(const struct lurk_config *config) {
  for (size_t i = 0; i < config->key_count; i++) {
    const struct lurk_config_key *key = &config->keys[i];
    check_text(key->name);
    check_path(key->file);
    if (key->certificate != NULL)
      check_path(key->certificate);
    FUZZ_CHECK(lurk_key_usage_name(key->usage) != NULL);
    FUZZ_CHECK(!key->dtls || key->usage == LURK_USAGE_TLS12_RSA);
    FUZZ_CHECK((lurk_key_usage_methods(key->usage) == 0) != (lurk_key_usage_types(key->usage) == 0));
    for (size_t j = 0; j < i; j++)
      FUZZ_CHECK(strcmp(config->keys[j].name, key->name) != 0);
  }
}

static void check_edges(const struct lurk_config *config) {
  for (size_t i = 0; i < config->edge_count; i++) {
    const struct lurk_config_edge *edge = &config->edges[i];
    check_text(edge->identity_text);
    for (size_t j = 0; j < i; j++)
      FUZZ_CHECK(lurk_identity_compare(&config->edges[j].identity, &edge->identity) != 0);
    check_range(edge->rate.per_second, 0, 1000000); /* 0: no limit, burst has no meaning then */
    FUZZ_CHECK((edge->rate.per_second == 0) == (edge->rate.burst == 0) && edge->rate.burst <= 1000000);
    FUZZ_CHECK(edge->grant_count > 0);
    for (size_t j = 0; j < edge->grant_count; j++) {
      const struct lurk_config_grant *grant = &edge->grants[j];
      FUZZ_CHECK(grant->key < config->key_count);
      enum lurk_key_usage usage = config->keys[grant->key].usage;
      FUZZ_CHECK((grant->methods & ~lurk_key_usage_methods(usage)) == 0);
      FUZZ_CHECK((grant->types & ~lurk_key_usage_types(usage)) == 0);
      FUZZ_CHECK((grant->methods == 0) != (grant->types == 0));
      FUZZ_CHECK((grant->protocols == 0) == (grant->methods == 0));
      /* SSL and early TLS are never served, and TLS 1.3 has no RSA exchange. */
      FUZZ_CHECK((grant->protocols & ((1u << LURK_SKI_TLS_1_2) - 1)) == 0);
      FUZZ_CHECK(usage != LURK_USAGE_SKI_RSA || (grant->protocols & 1u << LURK_SKI_TLS_1_3) == 0);
    }
  }
}

static void check_rest(const struct lurk_config *config) {
  const struct lurk_config_limits *limits = &config->limits;
  FUZZ_CHECK(config->listen_count > 0);
  for (size_t i = 0; i < config->listen_count; i++)
    check_text(config->listen[i].address);
  check_path(config->channel.certificate);
  check_path(config->channel.key);
  check_path(config->channel.client_ca);
  check_path(config->audit_log);
  check_range(config->threads, 1, 256);
  check_range(limits->connections, 1, 1000000);
  check_range(limits->connections_per_edge, 1, 1000000);
  check_range(limits->header_octets, 256, 65536);
  check_range(limits->body_octets, 256, 1048576);
  check_range(limits->handshake_ms, 1, 3600000);
  check_range(limits->header_ms, 1, 3600000);
  check_range(limits->body_ms, 1, 3600000);
  check_range(limits->idle_ms, 1, 3600000);
  check_range(limits->refused_per_minute, 1, 1000000);
  check_range(config->ski.replay_window_seconds, 0, 86400);
  check_range(config->lurk.message_octets, 1024, 1048576);
  check_range(config->lurk.time_window_seconds, 1, 86400);
  check_range(config->lurk.replay_window_seconds, 0, 86400);
  check_text(config->ski.path);
  FUZZ_CHECK(config->ski.path[0] == '/');
}

/* --- the same again --- */

static void check_same_text(const char *a, const char *b) {
  FUZZ_CHECK((a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0));
}

static void check_same_edge(const struct lurk_config_edge *a, const struct lurk_config_edge *b) {
  check_same_text(a->identity_text, b->identity_text);
  FUZZ_CHECK(lurk_identity_compare(&a->identity, &b->identity) == 0);
  FUZZ_CHECK(a->grant_count == b->grant_count && a->address_count == b->address_count);
  for (size_t i = 0; i < a->grant_count; i++)
    FUZZ_CHECK(a->grants[i].key == b->grants[i].key && a->grants[i].methods == b->grants[i].methods &&
               a->grants[i].protocols == b->grants[i].protocols && a->grants[i].types == b->grants[i].types);
  FUZZ_CHECK(a->address_count == 0 ||
             memcmp(a->addresses, b->addresses, a->address_count * sizeof *a->addresses) == 0);
  FUZZ_CHECK(a->rate.per_second == b->rate.per_second && a->rate.burst == b->rate.burst);
}

static void check_same(const struct lurk_config *a, const struct lurk_config *b) {
  FUZZ_CHECK(a->listen_count == b->listen_count && a->key_count == b->key_count &&
             a->edge_count == b->edge_count && a->threads == b->threads);
  for (size_t i = 0; i < a->listen_count; i++) {
    check_same_text(a->listen[i].address, b->listen[i].address);
    FUZZ_CHECK(a->listen[i].protocol == b->listen[i].protocol);
  }
  for (size_t i = 0; i < a->key_count; i++) {
    check_same_text(a->keys[i].name, b->keys[i].name);
    check_same_text(a->keys[i].file, b->keys[i].file);
    check_same_text(a->keys[i].certificate, b->keys[i].certificate);
    FUZZ_CHECK(a->keys[i].usage == b->keys[i].usage && a->keys[i].dtls == b->keys[i].dtls);
  }
  for (size_t i = 0; i < a->edge_count; i++)
    check_same_edge(&a->edges[i], &b->edges[i]);
  check_same_text(a->channel.certificate, b->channel.certificate);
  check_same_text(a->channel.key, b->channel.key);
  check_same_text(a->channel.client_ca, b->channel.client_ca);
  check_same_text(a->channel.crl, b->channel.crl);
  check_same_text(a->ski.path, b->ski.path);
  check_same_text(a->audit_log, b->audit_log);
  FUZZ_CHECK(memcmp(&a->limits, &b->limits, sizeof a->limits) == 0);
  FUZZ_CHECK(a->ski.keyserver_dialect == b->ski.keyserver_dialect &&
             a->ski.replay_window_seconds == b->ski.replay_window_seconds);
  FUZZ_CHECK(a->lurk.time_window_seconds == b->lurk.time_window_seconds &&
             a->lurk.replay_window_seconds == b->lurk.replay_window_seconds &&
             a->lurk.proof_required == b->lurk.proof_required &&
             a->lurk.message_octets == b->lurk.message_octets &&
             a->lurk.length_counts_header == b->lurk.length_counts_header);
}

static void check_again(const struct lurk_config *config) {
  struct lurk_config again;
  char why[512];
  FUZZ_CHECK(lurk_config_load(path, &again, why, sizeof why));
  check_same(config, &again);
  lurk_config_clear(&again);
}

/* Members in another order, all blanks gone, every character beyond ASCII escaped. */
static void check_written_anew(const struct lurk_config *config) {
  json_t *root = json_load_file(path, JSON_ALLOW_NUL, NULL);
  char *text = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
  FUZZ_CHECK(text != NULL);
  fuzz_file_set(file, text, strlen(text));
  free(text);
  json_decref(root);
  check_again(config);
}

/* --- keys and rights --- */

static void check_rights(const struct lurk_config *config, const struct lurk_authorisation *authorisation) {
  FUZZ_CHECK(authorisation->count == config->edge_count);
  for (size_t i = 0; i < authorisation->count; i++) {
    const struct lurk_edge *edge = &authorisation->edges[i];
    FUZZ_CHECK(edge->grant_count == edge->config->grant_count);
    for (size_t j = 0; j < edge->grant_count; j++) {
      const struct lurk_grant *grant = &edge->grants[j];
      bool ski = grant->methods != 0;
      const struct lurk_grant *by_name = lurk_edge_find_key(edge, grant->key->spki);
      FUZZ_CHECK(ski ? by_name == grant : by_name == NULL);
      FUZZ_CHECK(ski || lurk_edge_find_key_id(edge, grant->key->key_id) == grant);
    }
  }
}

static void check_keys_load(const struct lurk_config *config) {
  static const uint8_t no_channel[32];
  struct lurk_key_store store = {0};
  struct lurk_authorisation authorisation;
  char why[512] = "";
  loading = config;
  bool loaded = lurk_key_store_load(config, path, no_channel, NULL, &store, why, sizeof why);
  loading = NULL;
  FUZZ_CHECK(loaded || strncmp(why, path, strlen(path)) == 0);
  lurk_activity_table *activities = loaded ? lurk_activity_table_new() : NULL;
  if (activities != NULL &&
      lurk_authorisation_build(config, &store, activities, &authorisation, why, sizeof why)) {
    check_rights(config, &authorisation);
    lurk_authorisation_clear(&authorisation);
  }
  lurk_activity_table_free(activities);
  lurk_key_store_clear(&store);
}

static void check_refusal_line(const struct lurk_config *config, const char *why) {
  static const struct lurk_config empty;
  FUZZ_CHECK(strncmp(why, path, strlen(path)) == 0 && strncmp(why + strlen(path), ": ", 2) == 0);
  check_text(why);
  FUZZ_CHECK(memcmp(config, &empty, sizeof empty) == 0);
}

/* --- without memory --- */

#ifdef MEMORY_FAILS
enum { MOST_FAILURES = 64, MOST_KEY_FAILURES = 16 };

/* Some of the numbers below count, others for another length of the file. */
static size_t nth_failure(size_t i, size_t most, size_t count, size_t len) {
  return count <= most ? i : i * count / most + len % (count / most);
}

static void check_load_fails(const struct lurk_config *expected, size_t fails) {
  struct lurk_config config;
  char why[512];
  fuzz_memory_watch(fails);
  bool loaded = lurk_config_load(path, &config, why, sizeof why);
  FUZZ_CHECK(loaded ? expected != NULL : expected == NULL || fuzz_memory_has_failed());
  if (loaded) {
    check_same(expected, &config);
    lurk_config_clear(&config);
  }
  fuzz_memory_unwatch();
  FUZZ_CHECK(fuzz_memory_held() == 0);
  if (!loaded)
    check_refusal_line(&config, why);
}

/* expected is NULL where the file is refused with memory too. */
static void check_memory(const struct lurk_config *expected, size_t len) {
  check_load_fails(expected, FUZZ_NEVER);
  size_t count = fuzz_memory_count();
  for (size_t i = 0; i < MOST_FAILURES && i < count; i++)
    check_load_fails(expected, nth_failure(i, MOST_FAILURES, count, len));
  if (expected == NULL || expected->key_count > KEYS_LOADED)
    return;
  fuzz_memory_watch(FUZZ_NEVER);
  check_keys_load(expected);
  fuzz_memory_unwatch();
  count = fuzz_memory_count();
  for (size_t i = 0; i < MOST_KEY_FAILURES && i < count; i++) {
    fuzz_memory_watch(nth_failure(i, MOST_KEY_FAILURES, count, len));
    check_keys_load(expected);
    fuzz_memory_unwatch();
    FUZZ_CHECK(fuzz_memory_held() == 0);
  }
}

#endif

/* --- all of it --- */

static void check_file(size_t len) {
  struct lurk_config config;
  char why[512];
  bool loaded = lurk_config_load(path, &config, why, sizeof why);
#ifdef MEMORY_FAILS
  check_memory(loaded ? &config : NULL, len);
#else
  (void)len;
#endif
  if (!loaded) {
    check_refusal_line(&config, why);
    return;
  }
  check_keys(&config);
  check_edges(&config);
  check_rest(&config);
  check_again(&config);
  check_written_anew(&config);
  if (config.key_count <= KEYS_LOADED)
    check_keys_load(&config);
  lurk_config_clear(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  make_files();
  fuzz_file_set(file, data, size);
  watching = true;
  check_file(size);
  watching = false;
  return 0;
}
