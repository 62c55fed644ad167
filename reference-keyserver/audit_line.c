#include "audit_line.h"

#include "audit.h"
#include "lurk/fault.h"
#include "lurk/wire/base64.h"
#include <string.h>
#include <time.h>

#define OCTETS_LIMIT 192 /* base64 then has 256 characters */

static void add(struct lurk_audit_line *line, const char *text, size_t len) {
  if (len > sizeof line->text - line->len) {
    line->too_long = true;
    return;
  }
  memcpy(line->text + line->len, text, len);
  line->len += len;
}

static void add_constant(struct lurk_audit_line *line, const char *text) {
  add(line, text, strlen(text));
}

static void add_name(struct lurk_audit_line *line, const char *name) {
  add(line, ",\"", 2);
  add_constant(line, name);
  add(line, "\":", 2);
}

static int add_dumped(const char *text, size_t len, void *line) {
  add(line, text, len);
  return 0;
}

static bool is_plain(const char *text, size_t *len) {
  *len = 0;
  while (text[*len] >= ' ' && text[*len] <= '~' && text[*len] != '"' && text[*len] != '\\')
    ++*len;
  return text[*len] == '\0';
}

/* jansson knows UTF-8; what is plain ASCII, as nearly everything is, needs no such care. */
static void add_text(struct lurk_audit_line *line, const char *text, bool of_peer) {
  size_t len;
  bool plain = is_plain(text, &len);
#ifdef LURK_FAULTS
  if (!plain && LURK_FAULT(path_logged_raw)) {
    plain = true;
    len = strlen(text);
  }
#endif
  if (plain && (!of_peer || len <= LURK_AUDIT_TEXT_LIMIT)) {
    add(line, "\"", 1);
    add(line, text, len);
    add(line, "\"", 1);
    return;
  }
  json_t *value = of_peer ? lurk_audit_text(text) : json_string(text);
  if (value == NULL || json_dump_callback(value, add_dumped, line, JSON_ENSURE_ASCII | JSON_ENCODE_ANY) != 0)
    line->too_long = true;
  json_decref(value);
}

/* The last digits of value, with leading zeros. */
static void add_digits(struct lurk_audit_line *line, uint64_t value, unsigned base, unsigned digits) {
  char text[20];
  size_t place = sizeof text;
  do {
    text[--place] = "0123456789abcdef"[value % base];
    value /= base;
  } while (place > 0 && (value > 0 || sizeof text - place < digits));
  add(line, text + place, sizeof text - place);
}

/* Broken down once a second. */
static void add_time(struct lurk_audit_line *line) {
  static _Thread_local time_t second = -1;
  static _Thread_local char text[32];
  static _Thread_local size_t len;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (now.tv_sec != second) {
    struct tm utc;
    gmtime_r(&now.tv_sec, &utc);
    len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    second = now.tv_sec;
  }
  add(line, text, len);
  add(line, ".", 1);
  add_digits(line, (uint64_t)now.tv_nsec / 1000, 10, 6);
  add(line, "Z", 1);
}

void lurk_audit_line_begin(struct lurk_audit_line *line, const char *kind) {
  line->len = 0;
  line->too_long = false;
  add_constant(line, "{\"time\":\"");
  add_time(line);
  add_constant(line, "\",\"event\":\"");
  add_constant(line, kind);
  add(line, "\"", 1);
}

void lurk_audit_line_word(struct lurk_audit_line *line, const char *name, const char *text) {
  add_name(line, name);
  if (text == NULL)
    add(line, "null", 4);
  else
    add_text(line, text, false);
}

void lurk_audit_line_text(struct lurk_audit_line *line, const char *name, const char *text) {
  add_name(line, name);
  add_text(line, text, true);
}

void lurk_audit_line_number(struct lurk_audit_line *line, const char *name, uint64_t value) {
  add_name(line, name);
  add_digits(line, value, 10, 1);
}

void lurk_audit_line_hex(struct lurk_audit_line *line, const char *name, uint64_t value, unsigned digits) {
  add_name(line, name);
  add(line, "\"", 1);
  add_digits(line, value, 16, digits);
  add(line, "\"", 1);
}

void lurk_audit_line_octets(struct lurk_audit_line *line, const char *name, const uint8_t *data, size_t len) {
  char text[OCTETS_LIMIT / 3 * 4];
  if (len > OCTETS_LIMIT) {
    line->too_long = true;
    return;
  }
  lurk_base64_encode(data, len, text);
  add_name(line, name);
  add(line, "\"", 1);
  add(line, text, lurk_base64_encoded_len(len));
  add(line, "\"", 1);
}

void lurk_audit_line_list(struct lurk_audit_line *line, const char *name) {
  add_name(line, name);
  add(line, "[", 1);
}

void lurk_audit_line_element(struct lurk_audit_line *line, const char *text) {
  if (line->len > 0 && line->text[line->len - 1] != '[')
    add(line, ",", 1);
  add_text(line, text, true);
}

void lurk_audit_line_list_end(struct lurk_audit_line *line) {
  add(line, "]", 1);
}

bool lurk_audit_line_end(struct lurk_audit_line *line) {
  add(line, "}\n", 2);
  return !line->too_long;
}
