/* Chains by the path validation of GnuTLS. */
#include "vectors/check/check.h"

#include <gnutls/x509.h>

#define MAX_CHAIN 8

static gnutls_x509_crt_t parse(struct call *call, struct lurk_octets der) {
  gnutls_x509_crt_t certificate = NULL;
  const gnutls_datum_t data = {der.data, (unsigned)der.len};
  if (gnutls_x509_crt_init(&certificate) < 0 ||
      gnutls_x509_crt_import(certificate, &data, GNUTLS_X509_FMT_DER) < 0)
    call->broken = true;
  return certificate;
}

static bool verifies(gnutls_x509_trust_list_t trusted, gnutls_x509_crt_t *list, unsigned count) {
  gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
                                   .data = (uint8_t *)GNUTLS_KP_TLS_WWW_SERVER};
  unsigned status = 1;
  return gnutls_x509_trust_list_verify_crt2(trusted, list, count, &purpose, 1, 0, &status, NULL) == 0 &&
         status == 0;
}

static time_t now;

/* GnuTLS asks the process for the time. */
static time_t given_time(time_t *out) {
  if (out != NULL)
    *out = now;
  return now;
}

const char *check_certificate_chain(struct call *call) {
  gnutls_x509_crt_t list[MAX_CHAIN], anchor = parse(call, call_octets(call, "anchor"));
  gnutls_x509_trust_list_t trusted = NULL;
  unsigned count = 0;
  json_t *entry;
  size_t i;
  json_array_foreach(json_object_get(call->input, "certificates"), i, entry) {
    if (count < MAX_CHAIN)
      list[count++] = parse(call, call_hex(call, entry));
  }
  now = (time_t)call_number(call, "now");
  gnutls_global_set_time_function(given_time);
  const char *status = "untrusted";
  if (count == 0 || call->broken || gnutls_x509_trust_list_init(&trusted, 0) < 0 ||
      gnutls_x509_trust_list_add_cas(trusted, &anchor, 1, 0) != 1)
    call->broken = true;
  else if (verifies(trusted, list, count))
    status = CHECK_OK;
  if (trusted != NULL)
    gnutls_x509_trust_list_deinit(trusted, 0);
  for (unsigned at = 0; at < count; at++)
    gnutls_x509_crt_deinit(list[at]);
  gnutls_x509_crt_deinit(anchor);
  return status;
}
