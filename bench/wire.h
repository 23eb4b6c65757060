/* Sockets and HTTP messages, as far as the benchmark's programs need them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { WIRE_BUFFER = 8192, WIRE_CONNECTIONS = 4096 };

/* One kept-alive connection and the message that is coming in on it. */
struct wire {
    int fd;
    int kind; /* the program's own */
    int user; /* the program's own */
    size_t filled;
    char buffer[WIRE_BUFFER];
};

/* Ends the program with a message; none of these programs can go on after a fault. */
_Noreturn void fail(const char* what);

/* Listens on 127.0.0.1; connects to 127.0.0.1. */
int wire_listen(int port);
int wire_connect(int port);

/* Makes a connection non-blocking and puts it under the epoll instance. */
struct wire* wire_add(int epoll, int fd, int kind);

/* Accepts one connection. */
struct wire* wire_accept(int epoll, int listener, int kind);

/* Reads what is there. Gives 1 when a whole message (head and the body that it announces) has come in, 0 when
 * not yet, and -1 at the end of the connection. `*body` and `*length` show the body. */
int wire_read(struct wire* wire, char** body, size_t* length);

/* Makes room for the next message: drops the one that wire_read gave. */
void wire_next(struct wire* wire, const char* body, size_t length);

/* Writes all of it; these sockets never have a full buffer at the sizes used. Gives 0 when the peer is gone.
 */
int wire_write(const struct wire* wire, const void* data, size_t length);

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t now_ns(void);
