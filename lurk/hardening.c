#include "lurk/hardening.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* LeakSanitizer traces its own process. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define LURK_TRACED_BY_ITSELF
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define LURK_TRACED_BY_ITSELF
#endif

void lurk_process_harden(void) {
  unsetenv("SSLKEYLOGFILE");
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
#ifndef LURK_TRACED_BY_ITSELF
  prctl(PR_SET_DUMPABLE, 0);
#endif
  umask(077);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}
