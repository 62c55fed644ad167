#include "reference-edge/stacks/gnutls_hooks.h"

#include "reference-edge/stacks/gnutls_priority.h"
#include <dlfcn.h>
#include <gnutls/abstract.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

/* --- external keys --- */

static gnutls_pk_algorithm_t algorithm_of(const struct lurk_certificate *certificate) {
  switch (lurk_public_key_type(certificate->public_key)) {
  case LURK_KEY_RSA:
    return GNUTLS_PK_RSA;
  case LURK_KEY_ED25519:
    return GNUTLS_PK_EDDSA_ED25519;
  default:
    return GNUTLS_PK_ECDSA;
  }
}

static unsigned bits_of(const struct lurk_certificate *certificate) {
  switch (lurk_public_key_type(certificate->public_key)) {
  case LURK_KEY_RSA:
    return (unsigned)lurk_public_key_modulus_len(certificate->public_key) * 8;
  case LURK_KEY_P384:
    return 384;
  case LURK_KEY_P521:
    return 521;
  default:
    return 256;
  }
}

static int key_info(gnutls_privkey_t key, unsigned flags, void *arg) {
  const struct lurk_certificate *certificate = arg;
  (void)key;
  if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO)
    return (int)algorithm_of(certificate);
  if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS)
    return (int)bits_of(certificate);
  if (flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO)
    return (int)gnutls_sign_supports_pk_algorithm(GNUTLS_FLAGS_TO_SIGN_ALGO(flags),
                                                  algorithm_of(certificate));
  return flags & GNUTLS_PRIVKEY_INFO_SIGN_ALGO ? 0 : -1;
}

/* The library calls these two only if it does not reach gnutls_privkey_sign_data2 below. They must exist (a
 * missing sign_hash is a NULL call) and never sign. */
static int refuse_data(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm, void *arg, unsigned flags,
                       const gnutls_datum_t *data, gnutls_datum_t *signature) {
  (void)key;
  (void)algorithm;
  (void)arg;
  (void)flags;
  (void)data;
  (void)signature;
  return GNUTLS_E_PK_SIGN_FAILED;
}

/* The library reads the result even of a failed call, so it is set first. */
static int decrypt(gnutls_privkey_t key, void *arg, const gnutls_datum_t *ciphertext,
                   gnutls_datum_t *plaintext) {
  uint8_t premaster[LURK_PREMASTER_LEN];
  size_t len = 0;
  (void)key;
  (void)arg;
  *plaintext = (gnutls_datum_t){NULL, 0};
  if (!lurk_gnutls_perform(0, ciphertext, premaster, sizeof premaster, &len) || len != sizeof premaster)
    return GNUTLS_E_DECRYPTION_FAILED;
  plaintext->data = gnutls_malloc(sizeof premaster);
  if (plaintext->data != NULL) {
    memcpy(plaintext->data, premaster, sizeof premaster);
    plaintext->size = sizeof premaster;
  }
  lurk_wipe(premaster, sizeof premaster);
  return plaintext->data == NULL ? GNUTLS_E_MEMORY_ERROR : 0;
}

static int make_key(const struct lurk_certificate *certificate, gnutls_privkey_t *out) {
  int result = gnutls_privkey_init(out);
  if (result != 0)
    return result;
  result = gnutls_privkey_import_ext4(*out, (void *)(uintptr_t)certificate, refuse_data, refuse_data, decrypt,
                                      NULL, key_info, 0);
  if (result != 0)
    gnutls_privkey_deinit(*out);
  return result;
}

static int make_chain(const struct lurk_certificate *certificate, gnutls_pcert_st **out) {
  gnutls_pcert_st *chain = gnutls_calloc(certificate->chain_len, sizeof *chain);
  int result = chain == NULL ? GNUTLS_E_MEMORY_ERROR : 0;
  size_t made = 0;
  for (; result == 0 && made < certificate->chain_len; made++) {
    const gnutls_datum_t der = {certificate->chain[made].der.data,
                                (unsigned)certificate->chain[made].der.len};
    result = gnutls_pcert_import_x509_raw(&chain[made], &der, GNUTLS_X509_FMT_DER, 0);
  }
  if (result != 0) {
    for (size_t i = 0; i + 1 < made; i++) /* the last one was not made */
      gnutls_pcert_deinit(&chain[i]);
    gnutls_free(chain);
    chain = NULL;
  }
  *out = chain;
  return result;
}

/* Key and contents of the chain belong to the credentials afterwards if it succeeds, else to the caller. */
static int set_key(gnutls_certificate_credentials_t credentials, const struct lurk_certificate *certificate) {
  gnutls_privkey_t key = NULL;
  gnutls_pcert_st *chain = NULL;
  int result = make_key(certificate, &key);
  if (result != 0)
    return result;
  result = make_chain(certificate, &chain);
  if (result == 0)
    result = gnutls_certificate_set_key(credentials, NULL, 0, chain, (int)certificate->chain_len, key);
  if (result < 0) {
    for (size_t i = 0; chain != NULL && i < certificate->chain_len; i++)
      gnutls_pcert_deinit(&chain[i]);
    gnutls_privkey_deinit(key);
  }
  gnutls_free(chain);
  return result < 0 ? result : 0;
}

int lurk_gnutls_use_certificate(gnutls_certificate_credentials_t credentials,
                                const struct lurk_certificate *certificate) {
  /* Else the library makes a trial signature, which a key server must refuse. */
  gnutls_certificate_set_flags(credentials, GNUTLS_CERTIFICATE_SKIP_KEY_CERT_MATCH);
  return set_key(credentials, certificate);
}

/* --- the function taken over --- */

typedef int sign_data2(gnutls_privkey_t, gnutls_sign_algorithm_t, unsigned, const gnutls_datum_t *,
                       gnutls_datum_t *);

static sign_data2 *library_sign;

static void find_library_sign(void) {
  *(void **)&library_sign = dlsym(RTLD_NEXT, "gnutls_privkey_sign_data2");
}

static _Thread_local bool probing, reached;

/* The trial signature of gnutls_certificate_set_key, for once, is the probe. */
bool lurk_gnutls_hook_reached(const struct lurk_certificate *certificate) {
  gnutls_certificate_credentials_t credentials = NULL;
  if (gnutls_certificate_allocate_credentials(&credentials) != 0)
    return false;
  probing = true;
  reached = false;
  set_key(credentials, certificate);
  probing = false;
  gnutls_certificate_free_credentials(credentials);
  return reached;
}

static int sign(gnutls_sign_algorithm_t algorithm, const gnutls_datum_t *data, gnutls_datum_t *signature) {
  uint8_t octets[LURK_MAX_SIGNATURE_LEN];
  size_t len = 0;
  if (!lurk_gnutls_perform(lurk_gnutls_scheme_of(algorithm), data, octets, sizeof octets, &len))
    return GNUTLS_E_PK_SIGN_FAILED;
  signature->data = gnutls_malloc(len);
  if (signature->data == NULL)
    return GNUTLS_E_MEMORY_ERROR;
  memcpy(signature->data, octets, len);
  signature->size = (unsigned)len;
  return 0;
}

/* libgnutls calls this through its procedure linkage table, so the definition in the program comes first. It
 * sees the whole content to be signed and the exact algorithm. Keys with a private part of their own (the
 * channel's) go on to the library. */
int gnutls_privkey_sign_data2(gnutls_privkey_t signer, gnutls_sign_algorithm_t algo, unsigned flags,
                              const gnutls_datum_t *data, gnutls_datum_t *signature) {
  static once_flag once = ONCE_FLAG_INIT;
  if (gnutls_privkey_get_type(signer) == GNUTLS_PRIVKEY_EXT) {
    if (!probing)
      return sign(algo, data, signature);
    reached = true;
    return GNUTLS_E_PK_SIGN_FAILED;
  }
  call_once(&once, find_library_sign);
  return library_sign == NULL ? GNUTLS_E_INTERNAL_ERROR : library_sign(signer, algo, flags, data, signature);
}
