#include "lurk/net/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool parse_port(const char *text, int *port) {
  char *end;
  errno = 0;
  long value = strtol(text, &end, 10);
  *port = (int)value;
  return errno == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0' && value <= 65535;
}

bool lurk_listen_address(const char *text, struct sockaddr_storage *address) {
  char host[INET6_ADDRSTRLEN];
  int port;
  bool bracketed = text[0] == '[';
  const char *begin = bracketed ? text + 1 : text;
  const char *end = bracketed ? strchr(begin, ']') : strrchr(begin, ':');
  if (end == NULL || (size_t)(end - begin) >= sizeof host)
    return false;
  memcpy(host, begin, (size_t)(end - begin));
  host[end - begin] = '\0';
  if (bracketed)
    end++;
  if (*end != ':' || !parse_port(end + 1, &port))
    return false;
  memset(address, 0, sizeof *address);
  return bracketed ? uv_ip6_addr(host, port, (struct sockaddr_in6 *)address) == 0
                   : uv_ip4_addr(host, port, (struct sockaddr_in *)address) == 0;
}

static in_port_t *port_of(struct sockaddr_storage *address) {
  return address->ss_family == AF_INET6 ? &((struct sockaddr_in6 *)address)->sin6_port
                                        : &((struct sockaddr_in *)address)->sin_port;
}

char *lurk_listen_text(const struct sockaddr_storage *address) {
  char host[INET6_ADDRSTRLEN] = "";
  char *text = NULL;
  struct sockaddr_storage copy = *address;
  uv_ip_name((const struct sockaddr *)address, host, sizeof host);
  const char *form = address->ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u";
  return asprintf(&text, form, host, (unsigned)ntohs(*port_of(&copy))) < 0 ? NULL : text;
}

static int bind_with(struct sockaddr_storage *address, int reuse_option) {
  socklen_t len = address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
  int on = 1;
  int descriptor = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0)
    return -errno;
  if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      setsockopt(descriptor, SOL_SOCKET, reuse_option, &on, sizeof on) != 0 ||
      (address->ss_family == AF_INET6 &&
       setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
      bind(descriptor, (struct sockaddr *)address, len) != 0 ||
      getsockname(descriptor, (struct sockaddr *)address, &len) != 0) {
    int error = -errno;
    close(descriptor);
    return error;
  }
  return descriptor;
}

int lurk_listen_bind(struct sockaddr_storage *address, bool shared) {
  return bind_with(address, shared ? SO_REUSEPORT : SO_REUSEADDR);
}

int lurk_listen_probe(const struct sockaddr_storage *address) {
  struct sockaddr_storage copy = *address;
  int descriptor = bind_with(&copy, SO_REUSEADDR);
  if (descriptor < 0)
    return descriptor;
  int error = listen(descriptor, 1) == 0 ? 0 : -errno;
  close(descriptor);
  return error;
}
