// SPDX-License-Identifier: Apache-2.0
// Pictures of libav with all that an editor wants to keep: alpha, 16 bits, the profile.
#include "media/codec.h"

#include <libavutil/pixdesc.h>

#include "base/log.h"
#include "media/av.h"

// Converts to samples beside each other, limited range to full.
static int convert(const AVFrame *from, enum AVPixelFormat format, const char *scope, uint8_t *to,
                   ptrdiff_t stride)
{
    struct SwsContext *scaler =
        sws_getContext(from->width, from->height, from->format, from->width, from->height, format,
                       SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, NULL, NULL, NULL);
    if (!scaler)
        return ct__fail(CT_ERROR_UNSUPPORTED, scope, "pixel format %d cannot be converted",
                        from->format);
    const int *matrix = sws_getCoefficients((int)from->colorspace);
    bool grey = av_pix_fmt_desc_get(from->format)->nb_components <= 2;
    bool full = from->color_range == AVCOL_RANGE_JPEG || grey;
    sws_setColorspaceDetails(scaler, matrix, full, matrix, 1, 0, 1 << 16, 1 << 16);
    uint8_t *data[4] = {to};
    const int strides[4] = {(int)stride};
    sws_scale(scaler, (const uint8_t *const *)from->data, from->linesize, 0, from->height, data,
              strides);
    sws_freeContext(scaler);
    return CT_OK;
}

static int convert_deep(const AVFrame *from, const char *scope, ct_frame *frame)
{
    int error = ct__frame_make_deep(frame);
    return error ? error
                 : convert(from, AV_PIX_FMT_RGBA64, scope, (uint8_t *)frame->extras.deep,
                           (ptrdiff_t)from->width * 4 * (ptrdiff_t)sizeof(uint16_t));
}

static int keep_profile(const AVFrame *from, ct_frame *frame)
{
    const AVFrameSideData *data = av_frame_get_side_data(from, AV_FRAME_DATA_ICC_PROFILE);
    return data ? ct__profile_keep(frame, data->data, data->size) : CT_OK;
}

int ct__whole_frame(const AVFrame *from, const char *scope, struct ct__pool *pool, ct_frame **out)
{
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(from->format);
    if (!format || format->flags & AV_PIX_FMT_FLAG_HWACCEL)
        return ct__fail(CT_ERROR_UNSUPPORTED, scope, "pixel format %d is not known", from->format);
    // A palette may have transparent colours.
    bool alpha = format->flags & (AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_PAL);
    ct_frame *frame = NULL;
    int error = ct__pool_frame(pool, &frame, alpha ? CT_FORMAT_RGBA : CT_FORMAT_RGB, from->width,
                               from->height);
    if (!error)
        error = convert(from, alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24, scope,
                        ct_frame_writable(frame, 0), ct_frame_picture(frame)->stride[0]);
    if (!error && format->comp[0].depth > 8)
        error = convert_deep(from, scope, frame);
    if (!error)
        error = keep_profile(from, frame);
    if (error)
        ct_frame_unref(&frame);
    else
        *out = frame;
    return error;
}
