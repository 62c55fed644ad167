/* An allocator that counts, and fails when it is told to, for our own code and for jansson: calls of malloc,
 * calloc, realloc and free, and where a target wants it of strdup and asprintf, are wrapped by the linker.
 * The TLS libraries are left alone: GnuTLS, nettle and GMP end the program when memory is short, by their own
 * choice. */
#ifndef LURK_FUZZ_FAILING_MEMORY_H
#define LURK_FUZZ_FAILING_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#define FUZZ_NEVER ((size_t)-1)

/* From here on allocations are counted; the one of this number fails, from 0 on. */
void fuzz_memory_watch(size_t fails);
/* Until here. */
void fuzz_memory_unwatch(void);

/* Since the last watch: how many there were, whether one has failed, the most octets held at once, and how
 * many are held now of those that were allocated since. */
size_t fuzz_memory_count(void);
bool fuzz_memory_has_failed(void);
size_t fuzz_memory_peak(void);
ptrdiff_t fuzz_memory_held(void);

#endif
