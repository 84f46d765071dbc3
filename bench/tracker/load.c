/*
 * Announces to a tracker as fast as it answers, or at a rate, and prints one JSON object: how many were answered in
 * how long, and how long each took. `--fill` announces every peer once; without it, peers chosen at random.
 *
 *   load udp|http PORT [--seconds S] [--peers P] [--swarms W] [--window N] [--rate R] [--fill] [--close]
 *   load sink PORT        answers UDP announces with a fixed datagram: what the generator itself can do
 *   load hashes SWARMS    prints the info-hashes, for trackers that want a list of them
 *
 * A window is the number of requests that are under way at once; over HTTP each has a connection of its own.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_WINDOW = 1024, BATCH = 64, ANSWER = 2048, BUCKETS = 100000, LOST_AFTER = 200000000 };

static int port, seconds = 5, window = 64, is_fill, is_closing;
static uint32_t peers = 100000, swarms = 10000;
static double rate;
static uint64_t random_state = 88172645463325252ULL;

static uint64_t sent, answered, lost, failed, named;
/* Answers by time taken: a bucket is 10 microseconds, the last one holds all that took longer. */
static uint32_t histogram[BUCKETS];
static uint64_t began[MAX_WINDOW];
static uint32_t next_peer;

static void fail(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000ULL + (uint64_t)time.tv_nsec;
}

static uint32_t draw(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (uint32_t)(random_state >> 16);
}

static uint32_t choose_peer(void) { return is_fill ? next_peer++ : draw() % peers; }

static uint64_t spread(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

static void put64(uint8_t *at, uint64_t value) {
  for (int index = 0; index < 8; index++) at[index] = (uint8_t)(value >> (56 - 8 * index));
}

static void put32(uint8_t *at, uint32_t value) {
  for (int index = 0; index < 4; index++) at[index] = (uint8_t)(value >> (24 - 8 * index));
}

static uint32_t get32(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Peer number `peer` is in swarm `peer % swarms`; a third of the peers are seeders. */
static void write_hash(uint8_t *at, uint32_t peer) {
  uint64_t swarm = peer % swarms;
  put64(at, spread(swarm + 1));
  put64(at + 8, spread(swarm + 0x9e3779b97f4a7c15ULL));
  put32(at + 16, (uint32_t)spread(swarm + 77));
}

static void write_peer_id(uint8_t *at, uint32_t peer) {
  memcpy(at, "-LD0001-", 8);
  put64(at + 8, spread(peer + 1000003ULL));
  put32(at + 16, peer);
}

/* Different for the peers of one swarm as long as it has no more than 60,000. */
static uint16_t port_of(uint32_t peer) { return (uint16_t)(1024 + peer / swarms % 60000); }
static int is_seeder(uint32_t peer) { return peer / swarms % 3 == 0; }

static void note(uint64_t began_at, uint64_t now) {
  uint64_t bucket = (now - began_at) / 10000;
  histogram[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
  answered++;
}

static double quantile(double part) {
  uint64_t wanted = (uint64_t)((double)answered * part), seen = 0;
  for (int bucket = 0; bucket < BUCKETS; bucket++) {
    seen += histogram[bucket];
    if (seen > wanted) return (bucket + 0.5) / 100.0;
  }
  return BUCKETS / 100.0;
}

static int has_more(void) { return !is_fill || next_peer < peers; }

static int udp_socket(void) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  int size = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  return fd;
}

static struct sockaddr_in address_of(int to) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)to)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static uint8_t connection[8];

static void udp_connect(int fd) {
  uint8_t request[16] = {0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80}, answer[ANSWER];
  put32(request + 12, 7);
  for (int attempt = 0; attempt < 300; attempt++) {
    if (send(fd, request, sizeof request, 0) < 0) usleep(20000);
    struct timeval patience = {.tv_usec = 100000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ssize_t size = recv(fd, answer, sizeof answer, 0);
    if (size >= 16 && get32(answer) == 0 && get32(answer + 4) == 7) {
      memcpy(connection, answer + 8, 8);
      return;
    }
  }
  fail("no connection id");
}

static void write_announce(uint8_t *at, uint32_t peer, uint32_t transaction) {
  memset(at, 0, 98);
  memcpy(at, connection, 8);
  put32(at + 8, 1);
  put32(at + 12, transaction);
  write_hash(at + 16, peer);
  write_peer_id(at + 36, peer);
  put64(at + 64, is_seeder(peer) ? 0 : 1 << 20);
  put32(at + 80, is_fill ? 2 : 0);
  put32(at + 88, peer);
  put32(at + 92, 0xffffffff);
  at[96] = (uint8_t)(port_of(peer) >> 8);
  at[97] = (uint8_t)port_of(peer);
}

static uint8_t out[BATCH][98], in[BATCH][ANSWER];
static struct mmsghdr out_headers[BATCH], in_headers[BATCH];
static struct iovec out_parts[BATCH], in_parts[BATCH];
/* Slots of the window that are free, and the transaction under way in each: its number times MAX_WINDOW plus the slot. */
static uint32_t free_slots[MAX_WINDOW], free_count, transactions[MAX_WINDOW];

static void prepare_batches(void) {
  for (int index = 0; index < BATCH; index++) {
    out_parts[index] = (struct iovec){out[index], 98};
    in_parts[index] = (struct iovec){in[index], ANSWER};
    out_headers[index].msg_hdr = (struct msghdr){.msg_iov = &out_parts[index], .msg_iovlen = 1};
    in_headers[index].msg_hdr = (struct msghdr){.msg_iov = &in_parts[index], .msg_iovlen = 1};
  }
}

static void udp_send(int fd, uint32_t most) {
  uint32_t count = free_count < BATCH ? free_count : BATCH;
  if (count > most) count = most;
  if (is_fill && count > peers - next_peer) count = peers - next_peer;
  if (count == 0) return;
  uint64_t now = now_ns();
  for (uint32_t index = 0; index < count; index++) {
    uint32_t slot = free_slots[--free_count];
    transactions[slot] += MAX_WINDOW;
    began[slot] = now;
    write_announce(out[index], choose_peer(), transactions[slot]);
  }
  uint32_t done = 0;
  while (done < count) {
    int taken = sendmmsg(fd, out_headers + done, count - done, 0);
    if (taken < 0) fail("sendmmsg");
    done += (uint32_t)taken;
  }
  sent += count;
}

static void udp_take(int fd) {
  int count = recvmmsg(fd, in_headers, BATCH, MSG_WAITFORONE, NULL);
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    fail("recvmmsg");
  }
  uint64_t now = now_ns();
  for (int index = 0; index < count; index++) {
    uint32_t transaction = get32(in[index] + 4), slot = transaction % MAX_WINDOW;
    if (slot >= (uint32_t)window || transactions[slot] != transaction || began[slot] == 0) continue;
    if (get32(in[index]) != 1) failed++;
    else if (in_headers[index].msg_len >= 20) named += (in_headers[index].msg_len - 20) / 6;
    note(began[slot], now);
    began[slot] = 0;
    free_slots[free_count++] = slot;
  }
}

static void udp_give_up_lost(uint64_t now) {
  for (int slot = 0; slot < window; slot++) {
    if (began[slot] == 0 || now - began[slot] < LOST_AFTER) continue;
    began[slot] = 0;
    lost++;
    free_slots[free_count++] = (uint32_t)slot;
  }
}

static uint32_t due(uint64_t start, uint64_t now) {
  if (rate == 0) return BATCH;
  double wanted = (double)(now - start) / 1e9 * rate - (double)sent;
  return wanted < 0 ? 0 : wanted > BATCH ? BATCH : (uint32_t)wanted;
}

static double run_udp(void) {
  int fd = udp_socket();
  struct sockaddr_in to = address_of(port);
  if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0) fail("connect");
  udp_connect(fd);
  prepare_batches();
  for (int slot = 0; slot < window; slot++) {
    transactions[slot] = (uint32_t)slot;
    free_slots[free_count++] = (uint32_t)slot;
  }
  struct timeval patience = {.tv_usec = rate > 0 ? 200 : 50000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  uint64_t start = now_ns(), end = start + (uint64_t)seconds * 1000000000ULL, checked = start;
  for (;;) {
    uint64_t now = now_ns();
    if (!is_fill && now >= end) break;
    if (!has_more() && free_count == (uint32_t)window) break;
    if (now - checked > LOST_AFTER / 4) {
      udp_give_up_lost(now);
      checked = now;
      if (now - start > 30000000000ULL) udp_connect(fd), start += 30000000000ULL;
    }
    udp_send(fd, due(start, now));
    udp_take(fd);
  }
  return (double)(now_ns() - (end - (uint64_t)seconds * 1000000000ULL)) / 1e9;
}

static void run_sink(void) {
  int fd = udp_socket();
  struct sockaddr_in own = address_of(port);
  if (bind(fd, (struct sockaddr *)&own, sizeof own) < 0) fail("bind");
  static struct sockaddr_in from[BATCH];
  prepare_batches();
  for (;;) {
    for (int index = 0; index < BATCH; index++) {
      in_headers[index].msg_hdr.msg_name = &from[index];
      in_headers[index].msg_hdr.msg_namelen = sizeof from[index];
    }
    int count = recvmmsg(fd, in_headers, BATCH, MSG_WAITFORONE, NULL);
    if (count < 0) fail("recvmmsg");
    for (int index = 0; index < count; index++) {
      memset(out[index], 0, 98);
      memcpy(out[index], in[index] + 8, 8);
      out_headers[index].msg_hdr.msg_name = &from[index];
      out_headers[index].msg_hdr.msg_namelen = sizeof from[index];
      out_parts[index].iov_len = in_headers[index].msg_len < 98 ? 16 : 80;
    }
    if (sendmmsg(fd, out_headers, (unsigned)count, 0) < 0) fail("sendmmsg");
  }
}

/* ---- HTTP: a connection for each place in the window, one request under way on each ---- */

static int sockets[MAX_WINDOW], epoll_fd;
static char texts[MAX_WINDOW][16384];
static size_t held[MAX_WINDOW];

static char *escape(char *at, const uint8_t *bytes, int count) {
  static const char digits[] = "0123456789ABCDEF";
  for (int index = 0; index < count; index++) {
    *at++ = '%';
    *at++ = digits[bytes[index] >> 4];
    *at++ = digits[bytes[index] & 15];
  }
  return at;
}

static void http_open(int slot) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  struct sockaddr_in to = address_of(port);
  if (fd < 0) fail("socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0) fail("connect");
  fcntl(fd, F_SETFL, O_NONBLOCK);
  sockets[slot] = fd;
  held[slot] = 0;
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)slot};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
}

static void http_close(int slot) {
  /* A reset, so that no port of this machine is held back after the close. */
  struct linger at_once = {.l_onoff = 1};
  setsockopt(sockets[slot], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(sockets[slot]);
  sockets[slot] = -1;
}

static void http_send(int slot) {
  char text[1024], *at = text;
  uint32_t peer = choose_peer();
  uint8_t id[20];
  at = stpcpy(at, "GET /announce?info_hash=");
  write_hash(id, peer);
  at = escape(at, id, 20);
  at = stpcpy(at, "&peer_id=");
  write_peer_id(id, peer);
  at = escape(at, id, 20);
  at += sprintf(at, "&port=%u&uploaded=0&downloaded=0&left=%u&compact=1&key=%08x%s HTTP/1.1\r\n", port_of(peer),
                is_seeder(peer) ? 0 : 1 << 20, peer, is_fill ? "&event=started" : "");
  at += sprintf(at, "Host: 127.0.0.1:%d\r\nUser-Agent: load/1\r\nAccept-Encoding: gzip\r\nConnection: %s\r\n\r\n",
                port, is_closing ? "close" : "keep-alive");
  began[slot] = now_ns();
  if (send(sockets[slot], text, (size_t)(at - text), MSG_NOSIGNAL) < 0) {
    failed++;
    http_close(slot);
    http_open(slot);
    send(sockets[slot], text, (size_t)(at - text), MSG_NOSIGNAL);
  }
  sent++;
}

/* Bytes of the answer that begins `text`, 0 while it is not complete. */
static size_t http_length(const char *text) {
  const char *end = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "\r\ncontent-length:");
  if (end == NULL || length == NULL || length > end) return 0;
  return (size_t)(end - text) + 4 + (size_t)atoi(length + 17);
}

static void http_take(int slot, int *open) {
  ssize_t size = recv(sockets[slot], texts[slot] + held[slot], sizeof texts[slot] - 1 - held[slot], 0);
  if (size < 0 && errno == EAGAIN) return;
  if (size > 0) {
    held[slot] += (size_t)size;
    texts[slot][held[slot]] = 0;
    size_t length = http_length(texts[slot]);
    if (length == 0 || held[slot] < length) return;
    if (strncmp(texts[slot] + 9, "200", 3) != 0 || memmem(texts[slot], length, "failure", 7) != NULL) failed++;
    note(began[slot], now_ns());
    held[slot] = 0;
    if (!is_closing && strcasestr(texts[slot], "connection: close") == NULL) {
      if (has_more()) http_send(slot);
      else (*open)--;
      return;
    }
  } else if (size == 0 && held[slot] > 0) {
    note(began[slot], now_ns());
  } else failed++;
  http_close(slot);
  if (!has_more()) {
    (*open)--;
    return;
  }
  http_open(slot);
  http_send(slot);
}

static double run_http(void) {
  int open = window;
  epoll_fd = epoll_create1(0);
  uint64_t start = now_ns(), end = start + (uint64_t)seconds * 1000000000ULL;
  for (int slot = 0; slot < window; slot++) {
    http_open(slot);
    http_send(slot);
  }
  struct epoll_event events[BATCH];
  while (open > 0 && (is_fill || now_ns() < end)) {
    int count = epoll_wait(epoll_fd, events, BATCH, 100);
    for (int index = 0; index < count; index++) http_take((int)events[index].data.u32, &open);
  }
  return (double)(now_ns() - start) / 1e9;
}

static void print_hashes(uint32_t count) {
  for (uint32_t swarm = 0; swarm < count; swarm++) {
    uint8_t hash[20];
    swarms = count;
    write_hash(hash, swarm);
    for (int index = 0; index < 20; index++) printf("%02x", hash[index]);
    printf("\n");
  }
}

static void report(double took) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  printf("{\"seconds\":%.3f,\"sent\":%llu,\"answered\":%llu,\"lost\":%llu,\"failed\":%llu,\"named\":%llu,\"perSecond\":%.0f,"
         "\"p50\":%.3f,\"p99\":%.3f,\"ownCpu\":%.3f}\n",
         took, (unsigned long long)sent, (unsigned long long)answered, (unsigned long long)lost,
         (unsigned long long)failed, (unsigned long long)named, (double)answered / took, quantile(0.5), quantile(0.99), cpu);
}

int main(int count, char **words) {
  if (count < 3) return 2;
  port = atoi(words[2]);
  for (int index = 3; index < count; index++) {
    const char *next = index + 1 < count ? words[index + 1] : "0";
    if (strcmp(words[index], "--fill") == 0) is_fill = 1;
    else if (strcmp(words[index], "--close") == 0) is_closing = 1;
    else if (strcmp(words[index], "--seconds") == 0) seconds = atoi(next), index++;
    else if (strcmp(words[index], "--peers") == 0) peers = (uint32_t)atoi(next), index++;
    else if (strcmp(words[index], "--swarms") == 0) swarms = (uint32_t)atoi(next), index++;
    else if (strcmp(words[index], "--window") == 0) window = atoi(next), index++;
    else if (strcmp(words[index], "--rate") == 0) rate = atof(next), index++;
    else return 2;
  }
  if (strcmp(words[1], "hashes") == 0) {
    print_hashes((uint32_t)port);
    return 0;
  }
  if (window < 1 || window > MAX_WINDOW || swarms == 0 || peers == 0) return 2;
  if (strcmp(words[1], "sink") == 0) run_sink();
  report(strcmp(words[1], "udp") == 0 ? run_udp() : run_http());
  return 0;
}
