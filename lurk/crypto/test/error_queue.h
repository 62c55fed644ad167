/* OpenSSL and BoringSSL keep a queue of errors per thread, which SSL_get_error reads: cryptography in between
 * must leave it as it was. For cmocka: setup puts an error in, teardown fails unless it is still there,
 * alone. */
#ifndef LURK_CRYPTO_TEST_ERROR_QUEUE_H
#define LURK_CRYPTO_TEST_ERROR_QUEUE_H

int error_queue_fill(void **state);
int error_queue_is_untouched(void **state);
/* Emptied will do: BoringSSL's parser of private keys does that, and none is loaded within an SSL call. */
int error_queue_has_no_more(void **state);

#endif
