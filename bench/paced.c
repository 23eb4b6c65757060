/* Latency at a light, even load: posts events at fixed times, is their receiver as well, and so has every
 * time on one clock. A late post counts from the time at which it was due. usage: paced INGEST-PORT
 * RECEIVER-PORT EVENTS-PER-SECOND EVENTS      prints JSON, times in milliseconds */
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { LISTENER, TIMER, SENDER, CLIENT };
enum { CLIENTS = 16, MOST = 1000000, PATIENCE_S = 10, BODY = 1024 };

static int64_t *due, *accepted, *received;
static int total, posted, accepted_count, received_count, refused, repeated;
static struct wire* idle[CLIENTS];
static int idle_count;

static void post(int number) {
    static const char head[] = "{\"type\":\"invoice.paid\",\"data\":{\"seq\":\"", tail[] = "\"}}";
    char body[BODY + 1], message[BODY + 256];
    int at = snprintf(body, sizeof body, "%s%08d\",\"text\":\"", head, number);
    const int rest = BODY - at - (int)(sizeof tail - 1);
    memset(body + at, 'x', (size_t)rest);
    memcpy(body + at + rest, tail, sizeof tail);
    int length = snprintf(message, sizeof message,
                          "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                          "Content-Length: %d\r\n\r\n%s",
                          BODY, body);
    struct wire* client = idle[--idle_count];
    client->user = number;
    if (!wire_write(client, message, (size_t)length)) fail("post");
}

static void post_what_is_due(void) {
    while (posted < total && idle_count > 0 && due[posted] <= now_ns())
        post(posted++);
}

static void on_receiver_request(struct wire* wire, const char* body) {
    static const char no_content[] = "HTTP/1.1 204 No Content\r\n\r\n", mark[] = "\"seq\":\"";
    const int64_t now = now_ns();
    const char* at = strstr(body, mark);
    int number = at ? atoi(at + sizeof mark - 1) : -1;
    if (number < 0 || number >= total) fail("a delivery of nobody's");
    if (received[number])
        repeated++;
    else
        received[number] = now, received_count++;
    wire_write(wire, no_content, sizeof no_content - 1);
}

static void on_answer(struct wire* wire) {
    if (memcmp(wire->buffer, "HTTP/1.1 202", 12) == 0)
        accepted[wire->user] = now_ns(), accepted_count++;
    else
        refused++;
}

static void on_message(struct wire* wire) {
    char* body;
    size_t length;
    int state = wire_read(wire, &body, &length);
    if (state < 0) {
        if (wire->kind == CLIENT) fail("the daemon closed a connection");
        close(wire->fd);
        free(wire);
    }
    if (state <= 0) return;
    if (wire->kind == SENDER)
        on_receiver_request(wire, body);
    else
        on_answer(wire);
    wire_next(wire, body, length);
    if (wire->kind == CLIENT) idle[idle_count++] = wire;
}

static int is_over(void) {
    const int all = accepted_count + refused == total && received_count >= accepted_count;
    return all || now_ns() > due[total - 1] + PATIENCE_S * 1000000000LL;
}

static void start_timer(int epoll, int64_t interval) {
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec every = {.it_interval = {.tv_nsec = (long)interval},
                               .it_value = {.tv_nsec = (long)interval}};
    if (timerfd_settime(fd, 0, &every, NULL)) fail("timerfd");
    wire_add(epoll, fd, TIMER);
}

static int compare(const void* a, const void* b) {
    const int64_t x = *(const int64_t*)a, y = *(const int64_t*)b;
    return (x > y) - (x < y);
}

/* Percentiles of `to - from` over the events that have both. An answer may be read after the delivery came
 * in. */
static void print_times(const char* name, const int64_t* from, const int64_t* to) {
    int64_t* times = malloc(sizeof *times * (size_t)total);
    int count = 0;
    for (int i = 0; i < total; i++)
        if (from[i] && to[i]) times[count++] = to[i] > from[i] ? to[i] - from[i] : 0;
    qsort(times, (size_t)count, sizeof *times, compare);
    char before[64];
    snprintf(before, sizeof before, ",\"%s\":{", name);
    static const struct {
        const char* name;
        double share;
    } percentiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1}};
    for (size_t i = 0; i < sizeof percentiles / sizeof *percentiles; i++) {
        int at = (int)(count * percentiles[i].share);
        const double found = count ? (double)times[at < count ? at : count - 1] / 1e6 : -1;
        printf("%s\"%s\":%.3f", i ? "," : before, percentiles[i].name, found);
    }
    putchar('}');
    free(times);
}

static void run(int epoll) {
    while (!is_over()) {
        struct epoll_event events[64];
        int count = epoll_wait(epoll, events, 64, 100);
        for (int i = 0; i < count; i++) {
            struct wire* wire = events[i].data.ptr;
            uint64_t ticks;
            if (wire->kind == LISTENER)
                wire_accept(epoll, wire->fd, SENDER);
            else if (wire->kind == TIMER)
                (void)!read(wire->fd, &ticks, sizeof ticks);
            else
                on_message(wire);
        }
        post_what_is_due();
    }
}

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    const int rate = atoi(argv[3]);
    total = atoi(argv[4]);
    if (rate < 1 || total < 1 || total > MOST) return 2;
    due = calloc((size_t)total, sizeof *due);
    accepted = calloc((size_t)total, sizeof *accepted);
    received = calloc((size_t)total, sizeof *received);
    int epoll = epoll_create1(0);
    wire_add(epoll, wire_listen(atoi(argv[2])), LISTENER);
    puts("listening");
    fflush(stdout);
    getchar(); /* the daemon may connect to the receiver before the first post: bench/run says when to begin
                */
    for (int i = 0; i < CLIENTS; i++)
        idle[idle_count++] = wire_add(epoll, wire_connect(atoi(argv[1])), CLIENT);
    const int64_t interval = 1000000000LL / rate, begin = now_ns() + 200000000;
    for (int i = 0; i < total; i++)
        due[i] = begin + i * interval;
    start_timer(epoll, 500000);
    run(epoll);
    printf("{\"posted\":%d,\"accepted\":%d,\"refused\":%d,\"received\":%d,\"repeated\":%d", posted,
           accepted_count, refused, received_count, repeated);
    print_times("intake", due, accepted);
    print_times("acceptance_to_receipt", accepted, received);
    print_times("post_to_receipt", due, received);
    puts("}");
    return received_count == total && repeated == 0 ? 0 : 1;
}
