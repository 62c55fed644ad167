/* A line of the audit log, put together member by member: what every request costs. Events that are rare are
 * made as json_t (audit.h). Nothing is allocated. */
#ifndef KEYSERVER_AUDIT_LINE_H
#define KEYSERVER_AUDIT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LURK_AUDIT_LINE_LIMIT 16384

struct lurk_audit_line {
  size_t len;
  bool too_long;
  char text[LURK_AUDIT_LINE_LIMIT];
};

/* Time and kind. */
void lurk_audit_line_begin(struct lurk_audit_line *line, const char *kind);
/* Names are constants without anything to escape. */
/* Our own or from the configuration, in UTF-8; NULL is null. */
void lurk_audit_line_word(struct lurk_audit_line *line, const char *name, const char *text);
/* From a peer or a library, as lurk_audit_text. */
void lurk_audit_line_text(struct lurk_audit_line *line, const char *name, const char *text);
void lurk_audit_line_number(struct lurk_audit_line *line, const char *name, uint64_t value);
/* In hexadecimal, with that many digits at least. */
void lurk_audit_line_hex(struct lurk_audit_line *line, const char *name, uint64_t value, unsigned digits);
/* As lurk_audit_octets. */
void lurk_audit_line_octets(struct lurk_audit_line *line, const char *name, const uint8_t *data, size_t len);
/* A list of texts: begin, its elements, end. */
void lurk_audit_line_list(struct lurk_audit_line *line, const char *name);
void lurk_audit_line_element(struct lurk_audit_line *line, const char *text);
void lurk_audit_line_list_end(struct lurk_audit_line *line);
/* Closes the object and the line. False: it was too long. */
bool lurk_audit_line_end(struct lurk_audit_line *line);

#endif
