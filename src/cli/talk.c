// SPDX-License-Identifier: Apache-2.0
// Standard error has two users on different threads: messages and the status line. The lock that
// stdio has on the stream keeps them apart; a message wipes the status line and the next status is
// drawn below it.
#include "cli/talk.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"

static bool status_shown; // under the lock of stderr
static enum ct_log_level threshold;
static ct_log_fn *speaker;

static const char *const level_names[] = {"none", "error", "warn", "info", "debug"};

static void wipe_status(void)
{
    if (!status_shown)
        return;
    fputs("\r\033[K", stderr);
    status_shown = false;
}

static void say(void *opaque, enum ct_log_level level, const char *scope, const char *text)
{
    (void)opaque;
    flockfile(stderr);
    wipe_status();
    fprintf(stderr, "%s: %s%s%s\n", level_names[level], scope, scope[0] ? ": " : "", text);
    funlockfile(stderr);
}

static void utc_text(int64_t wall_ns, char *text, size_t size)
{
    time_t seconds = (time_t)(wall_ns / 1000000000);
    struct tm date;
    gmtime_r(&seconds, &date);
    size_t length = strftime(text, size, "%Y-%m-%dT%H:%M:%S", &date);
    snprintf(text + length, size - length, ".%03dZ", (int)(wall_ns / 1000000 % 1000));
}

static void say_json(void *opaque, enum ct_log_level level, const char *scope, const char *text)
{
    (void)opaque;
    char time[48];
    utc_text(ct__wall_ns(), time, sizeof time);
    struct ct__text line = {0};
    struct ct__json json;
    ct__json_init(&json, &line);
    ct__json_begin_object(&json);
    ct__json_key(&json, "time");
    ct__json_string(&json, time);
    ct__json_key(&json, "level");
    ct__json_string(&json, level_names[level]);
    ct__json_key(&json, "scope");
    ct__json_string(&json, scope);
    ct__json_key(&json, "text");
    ct__json_string(&json, text);
    ct__json_end_object(&json);
    flockfile(stderr);
    wipe_status();
    if (!line.failed)
        fprintf(stderr, "%s\n", line.data);
    funlockfile(stderr);
    ct__text_finish(&line);
}

enum ct_log_level ct__talk_level(const char *name)
{
    for (int i = CT_LOG_NONE; name && i <= CT_LOG_DEBUG; i++)
        if (strcmp(name, level_names[i]) == 0)
            return (enum ct_log_level)i;
    return CT_LOG_WARN;
}

void ct__talk_start(enum ct_log_level level, bool json)
{
    threshold = level;
    speaker = json ? say_json : say;
    ct__talk_silence(false);
}

void ct__talk_silence(bool silent)
{
    ct_log_set(silent ? CT_LOG_NONE : threshold, speaker, NULL);
}

void ct__talk_text(const char *text)
{
    flockfile(stderr);
    wipe_status();
    fputs(text, stderr);
    funlockfile(stderr);
}

void ct__talk_status(const char *line)
{
    flockfile(stderr);
    fprintf(stderr, "\r%s\033[K", line);
    fflush(stderr);
    status_shown = true;
    funlockfile(stderr);
}

void ct__talk_status_end(void)
{
    flockfile(stderr);
    if (status_shown)
        fputc('\n', stderr);
    status_shown = false;
    funlockfile(stderr);
}
