#include "fuzz/memory_file.h"

#include "fuzz/target.h"
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int fuzz_file_new(char path[FUZZ_FILE_PATH_LEN]) {
  int fd = memfd_create("fuzz", MFD_CLOEXEC);
  FUZZ_CHECK(fd >= 0 && fchmod(fd, 0600) == 0);
  snprintf(path, FUZZ_FILE_PATH_LEN, "/proc/self/fd/%d", fd);
  return fd;
}

void fuzz_file_set(int fd, const void *data, size_t len) {
  FUZZ_CHECK(ftruncate(fd, 0) == 0);
  FUZZ_CHECK(pwrite(fd, data, len, 0) == (ssize_t)len);
}
