/* Files that are in memory only: what is read by name can be fuzzed without a folder to clean up. */
#ifndef LURK_FUZZ_MEMORY_FILE_H
#define LURK_FUZZ_MEMORY_FILE_H

#include <stddef.h>

#define FUZZ_FILE_PATH_LEN 32

/* Makes an empty file, readable to its owner alone, and puts its path out. Returns its descriptor. */
int fuzz_file_new(char path[FUZZ_FILE_PATH_LEN]);
/* The file is what stands at data, and nothing else. */
void fuzz_file_set(int fd, const void *data, size_t len);

#endif
