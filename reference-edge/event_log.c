#include "reference-edge/event_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct lurk_event_log {
  FILE *stream;
};

lurk_event_log *lurk_event_log_open(const char *file) {
  lurk_event_log *log = calloc(1, sizeof *log);
  if (log == NULL)
    return NULL;
  log->stream = file == NULL ? stderr : fopen(file, "ae");
  if (log->stream == NULL) {
    free(log);
    return NULL;
  }
  return log;
}

void lurk_event_log_close(lurk_event_log *log) {
  if (log->stream != stderr)
    fclose(log->stream);
  free(log);
}

static json_t *now(void) {
  struct timespec time;
  struct tm parts;
  char date[32], text[48];
  clock_gettime(CLOCK_REALTIME, &time);
  gmtime_r(&time.tv_sec, &parts);
  strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
  snprintf(text, sizeof text, "%s.%06uZ", date, (unsigned)(time.tv_nsec / 1000) % 1000000);
  return json_string(text);
}

void lurk_event(lurk_event_log *log, const char *kind, json_t *members) {
  json_t *line = json_object();
  json_object_set_new(line, "time", now());
  json_object_set_new(line, "event", json_string(kind));
  if (members != NULL)
    json_object_update(line, members);
  char *text = json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII);
  if (text != NULL) {
    fprintf(log->stream, "%s\n", text);
    fflush(log->stream);
  }
  free(text);
  json_decref(line);
  json_decref(members);
}
