/* Key URIs as PEM, for servers that take files only: nginx. */
#include "reference-edge/provider/provider.h"

#include <ctype.h>
#include <openssl/bio.h>
#include <openssl/core_object.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_FILE 65536

static void *decoder_new(void *provider) {
  return provider;
}

static void decoder_free(void *data) {
  (void)data;
}

static size_t read_all(const struct lurk_provider *provider, OSSL_CORE_BIO *in, char *text, size_t capacity) {
  size_t len = 0, got = 0;
  while (len < capacity && provider->read(in, text + len, capacity - len, &got) == 1 && got > 0)
    len += got;
  return len;
}

/* The URI of the first PEM block, if it is one of ours. */
static char *uri_of(char *text, size_t len) {
  char *name = NULL, *header = NULL, *uri = NULL;
  unsigned char *data = NULL;
  long data_len = 0;
  ERR_set_mark();
  BIO *bio = BIO_new_mem_buf(text, (int)len);
  if (bio != NULL && PEM_read_bio(bio, &name, &header, &data, &data_len) == 1 &&
      strcmp(name, LURK_PROVIDER_PEM) == 0)
    uri = strndup((const char *)data, (size_t)data_len);
  ERR_pop_to_mark();
  for (size_t end = uri == NULL ? 0 : strlen(uri); end > 0 && isspace((unsigned char)uri[end - 1]); end--)
    uri[end - 1] = '\0';
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(data);
  BIO_free(bio);
  return uri;
}

/* What is not ours is passed over: 1 without a key. */
static int decode(void *data, OSSL_CORE_BIO *in, int selection, OSSL_CALLBACK *callback, void *arg,
                  OSSL_PASSPHRASE_CALLBACK *pass, void *pass_arg) {
  const struct lurk_provider *provider = data;
  (void)pass;
  (void)pass_arg;
  if (selection != 0 && (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 0)
    return 1;
  char *text = malloc(LONGEST_FILE);
  char *uri = text == NULL ? NULL : uri_of(text, read_all(provider, in, text, LONGEST_FILE));
  int passed = 1;
  if (uri != NULL) {
    struct lurk_openssl_key *key = lurk_provider_load_key(provider, uri);
    passed = key != NULL && lurk_provider_give_key(key, callback, arg);
  }
  free(text);
  free(uri);
  return passed;
}

const OSSL_DISPATCH lurk_provider_decoder[] = {LURK_OPENSSL_FUNCTION(OSSL_FUNC_DECODER_NEWCTX, decoder_new),
                                               LURK_OPENSSL_FUNCTION(OSSL_FUNC_DECODER_FREECTX, decoder_free),
                                               LURK_OPENSSL_FUNCTION(OSSL_FUNC_DECODER_DECODE, decode),
                                               LURK_OPENSSL_END};
