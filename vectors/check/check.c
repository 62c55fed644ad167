#include "vectors/check/check.h"

#include "vectors/check/rsa.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct check_entry *const tables[] = {
    check_ski,       check_lurk, check_tls12,      check_derivations, check_points,
    check_ownership, check_rsa,  check_signatures, check_exchanges,   check_x509};

/* --- members --- */

static int digit(char c) {
  static const char digits[] = "0123456789abcdef";
  const char *found = c == '\0' ? NULL : strchr(digits, c);
  return found == NULL ? -1 : (int)(found - digits);
}

struct lurk_octets call_room(struct call *call, size_t len) {
  struct lurk_octets octets = {NULL, 0};
  if (call->held_count == CHECK_MAX_HELD || !lurk_octets_alloc(&octets, len)) {
    call->broken = true;
    return octets;
  }
  call->held[call->held_count++] = octets;
  return octets;
}

struct lurk_octets call_hex(struct call *call, const json_t *value) {
  const char *text = json_string_value(value);
  if (text == NULL || json_string_length(value) % 2 != 0) {
    call->broken = true;
    return (struct lurk_octets){NULL, 0};
  }
  struct lurk_octets octets = call_room(call, json_string_length(value) / 2);
  for (size_t i = 0; i < octets.len; i++) {
    int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0)
      call->broken = true;
    octets.data[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
  }
  return octets;
}

struct lurk_octets call_octets(struct call *call, const char *name) {
  return call_hex(call, json_object_get(call->input, name));
}

bool call_has(const struct call *call, const char *name) {
  return json_object_get(call->input, name) != NULL;
}

const char *call_text(struct call *call, const char *name) {
  const char *text = json_string_value(json_object_get(call->input, name));
  if (text == NULL)
    call->broken = true;
  return text == NULL ? "" : text;
}

long long call_number(struct call *call, const char *name) {
  const json_t *value = json_object_get(call->input, name);
  if (!json_is_integer(value))
    call->broken = true;
  return json_integer_value(value);
}

bool call_true(const struct call *call, const char *name) {
  return json_is_true(json_object_get(call->input, name));
}

struct lurk_octets call_key(struct call *call, const char *half) {
  return call_hex(call, json_object_get(json_object_get(call->keys, call_text(call, "key")), half));
}

json_t *check_hex(const uint8_t *data, size_t len) {
  static const char digits[] = "0123456789abcdef";
  char *text = malloc(2 * len + 1);
  if (text == NULL)
    return NULL;
  for (size_t i = 0; i < len; i++) {
    text[2 * i] = digits[data[i] >> 4];
    text[2 * i + 1] = digits[data[i] & 15];
  }
  json_t *value = json_stringn(text, 2 * len);
  free(text);
  return value;
}

void reply_octets(struct call *call, const char *name, const uint8_t *data, size_t len) {
  json_object_set_new(call->output, name, check_hex(data, len));
}

void reply_number(struct call *call, const char *name, long long value) {
  json_object_set_new(call->output, name, json_integer(value));
}

void reply_text(struct call *call, const char *name, const char *value) {
  json_object_set_new(call->output, name, json_string(value));
}

const char *check_status(struct call *call, lurk_status status) {
  switch (status) {
  case LURK_OK:
    return CHECK_OK;
  case LURK_ERR_MALFORMED:
    return "malformed";
  case LURK_ERR_MISMATCH:
    return "mismatch";
  case LURK_ERR_UNSUPPORTED:
    return "unsupported";
  default:
    call->broken = true;
    return lurk_status_name(status);
  }
}

/* --- lines --- */

static check_operation *operation_of(const char *name) {
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    for (const struct check_entry *entry = tables[i]; entry->name != NULL; entry++) {
      if (strcmp(entry->name, name) == 0)
        return entry->run;
    }
  }
  return NULL;
}

static const char *result_of(const struct call *call, const char *status) {
  if (call->broken || strcmp(status, CHECK_UNSUPPORTED) == 0)
    return "unsupported";
  return strcmp(status, CHECK_OK) == 0 ? "valid" : "invalid";
}

static void answer(const json_t *question) {
  struct call call = {.input = json_object_get(question, "input"),
                      .keys = json_object_get(question, "keys"),
                      .output = json_object()};
  const char *name = json_string_value(json_object_get(question, "operation"));
  check_operation *run = name == NULL ? NULL : operation_of(name);
  const char *status = run == NULL ? CHECK_UNSUPPORTED : run(&call);
  const char *result = result_of(&call, status);
  json_t *reply = json_pack("{s:O?, s:s, s:s}", "id", json_object_get(question, "id"), "result", result,
                            "status", status);
  if (strcmp(result, "valid") == 0)
    json_object_set(reply, "output", call.output);
  json_dumpf(reply, stdout, JSON_COMPACT);
  putchar('\n');
  fflush(stdout);
  json_decref(reply);
  json_decref(call.output);
  for (size_t i = 0; i < call.held_count; i++)
    lurk_octets_clear(&call.held[i]);
}

int check_stream(void) {
  char *line = NULL;
  size_t size = 0;
  int code = 0;
  while (code == 0 && getline(&line, &size, stdin) > 0) {
    json_error_t error;
    json_t *question = json_loads(line, JSON_REJECT_DUPLICATES, &error);
    if (question == NULL) {
      fprintf(stderr, "lurk-vectors check: a line is not JSON: %s\n", error.text);
      code = 2;
    } else {
      answer(question);
    }
    json_decref(question);
  }
  free(line);
  check_rsa_end();
  return code;
}
