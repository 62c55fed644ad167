#include "lurk/net/credential_files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

lurk_status lurk_credential_fault(lurk_status status, const char *file, const char *fault, char *why,
                                  size_t why_len) {
  snprintf(why, why_len, "%s: %s", file, fault);
  return status;
}

static lurk_status check_file(const char *file, char *why, size_t why_len) {
  FILE *stream = fopen(file, "re");
  if (stream == NULL)
    return lurk_credential_fault(LURK_ERR_IO, file, strerror(errno), why, why_len);
  fclose(stream);
  return LURK_OK;
}

lurk_status lurk_credential_files_check(const struct lurk_credential_files *files, char *why,
                                        size_t why_len) {
  const char *const names[] = {files->certificate, files->key, files->ca, files->crl};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    lurk_status status = names[i] == NULL ? LURK_OK : check_file(names[i], why, why_len);
    if (status != LURK_OK)
      return status;
  }
  return LURK_OK;
}
