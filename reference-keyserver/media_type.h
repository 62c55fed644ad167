/* Which of the two formats a peer sends or wants (RFC 9110 §8.3, §12.5.1). */
#ifndef KEYSERVER_MEDIA_TYPE_H
#define KEYSERVER_MEDIA_TYPE_H

#include "lurk/wire/ski.h"

/* Content-Type: application/json, also with charset=utf-8, or application/cbor; nothing else may stand there.
 * False otherwise, also for NULL. */
bool lurk_media_type_parse(const char *content_type, enum lurk_ski_format *out);

/* Accept: the format with the greatest weight, JSON when both weigh the same. NULL accepts everything. False
 * when neither is acceptable. */
bool lurk_media_type_choose(const char *accept, enum lurk_ski_format *out);

#endif
