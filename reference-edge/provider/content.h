/* What a TLS library wants signed, recognised by its octets: a provider is told nothing else. */
#ifndef LURK_PROVIDER_CONTENT_H
#define LURK_PROVIDER_CONTENT_H

#include "reference-edge/key_request.h"

/* Makes a request out of content, which must outlive it. tls12 is filled, and used, over LURK only. NULL, or
 * a constant text: why nothing is asked for. Nothing passes here that a key server would have to refuse for
 * its form. */
const char *lurk_content_request(bool over_lurk, const struct lurk_certificate *certificate,
                                 uint16_t scheme_id, const uint8_t *content, size_t len,
                                 struct lurk_key_request *request, struct lurk_tls12_material *tls12);

#endif
