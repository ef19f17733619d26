// SPDX-License-Identifier: Apache-2.0
// chiton top: what a running engine's service says of its cameras, as a table that is drawn anew;
// in a pipe as tables one below the other.
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/interrupt.h"
#include "cli/talk.h"

enum { LARGEST_ANSWER = 16777216, MOST_NODES = 1000000, TIMEOUT_S = 5 };

struct top {
    struct ct__common common;
    double interval_s;
    int once;
    const char *ca;
};

// Where the service is, and how it is asked.
struct asked {
    char url[1024]; // without a slash at its end
    CURL *curl;
    struct curl_slist *headers;
    char reason[CURL_ERROR_SIZE];
};

// ---- asking

static size_t take(char *data, size_t size, size_t count, void *opaque)
{
    struct ct__text *text = opaque;
    if (text->length + size * count > LARGEST_ANSWER)
        return 0;
    ct__text_append(text, data, size * count);
    return text->failed ? 0 : size * count;
}

static int read_token(struct asked *asked, const char *path)
{
    char *token = NULL;
    struct ct__text header = {0};
    int error = ct__file_read_word(path, &token);
    if (error)
        return error;
    ct__text_printf(&header, "Authorization: Bearer %s", token);
    if (!header.failed)
        asked->headers = curl_slist_append(NULL, header.data);
    ct__text_finish(&header);
    ct__free(token);
    return asked->headers ? CT_OK : ct__fail_memory(path);
}

static int open_asked(struct asked *asked, const struct top *top, const char *url)
{
    if (!ct__copy_text(asked->url, sizeof asked->url, url))
        return ct__fail(CT_ERROR_INVALID, url, "this address is too long");
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        return ct__fail(CT_ERROR_INVALID, url, "expected an address as in http://127.0.0.1:8080");
    size_t length = strlen(asked->url);
    while (length > 0 && asked->url[length - 1] == '/')
        asked->url[--length] = 0;
    const char *token = top->common.listen.token_file;
    int error = token ? read_token(asked, token) : CT_OK;
    if (!error && !(asked->curl = curl_easy_init()))
        error = ct__fail_memory(url);
    if (error)
        return error;
    curl_easy_setopt(asked->curl, CURLOPT_ERRORBUFFER, asked->reason);
    curl_easy_setopt(asked->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(asked->curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
    curl_easy_setopt(asked->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(asked->curl, CURLOPT_QUICK_EXIT, 1L); // nothing waits for a name server
    curl_easy_setopt(asked->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(asked->curl, CURLOPT_HTTPHEADER, asked->headers);
    if (top->ca)
        curl_easy_setopt(asked->curl, CURLOPT_CAINFO, top->ca);
    return CT_OK;
}

static void close_asked(struct asked *asked)
{
    curl_easy_cleanup(asked->curl);
    curl_slist_free_all(asked->headers);
}

static void note_problem(void *opaque, int line, int column, const char *sentence)
{
    (void)opaque, (void)line, (void)column, (void)sentence;
}

// Gets one answer as a tree; JSON is YAML.
static int ask(struct asked *asked, const char *path, struct ct__arena *arena,
               struct ct__yaml_node **root)
{
    struct ct__text text = {0}, url = {0};
    const struct ct__yaml_params params = {.most_nodes = MOST_NODES, .on_problem = note_problem};
    long status = 0;
    ct__text_printf(&url, "%s%s", asked->url, path);
    int error = url.failed ? ct__fail_memory(asked->url) : CT_OK;
    asked->reason[0] = 0;
    if (!error) {
        curl_easy_setopt(asked->curl, CURLOPT_URL, url.data);
        curl_easy_setopt(asked->curl, CURLOPT_WRITEDATA, &text);
        CURLcode code = curl_easy_perform(asked->curl);
        curl_easy_getinfo(asked->curl, CURLINFO_RESPONSE_CODE, &status);
        if (code != CURLE_OK)
            error = ct__fail(CT_ERROR_IO, asked->url, "%s",
                             asked->reason[0] ? asked->reason : curl_easy_strerror(code));
    }
    if (!error && status == 401)
        error = ct__fail(CT_ERROR_INVALID, asked->url, "asks for a token: --token-file");
    else if (!error && status != 200)
        error =
            ct__fail(CT_ERROR_FORMAT, asked->url, "%s answers %ld: is that chiton?", path, status);
    if (!error && (ct__yaml_parse(root, text.data, text.length, &params, arena) || !*root))
        error = ct__fail(CT_ERROR_FORMAT, asked->url, "%s is no JSON: is that chiton?", path);
    ct__text_finish(&text);
    ct__text_finish(&url);
    return error;
}

// ---- reading answers; what is not there is 0 or ""

static const char *word(const struct ct__yaml_node *node, const char *key)
{
    const struct ct__yaml_node *value = ct__yaml_get(node, key);
    return value && value->kind == CT__YAML_SCALAR && !value->empty ? value->text : "";
}

static double number(const struct ct__yaml_node *node, const char *key)
{
    double value;
    return ct__parse_double(word(node, key), &value) ? value : 0;
}

// Results missed for lack of time or because something failed.
static double missed(const struct ct__yaml_node *frames)
{
    return number(frames, "dropped") + number(frames, "stale") + number(frames, "failed");
}

// ---- the table

// Control characters of a name must not reach the terminal.
static void put_word(struct ct__text *text, const char *shown, int width)
{
    struct ct__text clean = {0};
    for (const char *at = shown; *at; at++)
        ct__text_append(&clean, (unsigned char)*at < ' ' || *at == 127 ? "?" : at, 1);
    ct__text_printf(text, "%-*s", width, clean.data ? clean.data : "");
    ct__text_finish(&clean);
}

static void put_camera(struct ct__text *text, const struct ct__yaml_node *stream)
{
    const struct ct__yaml_node *frames = ct__yaml_get(stream, "frames");
    const struct ct__yaml_node *latency = ct__yaml_get(stream, "latency_ms");
    const char *state = word(stream, "state"), *reason = word(stream, "reason");
    double wanted = number(stream, "allowed_fps");
    put_word(text, word(stream, "name"), 20);
    ct__text_puts(text, " ");
    put_word(text, state, 10);
    ct__text_printf(text, " %7.1f %7.1f %6.*f %8.1f %8.1f %8.0f %8.0f %9.0f",
                    number(stream, "source_fps"), number(stream, "result_fps"), wanted ? 1 : 0,
                    wanted, number(latency, "p50"), number(latency, "p99"), missed(frames),
                    number(frames, "skipped"), number(stream, "objects"));
    if (strcmp(state, "live") != 0 && reason[0]) {
        ct__text_puts(text, "  ");
        put_word(text, reason, 0);
    }
    if (number(stream, "retry_s") > 0)
        ct__text_printf(text, "; again in %.0f s", ceil(number(stream, "retry_s")));
    ct__text_puts(text, "\n");
}

static void put_head(struct ct__text *text, const struct ct__yaml_node *stats,
                     const struct ct__yaml_node *streams)
{
    const struct ct__yaml_node *cpu = ct__yaml_get(stats, "cpu");
    const struct ct__yaml_node *latency = ct__yaml_get(stats, "latency_ms");
    const struct ct__yaml_node *lanes = ct__yaml_get(stats, "lanes");
    double results = 0, load;
    int live = 0;
    for (const struct ct__yaml_node *stream = streams ? streams->first : NULL; stream;
         stream = stream->next) {
        live += strcmp(word(stream, "state"), "live") == 0;
        results += number(stream, "result_fps");
    }
    ct__text_printf(text,
                    "chiton %s  %d of %d live  %.1f results/s  latency %.1f/%.1f ms  CPU %.0f %% "
                    "of %.0f  lanes",
                    word(stats, "version"), live, streams ? streams->count : 0, results,
                    number(latency, "p50"), number(latency, "p99"), number(cpu, "percent"),
                    100 * number(cpu, "cores"));
    for (const struct ct__yaml_node *lane = lanes ? lanes->first : NULL; lane; lane = lane->next)
        if (lane->kind == CT__YAML_SCALAR && ct__parse_double(lane->text, &load))
            ct__text_printf(text, " %.0f %%", 100 * load);
    ct__text_puts(text, "\n");
}

static void put_table(struct ct__text *text, const struct ct__yaml_node *stats,
                      const struct ct__yaml_node *streams)
{
    put_head(text, stats, streams);
    ct__text_printf(text, "%-20s %-10s %7s %7s %6s %8s %8s %8s %8s %9s\n", "CAMERA", "STATE",
                    "SOURCE", "DETECT", "WISH", "P50 MS", "P99 MS", "DROPPED", "SKIPPED",
                    "OBJECTS");
    for (const struct ct__yaml_node *stream = streams ? streams->first : NULL; stream;
         stream = stream->next)
        put_camera(text, stream);
}

// ---- the rounds

// What is told to nobody is told for the last time: *closed.
static int show(struct asked *asked, bool terminal, bool *closed)
{
    struct ct__arena arena = {0};
    struct ct__yaml_node *streams = NULL, *stats = NULL;
    int error = ask(asked, "/api/streams", &arena, &streams);
    if (!error)
        error = ask(asked, "/api/stats", &arena, &stats);
    if (!error) {
        struct ct__text text = {0};
        if (terminal)
            ct__text_puts(&text, "\033[H\033[J");
        put_table(&text, stats, ct__yaml_get(streams, "streams"));
        *closed = ct__print(&text) != CT__EXIT_DONE;
    }
    ct__arena_finish(&arena);
    return error;
}

// Once something was shown, an engine that does not answer may come back.
static int show_on(struct asked *asked, const struct top *top)
{
    bool terminal = isatty(STDOUT_FILENO), shown = false, closed = false;
    for (;;) {
        int error = show(asked, terminal && !top->once, &closed);
        if (closed)
            return CT__EXIT_FAILED;
        if (error && (!shown || top->once || error != CT_ERROR_IO))
            return ct__exit_code(error);
        if (top->once)
            return CT__EXIT_DONE;
        shown = true;
        struct timespec pause = {.tv_sec = (time_t)top->interval_s,
                                 .tv_nsec = (long)(fmod(top->interval_s, 1) * 1e9)};
        if (!ct__interrupted())
            nanosleep(&pause, NULL);
        if (ct__interrupted())
            return CT__EXIT_INTERRUPTED;
    }
}

static int top(void *options, struct ct__option_list operands)
{
    const struct top *top = options;
    struct asked asked = {0};
    const char *url = operands.count ? operands.items[0] : "http://127.0.0.1:8080";
    int error = open_asked(&asked, top, url);
    int code = error ? ct__exit_code(error) : show_on(&asked, top);
    close_asked(&asked);
    return code;
}

// clang-format off
static const struct ct__option top_options[] = {
    {"interval", 'i', CT__OPTION_FLOAT, offsetof(struct top, interval_s), .preset = "1",
     .least = .1, .most = 86400, .unit = "seconds", .help = "between two tables"},
    {"once", 0, CT__OPTION_FLAG, offsetof(struct top, once), .help = "one table, then end"},
    {"token-file", 0, CT__OPTION_STRING, offsetof(struct top, common.listen.token_file),
     .argument = "FILE", .help = "holds the secret that the engine asks for"},
    {"ca-cert", 0, CT__OPTION_STRING, offsetof(struct top, ca), .argument = "FILE",
     .help = "PEM certificates to trust for https, instead of the system's"},
    {NULL},
};

static const struct ct__option *const groups[] = {top_options, ct__log_options, NULL};

const struct ct__command ct__command_top = {
    .name = "top",
    .operands = "[URL]",
    .summary = "show what a running engine does, as a table",
    .details =
        "URL is where it listens (`chiton run --listen`), else http://127.0.0.1:8080. On a "
        "terminal the table is drawn anew; in a pipe the tables follow each other.\n"
        "SOURCE is what the camera sends, DETECT what is looked at, WISH what is asked for, each a "
        "second; P50 and P99 the time from capture to result; DROPPED what there was no time for; "
        "SKIPPED what nobody asked for.",
    .most_operands = 1,
    .groups = groups,
    .run = top,
    .size = sizeof(struct top),
};
