#include "lurk/diagnose.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void lurk_diagnose(const char *format, ...) {
  char line[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  for (char *c = line; *c != '\0'; c++)
    if (iscntrl((unsigned char)*c))
      *c = '?';
  fprintf(stderr, "%s: %s\n", program_invocation_short_name, line);
}
