/* Many WebSocket clients in one thread, so cheap that they don't distort what is measured.
 *
 * Speaks just enough of RFC 6455 and of three servers' protocols. Takes commands on stdin, one a line, and
 * answers each with one line of JSON on stdout. Connects to loopback only; ends when its time is up, when
 * stdin is closed or when its parent dies.
 *
 *   sink PORT MODE CONNECTIONS SOURCES FIRST_SOURCE SECONDS IN_FLIGHT PATH SUBPROTOCOL
 *
 * MODE scoreline | nats. Source addresses are 127.FIRST_SOURCE.0.1 and up.
 * Commands:
 *   open FILE        connect all that are closed; FILE has lines `COUNT HEX [HEX...]`: so many connections
 *                    send these messages after the upgrade; answered when all are served
 *   close            drop all connections by reset
 *   small N          give the first N connections a real path's buffers and segments when they are opened
 *   wait T V N MS    answer once topic T's version V reached N connections, or after MS milliseconds
 *   total N MS       answer once N versions were received, each counted once a connection, or after MS
 *   pause N          stop reading on the first N connections
 *   resume           read again on all
 *   reset            forget what was counted
 *   report           counts, and per topic and version how many have it and when the last one got it
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CLOSED, CONNECTING, UPGRADING, SUBSCRIBING, SERVED };
enum { SCORELINE, NATS };
enum { READ_BYTES = 1 << 18, TABLE = 1 << 21, MAX_CONNECTIONS = 19500, MAX_CLASSES = 20000 };

typedef struct {
    int fd;
    uint8_t state;
    bool paused;
    uint16_t wanted, served;
    uint32_t held_bytes;
    uint8_t *held; /* the beginning of a message whose end has not come */
    const uint8_t *hello;
    uint32_t hello_bytes;
} Connection;

typedef struct {
    uint64_t key; /* topic << 40 | version; 0 is free */
    uint32_t count;
    int64_t first_ns, last_ns;
} Arrival;

static Connection *connections;
static Arrival *arrivals;
static uint32_t *used_slots, used;
static int total, port, mode, sources, first_source, in_flight, ep;
static int opening, next_to_open, served_count, open_failed, lost;
static const char *path, *subprotocol;
static uint64_t frames, deliveries, wire_bytes, reads, frame_bytes, merged, notices, errors, snapshots;
static uint8_t *buffer;
static uint64_t wait_key, wait_total, versions;
static int small;
static uint32_t wait_count;
static int64_t wait_until, open_began;
static bool opening_all;

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void die(const char *what) {
    fprintf(stderr, "sink: %s: %s\n", what, strerror(errno));
    exit(1);
}

static Arrival *arrival(uint64_t topic, uint64_t version) {
    uint64_t key = topic << 40 | version;
    uint64_t at = (key * 0x9E3779B97F4A7C15ULL) >> 43;
    while (arrivals[at].key != key) {
        if (arrivals[at].key == 0) {
            if (used >= TABLE / 2) { errno = ENOSPC; die("too many versions; reset in between"); }
            arrivals[at].key = key;
            used_slots[used++] = (uint32_t)at;
            break;
        }
        at = (at + 1) & (TABLE - 1);
    }
    return &arrivals[at];
}

static void answer_wait(bool reached) {
    Arrival *a = arrival(wait_key >> 40, wait_key & 0xFFFFFFFFFFULL);
    printf("{\"reached\": %s, \"count\": %u, \"first_ns\": %lld, \"last_ns\": %lld}\n", reached ? "true" : "false",
           a->count, (long long)a->first_ns, (long long)a->last_ns);
    wait_key = 0;
}

static void answer_total(bool reached) {
    printf("{\"reached\": %s, \"versions\": %llu, \"last_ns\": %lld}\n", reached ? "true" : "false",
           (unsigned long long)versions, (long long)now_ns());
    wait_total = 0;
}

static void arrived(uint64_t topic, uint64_t version, uint64_t span, int64_t now) {
    deliveries++;
    if (span) merged++;
    versions += span + 1;
    for (uint64_t v = version - span; v <= version; v++) {
        Arrival *a = arrival(topic, v);
        if (a->count++ == 0) a->first_ns = now;
        a->last_ns = now;
        if (a->key == wait_key && a->count >= wait_count) answer_wait(true);
    }
    if (wait_total && versions >= wait_total) answer_total(true);
}

static uint64_t varint(const uint8_t **p, const uint8_t *end) {
    uint64_t value = 0;
    int shift = 0;
    while (*p < end && shift < 64) {
        uint8_t byte = *(*p)++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) break;
        shift += 7;
    }
    return value;
}

/* Topic, version and span are the first fields of a Patch, in this order. */
static void take_patch(const uint8_t *p, const uint8_t *end, int64_t now) {
    uint64_t topic = 0, version = 0, span = 0;
    if (p < end && *p == 0x08) { p++; topic = varint(&p, end); }
    if (p < end && *p == 0x10) { p++; version = varint(&p, end); }
    if (p < end && *p == 0x18) { p++; span = varint(&p, end); }
    if (version > span) arrived(topic, version, span, now);
}

static void now_served(Connection *c) {
    if (c->state == SUBSCRIBING && ++c->served >= c->wanted) {
        c->state = SERVED;
        served_count++;
        opening--;
    }
}

static void take_scoreline(Connection *c, const uint8_t *p, const uint8_t *end, int64_t now) {
    uint64_t tag = varint(&p, end);
    uint64_t length = varint(&p, end);
    if (length > (uint64_t)(end - p)) return;
    const uint8_t *stop = p + length;
    switch (tag >> 3) {
    case 10:
        if (c->state == SUBSCRIBING) now_served(c); /* a catch-up */
        else take_patch(p, stop, now);
        break;
    case 11:
        snapshots++;
        now_served(c);
        break;
    case 12: { /* recovery is the last field; up to date means that nothing follows */
        if (stop - p >= 2 && stop[-2] == 0x20 && stop[-1] == 1) now_served(c);
        break;
    }
    case 14:
        notices++;
        break;
    case 20:
        errors++;
        break;
    }
}

/* MSG <subject> <sid> <bytes>\r\n<payload>\r\n, or HMSG with two lengths; the payload is one of our frames. */
static void take_nats(Connection *c, const uint8_t *p, const uint8_t *end, int64_t now) {
    while (p < end) {
        const uint8_t *line_end = memmem(p, end - p, "\r\n", 2);
        if (line_end == NULL) return;
        bool with_headers = *p == 'H';
        if (*p != 'M' && !with_headers) {
            if (line_end - p == 4 && memcmp(p, "PONG", 4) == 0) now_served(c);
            if (*p == '-') errors++;
            p = line_end + 2;
            continue;
        }
        const uint8_t *digits = line_end;
        while (digits[-1] != ' ') digits--;
        uint64_t length = strtoull((const char *)digits, NULL, 10), skip = 0;
        if (with_headers) {
            const uint8_t *q = digits - 1;
            while (q[-1] != ' ') q--;
            skip = strtoull((const char *)q, NULL, 10);
        }
        const uint8_t *body = line_end + 2;
        if (body + length + 2 > end) return;
        const uint8_t *frame = body + skip, *stop = body + length;
        uint64_t tag = varint(&frame, stop);
        varint(&frame, stop);
        if (tag >> 3 == 10) take_patch(frame, stop, now);
        p = stop + 2;
    }
}

static void close_one(Connection *c) {
    if (c->state == CLOSED) return;
    struct linger reset = {1, 0};
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(c->fd);
    if (c->state == SERVED) served_count--;
    else opening--;
    free(c->held);
    c->held = NULL;
    c->held_bytes = 0;
    c->state = CLOSED;
    c->paused = false;
}

static void lose(Connection *c) {
    if (c->state == SERVED) lost++;
    else open_failed++;
    close_one(c);
}

static void open_one(int i) {
    Connection *c = &connections[i];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0) die("socket");
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct sockaddr_in a = {.sin_family = AF_INET};
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (i < small) {
        /* Loopback's segments of 64 KiB let the kernel hold megabytes for a client; a real path's do not. */
        int bytes = 4608, segment = 1400;
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
        setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    }
    a.sin_addr.s_addr = htonl(0x7F000001u + ((uint32_t)first_source << 16) + (uint32_t)(i % sources));
    if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0) die("bind");
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    a.sin_port = htons(port);
    c->fd = fd;
    c->state = CONNECTING;
    c->served = 0;
    opening++;
    if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0 && errno != EINPROGRESS) {
        lose(c);
        return;
    }
    struct epoll_event e = {.events = EPOLLOUT, .data.u32 = i};
    if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) < 0) die("epoll_ctl");
}

static void open_more(void) {
    while (next_to_open < total && opening < in_flight) {
        if (connections[next_to_open].state == CLOSED) open_one(next_to_open);
        next_to_open++;
    }
    if (next_to_open >= total && opening == 0) {
        opening_all = false;
        printf("{\"served\": %d, \"failed\": %d, \"seconds\": %.6f}\n", served_count, open_failed,
               (now_ns() - open_began) / 1e9);
    }
}

static void send_all(Connection *c, const void *data, size_t bytes) {
    /* A request of some hundred bytes fits into an empty socket buffer. */
    if (send(c->fd, data, bytes, MSG_NOSIGNAL) != (ssize_t)bytes) lose(c);
}

static void connected(int i) {
    Connection *c = &connections[i];
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error) { lose(c); return; }
    char request[1024];
    int n = snprintf(request, sizeof request,
                     "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s\r\n",
                     path, port, *subprotocol ? "Sec-WebSocket-Protocol: " : "", subprotocol,
                     *subprotocol ? "\r\n" : "");
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
    c->state = UPGRADING;
    send_all(c, request, n);
}

/* Take whole frames from p and return where the first incomplete one begins. */
static const uint8_t *take(Connection *c, const uint8_t *p, const uint8_t *end, int64_t now) {
    if (c->state == UPGRADING) {
        const uint8_t *head_end = memmem(p, end - p, "\r\n\r\n", 4);
        if (head_end == NULL) return p;
        if (memcmp(p, "HTTP/1.1 101", 12) != 0) { lose(c); return end; }
        p = head_end + 4;
        c->state = SUBSCRIBING;
        if (c->wanted == 0) {
            c->state = SERVED;
            served_count++;
            opening--;
        } else send_all(c, c->hello, c->hello_bytes);
    }
    while (end - p >= 2 && c->state != CLOSED) {
        uint64_t length = p[1] & 0x7F;
        const uint8_t *body = p + 2;
        if (length == 126) {
            if (end - p < 4) break;
            length = (uint64_t)p[2] << 8 | p[3];
            body = p + 4;
        } else if (length == 127) {
            if (end - p < 10) break;
            length = 0;
            for (int k = 2; k < 10; k++) length = length << 8 | p[k];
            body = p + 10;
        }
        if ((uint64_t)(end - body) < length) break;
        int opcode = p[0] & 0x0F;
        if (opcode <= 2) {
            frames++;
            frame_bytes += length;
            if (mode == SCORELINE) take_scoreline(c, body, body + length, now);
            else take_nats(c, body, body + length, now);
        } else if (opcode == 9 && length < 126) {
            uint8_t pong[132] = {0x8A, (uint8_t)(0x80 | length)};
            memcpy(pong + 6, body, length); /* a mask of zeros */
            send_all(c, pong, 6 + length);
        } else if (opcode == 8) {
            lose(c);
            return end;
        }
        p = body + length;
    }
    return p;
}

static void readable(Connection *c) {
    uint32_t kept = c->held_bytes;
    if (kept) memcpy(buffer, c->held, kept);
    ssize_t n = recv(c->fd, buffer + kept, READ_BYTES - kept, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) { lose(c); return; }
    reads++;
    wire_bytes += n;
    const uint8_t *end = buffer + kept + n;
    const uint8_t *rest = take(c, buffer, end, now_ns());
    if (c->state == CLOSED) return;
    if (kept) { free(c->held); c->held = NULL; }
    c->held_bytes = end - rest;
    if (c->held_bytes) {
        c->held = malloc(c->held_bytes);
        memcpy(c->held, rest, c->held_bytes);
    }
}

static void read_classes(const char *name) {
    FILE *file = fopen(name, "r");
    if (file == NULL) die(name);
    char *line = NULL;
    size_t capacity = 0;
    int i = 0;
    while (getline(&line, &capacity, file) > 0 && i < total) {
        char *word = strtok(line, " \n");
        if (word == NULL) continue;
        int count = atoi(word), messages = 0;
        uint8_t *hello = malloc(capacity);
        uint32_t bytes = 0;
        while ((word = strtok(NULL, " \n")) != NULL) {
            uint32_t length = strlen(word) / 2;
            hello[bytes++] = 0x82;
            if (length < 126) hello[bytes++] = 0x80 | length;
            else { hello[bytes++] = 0x80 | 126; hello[bytes++] = length >> 8; hello[bytes++] = length; }
            for (int k = 0; k < 4; k++) hello[bytes++] = 0; /* a mask of zeros */
            for (uint32_t k = 0; k < length; k++) {
                unsigned byte;
                sscanf(word + 2 * k, "%2x", &byte);
                hello[bytes++] = byte;
            }
            messages++;
        }
        hello = realloc(hello, bytes + 1); /* kept until the end: some classes are in use by many */
        for (int k = 0; k < count && i < total; k++, i++) {
            connections[i].hello = hello;
            connections[i].hello_bytes = bytes;
            connections[i].wanted = mode == SCORELINE ? messages : messages > 0;
        }
    }
    free(line);
    fclose(file);
    if (i < total) { errno = EINVAL; die("fewer clients in the file than connections"); }
}

static void report(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    printf("{\"connections\": %d, \"lost\": %d, \"frames\": %llu, \"deliveries\": %llu, \"merged\": %llu, "
           "\"versions\": %llu, \"snapshots\": %llu, \"notices\": %llu, \"errors\": %llu, \"frame_bytes\": %llu, \"wire_bytes\": %llu, "
           "\"reads\": %llu, \"cpu_s\": %.6f, \"arrivals\": [",
           served_count, lost, (unsigned long long)frames, (unsigned long long)deliveries, (unsigned long long)merged,
           (unsigned long long)versions,
           (unsigned long long)snapshots, (unsigned long long)notices, (unsigned long long)errors,
           (unsigned long long)frame_bytes, (unsigned long long)wire_bytes, (unsigned long long)reads,
           r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6);
    for (uint32_t k = 0; k < used; k++) {
        Arrival *a = &arrivals[used_slots[k]];
        printf("%s[%llu, %llu, %u, %lld, %lld]", k ? ", " : "", (unsigned long long)(a->key >> 40),
               (unsigned long long)(a->key & 0xFFFFFFFFFFULL), a->count, (long long)a->first_ns,
               (long long)a->last_ns);
    }
    printf("]}\n");
}

static void reset(void) {
    frames = deliveries = merged = snapshots = notices = errors = frame_bytes = wire_bytes = reads = versions = 0;
    for (uint32_t k = 0; k < used; k++) memset(&arrivals[used_slots[k]], 0, sizeof(Arrival));
    used = 0;
    printf("{}\n");
}

static void pause_reading(int count) {
    for (int i = 0; i < total; i++) {
        Connection *c = &connections[i];
        bool paused = i < count;
        if (c->state == CLOSED || c->paused == paused) continue;
        struct epoll_event e = {.events = paused ? 0 : EPOLLIN, .data.u32 = i};
        epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
        c->paused = paused;
    }
    printf("{}\n");
}

static void obey(char *line) {
    char *word = strtok(line, " \n");
    if (word == NULL) return;
    if (strcmp(word, "open") == 0) {
        read_classes(strtok(NULL, " \n"));
        open_began = now_ns();
        open_failed = 0;
        next_to_open = 0;
        opening_all = true;
        open_more();
    } else if (strcmp(word, "close") == 0) {
        for (int i = 0; i < total; i++) close_one(&connections[i]);
        lost = 0;
        printf("{}\n");
    } else if (strcmp(word, "wait") == 0) {
        uint64_t topic = strtoull(strtok(NULL, " "), NULL, 10), version = strtoull(strtok(NULL, " "), NULL, 10);
        wait_count = atoi(strtok(NULL, " "));
        wait_until = now_ns() + 1000000LL * atoi(strtok(NULL, " \n"));
        wait_key = topic << 40 | version;
        if (arrival(topic, version)->count >= wait_count) answer_wait(true);
    } else if (strcmp(word, "total") == 0) {
        wait_total = strtoull(strtok(NULL, " "), NULL, 10);
        wait_until = now_ns() + 1000000LL * atoi(strtok(NULL, " \n"));
        if (versions >= wait_total) answer_total(true);
    } else if (strcmp(word, "small") == 0) {
        small = atoi(strtok(NULL, " \n"));
        printf("{}\n");
    } else if (strcmp(word, "pause") == 0) pause_reading(atoi(strtok(NULL, " \n")));
    else if (strcmp(word, "resume") == 0) pause_reading(0);
    else if (strcmp(word, "reset") == 0) reset();
    else if (strcmp(word, "report") == 0) report();
    else { errno = EINVAL; die(word); }
}

int main(int count, char **given) {
    if (count != 10) { errno = EINVAL; die("nine arguments"); }
    port = atoi(given[1]);
    mode = strcmp(given[2], "nats") == 0 ? NATS : SCORELINE;
    total = atoi(given[3]);
    sources = atoi(given[4]);
    first_source = atoi(given[5]);
    in_flight = atoi(given[7]);
    path = given[8];
    subprotocol = given[9];
    if (total < 1 || total > MAX_CONNECTIONS || sources < 1 || sources > 250 || first_source > 250) {
        errno = EINVAL;
        die("out of bounds");
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(atoi(given[6]));
    setvbuf(stdout, NULL, _IOLBF, 1 << 16);
    fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
    connections = calloc(total, sizeof *connections);
    arrivals = calloc(TABLE, sizeof *arrivals);
    used_slots = calloc(TABLE, sizeof *used_slots);
    buffer = malloc(READ_BYTES);
    ep = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
    epoll_ctl(ep, EPOLL_CTL_ADD, 0, &e);
    static struct epoll_event events[1024];
    static char typed[4096];
    size_t typed_bytes = 0;
    for (;;) {
        int n = epoll_wait(ep, events, 1024, wait_key || wait_total ? 5 : -1);
        for (int k = 0; k < n; k++) {
            uint32_t i = events[k].data.u32;
            if (i == UINT32_MAX) {
                ssize_t got = read(0, typed + typed_bytes, sizeof typed - 1 - typed_bytes);
                if (got == 0) return 0;
                if (got < 0) continue;
                typed_bytes += got;
                typed[typed_bytes] = 0;
                char *line_end;
                while ((line_end = strchr(typed, '\n')) != NULL) {
                    char line[4096];
                    size_t length = line_end + 1 - typed;
                    memcpy(line, typed, length);
                    line[length] = 0;
                    memmove(typed, line_end + 1, typed_bytes - length + 1);
                    typed_bytes -= length;
                    obey(line);
                }
                continue;
            }
            Connection *c = &connections[i];
            if (c->state == CLOSED) continue;
            if (c->state == CONNECTING) connected(i);
            else if (c->paused && !(events[k].events & (EPOLLERR | EPOLLHUP))) continue;
            else readable(c);
        }
        if (opening_all) open_more();
        if (wait_key && now_ns() > wait_until) answer_wait(false);
        if (wait_total && now_ns() > wait_until) answer_total(false);
    }
}
