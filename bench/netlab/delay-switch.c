// delay-switch DELAY_US TAP...: a learning Ethernet switch in user space over TAP devices, which holds
// every frame for DELAY_US, one way. For kernels that have no netem.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PORTS = 32, QUEUE = 65536, FRAME = 65536, ADDRESSES = 1024, BURST = 64 };

typedef struct {
  long long due_ns;
  int from, length;
  unsigned char *bytes;
} Frame;

static Frame queue[QUEUE]; // a ring; the delay is one for all, so frames fall due in order
static unsigned head, tail;
static int port[MAX_PORTS], ports;
static struct {
  unsigned char mac[6];
  int port;
} learned[ADDRESSES];
static int learned_count;

static long long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int port_of(const unsigned char *mac) {
  for (int i = 0; i < learned_count; i++)
    if (!memcmp(learned[i].mac, mac, 6)) return learned[i].port;
  return -1;
}

static void read_frames(int from, long long delay_ns) {
  static unsigned char buffer[FRAME];
  for (int i = 0; i < BURST; i++) {
    ssize_t length = read(port[from], buffer, sizeof buffer);
    if (length <= 14) return;
    if (port_of(buffer + 6) < 0 && learned_count < ADDRESSES) {
      memcpy(learned[learned_count].mac, buffer + 6, 6);
      learned[learned_count++].port = from;
    }
    if (head - tail >= QUEUE) continue;
    Frame *frame = &queue[head++ % QUEUE];
    frame->due_ns = now_ns() + delay_ns;
    frame->from = from;
    frame->length = (int)length;
    frame->bytes = malloc((size_t)length);
    memcpy(frame->bytes, buffer, (size_t)length);
  }
}

static void write_due_frames(void) {
  long long now = now_ns();
  // Timers are late by tens of microseconds: what is nearly due goes now.
  while (tail != head && queue[tail % QUEUE].due_ns <= now + 20000) {
    Frame *frame = &queue[tail++ % QUEUE];
    int is_group_address = frame->bytes[0] & 1;
    int to = is_group_address ? -1 : port_of(frame->bytes);
    for (int i = 0; i < ports; i++) {
      if (i == frame->from || (to >= 0 && to != i)) continue;
      if (write(port[i], frame->bytes, (size_t)frame->length) < 0) continue;
    }
    free(frame->bytes);
    now = now_ns();
  }
}

static void set_timer(int timer) {
  struct itimerspec next = {0};
  if (tail != head) {
    long long wait = queue[tail % QUEUE].due_ns - now_ns();
    if (wait < 1000) wait = 1000;
    next.it_value.tv_sec = wait / 1000000000;
    next.it_value.tv_nsec = wait % 1000000000;
  }
  timerfd_settime(timer, 0, &next, 0);
}

int main(int argc, char **argv) {
  if (argc < 3 || argc - 2 > MAX_PORTS) {
    fprintf(stderr, "usage: delay-switch DELAY_US TAP... (at most %d)\n", MAX_PORTS);
    return 2;
  }
  long long delay_ns = atoll(argv[1]) * 1000;
  ports = argc - 2;
  int poll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  for (int i = 0; i < ports; i++) {
    struct ifreq request = {0};
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    strncpy(request.ifr_name, argv[i + 2], IFNAMSIZ - 1);
    port[i] = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    if (port[i] < 0 || ioctl(port[i], TUNSETIFF, &request)) {
      perror(argv[i + 2]);
      return 1;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
    epoll_ctl(poll, EPOLL_CTL_ADD, port[i], &event);
  }
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = MAX_PORTS};
  epoll_ctl(poll, EPOLL_CTL_ADD, timer, &event);
  puts("ready");
  fflush(stdout);
  for (;;) {
    struct epoll_event ready[MAX_PORTS + 1];
    int count = epoll_wait(poll, ready, MAX_PORTS + 1, -1);
    if (count < 0 && errno != EINTR) return 1;
    for (int i = 0; i < count; i++) {
      uint64_t expirations;
      if (ready[i].data.u32 != MAX_PORTS) read_frames((int)ready[i].data.u32, delay_ns);
      else if (read(timer, &expirations, sizeof expirations) < 0) continue;
    }
    write_due_frames();
    set_timer(timer);
  }
}
