/* SKI over HTTPS: paths, methods, media types, statuses (SKI §7; ), and one audit event per
 * request. */
#ifndef KEYSERVER_SKI_HTTP_H
#define KEYSERVER_SKI_HTTP_H

#include "lurk/net/http_server.h"

/* Its arg is a lurk_keyserver. */
extern const struct lurk_http_handler lurk_ski_http_handler;

#endif
