/* What loading credentials has in common on every TLS library. */
#ifndef LURK_NET_CREDENTIAL_FILES_H
#define LURK_NET_CREDENTIAL_FILES_H

#include "lurk/net/channel.h"

/* ALPN (RFC 7301): what a client offers, and what a server accepts when a list was sent (CH-16). */
#define LURK_CHANNEL_ALPN "http/1.1"

/* OK, or IO with one line in why: every file that is named can be opened. */
lurk_status lurk_credential_files_check(const struct lurk_credential_files *files, char *why, size_t why_len);
/* Writes "FILE: fault" and returns status. */
lurk_status lurk_credential_fault(lurk_status status, const char *file, const char *fault, char *why,
                                  size_t why_len);

#endif
