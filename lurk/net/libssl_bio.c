#include "lurk/net/libssl_bio.h"

#include <threads.h>

static int bio_read(BIO *bio, char *data, int len) {
  struct lurk_transport *transport = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  ptrdiff_t got = len <= 0 ? 0 : lurk_transport_pull(transport, data, (size_t)len);
  if (got == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  return (int)got;
}

static int bio_write(BIO *bio, const char *data, int len) {
  struct lurk_transport *transport = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  return len > 0 && lurk_buffer_append(&transport->out, data, (size_t)len) ? len : -1;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer) {
  (void)bio;
  (void)number;
  (void)pointer;
  return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *bio_method;

static void make_bio_method(void) {
  bio_method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "lurk transport");
  if (bio_method == NULL)
    return;
  BIO_meth_set_read(bio_method, bio_read);
  BIO_meth_set_write(bio_method, bio_write);
  BIO_meth_set_ctrl(bio_method, bio_ctrl);
}

BIO *lurk_libssl_bio(struct lurk_transport *transport) {
  static once_flag once = ONCE_FLAG_INIT;
  call_once(&once, make_bio_method);
  BIO *bio = bio_method == NULL ? NULL : BIO_new(bio_method);
  if (bio == NULL)
    return NULL;
  BIO_set_data(bio, transport);
  BIO_set_init(bio, 1);
  return bio;
}
