#include "lurk/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Fills the buffer, or says why not. A file that shrinks meanwhile is an error too. */
static bool read_all(int fd, uint8_t *data, size_t len) {
  while (len > 0) {
    ssize_t got = read(fd, data, len);
    if (got < 0 && errno == EINTR)
      continue;
    if (got == 0)
      errno = EIO;
    if (got <= 0)
      return false;
    data += got;
    len -= (size_t)got;
  }
  return true;
}

bool lurk_file_read(const char *path, size_t limit, struct lurk_octets *out, bool *others_may_read) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hold the server up */
  if (fd < 0)
    return false;
  bool ok = false;
  struct stat about;
  if (fstat(fd, &about) != 0)
    goto out;
  if (!S_ISREG(about.st_mode)) {
    errno = EINVAL;
    goto out;
  }
  if (about.st_size > (off_t)limit) {
    errno = EFBIG;
    goto out;
  }
  if (!lurk_octets_alloc(out, (size_t)about.st_size)) {
    errno = ENOMEM;
    goto out;
  }
  ok = read_all(fd, out->data, out->len);
  if (!ok) {
    int fault = errno;
    lurk_octets_clear(out);
    errno = fault;
  }
  if (others_may_read != NULL)
    *others_may_read = (about.st_mode & (S_IRWXG | S_IRWXO)) != 0;
out:;
  int fault = errno;
  close(fd);
  errno = fault;
  return ok;
}
