/* BoringSSL has no way to choose ServerHello.random of TLS 1.2. It draws 28 octets of it after the time, so
 * the program stands in front of RAND_bytes; lurk_tls12_see then shows that it was so. */
#ifndef LURK_EDGE_STACKS_BORINGSSL_RANDOM_H
#define LURK_EDGE_STACKS_BORINGSSL_RANDOM_H

#include "reference-edge/stacks/libssl.h"

/* The next 28 octets drawn within the handshake of the session are its ServerHello.random from the fifth on.
 */
void lurk_boringssl_random_next(lurk_stack_session *session);
/* The time of S once there is one: a second may pass before the library writes its four octets. */
void lurk_boringssl_time(const SSL *ssl, struct timeval *out);

#endif
