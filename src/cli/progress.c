// SPDX-License-Identifier: Apache-2.0
// The status line is drawn by whoever finishes a frame, by the clock: it needs no thread of its
// own, and a job that stands still shows it.
#include "cli/progress.h"

#include <math.h>
#include <stdarg.h>
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

void ct__progress_text(const struct ct_stream_stats *stats, int64_t max_frames, double seconds,
                       char *text, size_t size)
{
    double done = (double)(stats->results + stats->failed + stats->skipped);
    double expected = stats->expected;
    if (max_frames && (expected <= 0 || expected > (double)max_frames))
        expected = (double)max_frames;
    double rate = seconds > 0 ? (double)stats->results / seconds : 0;

    text[0] = '\0';
    append(text, size, "%.0f", done);
    if (expected >= done && !stats->ended)
        append(text, size, "/%.0f", expected);
    append(text, size, " frames  %.1f fps", rate);
    if (expected > done && done > 0 && !stats->ended) {
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
    ct__progress_text(&stats.total, progress->max_frames,
                      (double)(ct__now_ns() - progress->start_ns) / 1e9, text, sizeof text);
    ct__talk_status(text);
}

void ct__progress_start(struct ct__progress *progress, ct_engine *engine, int64_t max_frames)
{
    progress->engine = engine;
    progress->max_frames = max_frames;
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
