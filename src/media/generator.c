// SPDX-License-Identifier: Apache-2.0
// Pictures that a graph of libavfilter makes: a filter with nothing put in.
#include "media/generator.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "media/filter.h"
#include "media/picture.h"

struct ct__generator {
    struct ct__filter *filter;
    struct ct__outlet outlet;
    uint64_t number;
    int64_t start; // time of the first picture in the filter's unit
    atomic_bool interrupted;
    const atomic_bool *stop;
    char *scope;
    bool ended;
};

static int open_graph(struct ct__generator *generator, const char *graph, int64_t max_pixels)
{
    int width, height;
    const char *scope = generator->scope;
    int error = ct__outlet_init(&generator->outlet, scope, max_pixels);
    if (!error)
        error = ct__filter_open(&generator->filter, scope, graph, NULL, (AVRational){0, 1});
    if (error)
        return error;
    ct__filter_size(generator->filter, &width, &height);
    return ct__picture_check(width, height, max_pixels, scope);
}

int ct__generator_open(struct ct__generator **out, const char *graph, const char *scope,
                       int64_t max_pixels, const atomic_bool *stop)
{
    struct ct__generator *generator = ct__calloc(1, sizeof(*generator));
    if (!generator)
        return ct__fail_memory(scope);
    generator->stop = stop;
    generator->scope = ct__strdup(scope);
    int error =
        generator->scope ? open_graph(generator, graph, max_pixels) : ct__fail_memory(scope);
    if (error)
        ct__generator_close(&generator);
    else
        *out = generator;
    return error;
}

static bool is_stopped(const struct ct__generator *generator)
{
    return atomic_load(&generator->interrupted) ||
           (generator->stop && atomic_load(generator->stop));
}

static int64_t time_of(struct ct__generator *generator, int64_t time)
{
    AVRational unit = ct__filter_unit(generator->filter);
    if (time == AV_NOPTS_VALUE)
        return CT_NO_TIME;
    if (generator->number == 0)
        generator->start = time;
    return av_rescale_q(av_sat_sub64(time, generator->start), unit, (AVRational){1, 1000000000});
}

static int deliver(struct ct__generator *generator, struct ct__pool *pool, struct ct__shell *shell,
                   ct_frame **out)
{
    ct_frame *frame = NULL;
    struct ct_frame_info info = {.number = generator->number,
                                 .pts_ns = time_of(generator, shell->frame->pts),
                                 .capture_ns = ct__now_ns(),
                                 .wall_ns = CT_NO_TIME};
    int error = ct__outlet_frame(&generator->outlet, pool, shell, &frame);
    if (error)
        return error;
    generator->number++;
    *out = frame;
    return ct_frame_set_info(frame, &info);
}

int ct__generator_read(struct ct__generator *generator, struct ct__pool *pool, ct_frame **frame)
{
    struct ct__shell *shell = NULL;
    char reason[128];
    if (generator->ended)
        return CT_ERROR_END;
    if (is_stopped(generator))
        return CT_ERROR_STOPPED;
    int error = ct__shell_take(generator->outlet.shells, &shell);
    if (error)
        return error;
    int received = ct__filter_receive(generator->filter, shell->frame);
    if (received == 0)
        return deliver(generator, pool, shell, frame);
    generator->ended = true;
    ct__shell_release(shell);
    if (received == AVERROR_EOF)
        return CT_ERROR_END;
    return ct__fail(CT_ERROR_FORMAT, generator->scope, "the graph failed: %s",
                    ct__av_reason(received, reason, sizeof(reason)));
}

void ct__generator_rate(const struct ct__generator *generator, int *numerator, int *denominator)
{
    AVRational rate = ct__filter_rate(generator->filter);
    bool known = rate.num > 0 && rate.den > 0;
    *numerator = known ? rate.num : 25;
    *denominator = known ? rate.den : 1;
}

void ct__generator_interrupt(struct ct__generator *generator)
{
    atomic_store(&generator->interrupted, true);
}

void ct__generator_close(struct ct__generator **generator)
{
    struct ct__generator *closing = *generator;
    *generator = NULL;
    if (!closing)
        return;
    ct__filter_close(&closing->filter);
    ct__outlet_finish(&closing->outlet);
    ct__free(closing->scope);
    ct__free(closing);
}
