#include "audit.h"

#include "lurk/diagnose.h"
#include "lurk/wire/base64.h"
#include "lurk/wire/bytes.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_LIMIT 16384

struct lurk_audit {
  pthread_mutex_t lock;
  int fd;
  bool line_is_torn; /* a write ended within a line */
  enum { UNTRIED, WORKING, FAILING } state;
};

static int open_log(const char *path, char *why, size_t why_len) {
  int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
  if (fd < 0)
    snprintf(why, why_len, "audit_log: %s: %s", path, strerror(errno));
  return fd;
}

lurk_audit *lurk_audit_open(const char *path, char *why, size_t why_len) {
  int fd = open_log(path, why, why_len);
  if (fd < 0)
    return NULL;
  lurk_audit *audit = calloc(1, sizeof *audit);
  if (audit == NULL) {
    snprintf(why, why_len, "audit_log: memory is short");
    close(fd);
    return NULL;
  }
  pthread_mutex_init(&audit->lock, NULL);
  audit->fd = fd;
  return audit;
}

bool lurk_audit_reopen(lurk_audit *audit, const char *path, char *why, size_t why_len) {
  int fd = open_log(path, why, why_len);
  if (fd < 0)
    return false;
  pthread_mutex_lock(&audit->lock);
  int old = audit->fd;
  audit->fd = fd;
  audit->line_is_torn = false;
  pthread_mutex_unlock(&audit->lock);
  close(old);
  return true;
}

void lurk_audit_close(lurk_audit *audit) {
  if (audit == NULL)
    return;
  close(audit->fd);
  pthread_mutex_destroy(&audit->lock);
  free(audit);
}

json_t *lurk_audit_event(const char *kind) {
  struct timespec now;
  struct tm utc;
  char time_text[64];
  clock_gettime(CLOCK_REALTIME, &now);
  gmtime_r(&now.tv_sec, &utc);
  size_t len = strftime(time_text, sizeof time_text, "%Y-%m-%dT%H:%M:%S", &utc);
  snprintf(time_text + len, sizeof time_text - len, ".%06ldZ", now.tv_nsec / 1000);
  return json_pack("{s:s,s:s}", "time", time_text, "event", kind);
}

json_t *lurk_audit_text(const char *text) {
  size_t len = strnlen(text, LURK_AUDIT_TEXT_LIMIT);
  json_t *value = json_stringn(text, len);
  if (value != NULL)
    return value;
  char plain[LURK_AUDIT_TEXT_LIMIT];
  for (size_t i = 0; i < len; i++)
    plain[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
  return json_stringn(plain, len);
}

json_t *lurk_audit_octets(const uint8_t *data, size_t len) {
  char text[LURK_AUDIT_TEXT_LIMIT];
  size_t text_len = lurk_base64_encoded_len(len);
  if (text_len > sizeof text)
    return NULL;
  lurk_base64_encode(data, len, text);
  return json_stringn(text, text_len);
}

static int add_to_line(const char *text, size_t len, void *builder) {
  lurk_add_octets(builder, (const uint8_t *)text, len);
  return 0;
}

static bool make_line(const json_t *event, struct lurk_octets *line) {
  struct lurk_builder builder;
  lurk_builder_init(&builder, LINE_LIMIT);
  int result = json_dump_callback(event, add_to_line, &builder, JSON_COMPACT | JSON_ENSURE_ASCII);
  lurk_add_u8(&builder, '\n');
  bool ok = lurk_builder_finish(&builder, line) == LURK_OK;
  lurk_builder_clear(&builder);
  return ok && result == 0;
}

/* errno says why not. */
static bool write_all(int fd, const char *data, size_t len, bool *torn) {
  while (len > 0) {
    ssize_t put = write(fd, data, len);
    if (put < 0 && errno == EINTR)
      continue;
    if (put < 0)
      return false;
    data += put;
    len -= (size_t)put;
    *torn = len > 0;
  }
  return true;
}

bool lurk_audit_write_lines(lurk_audit *audit, const char *lines, size_t len) {
  pthread_mutex_lock(&audit->lock);
  bool ok = !audit->line_is_torn || write_all(audit->fd, "\n", 1, &audit->line_is_torn);
  ok = ok && write_all(audit->fd, lines, len, &audit->line_is_torn);
  int fault = errno;
  bool has_failed = audit->state == WORKING && !ok, works_again = audit->state == FAILING && ok;
  audit->state = ok ? WORKING : FAILING;
  pthread_mutex_unlock(&audit->lock);
  if (works_again)
    lurk_diagnose("the audit log can be written again");
  if (has_failed)
    lurk_diagnose("the audit log cannot be written, requests are refused: %s", strerror(fault));
  return ok;
}

bool lurk_audit_write(lurk_audit *audit, json_t *event) {
  struct lurk_octets line = {0};
  bool ok = event != NULL && make_line(event, &line) &&
            lurk_audit_write_lines(audit, (const char *)line.data, line.len);
  lurk_octets_clear(&line);
  json_decref(event);
  return ok;
}
