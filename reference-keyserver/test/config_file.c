#include "config_file.h"

#include "lurk/wire/test/cmocka_all.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEYS LURK_TEST_KEYS "/"

static char file_name[64];

static void remove_file(void) {
  remove(file_name);
}

/* Tests of several processes run in the same folder. */
static const char *name_file(void) {
  if (file_name[0] == '\0') {
    snprintf(file_name, sizeof file_name, "config-%ld.json", (long)getpid());
    atexit(remove_file);
  }
  return file_name;
}

/* Keys by their real files, so that the same configuration can be loaded whole. */
static const char good[] =
    "{ \"listen\": [\"127.0.0.1:0\", \"[::1]:0\"], \"threads\": 2,"
    "  \"channel\": {\"certificate\": \"ks.pem\", \"key\": \"ks.key\", \"client_ca\": \"ca.pem\", \"crl\": "
    "\"crl.pem\"},"
    "  \"keys\": ["
    "    {\"name\": \"p256\", \"file\": \"" KEYS "p256.pem\", \"usage\": \"ski-ecdhe\"},"
    "    {\"name\": \"rsa\", \"file\": \"" KEYS "rsa2048.pem\", \"usage\": \"ski-ecdhe\"},"
    "    {\"name\": \"rsa-kx\", \"file\": \"" KEYS "rsa4096.pem\", \"usage\": \"ski-rsa\"},"
    "    {\"name\": \"ed25519\", \"file\": \"" KEYS "ed25519.pem\", \"usage\": \"ski-ecdhe\"},"
    "    {\"name\": \"p384\", \"file\": \"" KEYS "p384.pem\", \"usage\": \"ski-ecdhe\"}],"
    "  \"edges\": ["
    "    {\"identity\": \"uri:urn:example:edge-a\", \"grants\": ["
    "      {\"key\": \"p256\"}, {\"key\": \"rsa\"}, {\"key\": \"rsa-kx\"}, {\"key\": \"ed25519\"}],"
    "     \"rate\": {\"per_second\": 500, \"burst\": 1000}, \"addresses\": [\"127.0.0.1\", \"::1\"]},"
    "    {\"identity\": \"dns:edge-b.example\", \"grants\": ["
    "      {\"key\": \"p384\", \"methods\": [\"ECDHE\"], \"protocols\": [\"TLS 1.2\"]}]},"
    "    {\"identity\": \"spki:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\", \"grants\": [{\"key\": "
    "\"p256\"}]}],"
    "  \"limits\": {\"connections\": 10},"
    "  \"ski\": {\"path\": \"/ski\", \"keyserver_dialect\": true, \"replay_window_seconds\": 60},"
    "  \"audit_log\": \"audit.jsonl\" }";

/* The value that holds the last step of way, which is left in *step. */
static json_t *walk(json_t *value, char *way, char **step) {
  char *saved, *next;
  *step = strtok_r(way, ".", &saved);
  while ((next = strtok_r(NULL, ".", &saved)) != NULL) {
    value = json_is_array(value) ? json_array_get(value, strtoul(*step, NULL, 10))
                                 : json_object_get(value, *step);
    *step = next;
  }
  assert_non_null(value);
  return value;
}

static void change(json_t *root, const char *way, const char *json) {
  char steps[128], *step;
  snprintf(steps, sizeof steps, "%s", way);
  json_t *parent = walk(root, steps, &step);
  json_t *value = json == NULL ? NULL : json_loads(json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
  assert_true(json == NULL || value != NULL);
  if (json_is_array(parent))
    assert_int_equal(value == NULL ? json_array_remove(parent, strtoul(step, NULL, 10))
                                   : json_array_set_new(parent, strtoul(step, NULL, 10), value),
                     0);
  else
    assert_int_equal(value == NULL ? json_object_del(parent, step) : json_object_set_new(parent, step, value),
                     0);
}

const char *config_file_write(const char *way, const char *json) {
  FILE *file = fopen(name_file(), "w");
  assert_non_null(file);
  if (way == NULL) {
    fputs(json == NULL ? good : json, file);
  } else {
    json_t *root = json_loads(good, 0, NULL);
    assert_non_null(root);
    change(root, way, json);
    assert_int_equal(json_dumpf(root, file, 0), 0);
    json_decref(root);
  }
  assert_int_equal(fclose(file), 0);
  return file_name;
}
