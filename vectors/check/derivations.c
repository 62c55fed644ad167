#include "lurk/tls/freshness.h"
#include "lurk/tls/key_id.h"
#include "lurk/tls/master.h"
#include "lurk/tls/prf.h"
#include "lurk/wire/handshake_messages.h"
#include "vectors/check/check.h"

#include <string.h>

static enum lurk_hash hash_named(struct call *call) {
  const char *name = call_text(call, "hash");
  if (strcmp(name, "SHA-384") == 0)
    return LURK_SHA384;
  return strcmp(name, "SHA-512") == 0 ? LURK_SHA512 : LURK_SHA256;
}

/* Every vector here claims a value: it is compared, and the right one is shown. */
static const char *compare(struct call *call, const char *name, const uint8_t *value, size_t len,
                           lurk_status status) {
  struct lurk_octets claimed = call_octets(call, name);
  if (status != LURK_OK)
    return check_status(call, status);
  reply_octets(call, name, value, len);
  return claimed.len == len && memcmp(claimed.data, value, len) == 0 ? CHECK_OK : "mismatch";
}

static struct lurk_octets call_sized(struct call *call, const char *name, size_t len) {
  struct lurk_octets octets = call_octets(call, name);
  if (octets.len != len) {
    call->broken = true;
    return call_room(call, len);
  }
  return octets;
}

static const char *freshness(struct call *call) {
  struct lurk_octets s = call_sized(call, "server_random", LURK_RANDOM_LEN);
  uint8_t random[LURK_RANDOM_LEN];
  lurk_status status = lurk_freshness(s.data, random);
  return compare(call, "server_hello_random", random, sizeof random, status);
}

static const char *time_window(struct call *call) {
  struct lurk_octets s = call_sized(call, "server_random", LURK_RANDOM_LEN);
  bool timely =
      lurk_freshness_is_timely(s.data, call_number(call, "now"), (uint32_t)call_number(call, "window"));
  return timely ? CHECK_OK : "invalid_tls_random";
}

static const char *prf(struct call *call) {
  struct lurk_octets secret = call_octets(call, "secret"), seed = call_octets(call, "seed");
  struct lurk_octets claimed = call_octets(call, "output"), out = call_room(call, claimed.len);
  lurk_status status = lurk_prf(hash_named(call), secret.data, secret.len, call_text(call, "label"),
                                seed.data, seed.len, out.data, out.len);
  return compare(call, "output", out.data, out.len, status);
}

static const char *master_secret(struct call *call) {
  struct lurk_octets premaster = call_sized(call, "premaster", LURK_PREMASTER_LEN);
  struct lurk_octets client = call_sized(call, "client_random", LURK_RANDOM_LEN);
  struct lurk_octets s = call_sized(call, "server_random", LURK_RANDOM_LEN);
  uint8_t random[LURK_RANDOM_LEN], master[LURK_MASTER_LEN];
  lurk_status status = lurk_freshness(s.data, random);
  if (status == LURK_OK)
    status = lurk_master(hash_named(call), premaster.data, client.data, random, master);
  reply_octets(call, "server_hello_random", random, sizeof random);
  return compare(call, "master", master, sizeof master, status);
}

/* The messages with the image of S in place of S; *hash is that of the suite. */
static lurk_status read_messages(struct call *call, struct lurk_handshake_messages *messages,
                                 struct lurk_octets *wire, enum lurk_hash *hash) {
  struct lurk_octets list = call_octets(call, "messages");
  struct lurk_decode_error error;
  uint8_t random[LURK_RANDOM_LEN];
  if (lurk_handshake_messages_decode((enum lurk_tls12_type)call_number(call, "type"), list.data, list.len,
                                     messages, &error) != LURK_TLS12_SUCCESS)
    return LURK_ERR_MALFORMED;
  *hash = lurk_prf_hash(messages->prf_hash);
  lurk_status status = lurk_freshness(messages->server_random, random);
  return status == LURK_OK ? lurk_handshake_messages_with_random(messages, random, wire) : status;
}

static lurk_status reply_digest(struct call *call, const char *name, enum lurk_hash hash, const uint8_t *data,
                                size_t len) {
  uint8_t digest[LURK_MAX_HASH_LEN];
  lurk_status status = lurk_digest(hash, data, len, digest);
  if (status == LURK_OK)
    reply_octets(call, name, digest, lurk_hash_len(hash));
  return status;
}

static const char *extended_master_secret(struct call *call) {
  struct lurk_octets premaster = call_sized(call, "premaster", LURK_PREMASTER_LEN), wire = {NULL, 0};
  struct lurk_handshake_messages messages;
  enum lurk_hash hash;
  uint8_t master[LURK_MASTER_LEN] = {0};
  lurk_status status = read_messages(call, &messages, &wire, &hash);
  if (status == LURK_OK)
    status = lurk_extended_master(hash, premaster.data, wire.data, messages.session_len, master);
  if (status == LURK_OK)
    status = reply_digest(call, "session_hash", hash, wire.data, messages.session_len);
  lurk_octets_clear(&wire);
  return compare(call, "master", master, sizeof master, status);
}

static const char *finished(struct call *call) {
  struct lurk_octets master = call_sized(call, "master", LURK_MASTER_LEN), wire = {NULL, 0};
  struct lurk_handshake_messages messages;
  enum lurk_hash hash;
  uint8_t verify_data[LURK_VERIFY_DATA_LEN] = {0};
  lurk_status status = read_messages(call, &messages, &wire, &hash);
  if (status == LURK_OK)
    status = lurk_verify_data(hash, LURK_FINISHED_CLIENT, master.data, wire.data, wire.len, verify_data);
  if (status == LURK_OK)
    status = reply_digest(call, "handshake_hash", hash, wire.data, wire.len);
  lurk_octets_clear(&wire);
  return compare(call, "verify_data", verify_data, sizeof verify_data, status);
}

static const char *key_id(struct call *call) {
  struct lurk_octets spki = call_key(call, "spki");
  lurk_public_key *key = NULL;
  uint8_t id[LURK_KEY_ID_LEN] = {0};
  lurk_status status = lurk_public_key_load(spki.data, spki.len, &key);
  if (status == LURK_OK)
    status = lurk_key_id(key, id);
  lurk_public_key_free(key);
  return compare(call, "key_id", id, sizeof id, status);
}

static const char *spki_fingerprint(struct call *call) {
  struct lurk_octets spki = call_key(call, "spki");
  uint8_t digest[LURK_MAX_HASH_LEN];
  lurk_status status = lurk_digest(LURK_SHA256, spki.data, spki.len, digest);
  return compare(call, "fingerprint", digest, 32, status);
}

const struct check_entry check_derivations[] = {{"freshness", freshness},
                                                {"time_window", time_window},
                                                {"prf", prf},
                                                {"master_secret", master_secret},
                                                {"extended_master_secret", extended_master_secret},
                                                {"finished", finished},
                                                {"key_id", key_id},
                                                {"spki_fingerprint", spki_fingerprint},
                                                {NULL, NULL}};
