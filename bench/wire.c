#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void fail(const char* what) {
    perror(what);
    exit(1);
}

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int wire_listen(int port) {
    const struct sockaddr_in address = loopback(port);
    const int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (const struct sockaddr*)&address, sizeof address) || listen(fd, 4096)) fail("listen");
    return fd;
}

int wire_connect(int port) {
    const struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (const struct sockaddr*)&address, sizeof address)) fail("connect");
    return fd;
}

struct wire* wire_add(int epoll, int fd, int kind) {
    struct wire* wire = calloc(1, sizeof *wire);
    if (!wire) fail("calloc");
    wire->fd = fd;
    wire->kind = kind;
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = wire};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl");
    return wire;
}

struct wire* wire_accept(int epoll, int listener, int kind) {
    int fd = accept(listener, NULL, NULL);
    return fd < 0 ? NULL : wire_add(epoll, fd, kind);
}

static size_t announced_length(const char* head) {
    const char* field = strcasestr(head, "\r\ncontent-length:");
    return field ? (size_t)atoll(field + strlen("\r\ncontent-length:")) : 0;
}

static int find_message(struct wire* wire, char** body, size_t* length) {
    wire->buffer[wire->filled] = 0;
    char* end = memmem(wire->buffer, wire->filled, "\r\n\r\n", 4);
    if (!end) return 0;
    end[2] = 0; /* the search for the length stays within the head */
    *length = announced_length(wire->buffer);
    end[2] = '\r';
    *body = end + 4;
    return wire->filled >= (size_t)(*body - wire->buffer) + *length;
}

int wire_read(struct wire* wire, char** body, size_t* length) {
    if (wire->filled == WIRE_BUFFER - 1) fail("a message larger than the buffer");
    ssize_t got = read(wire->fd, wire->buffer + wire->filled, WIRE_BUFFER - 1 - wire->filled);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (got <= 0) return -1;
    wire->filled += (size_t)got;
    return find_message(wire, body, length);
}

void wire_next(struct wire* wire, const char* body, size_t length) {
    const size_t used = (size_t)(body - wire->buffer) + length;
    wire->filled -= used;
    memmove(wire->buffer, wire->buffer + used, wire->filled);
}

int wire_write(const struct wire* wire, const void* data, size_t length) {
    return send(wire->fd, data, length, MSG_NOSIGNAL) == (ssize_t)length;
}

int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}
