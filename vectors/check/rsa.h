#ifndef LURK_VECTORS_CHECK_RSA_H
#define LURK_VECTORS_CHECK_RSA_H

#include "lurk/crypto/crypto.h"
#include "vectors/check/check.h"

/* The key that the input names, until the next question; NULL breaks the call. */
const lurk_private_key *call_private_key(struct call *call);
void check_rsa_end(void); /* when no more questions come */

#endif
