#include "reference-edge/provider/provider.h"

#include "lurk/diagnose.h"
#include "reference-edge/provider/remote.h"
#include <openssl/core_names.h>
#include <openssl/core_object.h>
#include <openssl/params.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START LURK_PROVIDER_SCHEME ":"
#define CONFIGURATION "?configuration="

struct place {
  char *name, *file;
};

static void clear(struct place *place) {
  free(place->name);
  free(place->file);
}

static bool read_uri(const struct lurk_provider *provider, const char *uri, struct place *out, char *why,
                     size_t why_len) {
  *out = (struct place){NULL, NULL};
  const char *name = strncmp(uri, START, strlen(START)) == 0 ? uri + strlen(START) : "";
  size_t len = strcspn(name, "?");
  const char *query = name + len;
  const char *file = provider->configuration;
  if (strncmp(query, CONFIGURATION, strlen(CONFIGURATION)) == 0)
    file = query + strlen(CONFIGURATION);
  if (len == 0 || (*query != '\0' && (file == provider->configuration || *file == '\0')))
    snprintf(why, why_len, "\"%s\" is not lurk:NAME or lurk:NAME?configuration=FILE", uri);
  else if (file == NULL)
    snprintf(why, why_len, "\"%s\": there is no configuration, neither here nor in openssl.cnf", uri);
  else
    *out = (struct place){strndup(name, len), strdup(file)};
  return out->name != NULL && out->file != NULL;
}

static const char *type_name(const struct lurk_certificate *certificate) {
  switch (lurk_public_key_type(certificate->public_key)) {
  case LURK_KEY_RSA:
    return "RSA";
  case LURK_KEY_ED25519:
    return "ED25519";
  default:
    return "EC";
  }
}

/* In our own library context, as the loading of the configuration. */
static EVP_PKEY *public_key(const struct lurk_provider *provider,
                            const struct lurk_certificate *certificate) {
  const struct lurk_octets *spki = &certificate->chain[0].spki;
  const unsigned char *at = spki->data;
  OSSL_LIB_CTX *outer = OSSL_LIB_CTX_set0_default(provider->backend.library);
  EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki->len);
  OSSL_LIB_CTX_set0_default(outer);
  return key;
}

static struct lurk_openssl_key *make_key(const struct lurk_provider *provider, struct lurk_remote *remote) {
  const struct lurk_certificate *certificate = lurk_remote_certificate(remote);
  struct lurk_openssl_key *key = lurk_openssl_key_new(&provider->backend, type_name(certificate));
  if (key == NULL) {
    lurk_remote_free(remote);
    return NULL;
  }
  key->owner = remote;
  key->public_key = public_key(provider, certificate);
  if (key->public_key != NULL)
    return key;
  lurk_openssl_key_free(key);
  return NULL;
}

struct lurk_openssl_key *lurk_provider_load_key(const struct lurk_provider *provider, const char *uri) {
  struct lurk_openssl_key *key = NULL;
  struct place place;
  char why[1024] = "out of memory";
  if (read_uri(provider, uri, &place, why, sizeof why)) {
    lurk_remote *remote =
        lurk_remote_load(provider->backend.library, place.file, place.name, why, sizeof why);
    if (remote != NULL)
      key = make_key(provider, remote);
  }
  if (key == NULL) {
    lurk_provider_fail(provider, LURK_REASON_KEY, why);
    lurk_diagnose("%s", why);
  }
  clear(&place);
  return key;
}

int lurk_provider_give_key(struct lurk_openssl_key *key, OSSL_CALLBACK *callback, void *arg) {
  int object = OSSL_OBJECT_PKEY;
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_int(OSSL_OBJECT_PARAM_TYPE, &object),
      OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_TYPE, (char *)(uintptr_t)key->type, 0),
      OSSL_PARAM_construct_octet_string(OSSL_OBJECT_PARAM_REFERENCE, &key, sizeof key),
      OSSL_PARAM_construct_end()};
  int taken = callback(params, arg);
  lurk_openssl_key_free(key); /* NULL once it was taken */
  return taken;
}
