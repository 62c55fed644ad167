#include "fuzz/failing_memory.h"

#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);
char *__wrap_strdup(const char *text);
int __wrap_asprintf(char **out, const char *format, ...);

static struct {
  bool on, failed;
  size_t fails, count;
  ptrdiff_t held, peak;
} watch;

void fuzz_memory_watch(size_t fails) {
  watch.on = true;
  watch.failed = false;
  watch.fails = fails;
  watch.count = 0;
  watch.held = watch.peak = 0;
}

void fuzz_memory_unwatch(void) {
  watch.on = false;
}

size_t fuzz_memory_count(void) {
  return watch.count;
}

bool fuzz_memory_has_failed(void) {
  return watch.failed;
}

size_t fuzz_memory_peak(void) {
  return (size_t)watch.peak;
}

ptrdiff_t fuzz_memory_held(void) {
  return watch.held;
}

static bool fails(void) {
  if (!watch.on || watch.count++ != watch.fails)
    return false;
  watch.failed = true;
  errno = ENOMEM;
  return true;
}

static void *allocated(void *block) {
  if (watch.on && block != NULL)
    watch.held += (ptrdiff_t)malloc_usable_size(block);
  if (watch.held > watch.peak)
    watch.peak = watch.held;
  return block;
}

static void released(void *block) {
  if (watch.on && block != NULL)
    watch.held -= (ptrdiff_t)malloc_usable_size(block);
}

void *__wrap_malloc(size_t size) {
  return fails() ? NULL : allocated(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size) {
  return fails() ? NULL : allocated(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size) {
  if (fails())
    return NULL;
  released(block);
  return allocated(__real_realloc(block, size));
}

void __wrap_free(void *block) {
  released(block);
  __real_free(block);
}

char *__wrap_strdup(const char *text) {
  const size_t len = strlen(text) + 1;
  char *copy = __wrap_malloc(len);
  return copy == NULL ? NULL : memcpy(copy, text, len);
}

__attribute__((format(printf, 2, 3))) int __wrap_asprintf(char **out, const char *format, ...) {
  if (fails())
    return -1;
  va_list arguments;
  va_start(arguments, format);
  int len = vasprintf(out, format, arguments);
  va_end(arguments);
  if (len >= 0)
    allocated(*out);
  return len;
}
