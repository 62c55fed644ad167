/* What happened, as JSON lines on stderr or in a file. Never a secret, never content of a connection. */
#ifndef LURK_EDGE_EVENT_LOG_H
#define LURK_EDGE_EVENT_LOG_H

#include <jansson.h>
#include <stdbool.h>

typedef struct lurk_event_log lurk_event_log;

/* file NULL: stderr. NULL with errno set when the file cannot be opened. */
lurk_event_log *lurk_event_log_open(const char *file);
void lurk_event_log_close(lurk_event_log *log);

/* Writes {"time": ..., "event": kind, ...members}. Takes members over; NULL members are an allocation failure
 * and the line then has none. From any thread: lines stay whole. */
void lurk_event(lurk_event_log *log, const char *kind, json_t *members);

#endif
