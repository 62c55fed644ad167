/* Sessions on OpenSSL and BoringSSL. */
#include "lurk/net/libssl.h"

#include "lurk/fault.h"
#include "lurk/net/libssl_bio.h"
#include <openssl/err.h>
#include <string.h>

#define LONGEST_CALL (1 << 20) /* octets; the library counts in int */

const char *lurk_channel_reason(void) {
  unsigned long error = ERR_peek_error();
  const char *reason = error == 0 ? NULL : ERR_reason_error_string(error);
  return reason == NULL ? "TLS library failed" : reason;
}

static enum lurk_tls_result fail(lurk_channel *channel, const char *fault) {
  lurk_channel_note(channel, channel->transport.fault != NULL ? channel->transport.fault : fault);
  return LURK_TLS_FAILED;
}

static bool expect_server(SSL *ssl, const char *server_name) {
  X509_VERIFY_PARAM *parameters = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(parameters,
                                  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_WILDCARDS);
  return (LURK_FAULT(key_server_name_not_checked) ||
          X509_VERIFY_PARAM_set1_host(parameters, server_name, strlen(server_name)) == 1) &&
         (LURK_FAULT(server_not_named) || SSL_set_tlsext_host_name(ssl, server_name) == 1);
}

lurk_status lurk_tls_open(lurk_channel *channel) {
  ERR_clear_error();
  SSL *ssl = SSL_new(channel->credentials->tls);
  if (ssl == NULL)
    return LURK_ERR_MEMORY;
  channel->tls = ssl;
  BIO *bio = lurk_libssl_bio(&channel->transport);
  if (bio == NULL)
    return LURK_ERR_MEMORY;
  SSL_set_bio(ssl, bio, bio);
  if (SSL_set_app_data(ssl, channel) != 1)
    return LURK_ERR_MEMORY;
  if (channel->server_name == NULL) {
    SSL_set_accept_state(ssl);
    return LURK_OK;
  }
  SSL_set_connect_state(ssl);
  return expect_server(ssl, channel->server_name) ? LURK_OK : LURK_ERR_BACKEND;
}

void lurk_tls_free(lurk_channel *channel) {
  SSL_free(channel->tls);
}

enum lurk_tls_result lurk_tls_handshake(lurk_channel *channel) {
  SSL *ssl = channel->tls;
  ERR_clear_error();
  int result = SSL_do_handshake(ssl);
  if (result != 1)
    return SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ ? LURK_TLS_WAIT
                                                             : fail(channel, lurk_channel_reason());
  /* CH-13. The library refuses renegotiation, but would still talk to a peer that does not know RFC 5746. */
  if (SSL_version(ssl) == TLS1_2_VERSION && SSL_get_secure_renegotiation_support(ssl) != 1)
    return fail(channel, "peer lacks renegotiation_info");
  return LURK_TLS_DONE;
}

lurk_status lurk_tls_peer(lurk_channel *channel) {
  X509 *leaf = SSL_get_peer_certificate(channel->tls);
  lurk_status status = leaf == NULL ? LURK_OK : lurk_libssl_peer(leaf, &channel->peer);
  X509_free(leaf);
  return status;
}

enum lurk_tls_result lurk_tls_read(lurk_channel *channel, uint8_t *data, size_t capacity, size_t *got) {
  ERR_clear_error();
  int result = SSL_read(channel->tls, data, capacity > LONGEST_CALL ? LONGEST_CALL : (int)capacity);
  if (result > 0) {
    *got = (size_t)result;
    return LURK_TLS_DONE;
  }
  switch (SSL_get_error(channel->tls, result)) {
  case SSL_ERROR_WANT_READ:
    return LURK_TLS_WAIT;
  case SSL_ERROR_ZERO_RETURN:
    return LURK_TLS_END;
  default:
    return fail(channel, lurk_channel_reason());
  }
}

enum lurk_tls_result lurk_tls_write(lurk_channel *channel, const uint8_t *data, size_t len) {
  ERR_clear_error();
  while (len > 0) {
    int result = SSL_write(channel->tls, data, len > LONGEST_CALL ? LONGEST_CALL : (int)len);
    if (result <= 0)
      return fail(channel, lurk_channel_reason());
    data += result;
    len -= (size_t)result;
  }
  return LURK_TLS_DONE;
}

void lurk_tls_close(lurk_channel *channel) {
  ERR_clear_error();
  SSL_shutdown(channel->tls);
}
