#include "reference-edge/stacks/gnutls_clients.h"

#include <gnutls/x509.h>

const char *lurk_gnutls_trust(gnutls_certificate_credentials_t credentials,
                              const struct lurk_edge_tls_config *tls) {
  if (tls->client_ca == NULL)
    return NULL;
  int taken = gnutls_certificate_set_x509_trust_file(credentials, tls->client_ca, GNUTLS_X509_FMT_PEM);
  return taken > 0 ? NULL : "clients.ca holds no readable PEM certificates";
}

/* The library itself refuses a client that shows none where one is required. */
static int verify(gnutls_session_t session) {
  gnutls_typed_vdata_st purpose = {
      .type = GNUTLS_DT_KEY_PURPOSE_OID, .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT, .size = 0};
  unsigned status = 0, count = 0;
  if (gnutls_certificate_get_peers(session, &count) == NULL)
    return 0;
  bool good = gnutls_certificate_verify_peers(session, &purpose, 1, &status) == 0 && status == 0;
  return good ? 0 : GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
}

void lurk_gnutls_ask_client(gnutls_session_t session, const struct lurk_edge_tls_config *tls) {
  if (tls->client_ca == NULL)
    return;
  gnutls_certificate_server_set_request(session,
                                        tls->client_required ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_REQUEST);
  gnutls_session_set_verify_function(session, verify);
}

void lurk_gnutls_identify(gnutls_session_t session, struct lurk_session_base *base) {
  unsigned count = 0;
  const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
  gnutls_x509_crt_t leaf = NULL;
  gnutls_datum_t subject = {NULL, 0};
  if (chain == NULL || count == 0 || gnutls_x509_crt_init(&leaf) != 0)
    return;
  if (gnutls_x509_crt_import(leaf, &chain[0], GNUTLS_X509_FMT_DER) == 0 &&
      gnutls_x509_crt_get_dn3(leaf, &subject, 0) == 0)
    lurk_session_identify(base, (const char *)subject.data, subject.size);
  gnutls_free(subject.data);
  gnutls_x509_crt_deinit(leaf);
}
