#include "reference-edge/certificate.h"

#include "lurk/file.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LARGEST_FILE (1 << 20)

const char *lurk_key_type_name(enum lurk_key_type type) {
  static const char *const names[] = {[LURK_KEY_RSA] = "RSA",
                                      [LURK_KEY_P256] = "P-256",
                                      [LURK_KEY_P384] = "P-384",
                                      [LURK_KEY_P521] = "P-521",
                                      [LURK_KEY_ED25519] = "Ed25519"};
  return names[type];
}

int lurk_certificate_match(const struct lurk_certificate *certificate, const char *server_name) {
  const struct lurk_x509 *leaf = &certificate->chain[0];
  const char *parent = strchr(server_name, '.');
  int best = 0;
  for (size_t i = 0; i < leaf->dns_name_count; i++) {
    const char *name = leaf->dns_names[i];
    if (strcmp(name, server_name) == 0)
      return 2;
    /* A wildcard stands for one label, and not directly below a top-level name. */
    if (parent != NULL && parent != server_name && strncmp(name, "*.", 2) == 0 &&
        strchr(name + 2, '.') != NULL && strcmp(name + 1, parent) == 0)
      best = 1;
  }
  return best;
}

static const char *check_chain(const struct lurk_certificate *certificate) {
  int64_t now = (int64_t)time(NULL);
  for (size_t i = 0; i < certificate->chain_len; i++) {
    const struct lurk_x509 *here = &certificate->chain[i];
    if (here->not_before > now)
      return i == 0 ? "the certificate is not valid yet" : "a CA certificate of the chain is not valid yet";
    if (here->not_after < now)
      return i == 0 ? "the certificate has expired" : "a CA certificate of the chain has expired";
    if (i > 0 && !lurk_x509_issued(here, &certificate->chain[i - 1]))
      return "the chain is out of order: put the leaf first, then each issuer";
  }
  return NULL;
}

static const char *check_usage(const struct lurk_certificate *certificate) {
  const struct lurk_x509 *leaf = &certificate->chain[0];
  if (!leaf->server_auth)
    return "the extended key usage does not allow serverAuth";
  if (certificate->rsa_exchange) {
    if (lurk_public_key_type(certificate->public_key) != LURK_KEY_RSA)
      return "usage \"rsa\" needs an RSA key";
    return leaf->key_encipherment ? NULL : "the key usage lacks keyEncipherment, which usage \"rsa\" needs";
  }
  return leaf->digital_signature ? NULL : "the key usage lacks digitalSignature, which usage \"ecdhe\" needs";
}

static const char *load_public_key(struct lurk_certificate *certificate) {
  const struct lurk_octets *spki = &certificate->chain[0].spki;
  if (lurk_digest(LURK_SHA256, spki->data, spki->len, certificate->spki) != LURK_OK)
    return "the fingerprint of the key cannot be computed";
  switch (lurk_public_key_load(spki->data, spki->len, &certificate->public_key)) {
  case LURK_OK:
    return NULL;
  case LURK_ERR_UNSUPPORTED:
    return "the key is of a kind that is not served (RSA 2048 to 4096, P-256, P-384, P-521, Ed25519 are)";
  default:
    return "the public key is invalid";
  }
}

static const char *load_local_key(struct lurk_certificate *certificate, const char *file) {
  struct lurk_octets pem = {NULL, 0};
  const uint8_t *own = NULL;
  size_t own_len = 0;
  if (!lurk_file_read(file, LARGEST_FILE, &pem, NULL))
    return "the local key cannot be read";
  lurk_status status = lurk_private_key_load(pem.data, pem.len, &certificate->local_key);
  lurk_octets_clear(&pem);
  if (status != LURK_OK)
    return "the local key is not an unencrypted PEM key of a kind that is served";
  lurk_public_key_spki(lurk_private_key_public(certificate->local_key), &own, &own_len);
  const struct lurk_octets *spki = &certificate->chain[0].spki;
  if (own_len != spki->len || memcmp(own, spki->data, own_len) != 0)
    return "the local key is not the key of the certificate";
  return NULL;
}

static const char *load(const struct lurk_edge_certificate_config *config, struct lurk_certificate *out) {
  struct lurk_octets pem = {NULL, 0};
  out->name = config->chain;
  out->rsa_exchange = config->rsa_exchange;
  out->group = config->group;
  if (!lurk_file_read(config->chain, LARGEST_FILE, &pem, NULL))
    return strerror(errno);
  lurk_status status = lurk_x509_load(pem.data, pem.len, &out->chain, &out->chain_len);
  lurk_octets_clear(&pem);
  if (status != LURK_OK)
    return "holds no readable PEM certificates";
  const char *fault = load_public_key(out);
  if (fault == NULL)
    fault = check_chain(out);
  if (fault == NULL)
    fault = check_usage(out);
  if (fault == NULL && config->key != NULL)
    fault = load_local_key(out, config->key);
  return fault;
}

/* A key that decrypts never signs. */
static const char *check_key_once(const struct lurk_certificates *certificates, size_t index) {
  const struct lurk_certificate *here = &certificates->list[index];
  for (size_t i = 0; i < index; i++)
    if (memcmp(certificates->list[i].spki, here->spki, sizeof here->spki) == 0 &&
        certificates->list[i].rsa_exchange != here->rsa_exchange)
      return "its key stands under usage \"ecdhe\" and under usage \"rsa\": a key has one usage";
  return NULL;
}

bool lurk_certificates_load(const struct lurk_edge_config *config, struct lurk_certificates *out, char *why,
                            size_t why_len) {
  *out = (struct lurk_certificates){calloc(config->certificate_count, sizeof *out->list), 0};
  if (out->list == NULL) {
    snprintf(why, why_len, "%s: out of memory", config->file);
    return false;
  }
  for (size_t i = 0; i < config->certificate_count; i++) {
    out->count++;
    const char *fault = load(&config->certificates[i], &out->list[i]);
    if (fault == NULL)
      fault = check_key_once(out, i);
    if (fault != NULL) {
      snprintf(why, why_len, "%s: certificates[%zu]: %s: %s", config->file, i, out->list[i].name, fault);
      return false;
    }
  }
  return true;
}

void lurk_certificates_clear(struct lurk_certificates *certificates) {
  for (size_t i = 0; i < certificates->count; i++) {
    lurk_x509_free(certificates->list[i].chain, certificates->list[i].chain_len);
    lurk_public_key_free(certificates->list[i].public_key);
    lurk_private_key_free(certificates->list[i].local_key);
  }
  free(certificates->list);
  *certificates = (struct lurk_certificates){NULL, 0};
}
