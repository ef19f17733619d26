// SPDX-License-Identifier: Apache-2.0
// Pieces of pictures: the first byte chooses the codec; then for each piece a byte of flags (1: a
// new time, 2: something is lost, 4: it begins a unit), one of its length, and its bytes.
#include "media/assembler.h"
#include "fuzz.h"

static void take(struct ct__assembler *assembler, AVPacket *packet)
{
    size_t held = assembler->size;
    ct__assembler_take(assembler, packet);
    FUZZ_CHECK((size_t)packet->size == held && held > 0);
    FUZZ_CHECK(!ct__assembler_ready(assembler));
    av_packet_unref(packet);
}

static void give(struct ct__assembler *assembler, struct fuzz_bytes *bytes, int64_t *time,
                 AVPacket *packet)
{
    uint8_t data[4 + 256] = {0, 0, 0, 1};
    unsigned flags = fuzz_byte(bytes);
    size_t begin = flags & 4 ? 4 : 0, size = fuzz_byte(bytes) + 1;
    for (size_t i = 0; i < size; i++)
        data[begin + i] = (uint8_t)fuzz_byte(bytes);
    *time += flags & 1;
    const struct ct__piece piece = {data, begin + size, *time, 0, flags & 2};
    if (ct__assembler_end(assembler, &piece))
        take(assembler, packet);
    FUZZ_CHECK(ct__assembler_add(assembler, &piece) == 0);
    if (ct__assembler_ready(assembler))
        take(assembler, packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    struct ct__assembler assembler = {0};
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    AVPacket *packet = av_packet_alloc();
    int64_t time = 0;
    FUZZ_CHECK(parameters && packet);
    ct__av_begin();
    parameters->codec_type = AVMEDIA_TYPE_VIDEO;
    parameters->codec_id = fuzz_below(&bytes, 2) ? AV_CODEC_ID_HEVC : AV_CODEC_ID_H264;
    FUZZ_CHECK(ct__assembler_init(&assembler, parameters, "fuzz") == 0);
    assembler.needed = 2; // so that few bytes are enough for trust
    while (bytes.left)
        give(&assembler, &bytes, &time, packet);
    ct__assembler_finish(&assembler);
    avcodec_parameters_free(&parameters);
    av_packet_free(&packet);
    return 0;
}
