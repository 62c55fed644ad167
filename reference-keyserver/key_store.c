#include "key_store.h"

#include "lurk/diagnose.h"
#include "lurk/fault.h"
#include "lurk/file.h"
#include "lurk/tls/key_id.h"
#include "lurk/x509/x509.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_LIMIT 65536

/* What is being loaded, for messages. */
struct loading {
  const char *config_file;
  const struct lurk_key_store *before; /* NULL: nothing was */
  size_t known;                        /* where in it to begin: keys mostly stay in their order */
  size_t index;
  size_t readable_by_others; /* key files */
  char *why;
  size_t why_len;
};

__attribute__((format(printf, 3, 4))) static bool fail(const struct loading *at, const char *member,
                                                       const char *format, ...) {
  int used = snprintf(at->why, at->why_len, "%s: keys[%zu].%s: ", at->config_file, at->index, member);
  if (used < 0 || (size_t)used >= at->why_len)
    return false;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(at->why + used, at->why_len - (size_t)used, format, arguments);
  va_end(arguments);
  return false;
}

/* The key that was loaded from these octets before; NULL if there is none. */
static lurk_private_key *find_before(struct loading *at, const uint8_t content[32]) {
  size_t count = at->before != NULL ? at->before->count : 0;
  for (size_t i = 0; i < count; i++) {
    size_t place = (at->known + i) % count;
    if (memcmp(at->before->keys[place].content, content, 32) != 0)
      continue;
    at->known = place + 1;
    return lurk_private_key_ref(at->before->keys[place].key);
  }
  return NULL;
}

static lurk_status parse_private_key(struct loading *at, const struct lurk_octets *pem,
                                     struct lurk_served_key *out) {
  lurk_status status = lurk_digest(LURK_SHA256, pem->data, pem->len, out->content);
  if (status != LURK_OK)
    return status;
  out->key = find_before(at, out->content);
  return out->key != NULL ? LURK_OK : lurk_private_key_load(pem->data, pem->len, &out->key);
}

static bool load_private_key(struct loading *at, const struct lurk_config_key *config,
                             struct lurk_served_key *out) {
  struct lurk_octets pem = {0};
  bool others_may_read = false;
  if (!lurk_file_read(config->file, FILE_LIMIT, &pem, &others_may_read))
    return fail(at, "file", "%s: %s", config->file, strerror(errno));
  at->readable_by_others += others_may_read;
  lurk_status status = parse_private_key(at, &pem, out);
  lurk_octets_clear(&pem);
  if (status == LURK_ERR_UNSUPPORTED)
    return fail(at, "file", "%s: only RSA of 2048 to 4096 bits, P-256, P-384, P-521 and Ed25519 are served",
                config->file);
  if (status != LURK_OK)
    return fail(at, "file", "%s: is not an unencrypted private key in PEM", config->file);
  return true;
}

static bool check_certificate(const struct loading *at, const struct lurk_config_key *config,
                              const struct lurk_x509 *certificate, const struct lurk_served_key *key) {
  const uint8_t *spki;
  size_t spki_len;
  lurk_public_key_spki(lurk_private_key_public(key->key), &spki, &spki_len);
  if (certificate->spki.len != spki_len || memcmp(certificate->spki.data, spki, spki_len) != 0)
    return fail(at, "certificate", "%s: does not belong to the key", config->certificate);
  bool decrypts = lurk_key_usage_decrypts(config->usage);
  if (decrypts && certificate->delegation_usage)
    return fail(at, "certificate", "%s: a certificate for delegated credentials must not be used to decrypt",
                config->certificate);
  if (decrypts ? !certificate->key_encipherment : !certificate->digital_signature)
    return fail(at, "certificate", "%s: its key usage does not allow %s", config->certificate,
                lurk_key_usage_name(config->usage));
  return true;
}

static bool take_certificate(const struct loading *at, const struct lurk_config_key *config,
                             const struct lurk_x509 *certificate, struct lurk_served_key *out) {
  if (!check_certificate(at, config, certificate, out))
    return false;
  if (lurk_digest(LURK_SHA1, certificate->der.data, certificate->der.len, out->alias) != LURK_OK)
    return fail(at, "certificate", "%s: its alias cannot be computed", config->certificate);
  out->has_certificate = true;
  out->not_before = certificate->not_before;
  out->not_after = certificate->not_after;
  return true;
}

static bool load_certificate(const struct loading *at, const struct lurk_config_key *config,
                             struct lurk_served_key *out) {
  if (config->certificate == NULL)
    return true;
  struct lurk_octets pem = {0};
  if (!lurk_file_read(config->certificate, FILE_LIMIT, &pem, NULL))
    return fail(at, "certificate", "%s: %s", config->certificate, strerror(errno));
  struct lurk_x509 *chain;
  size_t count;
  lurk_status status = lurk_x509_load(pem.data, pem.len, &chain, &count);
  lurk_octets_clear(&pem);
  if (status != LURK_OK)
    return fail(at, "certificate", "%s: holds no certificate in PEM", config->certificate);
  bool ok = take_certificate(at, config, &chain[0], out); /* the leaf comes first */
  lurk_x509_free(chain, count);
  return ok;
}

/* Ed25519 has no identifier in the draft; it gets the one of all keys that are not RSA. */
static bool name_key(const struct loading *at, const struct lurk_config_key *config,
                     struct lurk_served_key *out) {
  const lurk_public_key *public_key = lurk_private_key_public(out->key);
  const uint8_t *spki;
  size_t spki_len;
  lurk_public_key_spki(public_key, &spki, &spki_len);
  bool rsa = lurk_public_key_type(public_key) == LURK_KEY_RSA;
  if (lurk_digest(LURK_SHA256, spki, spki_len, out->spki) != LURK_OK ||
      lurk_key_id_alias(public_key, out->key_id_alias) != LURK_OK ||
      (rsa ? lurk_key_id(public_key, out->key_id) : lurk_key_id_alias(public_key, out->key_id)) != LURK_OK)
    return fail(at, "file", "%s: its fingerprint cannot be computed", config->file);
  return true;
}

static bool load_key(struct loading *at, const struct lurk_config_key *config, const uint8_t channel_spki[32],
                     struct lurk_served_key *out) {
  out->name = config->name;
  out->usage = config->usage;
  out->dtls = config->dtls;
  if (!load_private_key(at, config, out) || !name_key(at, config, out))
    return false;
  if (memcmp(out->spki, channel_spki, sizeof out->spki) == 0)
    return fail(at, "file", "%s: is the key of the channel, which must not be served", config->file);
  if (lurk_key_usage_decrypts(out->usage) && lurk_private_key_type(out->key) != LURK_KEY_RSA)
    return fail(at, "usage", "%s is for RSA keys", lurk_key_usage_name(out->usage));
  return load_certificate(at, config, out);
}

static int compare_spki(const void *a, const void *b) {
  const struct lurk_served_key *const *left = a, *const *right = b;
  return memcmp((*left)->spki, (*right)->spki, LURK_SKI_FINGERPRINT_LEN);
}

/* The same key twice, of whatever name and usage, is refused. */
static bool check_duplicates(struct loading *at, const struct lurk_key_store *store) {
  if (store->count == 0)
    return true;
  const struct lurk_served_key **sorted = malloc(store->count * sizeof *sorted);
  if (sorted == NULL)
    return fail(at, "file", "memory is short");
  for (size_t i = 0; i < store->count; i++)
    sorted[i] = &store->keys[i];
  qsort(sorted, store->count, sizeof *sorted, compare_spki);
  bool ok = true;
  for (size_t i = 1; i < store->count && ok; i++) {
    if (compare_spki(&sorted[i - 1], &sorted[i]) != 0)
      continue;
    size_t a = (size_t)(sorted[i - 1] - store->keys), b = (size_t)(sorted[i] - store->keys);
    at->index = a > b ? a : b;
    ok = fail(at, "file", "is the same key as keys[%zu]; a key has one name and one usage", a > b ? b : a);
  }
  free(sorted);
  return ok;
}

static void warn(const struct loading *at, const struct lurk_config *config,
                 const struct lurk_key_store *store) {
  if (at->readable_by_others > 0)
    lurk_diagnose("warning: %s: keys: %zu key files can be read by others than their owner", at->config_file,
                  at->readable_by_others);
  for (size_t i = 0; i < store->count; i++)
    if (!lurk_served_key_is_current(&store->keys[i], time(NULL)))
      lurk_diagnose(
          "warning: %s: keys[%zu].certificate: %s: is not valid now, requests for its key are denied",
          at->config_file, i, config->keys[i].certificate);
}

bool lurk_key_store_load(const struct lurk_config *config, const char *config_file,
                         const uint8_t channel_spki[32], const struct lurk_key_store *before,
                         struct lurk_key_store *out, char *why, size_t why_len) {
  struct loading at = {.config_file = config_file, .before = before, .why = why, .why_len = why_len};
  *out = (struct lurk_key_store){.keys = calloc(config->key_count + 1, sizeof *out->keys)};
  bool ok = out->keys != NULL || fail(&at, "file", "memory is short");
  while (ok && out->count < config->key_count) {
    at.index = out->count++; /* counted first, so that a half-loaded key is freed */
    ok = load_key(&at, &config->keys[at.index], channel_spki, &out->keys[at.index]);
  }
  ok = ok && check_duplicates(&at, out);
  if (ok)
    warn(&at, config, out);
  else
    lurk_key_store_clear(out);
  return ok;
}

void lurk_key_store_clear(struct lurk_key_store *store) {
  for (size_t i = 0; i < store->count; i++)
    lurk_private_key_free(store->keys[i].key);
  free(store->keys);
  *store = (struct lurk_key_store){0};
}

bool lurk_served_key_is_current(const struct lurk_served_key *key, time_t now) {
  return !key->has_certificate || (key->not_before <= now && now <= key->not_after) ||
         LURK_FAULT(expired_key_served);
}
