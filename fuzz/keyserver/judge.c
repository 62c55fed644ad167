#include "fuzz/keyserver/judge.h"

#include "fuzz/keyserver/canary.h"
#include "fuzz/keyserver/judge_internal.h"
#include "fuzz/target.h"
#include <jansson.h>

void judge_show(struct judge *judge, const uint8_t *data, size_t len) {
  FUZZ_CHECK(lurk_buffer_append(&judge->shown, data, len));
}

/* --- replays --- */

void judge_handshake(struct judge *judge, enum who who, char window, const uint8_t *data, size_t len) {
  struct past_handshake now = {.who = who, .window = window, .when_ns = fuzz_lab_now_ns()};
  FUZZ_CHECK(lurk_digest(LURK_SHA256, data, len, now.digest) == LURK_OK);
  for (size_t i = 0; i < judge->past_count; i++) {
    const struct past_handshake *past = &judge->past[i];
    FUZZ_CHECK(past->who != who || past->window != window ||
               memcmp(past->digest, now.digest, sizeof now.digest) != 0 ||
               now.when_ns - past->when_ns >= LAB_REPLAY_SECONDS * UINT64_C(1000000000));
  }
  if (judge->past_count < sizeof judge->past / sizeof *judge->past)
    judge->past[judge->past_count++] = now;
}

/* --- log --- */

static const char *text_of(const json_t *line, const char *member) {
  const char *text = json_string_value(json_object_get(line, member));
  return text == NULL ? "" : text;
}

static enum who find_who(const char *identity) {
  enum who who = 0;
  while (who < WHO_COUNT && (fuzz_lab_identity(who) == NULL || strcmp(fuzz_lab_identity(who), identity) != 0))
    who++;
  return who;
}

static enum lab_key find_key(const char *name) {
  enum lab_key key = 0;
  while (key < KEY_COUNT && strcmp(lab_keys[key].name, name) != 0)
    key++;
  return key;
}

static bool may_ski(enum who who, enum lab_key key, const json_t *line) {
  enum lurk_ski_protocol protocol = 0;
  while (protocol <= LURK_SKI_TLS_1_3 &&
         strcmp(lurk_ski_protocol_name(protocol), text_of(line, "protocol")) != 0)
    protocol++;
  enum lurk_ski_method method = strcmp(text_of(line, "method"), "RSA") == 0 ? LURK_SKI_RSA : LURK_SKI_ECDHE;
  return protocol <= LURK_SKI_TLS_1_3 && fuzz_lab_may_ski(who, key, method, protocol);
}

/* The log is a witness of its own: what it calls served must have been allowed. */
static void check_served(const json_t *line) {
  const char *operation = text_of(line, "operation");
  enum who who = find_who(text_of(line, "edge"));
  enum lab_key key = find_key(text_of(line, "key"));
  enum lurk_tls12_type type;
  FUZZ_CHECK(who < WHO_COUNT);
  if (strcmp(operation, "ping") == 0 || strcmp(operation, "capabilities") == 0)
    return;
  FUZZ_CHECK(key < KEY_COUNT);
  if (strcmp(operation, "ski") == 0)
    FUZZ_CHECK(may_ski(who, key, line));
  else
    FUZZ_CHECK(lurk_tls12_type_find(operation, &type) && fuzz_lab_may_lurk(who, key, (uint8_t)type));
}

static bool check_line(const char *text, size_t len) {
  json_t *line = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
  FUZZ_CHECK(line != NULL);
  const char *event = text_of(line, "event"), *verdict = text_of(line, "verdict");
  FUZZ_CHECK(event[0] != '\0');
  bool served = strcmp(event, "request") == 0 && strcmp(verdict, "served") == 0;
  if (served)
    check_served(line);
  json_decref(line);
  return served;
}

static void check_secrets(const struct judge *judge, const uint8_t *log, size_t len) {
  FUZZ_CHECK(!fuzz_canary_is_shown(log, len));
  FUZZ_CHECK(!fuzz_canary_is_shown(lurk_buffer_data(&judge->shown), judge->shown.len));
  for (size_t i = 0; i < judge->secret.len; i += LURK_PREMASTER_LEN)
    FUZZ_CHECK(!fuzz_secret_is_shown(lurk_buffer_data(&judge->secret) + i, LURK_PREMASTER_LEN, log, len));
}

void judge_log(struct judge *judge) {
  size_t len;
  unsigned served = 0;
  char *log = fuzz_lab_log(&len);
  check_secrets(judge, (const uint8_t *)log, len);
  for (char *line = log, *end; line < log + len; line = end + 1) {
    end = memchr(line, '\n', (size_t)(log + len - line));
    FUZZ_CHECK(end != NULL);
    if (line[0] == '{') /* the others were for stderr */
      served += check_line(line, (size_t)(end - line));
  }
  FUZZ_CHECK(judge->uncounted || served == judge->served);
  free(log);
  lurk_buffer_clear(&judge->shown);
  lurk_buffer_clear(&judge->secret);
}
