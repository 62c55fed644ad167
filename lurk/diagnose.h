/* Diagnostics: one line each on stderr. */
#ifndef LURK_DIAGNOSE_H
#define LURK_DIAGNOSE_H

/* Control characters become question marks; the program's name stands in front. Thread-safe. */
void lurk_diagnose(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
