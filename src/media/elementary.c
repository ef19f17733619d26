// SPDX-License-Identifier: Apache-2.0
// A follower without a demuxer. Devices may give their parameter sets once, in front of the first
// picture, and apart from it: they are kept and given along with each key picture.
#include "media/elementary.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "media/decoder.h"
#include "media/follower.h"

enum { SETS_SIZE = 4096 }; // of parameter sets; real ones have less than 100 bytes

struct ct__elementary {
    struct ct__follower follower;
    AVPacket *packet;
    uint8_t sets[SETS_SIZE];
    size_t sets_size; // 0: none came apart
};

static int open_decoder(struct ct__elementary *elementary,
                        const struct ct__elementary_params *params)
{
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    if (!parameters)
        return ct__fail_memory(params->scope);
    parameters->codec_type = AVMEDIA_TYPE_VIDEO;
    parameters->codec_id = AV_CODEC_ID_H264;
    parameters->width = params->width;
    parameters->height = params->height;
    int error = ct__decoder_open(&elementary->follower.codec, parameters, ct__follower_unit, 0,
                                 params->max_pixels, params->scope);
    avcodec_parameters_free(&parameters);
    return error;
}

int ct__elementary_open(struct ct__elementary **out, const struct ct__elementary_params *params)
{
    struct ct__elementary *elementary = ct__calloc(1, sizeof *elementary);
    if (!elementary)
        return ct__fail_memory(params->scope);
    ct__av_begin();
    int error = open_decoder(elementary, params);
    if (!error)
        error = ct__follower_init(&elementary->follower, params->scope, params->max_pixels,
                                  params->fps, params->phase);
    if (!error && !(elementary->packet = av_packet_alloc()))
        error = ct__fail_memory(params->scope);
    if (error)
        ct__elementary_close(&elementary);
    else
        *out = elementary;
    return error;
}

void ct__elementary_close(struct ct__elementary **elementary)
{
    struct ct__elementary *closing = *elementary;
    if (!closing)
        return;
    ct__follower_finish(&closing->follower);
    av_packet_free(&closing->packet);
    ct__free(closing);
    *elementary = NULL;
}

static void keep_sets(struct ct__elementary *elementary, const struct ct__elementary_packet *packet)
{
    if (packet->size > SETS_SIZE)
        return;
    memcpy(elementary->sets, packet->data, packet->size);
    elementary->sets_size = packet->size;
}

static int attach_sets(struct ct__elementary *elementary)
{
    uint8_t *data = av_packet_new_side_data(elementary->packet, AV_PKT_DATA_NEW_EXTRADATA,
                                            elementary->sets_size);
    if (!data)
        return ct__fail_memory(elementary->follower.scope);
    memcpy(data, elementary->sets, elementary->sets_size);
    return CT_OK;
}

// A copy, since libav reads a little behind the end of what it is given.
static int fill(struct ct__elementary *elementary, const struct ct__elementary_packet *packet,
                bool key)
{
    AVPacket *filled = elementary->packet;
    if (packet->size > INT32_MAX / 2 || av_new_packet(filled, (int)packet->size) < 0)
        return ct__fail_memory(elementary->follower.scope);
    memcpy(filled->data, packet->data, packet->size);
    if (!key)
        return CT_OK;
    filled->flags |= AV_PKT_FLAG_KEY;
    return elementary->sets_size ? attach_sets(elementary) : CT_OK;
}

int ct__elementary_decode(struct ct__elementary *elementary,
                          const struct ct__elementary_packet *packet, struct ct__pool *pool,
                          ct_frame **frame)
{
    enum ct__h264_content content = ct__h264_content(packet->data, packet->size);
    if (content == CT__H264_NO_PICTURE) {
        keep_sets(elementary, packet);
        return CT_OK;
    }
    int error = fill(elementary, packet, packet->key || content == CT__H264_IDR);
    if (!error)
        ct__follower_take(&elementary->follower, elementary->packet, false, &packet->info);
    av_packet_unref(elementary->packet);
    return error ? error : ct__follower_read(&elementary->follower, pool, frame);
}

void ct__elementary_lose(struct ct__elementary *elementary, unsigned damaged)
{
    ct__follower_lose(&elementary->follower);
    elementary->follower.withheld.damaged += damaged;
}

void ct__elementary_want(struct ct__elementary *elementary, double fps)
{
    ct__sieve_want(&elementary->follower.sieve, fps);
}

struct ct__withheld ct__elementary_withheld(const struct ct__elementary *elementary)
{
    return elementary->follower.withheld;
}
