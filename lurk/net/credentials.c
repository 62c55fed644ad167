/* What credentials are on every TLS library. */
#include "lurk/net/channel_internal.h"

#include "lurk/net/peer.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

lurk_status lurk_credential_fault(lurk_status status, const char *file, const char *fault, char *why,
                                  size_t why_len) {
  snprintf(why, why_len, "%s: %s", file, fault);
  return status;
}

/* The libraries' own errors about missing files do not name them. */
static lurk_status check_files(const struct lurk_credential_files *files, char *why, size_t why_len) {
  const char *const names[] = {files->certificate, files->key, files->ca, files->crl};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    FILE *stream = names[i] == NULL ? NULL : fopen(names[i], "re");
    if (stream != NULL)
      fclose(stream);
    else if (names[i] != NULL)
      return lurk_credential_fault(LURK_ERR_IO, names[i], strerror(errno), why, why_len);
  }
  return LURK_OK;
}

static lurk_status open_key_log(lurk_credentials *credentials, const char *file, char *why, size_t why_len) {
  if (file == NULL)
    return LURK_OK;
  credentials->key_log = fopen(file, "ae");
  if (credentials->key_log == NULL)
    return lurk_credential_fault(LURK_ERR_IO, file, strerror(errno), why, why_len);
  setvbuf(credentials->key_log, NULL, _IOLBF, BUFSIZ);
  return LURK_OK;
}

lurk_status lurk_credentials_load(enum lurk_channel_role role, const struct lurk_credential_files *files,
                                  lurk_credentials **out, char *why, size_t why_len) {
  lurk_status status = check_files(files, why, why_len);
  if (status != LURK_OK)
    return status;
  lurk_credentials *credentials = calloc(1, sizeof *credentials);
  if (credentials == NULL)
    return lurk_credential_fault(LURK_ERR_MEMORY, files->certificate, "out of memory", why, why_len);
  atomic_init(&credentials->references, 1);
  credentials->role = role;
  credentials->no_alpn = files->no_alpn;
  status = open_key_log(credentials, files->key_log, why, why_len);
  if (status == LURK_OK)
    status = lurk_tls_load(credentials, files, why, why_len);
  if (status == LURK_OK)
    *out = credentials;
  else
    lurk_credentials_unref(credentials);
  return status;
}

lurk_credentials *lurk_credentials_ref(lurk_credentials *credentials) {
  atomic_fetch_add(&credentials->references, 1);
  return credentials;
}

void lurk_credentials_unref(lurk_credentials *credentials) {
  if (credentials == NULL || atomic_fetch_sub(&credentials->references, 1) > 1)
    return;
  lurk_tls_unload(credentials);
  if (credentials->key_log != NULL)
    fclose(credentials->key_log);
  lurk_peer_clear(&credentials->own);
  free(credentials);
}

void lurk_credentials_spki(const lurk_credentials *credentials, uint8_t fingerprint[32]) {
  memcpy(fingerprint, credentials->own.spki, sizeof credentials->own.spki);
}
