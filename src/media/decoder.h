// SPDX-License-Identifier: Apache-2.0
// A decoder for one stream of video.
#ifndef CT_MEDIA_DECODER_H
#define CT_MEDIA_DECODER_H

#include "media/av.h"

// Opens one (avcodec_free_context()) for packets whose times are in `unit`s, with so many threads,
// each a frame of delay; 0: the calling thread alone. Refuses pictures above max_pixels (0: none).
// CT_ERROR_UNSUPPORTED, CT_ERROR_FORMAT, CT_ERROR_MEMORY, logged under `scope`.
int ct__decoder_open(AVCodecContext **out, const AVCodecParameters *parameters, AVRational unit,
                     int threads, int64_t max_pixels, const char *scope);

#endif
