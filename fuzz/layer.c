// SPDX-License-Identifier: Apache-2.0
// The first bits of a coded picture: the first byte chooses the codec.
#include "media/layer.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum AVCodecID codecs[] = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MPEG4,
                                            AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_VP8};
    struct fuzz_bytes bytes = {data, size};
    enum AVCodecID codec = codecs[fuzz_below(&bytes, 5)];
    // In memory of exactly its size, so that a read that goes too far is seen.
    uint8_t *exact = malloc(bytes.left ? bytes.left : 1);
    FUZZ_CHECK(exact);
    if (bytes.left)
        memcpy(exact, bytes.at, bytes.left);
    int layer = ct__layer_of(codec, exact, bytes.left, false);
    FUZZ_CHECK(layer > CT__LAYER_KEY && layer < CT__LAYERS);
    free(exact);
    return 0;
}
