// SPDX-License-Identifier: Apache-2.0
// The status line is drawn by whoever finishes a frame, by the clock: it needs no thread of its
// own, and a job that stands still shows it.
#include "cli/progress.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/talk.h"

enum { REDRAW_NS = 200 * 1000 * 1000 };

__attribute__((format(printf, 3, 4))) static void append(char *text, size_t size,
                                                         const char *format, ...)
{
    size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, size - length, format, arguments);
    va_end(arguments);
}

double ct__progress_done(const struct ct_stream_stats *stats)
{
    // A frame that was answered but not written counts among both; no more can be done than was
    // taken.
    double taken = (double)(stats->read - stats->skipped);
    return fmin((double)(stats->results + stats->failed), taken);
}

// How many frames will have been looked at in the end, 0 if unknown.
static double expected_frames(const struct ct__progress *progress,
                              const struct ct_stream_stats *stats)
{
    double expected = stats->expected;
    double most = (double)progress->max_frames;
    if (progress->every > 1)
        expected = ceil(expected / (double)progress->every);
    return most > 0 && (expected <= 0 || expected > most) ? most : expected;
}

void ct__progress_text(const struct ct__progress *progress, const struct ct_stream_stats *stats,
                       double seconds, char *text, size_t size)
{
    double done = ct__progress_done(stats);
    double expected = expected_frames(progress, stats);
    bool going_on = expected > done && !stats->ended;

    text[0] = '\0';
    append(text, size, "%.0f", done);
    if (going_on)
        append(text, size, "/%.0f", expected);
    append(text, size, " frames  %.1f fps", seconds > 0 ? (double)stats->results / seconds : 0);
    if (going_on && done > 0) {
        double left = ceil((expected - done) * seconds / done);
        append(text, size, "  %d:%02d left", (int)fmin(left / 60, 99999), (int)fmod(left, 60));
    }
    if (stats->failed)
        append(text, size, "  %llu failed", (unsigned long long)stats->failed);
}

static void draw(const struct ct__progress *progress)
{
    struct ct_engine_stats stats;
    ct_engine_stats(progress->engine, &stats);
    char text[128];
    ct__progress_text(progress, &stats.total, (double)(ct__now_ns() - progress->start_ns) / 1e9,
                      text, sizeof text);
    ct__talk_status(text);
}

void ct__progress_start(struct ct__progress *progress, ct_engine *engine)
{
    progress->engine = engine;
    progress->start_ns = ct__now_ns();
    progress->next_ns = progress->start_ns + REDRAW_NS;
}

int ct__progress_result(void *opaque, const struct ct_result *result, ct_frame *frame)
{
    (void)result, (void)frame;
    struct ct__progress *progress = opaque;
    int64_t now_ns = ct__now_ns();
    if (now_ns >= progress->next_ns) {
        progress->next_ns = now_ns + REDRAW_NS;
        draw(progress);
    }
    return CT_OK;
}

void ct__progress_end(const struct ct__progress *progress)
{
    draw(progress);
    ct__talk_status_end();
}
