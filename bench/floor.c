/* The least possible program that does the whole job, to know what the job itself costs. NOT a product: it
 * retries nothing, keeps nothing for each endpoint, logs and counts nothing, and ends at the first surprise.
 *
 *   POST (kept alive) -> Redis: one MULTI for each turn of the loop, SET and ZADD for what is new, ZREM and
 * DEL for what is done -> 202 -> HMAC-SHA256 -> POST on one of K kept-alive connections -> 204 -> done
 *
 * One thread, epoll.      usage: floor INGEST-PORT RECEIVER-PORT K REDIS-SOCKET */
#include "wire.h"

#include <hiredis/hiredis.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { LISTENER, CLIENT, SENDER };
enum { QUEUE = 65536, FULL = 8192, TURN = 512, ARGUMENTS = 4 * TURN + 8, NAME = 32 };

struct event {
    long id;
    size_t length;
    char* body;
};

static struct event queue[QUEUE], sending[WIRE_CONNECTIONS], done[TURN];
static unsigned queue_head, queue_tail;
static struct wire *free_senders[WIRE_CONNECTIONS], *fresh[TURN], *held[WIRE_CONNECTIONS];
static struct event fresh_events[TURN];
static int free_count, fresh_count, held_count, done_count, epoll;
static long next_id = 1;
static redisContext* redis;
static EVP_MAC_CTX* mac;
static volatile sig_atomic_t stopping;

static void on_signal(int number) {
    (void)number;
    stopping = 1;
}

/* -- Redis
 * ----------------------------------------------------------------------------------------------------------
 */

static const char* arguments[ARGUMENTS];
static size_t lengths[ARGUMENTS];
static int argument_count, replies_owed;

static void add(const char* text, size_t length) {
    arguments[argument_count] = text;
    lengths[argument_count++] = length;
}

static void add_text(const char* text) {
    add(text, strlen(text));
}

static void send_command(void) {
    redisAppendCommandArgv(redis, argument_count, arguments, lengths);
    argument_count = 0;
    replies_owed++;
}

static void store_fresh(const char* lease) {
    static char keys[TURN][NAME];
    add_text("MSET");
    for (int i = 0; i < fresh_count; i++) {
        add(keys[i], (size_t)snprintf(keys[i], NAME, "event:%020ld", fresh_events[i].id));
        add(fresh_events[i].body, fresh_events[i].length);
    }
    send_command();
    add_text("ZADD");
    add_text("inflight");
    for (int i = 0; i < fresh_count; i++) {
        add_text(lease);
        add_text(keys[i]);
    }
    send_command();
}

static void remove_done(void) {
    static char keys[TURN][NAME], count[16];
    for (int i = 0; i < done_count; i++)
        snprintf(keys[i], NAME, "event:%020ld", done[i].id);
    add_text("ZREM");
    add_text("inflight");
    for (int i = 0; i < done_count; i++)
        add_text(keys[i]);
    send_command();
    add_text("DEL");
    for (int i = 0; i < done_count; i++)
        add_text(keys[i]);
    send_command();
    snprintf(count, sizeof count, "%d", done_count);
    add_text("HINCRBY");
    add_text("counts");
    add_text("delivered");
    add_text(count);
    send_command();
}

static void commit(time_t now) {
    static char lease[24];
    if (!fresh_count && !done_count) return;
    snprintf(lease, sizeof lease, "%lld000", (long long)now + 30);
    add_text("MULTI");
    send_command();
    if (fresh_count) store_fresh(lease);
    if (done_count) remove_done();
    add_text("EXEC");
    send_command();
    while (replies_owed > 0) {
        redisReply* reply;
        if (redisGetReply(redis, (void**)&reply) || reply->type == REDIS_REPLY_ERROR) fail("redis");
        freeReplyObject(reply);
        replies_owed--;
    }
}

/* -- deliveries
 * ----------------------------------------------------------------------------------------------------- */

static void make_mac(void) {
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA256", 0),
                               OSSL_PARAM_construct_end()};
    mac = EVP_MAC_CTX_new(EVP_MAC_fetch(NULL, "HMAC", NULL));
    if (!mac || !EVP_MAC_CTX_set_params(mac, parameters)) fail("HMAC");
}

static void sign(const struct event* event, const char* timestamp, char signature[64]) {
    static const unsigned char key[] = "0123456789abcdef0123456789abcdef";
    unsigned char digest[32];
    char name[64];
    size_t size;
    int length = snprintf(name, sizeof name, "evt_%020ld.%s.", event->id, timestamp);
    EVP_MAC_init(mac, key, sizeof key - 1, NULL);
    EVP_MAC_update(mac, (const unsigned char*)name, (size_t)length);
    EVP_MAC_update(mac, (const unsigned char*)event->body, event->length);
    EVP_MAC_final(mac, digest, &size, sizeof digest);
    EVP_EncodeBlock((unsigned char*)signature, digest, sizeof digest);
}

static void deliver(struct wire* sender, struct event event, const char* timestamp) {
    char message[WIRE_BUFFER], signature[64];
    sign(&event, timestamp, signature);
    int head = snprintf(message, sizeof message,
                        "POST /hook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                        "webhook-id: evt_%020ld\r\nwebhook-timestamp: %s\r\nwebhook-signature: v1,%s\r\n"
                        "Content-Length: %zu\r\n\r\n",
                        event.id, timestamp, signature, event.length);
    memcpy(message + head, event.body, event.length);
    sending[sender->fd] = event;
    if (!wire_write(sender, message, (size_t)head + event.length)) fail("deliver");
}

static void deliver_what_fits(time_t now) {
    char timestamp[24];
    snprintf(timestamp, sizeof timestamp, "%lld", (long long)now);
    while (free_count > 0 && queue_head != queue_tail) {
        deliver(free_senders[--free_count], queue[queue_head++ % QUEUE], timestamp);
    }
}

/* -- requests
 * ------------------------------------------------------------------------------------------------------- */

static void on_response(struct wire* sender) {
    if (memcmp(sender->buffer + 9, "204", 3) != 0) fail("not 204");
    done[done_count++] = sending[sender->fd];
    free_senders[free_count++] = sender;
}

static void on_post(struct wire* client, const char* body, size_t length) {
    struct event event = {.id = next_id++, .length = length, .body = malloc(length)};
    memcpy(event.body, body, length);
    fresh_events[fresh_count] = event;
    fresh[fresh_count++] = client;
}

static void on_message(struct wire* wire) {
    char* body;
    size_t length;
    int state = wire_read(wire, &body, &length);
    if (state < 0) {
        if (wire->kind == SENDER) fail("the receiver closed a connection");
        close(wire->fd); /* the struct stays: an answer may still be held for it */
        return;
    }
    if (state == 0) return;
    if (wire->kind == SENDER)
        on_response(wire);
    else
        on_post(wire, body, length);
    wire_next(wire, body, length);
}

/* Answers what was stored, unless the queue is full: then the clients wait. */
static void answer_held(void) {
    static const char accepted[] =
        "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: "
        "16\r\n\r\n{\"deliveries\":1}";
    if (queue_tail - queue_head >= FULL) return;
    for (int i = 0; i < held_count; i++)
        wire_write(held[i], accepted, sizeof accepted - 1);
    held_count = 0;
}

static void turn(void) {
    struct epoll_event events[TURN];
    int count = epoll_wait(epoll, events, TURN, 200);
    fresh_count = done_count = 0;
    for (int i = 0; i < count; i++) {
        struct wire* wire = events[i].data.ptr;
        if (wire->kind == LISTENER)
            wire_accept(epoll, wire->fd, CLIENT);
        else
            on_message(wire);
    }
    const time_t now = time(NULL);
    commit(now);
    for (int i = 0; i < done_count; i++)
        free(done[i].body);
    for (int i = 0; i < fresh_count; i++) {
        queue[queue_tail++ % QUEUE] = fresh_events[i];
        held[held_count++] = fresh[i];
    }
    deliver_what_fits(now);
    answer_held();
}

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    signal(SIGTERM, on_signal);
    epoll = epoll_create1(0);
    make_mac();
    redis = redisConnectUnix(argv[4]);
    if (!redis || redis->err) fail("redis");
    wire_add(epoll, wire_listen(atoi(argv[1])), LISTENER);
    for (int i = 0; i < atoi(argv[3]); i++)
        free_senders[free_count++] = wire_add(epoll, wire_connect(atoi(argv[2])), SENDER);
    while (!stopping)
        turn();
    return 0;
}
