/* Many readers of one event stream in one process, so that the server under measurement and not its clients is busy.
 *
 * readers PORT COUNT REQUESTS: opens COUNT connections to 127.0.0.1:PORT and sends each one of the requests in the file
 * REQUESTS (separated by NUL, taken in turn). Prints "ready". Then answers on stdin:
 *   expect K   waits until every event so far and K more per reader have come: "done NANOSECONDS" (monotonic clock)
 *   report     "report LEAST MOST CLOSED": events of the reader with the fewest and the most, and connections lost
 * An event is counted by its one '~'.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 50

struct reader { int fd; int greeted; long events; };

static struct reader *readers;
static int count, opened, greeted, closed_early, epoll_fd;
static long total;
static char buffer[1 << 18];

static void die(const char *what) { perror(what); exit(1); }

static long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void take(struct reader *one) {
    ssize_t got = recv(one->fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) { close(one->fd); closed_early++; return; }
    if (!one->greeted) {
        if (got < 12 || memcmp(buffer + 9, "200", 3)) { fwrite(buffer, 1, got > 300 ? 300 : got, stderr); exit(2); }
        one->greeted = 1;
        greeted++;
    }
    for (char *at = buffer, *end = buffer + got; (at = memchr(at, '~', end - at)); at++) { one->events++; total++; }
}

static void poll_once(int timeout) {
    struct epoll_event ready[512];
    int n = epoll_wait(epoll_fd, ready, 512, timeout);
    for (int i = 0; i < n; i++) take(ready[i].data.ptr);
}

static void open_one(int port, const char *request, size_t length) {
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct reader *one = &readers[opened++];
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    one->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (one->fd < 0 || connect(one->fd, (struct sockaddr *)&place, sizeof place)) die("connect");
    if (send(one->fd, request, length, MSG_NOSIGNAL) != (ssize_t)length) die("send");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, one->fd, &event)) die("epoll_ctl");
}

int main(int argc, char **argv) {
    if (argc != 4) { fprintf(stderr, "readers PORT COUNT REQUESTS\n"); return 2; }
    int port = atoi(argv[1]);
    count = atoi(argv[2]);
    FILE *file = fopen(argv[3], "rb");
    if (!file) die(argv[3]);
    fseek(file, 0, SEEK_END);
    size_t size = ftell(file);
    char *requests = calloc(1, size + 1);
    rewind(file);
    if (fread(requests, 1, size, file) != size) die(argv[3]);
    readers = calloc(count, sizeof *readers);
    epoll_fd = epoll_create1(0);
    for (char *request = requests; opened < count;) {
        open_one(port, request, strlen(request));
        request += strlen(request) + 1;
        if (request >= requests + size) request = requests;
        /* Listening queues are short: the next ones knock when these have been let in. */
        while (opened - greeted >= BATCH || (opened == count && greeted < count)) poll_once(1000);
    }
    printf("ready\n");
    fflush(stdout);
    char line[64];
    long target = total;
    for (;;) {
        /* Between two questions the sockets are read too: commands come through the same loop. */
        fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
        ssize_t got = read(0, line, sizeof line - 1);
        if (got == 0) return 0;
        if (got < 0) { poll_once(1); continue; }
        line[got] = 0;
        if (!strncmp(line, "expect ", 7)) {
            target += atol(line + 7) * count;
            printf("waiting\n");
            fflush(stdout);
            while (total < target && closed_early < count) poll_once(1000);
            printf("done %ld\n", now());
        } else {
            long least = readers[0].events, most = least;
            for (int i = 0; i < count; i++) {
                if (readers[i].events < least) least = readers[i].events;
                if (readers[i].events > most) most = readers[i].events;
            }
            printf("report %ld %ld %d\n", least, most, closed_early);
        }
        fflush(stdout);
    }
}
