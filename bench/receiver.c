/* The receiver under load: answers every POST with 204 and counts it where bench/run can read it.
 * usage: receiver PORT COUNTER-FILE      the file holds one 64-bit number, mapped by both sides */
#include "wire.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LISTENER, SENDER };

static _Atomic uint64_t* map_counter(const char* path) {
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    if (fd < 0 || ftruncate(fd, sizeof(uint64_t))) fail(path);
    void* at = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) fail("mmap");
    return at;
}

static void answer(struct wire* wire, _Atomic uint64_t* counter) {
    static const char no_content[] = "HTTP/1.1 204 No Content\r\n\r\n";
    char* body;
    size_t length;
    int state = wire_read(wire, &body, &length);
    if (state < 0) {
        close(wire->fd);
        free(wire);
        return;
    }
    if (state == 0) return;
    wire_next(wire, body, length);
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
    wire_write(wire, no_content, sizeof no_content - 1);
}

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    _Atomic uint64_t* counter = map_counter(argv[2]);
    int epoll = epoll_create1(0);
    wire_add(epoll, wire_listen(atoi(argv[1])), LISTENER);
    for (;;) {
        struct epoll_event events[256];
        int count = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < count; i++) {
            struct wire* wire = events[i].data.ptr;
            if (wire->kind == LISTENER)
                wire_accept(epoll, wire->fd, SENDER);
            else
                answer(wire, counter);
        }
    }
}
