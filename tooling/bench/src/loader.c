// Many WebSocket clients that use little CPU: opens connections, subscribes, then counts whole frames. Linux only (epoll).
// Reads commands as lines from stdin and writes reports as lines to stdout:
//
//   (at start)            ready CONNECTIONS            every connection has received its replies
//   expect FRAMES         armed, then SEEN             counts from here until FRAMES have arrived
//   request COUNT WINDOW  SEEN                         each connection sends COUNT requests, at most WINDOW in flight
//   cycle COUNT           cycled COUNT                 connects, subscribes and disconnects COUNT times, over all connections
//   (any time)            closed CODE                  the server closed a connection; 1006 if without a close frame
//
// SEEN is: seen FRAMES BYTES WALL_US CPU_US P50_US P99_US MAX_US. BYTES counts payloads. A latency is the time
// from the stamp in a frame (--stamp: the field that holds CLOCK_MONOTONIC in microseconds plus 10^15) until it is read.
// With --lines, each line of a frame counts as a frame. With TLS, if compiled with -DTLS; it accepts any certificate.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#ifdef TLS
#include <openssl/ssl.h>
#endif

enum { PARTIAL = 8192, INBOX = 1 << 18, STDIN = -1 };
enum phase { UNUSED, UPGRADING, GREETING, SUBSCRIBING, LIVE, STALLED, CLOSED };
static const uint64_t STAMP_BASE = 1000000000000000;

struct text {
  char *start;
  size_t length;
};

struct connection {
  int fd, index, next_text;
  int generation;          // number of sockets opened so far in this array element
  enum phase phase;
  long awaited;            // frames until the next phase, or until the next window of requests
  long to_request;         // requests not sent yet
  char *out;               // bytes that the kernel has not accepted yet
  size_t out_length, out_sent;
  uint64_t skip;           // remaining bytes of a frame that is too long to buffer
  size_t partial_length;   // the beginning of a frame, or of the handshake
  char partial[PARTIAL];
#ifdef TLS
  SSL *tls;
#endif
};

static struct {
  int port, connections, each, group, stride, ramp, stalled, lines;
  long greetings;
  const char *path, *header, *greeting, *stamp;
} options = {.path = "/", .header = "", .connections = 1, .group = 1, .stride = 1, .ramp = 64};

static struct text *texts;
static int text_count;
static struct connection *all;
static int poller, opened, ready, window;
static long cycles_left, cycles_wanted;
static char inbox[PARTIAL + INBOX];
static uint64_t frames, bytes, expected, started_us, started_cpu_us;
static uint32_t *latencies;
static size_t latency_count, latency_room;

static void fail(const char *what) {
  fprintf(stderr, "loader: %s\n", what);
  exit(1);
}

static void die(const char *what) {
  fprintf(stderr, "loader: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void *need(void *memory) {
  if (memory == NULL) die("out of memory");
  return memory;
}

static uint64_t now_us(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

static int by_size(const void *left, const void *right) {
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  return (a > b) - (a < b);
}

static uint32_t percentile(double share) {
  return latency_count == 0 ? 0 : latencies[(size_t)(share * (double)(latency_count - 1))];
}

static void start_counting(uint64_t wanted) {
  frames = bytes = latency_count = 0;
  expected = wanted;
  started_us = now_us(CLOCK_MONOTONIC);
  started_cpu_us = now_us(CLOCK_PROCESS_CPUTIME_ID);
}

static void report_seen(void) {
  uint64_t wall = now_us(CLOCK_MONOTONIC) - started_us, cpu = now_us(CLOCK_PROCESS_CPUTIME_ID) - started_cpu_us;
  expected = 0;
  qsort(latencies, latency_count, sizeof *latencies, by_size);
  printf("seen %lu %lu %lu %lu %u %u %u\n", frames, bytes, wall, cpu, percentile(0.5), percentile(0.99), percentile(1));
}

#ifdef TLS
static SSL_CTX *tls_context;

// Returns a result of OpenSSL as send and recv would.
static ssize_t as_io(struct connection *peer, int done) {
  if (done > 0) return done;
  int reason = SSL_get_error(peer->tls, done);
  if (reason == SSL_ERROR_ZERO_RETURN) return 0;
  errno = reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE ? EAGAIN : EPIPE;
  return -1;
}

static void start_tls(struct connection *peer) {
  if (peer->tls != NULL) SSL_free(peer->tls);
  peer->tls = need(SSL_new(tls_context));
  SSL_set_fd(peer->tls, peer->fd);
  SSL_set_connect_state(peer->tls);
}

// Each call reads one record, and reading ends only at EAGAIN.
enum { READS_ALL = 0 };
static ssize_t put(struct connection *peer, const char *data, size_t length) {
  return as_io(peer, SSL_write(peer->tls, data, (int)length));
}
static ssize_t get(struct connection *peer, char *data, size_t length) {
  return as_io(peer, SSL_read(peer->tls, data, (int)length));
}
#else
enum { READS_ALL = 1 };
static ssize_t put(struct connection *peer, const char *data, size_t length) {
  return send(peer->fd, data, length, MSG_NOSIGNAL);
}
static ssize_t get(struct connection *peer, char *data, size_t length) { return recv(peer->fd, data, length, 0); }
#endif

// Sends as much as the socket accepts; the rest is sent on EPOLLOUT.
static void flush(struct connection *peer) {
  while (peer->out_sent < peer->out_length) {
    ssize_t sent = put(peer, peer->out + peer->out_sent, peer->out_length - peer->out_sent);
    if (sent < 0) {
      // Reading detects a closed connection, so the error is ignored here.
      if (errno != EAGAIN) peer->out_sent = peer->out_length;
      else return;
    } else peer->out_sent += (size_t)sent;
  }
  free(peer->out);
  peer->out = NULL;
  peer->out_length = peer->out_sent = 0;
}

static void append(struct connection *peer, const void *data, size_t length) {
  peer->out = need(realloc(peer->out, peer->out_length + length));
  memcpy(peer->out + peer->out_length, data, length);
  peer->out_length += length;
}

// A client's frame is masked; a mask of zeros leaves the payload as it is.
static void append_frame(struct connection *peer, int opcode, const char *payload, size_t length) {
  unsigned char head[14] = {0};
  size_t size = 2;
  head[0] = (unsigned char)(0x80 | opcode);
  if (length < 126) head[1] = (unsigned char)(0x80 | length);
  else {
    int wide = length > 65535;
    head[1] = wide ? 0xff : 0xfe;
    for (int shift = wide ? 56 : 8; shift >= 0; shift -= 8) head[size++] = (unsigned char)((uint64_t)length >> shift);
  }
  append(peer, head, size + 4);
  append(peer, payload, length);
}

static void append_texts(struct connection *peer, long count) {
  for (long sent = 0; sent < count; sent++) {
    const struct text *text = &texts[(peer->index / options.group + peer->next_text * options.stride) % text_count];
    append_frame(peer, 1, text->start, text->length);
    peer->next_text = (peer->next_text + 1) % options.each;
  }
  peer->awaited = count;
  flush(peer);
}

static void open_connection(struct connection *peer) {
  peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (peer->fd < 0) die("socket");
  int one = 1, small = 4096;
  setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  // A small buffer, because the kernel would otherwise receive megabytes for a client that does not read.
  if (options.stalled) setsockopt(peer->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(peer->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) die("connect");
#ifdef TLS
  start_tls(peer);
#endif
  peer->phase = UPGRADING;
  peer->generation++;
  peer->partial_length = peer->skip = 0;
  peer->next_text = 0;
  char request[1024];
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s%s\r\n",
                        options.path, options.port, options.header, *options.header ? "\r\n" : "");
  append(peer, request, (size_t)length);
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.u32 = (uint32_t)peer->index};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, peer->fd, &event) < 0) die("epoll_ctl");
}

// Opens at most `ramp` connections at a time: more would overflow the backlog of the server.
static void open_more(void) {
  while (opened < options.connections && opened - ready < options.ramp) open_connection(&all[opened++]);
}

static void drop(struct connection *peer) {
  // Resets the connection, so that its port is free immediately instead of lingering in TIME_WAIT.
  struct linger cut = {.l_onoff = 1, .l_linger = 0};
  setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &cut, sizeof cut);
  close(peer->fd);
  peer->out_sent = peer->out_length;
  flush(peer);
  peer->phase = CLOSED;
}

static void closed_by_server(struct connection *peer, int code) {
  drop(peer);
  printf("closed %d\n", code);
}

static void become_live(struct connection *peer) {
  peer->phase = options.stalled ? STALLED : LIVE;
  if (cycles_left > 0) {
    drop(peer);
    if (--cycles_left >= options.connections) open_connection(peer);
    else if (cycles_left == 0) printf("cycled %ld\n", cycles_wanted);
    return;
  }
  if (++ready == options.connections) printf("ready %d\n", ready);
  open_more();
}

// Enters the next phase when all awaited frames of the current one have arrived.
static void advance(struct connection *peer) {
  while (peer->awaited == 0 && peer->phase < LIVE) {
    peer->phase++;
    if (peer->phase == GREETING) {
      peer->awaited = options.greetings;
      if (options.greeting != NULL) append_frame(peer, 1, options.greeting, strlen(options.greeting));
      flush(peer);
    } else if (peer->phase == SUBSCRIBING && options.each > 0) append_texts(peer, options.each);
    else if (peer->phase == LIVE) return become_live(peer);
  }
}

static void note_latency(const char *payload, size_t length) {
  const char *field = memmem(payload, length, options.stamp, strlen(options.stamp));
  if (field == NULL) return;
  uint64_t stamp = strtoull(field + strlen(options.stamp) + 2, NULL, 10);
  if (latency_count == latency_room) {
    latency_room = latency_room == 0 ? 1 << 16 : latency_room * 2;
    latencies = need(realloc(latencies, latency_room * sizeof *latencies));
  }
  latencies[latency_count++] = (uint32_t)(now_us(CLOCK_MONOTONIC) + STAMP_BASE - stamp);
}

static void on_message(struct connection *peer, const char *payload, uint64_t length) {
  frames++;
  bytes += length;
  if (peer->awaited > 0 && --peer->awaited == 0) {
    if (peer->phase < LIVE) advance(peer);
    else if (peer->to_request > 0) {
      long count = peer->to_request < window ? peer->to_request : window;
      peer->to_request -= count;
      append_texts(peer, count);
    }
  }
  if (options.stamp != NULL && payload != NULL && peer->phase == LIVE) note_latency(payload, length);
  if (expected > 0 && frames >= expected) report_seen();
}

// A frame that is too long to buffer counts as one message.
static void on_frame(struct connection *peer, const char *payload, uint64_t length) {
  int generation = peer->generation;
  while (options.lines && peer->generation == generation) {
    const char *end = memchr(payload, '\n', length);
    if (end == NULL) break;
    uint64_t line = (uint64_t)(end - payload);
    on_message(peer, payload, line);
    payload = end + 1;
    length -= line + 1;
  }
  if (length > 0 || !options.lines) on_message(peer, payload, length);
}

// Returns the number of bytes that belonged to whole frames.
static size_t parse_frames(struct connection *peer, const char *data, size_t length) {
  size_t at = 0;
  int generation = peer->generation;
  while (peer->phase < STALLED && peer->generation == generation) {
    if (peer->skip > 0) {
      uint64_t skipped = length - at < peer->skip ? length - at : peer->skip;
      at += skipped;
      if ((peer->skip -= skipped) > 0) return at;
      on_message(peer, NULL, 0);
      continue;
    }
    const unsigned char *head = (const unsigned char *)data + at;
    size_t left = length - at, size = 2;
    if (left < size) return at;
    if (head[1] & 0x80) fail("the server masked a frame");
    uint64_t payload = head[1];
    if (payload >= 126) {
      size_t wide = payload == 126 ? 2 : 8;
      if (left < (size += wide)) return at;
      payload = 0;
      for (size_t byte = 0; byte < wide; byte++) payload = payload << 8 | head[2 + byte];
    }
    int opcode = head[0] & 0x0f;
    if (left < size + payload) {
      if (size + payload <= PARTIAL) return at;
      bytes += payload;
      peer->skip = payload;
      at += size;
      continue;
    }
    const char *body = data + at + size;
    at += size + payload;
    if (opcode == 8) closed_by_server(peer, payload < 2 ? 1005 : (unsigned char)body[0] << 8 | (unsigned char)body[1]);
    else if (opcode == 9) append_frame(peer, 10, body, payload), flush(peer);
    else if (opcode != 10) on_frame(peer, body, payload);
  }
  return at;
}

static size_t parse(struct connection *peer, const char *data, size_t length) {
  size_t at = 0;
  if (peer->phase == UPGRADING) {
    const char *end = memmem(data, length, "\r\n\r\n", 4);
    if (end == NULL) return 0;
    if (length < 12 || memcmp(data + 9, "101", 3) != 0) {
      fprintf(stderr, "loader: the server refused the upgrade of %s: %.*s\n", options.path, (int)(end - data), data);
      exit(1);
    }
    at = (size_t)(end - data) + 4;
    peer->awaited = 0;
    advance(peer);
  }
  return at + parse_frames(peer, data + at, length - at);
}

static void on_readable(struct connection *peer) {
  while (peer->phase < STALLED && peer->phase != UNUSED) {
    memcpy(inbox, peer->partial, peer->partial_length);
    ssize_t got = get(peer, inbox + peer->partial_length, INBOX);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return closed_by_server(peer, 1006);
    size_t length = peer->partial_length + (size_t)got;
    int generation = peer->generation;
    size_t used = parse(peer, inbox, length);
    // A cycle can already have opened the next connection in this array element.
    if (peer->phase == CLOSED || peer->generation != generation) return;
    peer->partial_length = length - used;
    if (peer->partial_length > PARTIAL) fail("the handshake of the server is longer than 8192 bytes");
    memcpy(peer->partial, inbox + used, peer->partial_length);
    if (READS_ALL && got < INBOX / 2) return;
  }
}

static void on_command(void) {
  static char line[256];
  if (fgets(line, sizeof line, stdin) == NULL) exit(0);
  long count, size;
  if (sscanf(line, "expect %ld", &count) == 1) {
    start_counting((uint64_t)count);
    printf("armed\n");
  } else if (sscanf(line, "request %ld %ld", &count, &size) == 2) {
    start_counting((uint64_t)count * (uint64_t)options.connections);
    window = (int)size;
    for (int index = 0; index < options.connections; index++) {
      all[index].to_request = count - (size < count ? size : count);
      append_texts(&all[index], size < count ? size : count);
    }
  } else if (sscanf(line, "cycle %ld", &count) == 1) {
    cycles_left = cycles_wanted = count;
    for (int index = 0; index < options.connections; index++) {
      if (all[index].phase == LIVE) drop(&all[index]);
      open_connection(&all[index]);
    }
  } else {
    fprintf(stderr, "loader: unknown command %s", line);
    exit(1);
  }
}

static void read_texts(const char *file) {
  FILE *lines = fopen(file, "r");
  if (lines == NULL) die(file);
  char *line = NULL;
  size_t room = 0;
  ssize_t length;
  while ((length = getline(&line, &room, lines)) > 0) {
    if (line[length - 1] == '\n') length--;
    if ((text_count & (text_count - 1)) == 0)
      texts = need(realloc(texts, (size_t)(text_count == 0 ? 1 : text_count * 2) * sizeof *texts));
    texts[text_count++] = (struct text){memcpy(need(malloc((size_t)length)), line, (size_t)length), (size_t)length};
  }
  free(line);
  fclose(lines);
}

static void read_options(int count, char **arguments) {
  static const struct option known[] = {
      {"port", 1, 0, 'p'},     {"path", 1, 0, 'u'},   {"connections", 1, 0, 'c'}, {"texts", 1, 0, 't'},
      {"each", 1, 0, 'e'},     {"group", 1, 0, 'g'},  {"stride", 1, 0, 's'},      {"greeting", 1, 0, 'h'},
      {"greetings", 1, 0, 'n'}, {"stamp", 1, 0, 'l'}, {"stalled", 0, 0, 'x'},
      {"lines", 0, 0, 'b'},     {"header", 1, 0, 'a'}, {"ramp", 1, 0, 'r'},        {0, 0, 0, 0}};
  int option;
  while ((option = getopt_long(count, arguments, "", known, NULL)) != -1) {
    if (option == 'p') options.port = atoi(optarg);
    else if (option == 'u') options.path = optarg;
    else if (option == 'c') options.connections = atoi(optarg);
    else if (option == 't') read_texts(optarg);
    else if (option == 'e') options.each = atoi(optarg);
    else if (option == 'g') options.group = atoi(optarg);
    else if (option == 's') options.stride = atoi(optarg);
    else if (option == 'h') options.greeting = optarg;
    else if (option == 'n') options.greetings = atol(optarg);
    else if (option == 'l') options.stamp = optarg;
    else if (option == 'x') options.stalled = 1;
    else if (option == 'b') options.lines = 1;
    else if (option == 'a') options.header = optarg;
    else if (option == 'r') options.ramp = atoi(optarg);
    else exit(2);
  }
}

int main(int count, char **arguments) {
  read_options(count, arguments);
  setvbuf(stdout, NULL, _IOLBF, 0);
  setvbuf(stdin, NULL, _IONBF, 0);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  all = need(calloc((size_t)options.connections, sizeof *all));
  for (int index = 0; index < options.connections; index++) all[index].index = index;
#ifdef TLS
  signal(SIGPIPE, SIG_IGN);
  tls_context = need(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_mode(tls_context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
#endif
  poller = epoll_create1(0);
  struct epoll_event input = {.events = EPOLLIN, .data.u32 = (uint32_t)STDIN};
  epoll_ctl(poller, EPOLL_CTL_ADD, 0, &input);
  open_more();
  for (;;) {
    struct epoll_event events[512];
    int happened = epoll_wait(poller, events, 512, -1);
    if (happened < 0 && errno != EINTR) die("epoll_wait");
    for (int index = 0; index < happened; index++) {
      if (events[index].data.u32 == (uint32_t)STDIN) {
        on_command();
        continue;
      }
      struct connection *peer = &all[events[index].data.u32];
      if (peer->phase == UNUSED || peer->phase == CLOSED) continue;
      if (events[index].events & EPOLLOUT) flush(peer);
      if (events[index].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) on_readable(peer);
#ifdef TLS
      // What waited for the handshake.
      if (peer->phase != CLOSED) flush(peer);
#endif
    }
  }
}
