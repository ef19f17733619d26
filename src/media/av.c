// SPDX-License-Identifier: Apache-2.0
// What every user of libav needs. libav talks through one callback of the process: it is taken once
// and leads to our log, so that nothing of it ever reaches stderr.
#include "media/av.h"

#include <libavutil/pixdesc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "frame/format.h"

static _Thread_local char complaint[160];
static _Thread_local bool complained, lost;
static _Thread_local int refused_width, refused_height;

// Those whose messages say what their codes do not.
static bool is_telling(void *object, const AVClass *class)
{
    AVClassCategory category = class->get_category ? class->get_category(object) : class->category;
    return category == AV_CLASS_CATEGORY_DEMUXER || category == AV_CLASS_CATEGORY_FILTER;
}

// libav's own words for what is missing from a stream.
static bool tells_of_loss(const char *text)
{
    static const char *const words[] = {"RTP: missed", "Could not find ref",
                                        "eference picture missing", "Missing reference picture",
                                        "RTP packet lost"};
    size_t i = 0;
    while (i < FF_ARRAY_ELEMS(words) && !strstr(text, words[i]))
        i++;
    return i < FF_ARRAY_ELEMS(words);
}

static void take_message(void *object, int level, const char *format, va_list arguments)
{
    if (level > AV_LOG_WARNING)
        return;
    char text[160], scope[48];
    vsnprintf(text, sizeof(text), format, arguments);
    text[strcspn(text, "\n")] = '\0';
    const AVClass *class = object ? *(const AVClass **)object : NULL;
    complained = complained || level <= AV_LOG_ERROR;
    lost = lost || tells_of_loss(text);
    sscanf(text, "Picture size %dx%d is invalid", &refused_width, &refused_height);
    if (class && level <= AV_LOG_ERROR && is_telling(object, class))
        ct__copy_text(complaint, sizeof(complaint), text);
    snprintf(scope, sizeof(scope), "libav/%.40s", class ? class->item_name(object) : "");
    ct__log(CT_LOG_DEBUG, scope, "%s", text);
}

static void set_callback(void)
{
    av_log_set_callback(take_message);
}

void ct__av_begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_callback);
}

const char *ct__av_complaint(void)
{
    return complaint;
}

void ct__av_forget(void)
{
    complaint[0] = '\0';
    complained = false;
    lost = false;
    refused_width = refused_height = 0;
}

bool ct__av_lost(void)
{
    return lost;
}

bool ct__av_complained(void)
{
    return complained;
}

bool ct__av_refused(int *width, int *height)
{
    if (refused_width <= 0 || refused_height <= 0)
        return false;
    *width = refused_width;
    *height = refused_height;
    return true;
}

char *ct__av_file_name(const char *path)
{
    size_t size = strlen(path) + sizeof("file:");
    char *name = ct__alloc(size);
    if (name)
        snprintf(name, size, "file:%s", path);
    return name;
}

// With a proxy libav asks for its name alone, unless the host is one of those that go without it:
// how it compares these is its own affair, and where there are some nothing is asked for here.
int ct__av_resolve(const char *address, const struct ct__resolve_params *params)
{
    bool may = strncmp(address, "http", 4) == 0 || strncmp(address, "rtsps", 5) == 0;
    const char *proxy = may ? getenv("http_proxy") : NULL, *without = getenv("no_proxy");
    if (!proxy || strncmp(proxy, "http://", 7) != 0)
        return ct__resolve(address, params);
    return without && *without ? CT_OK : ct__resolve(proxy, params);
}

const char *ct__av_reason(int error, char *text, size_t size)
{
    if (error == AVERROR_INVALIDDATA)
        ct__copy_text(text, size, "broken data");
    else
        av_strerror(error, text, size);
    return text;
}

// Formats that are ours byte for byte. A fourth plane or byte of alpha is not looked at.
static const struct {
    enum AVPixelFormat theirs;
    enum ct_format ours;
    bool full; // whatever the frame says
} formats[] = {
    {AV_PIX_FMT_YUV420P, CT_FORMAT_I420, false}, {AV_PIX_FMT_YUVJ420P, CT_FORMAT_I420, true},
    {AV_PIX_FMT_NV12, CT_FORMAT_NV12, false},    {AV_PIX_FMT_YUV422P, CT_FORMAT_I422, false},
    {AV_PIX_FMT_YUVJ422P, CT_FORMAT_I422, true}, {AV_PIX_FMT_YUV444P, CT_FORMAT_I444, false},
    {AV_PIX_FMT_YUVJ444P, CT_FORMAT_I444, true}, {AV_PIX_FMT_YUVA420P, CT_FORMAT_I420, false},
    {AV_PIX_FMT_GRAY8, CT_FORMAT_GREY, false},   {AV_PIX_FMT_RGB24, CT_FORMAT_RGB, false},
    {AV_PIX_FMT_BGR24, CT_FORMAT_BGR, false},    {AV_PIX_FMT_RGBA, CT_FORMAT_RGBA, false},
    {AV_PIX_FMT_BGRA, CT_FORMAT_BGRA, false},    {AV_PIX_FMT_RGB0, CT_FORMAT_RGBA, false},
    {AV_PIX_FMT_BGR0, CT_FORMAT_BGRA, false},
};

static enum ct_matrix matrix_of(enum AVColorSpace space)
{
    switch (space) {
    case AVCOL_SPC_BT709:
    case AVCOL_SPC_SMPTE240M:
        return CT_MATRIX_BT709;
    case AVCOL_SPC_FCC:
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
        return CT_MATRIX_BT601;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
        return CT_MATRIX_BT2020;
    default:
        return CT_MATRIX_AUTO;
    }
}

static enum ct_range range_of(const AVFrame *frame)
{
    if (frame->color_range == AVCOL_RANGE_JPEG)
        return CT_RANGE_FULL;
    return frame->color_range == AVCOL_RANGE_MPEG ? CT_RANGE_LIMITED : CT_RANGE_AUTO;
}

bool ct__av_picture(const AVFrame *frame, struct ct_picture *picture)
{
    size_t i = 0;
    while (i < FF_ARRAY_ELEMS(formats) && (int)formats[i].theirs != frame->format)
        i++;
    if (i == FF_ARRAY_ELEMS(formats))
        return false;
    *picture = (struct ct_picture){.format = formats[i].ours,
                                   .matrix = matrix_of(frame->colorspace),
                                   .range = formats[i].full ? CT_RANGE_FULL : range_of(frame),
                                   .width = frame->width,
                                   .height = frame->height};
    for (int plane = 0; plane < ct__format_info(picture->format)->planes; plane++) {
        if (frame->linesize[plane] <= 0)
            return false;
        picture->data[plane] = frame->data[plane];
        picture->stride[plane] = frame->linesize[plane];
    }
    return true;
}

// The format of ours that keeps most of what a foreign one has, and libav's name for it.
static enum ct_format nearest(const AVPixFmtDescriptor *from, bool only_rgb,
                              enum AVPixelFormat *theirs)
{
    bool rgb = from->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BAYER);
    if (from->nb_components <= 2 && !rgb) {
        *theirs = AV_PIX_FMT_GRAY8;
        return CT_FORMAT_GREY;
    }
    if (rgb || only_rgb) {
        *theirs = AV_PIX_FMT_RGB24;
        return CT_FORMAT_RGB;
    }
    if (from->log2_chroma_w == 1 && from->log2_chroma_h <= 1) {
        *theirs = from->log2_chroma_h ? AV_PIX_FMT_YUV420P : AV_PIX_FMT_YUV422P;
        return from->log2_chroma_h ? CT_FORMAT_I420 : CT_FORMAT_I422;
    }
    *theirs = AV_PIX_FMT_YUV444P;
    return CT_FORMAT_I444;
}

// Depth and layout change here, range and matrix do not: they travel on with the frame.
static int set_scaler(struct SwsContext **scaler, const AVFrame *from, enum AVPixelFormat to)
{
    *scaler = sws_getCachedContext(
        *scaler, from->width, from->height, from->format, from->width, from->height, to,
        SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, NULL, NULL, NULL);
    if (!*scaler)
        return CT_ERROR_UNSUPPORTED;
    int full = from->color_range == AVCOL_RANGE_JPEG;
    const int *matrix = sws_getCoefficients((int)from->colorspace);
    sws_setColorspaceDetails(*scaler, matrix, full, matrix, full, 0, 1 << 16, 1 << 16);
    return CT_OK;
}

int ct__av_convert(struct SwsContext **scaler, const AVFrame *from, bool only_rgb,
                   const char *scope, struct ct__pool *pool, ct_frame **out)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(from->format);
    enum AVPixelFormat theirs = AV_PIX_FMT_NONE;
    if (!descriptor || descriptor->flags & AV_PIX_FMT_FLAG_HWACCEL)
        return ct__fail(CT_ERROR_UNSUPPORTED, scope, "pixel format %d is not known", from->format);
    enum ct_format ours = nearest(descriptor, only_rgb, &theirs);
    if (set_scaler(scaler, from, theirs))
        return ct__fail(CT_ERROR_UNSUPPORTED, scope, "pixel format %s cannot be converted",
                        descriptor->name);
    ct_frame *frame = NULL;
    int error = ct__pool_frame(pool, &frame, ours, from->width, from->height);
    if (error)
        return error;
    uint8_t *data[4] = {0};
    int stride[4] = {0};
    for (int plane = 0; plane < ct__format_info(ours)->planes; plane++) {
        data[plane] = ct_frame_writable(frame, plane);
        stride[plane] = (int)ct_frame_picture(frame)->stride[plane];
    }
    sws_scale(*scaler, (const uint8_t *const *)from->data, from->linesize, 0, from->height, data,
              stride);
    if (ours != CT_FORMAT_RGB)
        ct_frame_set_colour(frame, matrix_of(from->colorspace), range_of(from));
    *out = frame;
    return CT_OK;
}
