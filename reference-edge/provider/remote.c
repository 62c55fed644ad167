#include "reference-edge/provider/remote.h"

#include "reference-edge/provider/runner.h"
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lurk_remote {
  char *file;
  struct lurk_edge_config config;
  struct lurk_certificates certificates;
  const struct lurk_certificate *certificate;
  struct lurk_runner_setup setup;
  struct lurk_runner_place place;
};

/* --- loading --- */

static const char *file_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

static bool find(lurk_remote *remote, const char *name, char *why, size_t why_len) {
  for (size_t i = 0; i < remote->certificates.count && remote->certificate == NULL; i++)
    if (strcmp(file_name(remote->certificates.list[i].name), name) == 0)
      remote->certificate = &remote->certificates.list[i];
  if (remote->certificate == NULL)
    snprintf(why, why_len, "%s: certificates: no chain is a file called \"%s\"", remote->file, name);
  else if (remote->certificate->local_key != NULL)
    snprintf(why, why_len, "%s: certificates: %s has a local key", remote->file, name);
  return remote->certificate != NULL && remote->certificate->local_key == NULL;
}

/* What the configuration asks for and nobody without a view of the whole handshake can do. */
static bool can_serve(const lurk_remote *remote, char *why, size_t why_len) {
  const struct lurk_edge_config *config = &remote->config;
  const char *fault = NULL;
  if (config->protocol != LURK_EDGE_LURK)
    return true;
  if (config->lurk.proof_chosen && config->lurk.proof != LURK_POO_NULL)
    fault =
        "lurk.proof_of_ownership: a provider does not see the ephemeral private key: only null is possible";
  else if (config->lurk.audit)
    fault = "lurk.poh: a provider does not see the client's Finished";
  else if (remote->certificate->rsa_exchange)
    fault = "certificates: usage \"rsa\" over LURK: a provider has no master secret to take";
  if (fault != NULL)
    snprintf(why, why_len, "%s: %s", remote->file, fault);
  return fault == NULL;
}

static bool load_channel(lurk_remote *remote, char *why, size_t why_len) {
  const struct lurk_edge_config *config = &remote->config;
  const struct lurk_credential_files files = {.certificate = config->channel.certificate,
                                              .key = config->channel.key,
                                              .ca = config->channel.ca,
                                              .no_alpn = config->protocol == LURK_EDGE_LURK,
                                              .key_log = config->key_log};
  uint8_t spki[LURK_SKI_FINGERPRINT_LEN];
  char fault[512] = "";
  if (lurk_credentials_load(LURK_CHANNEL_CLIENT, &files, &remote->setup.credentials, fault, sizeof fault) !=
      LURK_OK) {
    snprintf(why, why_len, "%s: channel: %s", remote->file, fault);
    return false;
  }
  /* The key that authenticates this edge must not authenticate it to TLS clients too. */
  lurk_credentials_spki(remote->setup.credentials, spki);
  bool apart = memcmp(remote->certificate->spki, spki, sizeof spki) != 0;
  if (!apart)
    snprintf(why, why_len, "%s: channel: its key is that of %s", remote->file, remote->certificate->name);
  return apart;
}

static bool open_log(lurk_remote *remote, char *why, size_t why_len) {
  remote->setup.log = lurk_event_log_open(remote->config.log);
  if (remote->setup.log == NULL)
    snprintf(why, why_len, "%s: log: %s: %s", remote->file, remote->config.log, strerror(errno));
  return remote->setup.log != NULL;
}

static bool load(lurk_remote *remote, const char *name, char *why, size_t why_len) {
  if (!lurk_edge_config_load(remote->file, false, &remote->config, why, why_len) ||
      !lurk_certificates_load(&remote->config, &remote->certificates, why, why_len) ||
      !find(remote, name, why, why_len) || !can_serve(remote, why, why_len) ||
      !load_channel(remote, why, why_len) || !open_log(remote, why, why_len))
    return false;
  remote->setup.config = &remote->config;
  remote->setup.certificates = &remote->certificates;
  return true;
}

lurk_remote *lurk_remote_load(OSSL_LIB_CTX *library, const char *file, const char *name, char *why,
                              size_t why_len) {
  lurk_remote *remote = calloc(1, sizeof *remote);
  char *copy = strdup(file);
  if (remote == NULL || copy == NULL || !lurk_runner_prepare()) {
    snprintf(why, why_len, "%s: out of memory", file);
    free(remote);
    free(copy);
    return NULL;
  }
  remote->file = copy;
  remote->setup.library = library;
  OSSL_LIB_CTX *outer = OSSL_LIB_CTX_set0_default(library);
  bool loaded = load(remote, name, why, why_len);
  OSSL_LIB_CTX_set0_default(outer);
  if (loaded)
    return remote;
  lurk_remote_free(remote);
  return NULL;
}

void lurk_remote_free(lurk_remote *remote) {
  lurk_runner_stop(&remote->place);
  if (remote->setup.log != NULL)
    lurk_event_log_close(remote->setup.log);
  if (remote->setup.credentials != NULL)
    lurk_credentials_unref(remote->setup.credentials);
  lurk_certificates_clear(&remote->certificates);
  lurk_edge_config_clear(&remote->config);
  free(remote->file);
  free(remote);
}

const struct lurk_certificate *lurk_remote_certificate(const lurk_remote *remote) {
  return remote->certificate;
}

bool lurk_remote_over_lurk(const lurk_remote *remote) {
  return remote->config.protocol == LURK_EDGE_LURK;
}

/* --- operations --- */

static void log_operation(lurk_remote *remote, const struct lurk_key_request *request,
                          const struct lurk_key_answer *answer) {
  const bool tls13 = request->protocol == LURK_SKI_TLS_1_3;
  const char *method =
      request->tls12 != NULL ? lurk_tls12_type_name(LURK_TLS12_ECDHE) : lurk_ski_method_name(request->method);
  lurk_event(remote->setup.log, "key_operation",
             json_pack("{s:s, s:s?, s:s, s:s, s:s, s:s, s:s?, s:I}", "outcome",
                       answer->failure == NULL ? "ok" : "failed", "reason", answer->failure, "certificate",
                       file_name(remote->certificate->name), "key_server", answer->key_server, "version",
                       tls13 ? "TLS 1.3" : "TLS 1.2", "method", method, "scheme",
                       request->scheme == NULL ? NULL : request->scheme->name, "key_us",
                       (json_int_t)answer->microseconds));
}

struct outcome {
  lurk_remote *remote;
  const struct lurk_key_request *request;
  uint8_t *output;
  size_t capacity, *len;
  char *why;
  size_t why_len;
  bool failed;
};

/* On the runner's thread. */
static void take(void *arg, const struct lurk_key_answer *answer) {
  struct outcome *outcome = arg;
  outcome->failed = answer->failure != NULL || answer->output_len > outcome->capacity;
  if (outcome->failed)
    snprintf(outcome->why, outcome->why_len, "%s: %s", answer->key_server,
             answer->failure != NULL ? answer->failure : "the output is too long");
  if (answer->output_len <= outcome->capacity) {
    if (answer->output_len > 0)
      memcpy(outcome->output, answer->output, answer->output_len);
    *outcome->len = answer->output_len;
  }
  log_operation(outcome->remote, outcome->request, answer);
}

bool lurk_remote_perform(lurk_remote *remote, struct lurk_key_request *request, uint8_t *output,
                         size_t capacity, size_t *len, char *why, size_t why_len) {
  struct outcome outcome = {remote, request, output, capacity, len, why, why_len, false};
  request->certificate = remote->certificate;
  *len = 0;
  if (lurk_runner_perform(&remote->place, &remote->setup, request, take, &outcome))
    return !outcome.failed;
  snprintf(why, why_len, "no thread for the key server, or no memory");
  lurk_remote_refused(remote, why);
  return false;
}

void lurk_remote_refused(lurk_remote *remote, const char *reason) {
  lurk_event(remote->setup.log, "key_operation",
             json_pack("{s:s, s:s, s:s}", "outcome", "refused", "reason", reason, "certificate",
                       file_name(remote->certificate->name)));
}
