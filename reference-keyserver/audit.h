/* The audit log: one JSON object a line (SKI REQ 1, REQ 7, §4.2.3). It tells who asked for what and what came
 * of it, never an input, an output or anything else that is secret; control characters are escaped and
 * everything is ASCII, so that no peer can write lines of its own. Thread-safe. */
#ifndef KEYSERVER_AUDIT_H
#define KEYSERVER_AUDIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lurk_audit lurk_audit;

/* Opens the file for appending and makes it, readable to its owner, when there is none. NULL: why holds one
 * line. */
lurk_audit *lurk_audit_open(const char *path, char *why, size_t why_len);
/* Opens the file anew, e.g. after it was moved away or when the path has changed. False: why holds one line
 * and the old file stays in use. */
bool lurk_audit_reopen(lurk_audit *audit, const char *path, char *why, size_t why_len);
void lurk_audit_close(lurk_audit *audit); /* NULL is fine */

/* An event with its time and kind, to be filled with members; NULL when memory is short. */
json_t *lurk_audit_event(const char *kind);
/* Text from a peer or a library; octets outside UTF-8 become question marks, long ones are cut. */
#define LURK_AUDIT_TEXT_LIMIT 256
json_t *lurk_audit_text(const char *text);
/* Fingerprints in base64, as RFC 7469 writes pins. */
json_t *lurk_audit_octets(const uint8_t *data, size_t len);

/* Writes the event, which is taken over, even when it is NULL. False: it is not in the log, so what it tells
 * of must not happen (fail closed). */
bool lurk_audit_write(lurk_audit *audit, json_t *event);
/* The same for whole lines (audit_line.h). */
bool lurk_audit_write_lines(lurk_audit *audit, const char *lines, size_t len);

#endif
