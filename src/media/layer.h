// SPDX-License-Identifier: Apache-2.0
// How much hangs on a coded picture: what can be left undecoded without harm to the rest.
#ifndef CT_MEDIA_LAYER_H
#define CT_MEDIA_LAYER_H

#include "media/av.h"

// Layers of a stream, the most important first: a picture builds on pictures of its own layer and
// of those before it. Temporal layer t has two of them: pictures that others of it build on, and
// those that at most higher temporal layers build on.
enum {
    CT__LAYER_KEY = 0,          // builds on nothing
    CT__LAYER_REFERENCE = 1,    // + 2 t
    CT__LAYER_UNREFERENCED = 2, // + 2 t
    CT__LAYERS = 15,
};

// The layer of a packet that holds one picture (H.264 and H.265 with start codes or lengths of 4
// bytes); CT__LAYER_REFERENCE for what is not understood. `key`: the demuxer says that decoding can
// begin here. Looks at headers only.
int ct__layer_of(enum AVCodecID codec, const uint8_t *data, size_t size, bool key);

// What a packet of H.264 holds, by its first unit that is part of a picture.
enum ct__h264_content { CT__H264_NO_PICTURE = 0, CT__H264_IDR, CT__H264_OTHER };
enum ct__h264_content ct__h264_content(const uint8_t *data, size_t size);

// Whether every picture of a codec is a key picture.
bool ct__layer_single(enum AVCodecID codec);

#endif
