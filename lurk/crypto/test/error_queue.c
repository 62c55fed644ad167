#include "lurk/crypto/test/error_queue.h"

#ifdef LURK_TEST_LIBCRYPTO

#include <openssl/err.h>
#include <openssl/x509.h>

enum { MAX_ERRORS = 16 }; /* of ERR_NUM_ERRORS; one failed call leaves fewer */

static unsigned long errors[MAX_ERRORS + 1]; /* ends with 0 */

static void fail_once(void) {
  const unsigned char no_key[] = {0};
  const unsigned char *at = no_key;
  EVP_PKEY_free(d2i_PUBKEY(NULL, &at, sizeof no_key));
}

int error_queue_fill(void **state) {
  (void)state;
  ERR_clear_error();
  fail_once();
  for (int i = 0; i < MAX_ERRORS; i++)
    errors[i] = ERR_get_error();
  fail_once();
  return errors[0] != 0 && errors[MAX_ERRORS - 1] == 0 ? 0 : -1;
}

int error_queue_is_untouched(void **state) {
  (void)state;
  for (int i = 0; i < MAX_ERRORS; i++) {
    if (ERR_get_error() != errors[i])
      return -1;
  }
  return 0;
}

int error_queue_has_no_more(void **state) {
  return ERR_peek_error() == 0 ? 0 : error_queue_is_untouched(state);
}

#else /* GnuTLS returns its errors */

int error_queue_fill(void **state) {
  (void)state;
  return 0;
}

int error_queue_is_untouched(void **state) {
  (void)state;
  return 0;
}

int error_queue_has_no_more(void **state) {
  (void)state;
  return 0;
}

#endif
