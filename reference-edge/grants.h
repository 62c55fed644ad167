/* What the key server grants to this edge, asked for at start and again from time to time, so that a key
 * server that was away, or changed its mind, is noticed. */
#ifndef LURK_EDGE_GRANTS_H
#define LURK_EDGE_GRANTS_H

#include "reference-edge/key_client.h"

typedef struct lurk_grants lurk_grants;

/* Called once, after the first answer of each group of key servers, or the lack of one. fault: NULL, or one
 * line about the configuration: the key of a certificate is not served to this edge. */
typedef void lurk_grants_first(void *arg, const char *fault);

/* Asks for the first time. Without key servers everything is granted, and first is called from the loop too.
 */
lurk_status lurk_grants_new(uv_loop_t *loop, lurk_key_client *client, const struct lurk_edge_config *config,
                            const struct lurk_certificates *certificates, lurk_event_log *log,
                            lurk_grants_first *first, void *arg, lurk_grants **out);
/* What may be negotiated now, by group of key servers: LURK_MOST_KEY_GROUPS policies. */
const struct lurk_policy *lurk_grants_policies(const lurk_grants *grants);
/* After the key client was closed. */
void lurk_grants_close(lurk_grants *grants);

#endif
