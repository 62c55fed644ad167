/* LURK over a mutual-TLS connection: who asks, how often, and one audit event per message. */
#ifndef KEYSERVER_LURK_MESSAGES_H
#define KEYSERVER_LURK_MESSAGES_H

#include "lurk/net/lurk_server.h"

/* Its arg is a lurk_keyserver. */
extern const struct lurk_message_handler lurk_keyserver_message_handler;

#endif
