#include "reference-edge/stacks/boringssl_random.h"

#include "lurk/fault.h"
#include <dlfcn.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/time.h>
#include <threads.h>

#define TIME_LEN 4
#define DRAWN_LEN (LURK_RANDOM_LEN - TIME_LEN)

static lurk_stack_session *awaiting; /* its ServerHello.random is drawn next */

void lurk_boringssl_random_next(lurk_stack_session *session) {
  awaiting = session;
}

void lurk_boringssl_time(const SSL *ssl, struct timeval *out) {
  const lurk_stack_session *session = lurk_libssl_current; /* ssl is always NULL */
  (void)ssl;
  gettimeofday(out, NULL);
  if (session == NULL || !session->base.chosen)
    return;
  const uint8_t *s = session->base.tls12.material.s;
  out->tv_sec = (time_t)s[0] << 24 | (time_t)s[1] << 16 | (time_t)s[2] << 8 | s[3];
}

/* --- the function taken over --- */

typedef int rand_bytes(uint8_t *, size_t);

static rand_bytes *library_rand;

static void find_library_rand(void) {
  *(void **)&library_rand = dlsym(RTLD_NEXT, "RAND_bytes");
}

/* libssl calls this through its procedure linkage table, so the definition in the program comes first. */
int RAND_bytes(uint8_t *buf, size_t len) {
  static once_flag once = ONCE_FLAG_INIT;
  lurk_stack_session *session = awaiting;
  if (session != NULL && session == lurk_libssl_current && len == DRAWN_LEN) {
    awaiting = NULL;
    memcpy(buf, session->base.tls12.random + TIME_LEN, DRAWN_LEN);
    return 1;
  }
  if (session == NULL && lurk_libssl_current != NULL && len == DRAWN_LEN &&
      LURK_FAULT(server_random_repeated)) {
    memset(buf, 1, len);
    return 1;
  }
  call_once(&once, find_library_rand);
  return library_rand != NULL && library_rand(buf, len);
}
