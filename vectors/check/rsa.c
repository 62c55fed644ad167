#include "vectors/check/rsa.h"

#include "lurk/crypto/crypto.h"
#include "lurk/wire/base64.h"
#include "vectors/check/check.h"

#include <string.h>

#define LABEL_BEGIN "-----BEGIN PRIVATE KEY-----\n"
#define LABEL_END "\n-----END PRIVATE KEY-----\n"

/* The key that was named last: a library takes its time to check one (OpenSSL: its primes). */
static struct {
  lurk_private_key *key;
  struct lurk_octets der;
} last;

static void remember(lurk_private_key *key, struct lurk_octets der) {
  lurk_private_key_free(last.key);
  lurk_octets_clear(&last.der);
  last.key = key;
  lurk_octets_copy(&last.der, der.data, der.len);
}

void check_rsa_end(void) {
  lurk_private_key_free(last.key);
  lurk_octets_clear(&last.der);
}

const lurk_private_key *call_private_key(struct call *call) {
  struct lurk_octets der = call_key(call, "pkcs8");
  if (last.key != NULL && last.der.len == der.len && memcmp(last.der.data, der.data, der.len) == 0)
    return last.key;
  size_t len = lurk_base64_encoded_len(der.len);
  struct lurk_octets pem = call_room(call, sizeof LABEL_BEGIN + len + sizeof LABEL_END);
  lurk_private_key *key = NULL;
  if (call->broken)
    return NULL;
  char *at = (char *)pem.data;
  memcpy(at, LABEL_BEGIN, sizeof LABEL_BEGIN - 1);
  at += sizeof LABEL_BEGIN - 1;
  lurk_base64_encode(der.data, der.len, at);
  memcpy(at + len, LABEL_END, sizeof LABEL_END - 1);
  at += len + sizeof LABEL_END - 1;
  if (lurk_private_key_load(pem.data, (size_t)(at - (char *)pem.data), &key) == LURK_OK)
    remember(key, der);
  else
    call->broken = true;
  return key;
}

static const char *rsa_premaster(struct call *call) {
  struct lurk_octets ciphertext = call_octets(call, "ciphertext"), claimed = call_octets(call, "premaster");
  uint8_t premaster[LURK_PREMASTER_LEN];
  const lurk_private_key *key = call_private_key(call);
  if (key == NULL)
    return CHECK_UNSUPPORTED;
  lurk_status status = lurk_rsa_premaster(key, ciphertext.data, ciphertext.len,
                                          (uint16_t)call_number(call, "version"), premaster);
  if (status == LURK_OK) {
    reply_octets(call, "premaster", premaster, sizeof premaster);
    if (claimed.len != sizeof premaster || !lurk_equal(claimed.data, premaster, sizeof premaster))
      status = LURK_ERR_MISMATCH;
  }
  return check_status(call, status);
}

const struct check_entry check_rsa[] = {{"rsa_premaster", rsa_premaster}, {NULL, NULL}};
