/* The thread of a process that talks to the key servers of one configuration. */
#ifndef LURK_PROVIDER_RUNNER_H
#define LURK_PROVIDER_RUNNER_H

#include "reference-edge/key_client.h"
#include <openssl/types.h>

struct lurk_runner_setup {
  OSSL_LIB_CTX *library;
  const struct lurk_edge_config *config;
  const struct lurk_certificates *certificates;
  lurk_credentials *credentials;
  lurk_event_log *log;
};

typedef struct lurk_runner lurk_runner;

/* Begun by the first operation. Zero at first; part of its owner, who stays where it is. */
struct lurk_runner_place {
  lurk_runner *runner; /* NULL: none in this process */
  struct lurk_runner_place *next;
};

/* Asks and waits: done is called on the thread, once, before this returns. False: no thread could be begun,
 * or it is ending; done is not called. setup must outlive the thread. */
bool lurk_runner_perform(struct lurk_runner_place *place, const struct lurk_runner_setup *setup,
                         const struct lurk_key_request *request, lurk_key_done *done, void *arg);
/* Ends the thread and waits for its end. */
void lurk_runner_stop(struct lurk_runner_place *place);

/* Once: forks leave no runner in the child; the end of OpenSSL ends all. False when that cannot be had. */
bool lurk_runner_prepare(void);

#endif
