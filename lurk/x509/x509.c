#include "lurk/x509/x509.h"

#include <stdlib.h>

void lurk_x509_free(struct lurk_x509 *certificates, size_t count) {
  for (size_t i = 0; i < count; i++) {
    lurk_octets_clear(&certificates[i].der);
    lurk_octets_clear(&certificates[i].spki);
    for (size_t j = 0; j < certificates[i].dns_name_count; j++)
      free(certificates[i].dns_names[j]);
    free(certificates[i].dns_names);
  }
  free(certificates);
}

bool lurk_x509_add_dns_name(struct lurk_x509 *certificate, const uint8_t *name, size_t len) {
  for (size_t i = 0; i < len; i++)
    if (name[i] <= ' ' || name[i] > '~')
      return true;
  char **names = realloc(certificate->dns_names, (certificate->dns_name_count + 1) * sizeof *names);
  if (names == NULL)
    return false;
  certificate->dns_names = names;
  char *copy = malloc(len + 1);
  if (copy == NULL)
    return false;
  for (size_t i = 0; i < len; i++)
    copy[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
  copy[len] = '\0';
  names[certificate->dns_name_count++] = copy;
  return true;
}
