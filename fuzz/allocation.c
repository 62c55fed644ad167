#include "fuzz/allocation.h"

#include <stdbool.h>

/* Of the sanitizers' runtime (sanitizer/allocator_interface.h), absent without one. */
__attribute__((weak)) int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *,
                                                                                      size_t),
                                                                    void (*on_free)(const volatile void *));
__attribute__((weak)) size_t __sanitizer_get_allocated_size(const volatile void *block);

static _Thread_local bool watching;
static _Thread_local ptrdiff_t held, peak; /* held may be below zero: blocks of before are freed */

static void on_malloc(const volatile void *block, size_t size) {
  if (!watching || block == NULL)
    return;
  held += (ptrdiff_t)size;
  if (held > peak)
    peak = held;
}

static void on_free(const volatile void *block) {
  if (watching && block != NULL)
    held -= (ptrdiff_t)__sanitizer_get_allocated_size(block);
}

void fuzz_allocation_begin(void) {
  static bool installed;
  if (__sanitizer_install_malloc_and_free_hooks == NULL || __sanitizer_get_allocated_size == NULL)
    return;
  if (!installed)
    installed = __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free) != 0;
  held = peak = 0;
  watching = installed;
}

size_t fuzz_allocation_peak(void) {
  return (size_t)peak;
}

size_t fuzz_allocation_held(void) {
  return held < 0 ? 0 : (size_t)held;
}

void fuzz_allocation_end(void) {
  watching = false;
}
