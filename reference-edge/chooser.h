/* Which certificate, exchange and signature schemes a ClientHello gets. One certificate is chosen before the
 * TLS library looks at it, so that all three libraries negotiate the same way. */
#ifndef LURK_EDGE_CHOOSER_H
#define LURK_EDGE_CHOOSER_H

#include "reference-edge/certificate.h"
#include "reference-edge/client_hello.h"
#include "reference-edge/groups.h"
#include "reference-edge/scheme.h"

enum lurk_exchange { LURK_EXCHANGE_TLS13, LURK_EXCHANGE_ECDHE, LURK_EXCHANGE_RSA };

struct lurk_choice {
  const struct lurk_certificate *certificate;
  enum lurk_exchange exchange;
  /* Schemes to which the TLS library is to be restricted, in order of preference; none for static RSA. */
  const struct lurk_scheme *schemes[LURK_SCHEME_COUNT];
  size_t scheme_count;
  /* TLS 1.3 was offered and not chosen: the library must not negotiate it, nor write the downgrade sentinel
   * (RFC 8446 §4.1.3), with which the client would refuse its own choice. */
  bool without_tls13;
};

/* The TLS 1.2 cipher suites of a choice, as OpenSSL and BoringSSL name them. */
#define LURK_SUITES_ECDHE                                                                                    \
  "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"               \
  "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305"
#define LURK_SUITES_RSA "AES128-GCM-SHA256:AES256-GCM-SHA384"

/* TLS 1.3 where client and policy allow it, else ECDHE, else static RSA for a client that has no (EC)DHE
 * suite that could be served. Within an exchange: the best match of the server name, then the first in the
 * configuration whose key the client can verify. UNSUPPORTED when there is none, MISMATCH when client and
 * policies share no version; why is then a constant text. policies, by group of key servers, count for
 * certificates whose key is there. groups: those of key exchange that the edge offers.
 */
lurk_status lurk_choose(const struct lurk_certificates *certificates, const struct lurk_policy *policies,
                        const struct lurk_groups *groups, const struct lurk_client_hello *hello,
                        struct lurk_choice *out, const char **why);

#endif
