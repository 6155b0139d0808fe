/* Sessions shaped like Asterisk's, as many as one core can make: the saturating load of the benchmark.
 *
 * saturate PORT CONCURRENT SESSIONS SECONDS THINK_US GREETINGS ANSWERS
 *
 * THINK_US: microseconds from hearing a command to answering it, what Asterisk itself takes for one. Without them a
 * server of threads is flattered: one thread holds the interpreter's lock through a whole session, and the hundred
 * concurrent calls stand in the accept queue.
 *
 * GREETINGS: greetings as they stand on the wire, one after the other, each ended by its blank line; taken in turn.
 * ANSWERS: one line for each command of a session. A greeting goes out in one write a line, without TCP_NODELAY, as
 * res_agi.c of Asterisk does it. Prints one JSON object, times in milliseconds. It never sleeps, so that no server is
 * billed for waking it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 256
#define CONNECT_S 2.0

struct session { int fd, greeted, turns, round; double born, asked; };
struct due { struct session *session; int round; double at; };
struct text { char *bytes; size_t size; };

static struct session *sessions;
static struct text greetings, *answers;
static size_t answer_count, next_greeting;
static int epoll_fd;
static long begun, ended, lost, odd, commands, wanted;
static double *turns, *setups;
static long turn_count, setup_count;
static struct due *queue; /* answers to give, in the order of their time: all think equally long */
static long queue_first, queue_last, queue_size;
static double think;
static struct sockaddr_in server = {.sin_family = AF_INET};

static double now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static struct text whole(const char *name)
{
    struct text text = {0};
    FILE *file = fopen(name, "rb");
    if (!file || fseek(file, 0, SEEK_END)) { perror(name); exit(1); }
    text.size = ftell(file);
    rewind(file);
    text.bytes = malloc(text.size + 1);
    if (fread(text.bytes, 1, text.size, file) != text.size) { perror(name); exit(1); }
    fclose(file);
    return text;
}

static void begin(struct session *session)
{
    struct epoll_event wish = {.events = EPOLLOUT | EPOLLIN, .data.ptr = session};
    session->fd = -1;
    if (begun >= wanted) return;
    begun++;
    session->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    session->greeted = session->turns = 0;
    session->born = now();
    if (session->fd < 0 || (connect(session->fd, (void *)&server, sizeof server) && errno != EINPROGRESS)) {
        perror("connect");
        exit(1);
    }
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, session->fd, &wish);
}

static void finish(struct session *session, int whole_session)
{
    close(session->fd);
    session->round++;
    if (whole_session) ended++, odd += session->turns != (int)answer_count;
    else lost++;
    begin(session);
}

static void greet(struct session *session)
{
    struct epoll_event wish = {.events = EPOLLIN, .data.ptr = session};
    char *line = greetings.bytes + next_greeting, *last = greetings.bytes + greetings.size;
    for (;;) {
        char *end = memchr(line, '\n', last - line);
        size_t size = end - line + 1;
        if (write(session->fd, line, size) != (ssize_t)size) { finish(session, 0); return; }
        line = end + 1;
        if (size == 1) break;
    }
    next_greeting = line < last ? line - greetings.bytes : 0;
    session->greeted = 1;
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, session->fd, &wish);
}

static void hear(struct session *session)
{
    char heard[4096];
    ssize_t size = read(session->fd, heard, sizeof heard);
    double at = now();
    if (size <= 0) { finish(session, size == 0); return; }
    if (!session->turns) setups[setup_count++] = at - session->born;
    else turns[turn_count++] = at - session->asked;
    session->turns++;
    commands++;
    queue[queue_last++ % queue_size] = (struct due){session, session->round, at + think};
}

static void answer_due(void)
{
    double at = now();
    while (queue_first < queue_last && queue[queue_first % queue_size].at <= at) {
        struct due due = queue[queue_first++ % queue_size];
        struct text *answer = &answers[(due.session->turns - 1) % answer_count];
        if (due.round != due.session->round) continue; /* that session is over */
        due.session->asked = now();
        if (write(due.session->fd, answer->bytes, answer->size) != (ssize_t)answer->size) finish(due.session, 0);
    }
}

static int rising(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static double part(double *times, long count, double share)
{
    return count ? times[(long)(count * share)] * 1000 : -1;
}

static void read_answers(const char *name)
{
    struct text text = whole(name);
    answers = calloc(text.size, sizeof *answers);
    for (char *line = text.bytes; line < text.bytes + text.size; answer_count++) {
        char *end = memchr(line, '\n', text.bytes + text.size - line) + 1;
        answers[answer_count] = (struct text){line, end - line};
        line = end;
    }
}

int main(int count, char **words)
{
    struct epoll_event events[EVENTS];
    if (count != 8) return 2;
    server.sin_port = htons(atoi(words[1]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int concurrent = atoi(words[2]);
    wanted = atol(words[3]);
    double limit = atof(words[4]), started;
    think = atof(words[5]) / 1e6;
    greetings = whole(words[6]);
    read_answers(words[7]);
    queue_size = 4L * concurrent;
    queue = calloc(queue_size, sizeof *queue);
    sessions = calloc(concurrent, sizeof *sessions);
    turns = malloc(sizeof *turns * (wanted * (answer_count + 1) + 1));
    setups = malloc(sizeof *setups * (wanted + 1));
    epoll_fd = epoll_create1(0);
    started = now();
    for (int i = 0; i < concurrent; i++) begin(&sessions[i]);
    while (ended + lost < wanted && now() - started < limit) {
        int ready = epoll_wait(epoll_fd, events, EVENTS, 0);
        for (int i = 0; i < ready; i++) {
            struct session *session = events[i].data.ptr;
            if (session->greeted) hear(session);
            else if (events[i].events & (EPOLLERR | EPOLLHUP)) finish(session, 0);
            else greet(session);
        }
        answer_due();
        for (int i = 0; ready == 0 && i < concurrent; i++)
            if (sessions[i].fd >= 0 && !sessions[i].greeted && now() - sessions[i].born > CONNECT_S)
                finish(&sessions[i], 0);
    }
    double took = now() - started;
    qsort(turns, turn_count, sizeof *turns, rising);
    qsort(setups, setup_count, sizeof *setups, rising);
    printf("{\"seconds\": %f, \"sessions_s\": %f, \"ended\": %ld, \"lost\": %ld, \"odd\": %ld, \"commands\": %ld, "
           "\"turn_p50\": %f, \"turn_p99\": %f, \"setup_p50\": %f, \"setup_p99\": %f}\n",
           took, ended / took, ended, lost, odd, commands, part(turns, turn_count, .5), part(turns, turn_count, .99),
           part(setups, setup_count, .5), part(setups, setup_count, .99));
    return 0;
}
