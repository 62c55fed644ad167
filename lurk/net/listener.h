/* Listening sockets of the server. */
#ifndef LURK_NET_LISTENER_H
#define LURK_NET_LISTENER_H

#include <stdbool.h>
#include <sys/socket.h>
#include <uv.h>

/* "127.0.0.1:0", "[::1]:443". False when text is not a numeric address with a port. */
bool lurk_listen_address(const char *text, struct sockaddr_storage *address);
/* "127.0.0.1:43211", "[::1]:443". NULL when memory is short; the caller frees. */
char *lurk_listen_text(const struct sockaddr_storage *address);

/* A bound socket. shared: several threads bind the same address (SO_REUSEPORT). Port 0 in *address is
 * replaced by the one that the kernel chose. Returns the descriptor or a negative libuv error. */
int lurk_listen_bind(struct sockaddr_storage *address, bool shared);

/* Sharing would let a second process of the same user join in unnoticed: is a fixed port free? 0 or a
 * negative libuv error. */
int lurk_listen_probe(const struct sockaddr_storage *address);

#endif
