// SPDX-License-Identifier: Apache-2.0
// Graphs of libavfilter, through a table of its functions that is filled once. A graph here has at
// most one end to put pictures in and one to take them out.
#include "media/filter.h"

#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <pthread.h>
#include <stdio.h>

#include "base/load.h"
#include "base/log.h"
#include "base/mem.h"

struct ct__filter {
    AVFilterGraph *graph;
    AVFilterContext *source; // NULL: the graph makes its pictures
    AVFilterContext *sink;
};

// The functions under their own names; which one stands where says the table below.
static struct {
    __typeof__(avfilter_get_by_name) *get_by_name;
    __typeof__(avfilter_graph_alloc) *graph_alloc;
    __typeof__(avfilter_graph_config) *graph_config;
    __typeof__(avfilter_graph_create_filter) *create_filter;
    __typeof__(avfilter_graph_free) *graph_free;
    __typeof__(avfilter_graph_parse2) *graph_parse;
    __typeof__(avfilter_inout_free) *inout_free;
    __typeof__(avfilter_link) *link;
    __typeof__(av_buffersrc_add_frame) *add_frame;
    __typeof__(av_buffersink_get_frame) *get_frame;
    __typeof__(av_buffersink_get_frame_rate) *get_frame_rate;
    __typeof__(av_buffersink_get_h) *get_height;
    __typeof__(av_buffersink_get_time_base) *get_time_base;
    __typeof__(av_buffersink_get_w) *get_width;
} libavfilter;

static const char *const functions[] = {
    "avfilter_get_by_name",         "avfilter_graph_alloc",
    "avfilter_graph_config",        "avfilter_graph_create_filter",
    "avfilter_graph_free",          "avfilter_graph_parse2",
    "avfilter_inout_free",          "avfilter_link",
    "av_buffersrc_add_frame",       "av_buffersink_get_frame",
    "av_buffersink_get_frame_rate", "av_buffersink_get_h",
    "av_buffersink_get_time_base",  "av_buffersink_get_w",
};

static bool is_loaded;

// Stays loaded for the life of the process. The headers' version has to be the library's.
static void load(void)
{
    _Static_assert(sizeof(libavfilter) == sizeof(functions), "one name for each function");
    is_loaded = ct__load("libavfilter.so." AV_STRINGIFY(LIBAVFILTER_VERSION_MAJOR), functions,
                         (void **)&libavfilter, FF_ARRAY_ELEMS(functions));
}

bool ct__filter_ready(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return is_loaded;
}

// An end of the graph as a filter of its own: pictures go in or come out there.
static int add_end(struct ct__filter *filter, AVFilterContext **end, const char *kind,
                   const char *arguments)
{
    return libavfilter.create_filter(end, libavfilter.get_by_name(kind), kind, arguments, NULL,
                                     filter->graph);
}

static int add_source(struct ct__filter *filter, const AVFrame *like, AVRational unit)
{
    char arguments[160];
    AVRational aspect = like->sample_aspect_ratio;
    snprintf(arguments, sizeof(arguments),
             "video_size=%dx%d:pix_fmt=%d:time_base=%d/%d:pixel_aspect=%d/%d", like->width,
             like->height, like->format, unit.num, unit.den, aspect.num,
             aspect.den > 0 ? aspect.den : 1);
    return add_end(filter, &filter->source, "buffer", arguments);
}

// Joins the open ends of what was parsed with ours: exactly one where there has to be one.
static int join(struct ct__filter *filter, AVFilterInOut *inputs, AVFilterInOut *outputs)
{
    bool fits =
        outputs && !outputs->next && !inputs == !filter->source && !(inputs && inputs->next);
    int error = fits ? 0 : AVERROR(EINVAL);
    if (error >= 0)
        error = libavfilter.link(outputs->filter_ctx, (unsigned)outputs->pad_idx, filter->sink, 0);
    if (error >= 0 && filter->source)
        error = libavfilter.link(filter->source, 0, inputs->filter_ctx, (unsigned)inputs->pad_idx);
    return error;
}

static int build(struct ct__filter *filter, const char *graph, const AVFrame *like, AVRational unit)
{
    AVFilterInOut *inputs = NULL, *outputs = NULL;
    filter->graph = libavfilter.graph_alloc();
    if (!filter->graph)
        return AVERROR(ENOMEM);
    filter->graph->nb_threads = 1;
    int error = libavfilter.graph_parse(filter->graph, graph, &inputs, &outputs);
    if (error >= 0 && like)
        error = add_source(filter, like, unit);
    if (error >= 0)
        error = add_end(filter, &filter->sink, "buffersink", NULL);
    if (error >= 0)
        error = join(filter, inputs, outputs);
    if (error >= 0)
        error = libavfilter.graph_config(filter->graph, NULL);
    libavfilter.inout_free(&inputs);
    libavfilter.inout_free(&outputs);
    return error;
}

int ct__filter_open(struct ct__filter **out, const char *scope, const char *graph,
                    const AVFrame *like, AVRational unit)
{
    char reason[128];
    ct__av_begin();
    if (!ct__filter_ready())
        return ct__fail(CT_ERROR_UNSUPPORTED, scope, "libavfilter.so.%d cannot be loaded",
                        LIBAVFILTER_VERSION_MAJOR);
    struct ct__filter *filter = ct__calloc(1, sizeof(*filter));
    if (!filter)
        return ct__fail_memory(scope);
    ct__av_forget();
    int failed = build(filter, graph, like, unit);
    if (failed >= 0) {
        *out = filter;
        return CT_OK;
    }
    ct__filter_close(&filter);
    if (failed == AVERROR(ENOMEM))
        return ct__fail_memory(scope);
    const char *complaint = ct__av_complaint();
    return ct__fail(CT_ERROR_INVALID, scope, "no graph with one video output: %s",
                    complaint[0] ? complaint : ct__av_reason(failed, reason, sizeof(reason)));
}

int ct__filter_send(struct ct__filter *filter, AVFrame *frame)
{
    return libavfilter.add_frame(filter->source, frame);
}

int ct__filter_receive(struct ct__filter *filter, AVFrame *frame)
{
    return libavfilter.get_frame(filter->sink, frame);
}

AVRational ct__filter_unit(const struct ct__filter *filter)
{
    return libavfilter.get_time_base(filter->sink);
}

AVRational ct__filter_rate(const struct ct__filter *filter)
{
    return libavfilter.get_frame_rate(filter->sink);
}

void ct__filter_size(const struct ct__filter *filter, int *width, int *height)
{
    *width = libavfilter.get_width(filter->sink);
    *height = libavfilter.get_height(filter->sink);
}

void ct__filter_close(struct ct__filter **filter)
{
    struct ct__filter *closing = *filter;
    *filter = NULL;
    if (!closing)
        return;
    libavfilter.graph_free(&closing->graph);
    ct__free(closing);
}
