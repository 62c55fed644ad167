#include "lurk/crypto/test/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void probe_refuse(const char *why) {
  fprintf(stderr, "probe: %s\n", why);
  exit(2);
}

struct lurk_octets probe_octets(const json_t *request, const char *member) {
  struct lurk_octets out = {0};
  if (!crypto_json_octets(request, member, &out))
    probe_refuse(member);
  return out;
}

uint16_t probe_number(const json_t *request, const char *member) {
  const json_t *value = json_object_get(request, member);
  if (!json_is_integer(value))
    probe_refuse(member);
  return (uint16_t)json_integer_value(value);
}

void probe_reply(json_t *reply, const char *member, const uint8_t *data, size_t len) {
  json_object_set_new(reply, member, crypto_json_hex(data, len));
}

static lurk_status run(const struct probe_operation *operations, size_t count, const json_t *request,
                       json_t *reply) {
  const char *name = json_string_value(json_object_get(request, "op"));
  for (size_t i = 0; name != NULL && i < count; i++) {
    if (strcmp(operations[i].name, name) == 0)
      return operations[i].run(request, reply);
  }
  probe_refuse("unknown op");
}

void probe_run(const struct probe_operation *operations, size_t count) {
  char *line = NULL;
  size_t size = 0;
  while (getline(&line, &size, stdin) > 0) {
    json_error_t error;
    json_t *request = json_loads(line, JSON_REJECT_DUPLICATES, &error);
    if (request == NULL)
      probe_refuse(error.text);
    json_t *reply = json_object();
    lurk_status status = run(operations, count, request, reply);
    json_object_set_new(reply, "status", json_string(lurk_status_name(status)));
    json_dumpf(reply, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    json_decref(request);
    json_decref(reply);
  }
  free(line);
}
