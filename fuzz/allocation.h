/* How much memory is held, as far as a sanitizer tells; without one nothing is measured. */
#ifndef LURK_FUZZ_ALLOCATION_H
#define LURK_FUZZ_ALLOCATION_H

#include <stddef.h>

/* From here on: what this thread allocates and frees. */
void fuzz_allocation_begin(void);
/* The most octets that were held at once, and what is held now, since then. 0 where nothing is measured. */
size_t fuzz_allocation_peak(void);
size_t fuzz_allocation_held(void);
void fuzz_allocation_end(void);

#endif
