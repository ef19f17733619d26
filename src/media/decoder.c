// SPDX-License-Identifier: Apache-2.0
// Opens libav's decoder for what a stream says it is.
#include "media/decoder.h"

#include "base/log.h"

int ct__decoder_open(AVCodecContext **out, const AVCodecParameters *parameters, AVRational unit,
                     int threads, int64_t max_pixels, const char *scope)
{
    const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
    if (!codec)
        return ct__fail(CT_ERROR_UNSUPPORTED, scope, "no decoder for %s",
                        avcodec_get_name(parameters->codec_id));
    AVCodecContext *context = avcodec_alloc_context3(codec);
    if (!context || avcodec_parameters_to_context(context, parameters) < 0) {
        avcodec_free_context(&context);
        return ct__fail_memory(scope);
    }
    context->pkt_timebase = unit;
    context->thread_count = threads > 1 ? threads : 1;
    context->thread_type = FF_THREAD_FRAME;
    if (max_pixels > 0)
        context->max_pixels = max_pixels;
    if (avcodec_open2(context, codec, NULL) < 0) {
        avcodec_free_context(&context);
        return ct__fail(CT_ERROR_FORMAT, scope, "its %s video cannot be decoded", codec->name);
    }
    *out = context;
    return CT_OK;
}
