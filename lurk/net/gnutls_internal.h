/* What the channel's files for GnuTLS share. */
#ifndef LURK_NET_GNUTLS_INTERNAL_H
#define LURK_NET_GNUTLS_INTERNAL_H

#include "lurk/net/channel_internal.h"
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#define LURK_GNUTLS_CHAIN 16 /* most certificates that a peer may send */

/* lurk_credentials.tls */
struct lurk_gnutls_credentials {
  gnutls_certificate_credentials_t set;
  gnutls_priority_t priority;
  gnutls_x509_crt_t *anchors;
  unsigned anchor_count;
  gnutls_x509_crl_t *crls; /* none: no revocation check */
  unsigned crl_count;
};

/* The policy of channel.h on certificates: NULL or a constant English fault. */
const char *lurk_gnutls_leaf_fault(gnutls_x509_crt_t leaf, enum lurk_channel_role role_of_owner);
/* What rules a CA out, the anchors included; NULL: nothing. */
const char *lurk_gnutls_ca_fault(gnutls_x509_crt_t ca);
/* certificates: what the peer sent, leaf first; GnuTLS has found a path. Every one must be as good as those
 * of the path. */
const char *lurk_gnutls_chain_fault(const struct lurk_gnutls_credentials *own,
                                    const gnutls_x509_crt_t *certificates, unsigned count,
                                    enum lurk_channel_role role_of_owner);
/* Fills *peer, which is empty, with SAN names and fingerprint. */
lurk_status lurk_gnutls_peer(gnutls_x509_crt_t leaf, struct lurk_peer *peer);
/* For gnutls_certificate_set_verify_function. */
int lurk_gnutls_verify(gnutls_session_t session);

#endif
