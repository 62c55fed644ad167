/* What the process takes away from itself and its environment before it touches a key. */
#ifndef LURK_HARDENING_H
#define LURK_HARDENING_H

/* No core dumps and no tracing by processes of the same user (keys would be in both), no SSLKEYLOGFILE
 * (GnuTLS obeys it by itself), files readable to their owner only, no death by a broken connection or by
 * a limit on the size of a log. */
void lurk_process_harden(void);

#endif
