/* Small files as a whole: keys, certificates, lists of authorities. */
#ifndef LURK_FILE_H
#define LURK_FILE_H

#include "lurk/secret.h"
#include <stdbool.h>

/* Reads the file into *out, which must be empty and is wiped when cleared. False with errno set; EFBIG beyond
 * limit octets. others_may_read, if not NULL, tells whether group or others have access to it. */
bool lurk_file_read(const char *path, size_t limit, struct lurk_octets *out, bool *others_may_read);

#endif
