// SPDX-License-Identifier: Apache-2.0
// What a stranger's file may be, and what it may make libav open: nothing. Playlists and scripts
// name other files and addresses, so that a file is only ever one of the containers named here.
#include "media/input.h"

#include <libavutil/avstring.h>
#include <string.h>

#include "base/log.h"

enum { PROBE = 8192 };

static const char containers[] =
    "mov,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,live_flv,asf,ogg,mxf,h264,hevc,vvc,av1,m4v,"
    "h263,ivf,obu,nut,dv,gxf,rm,wtv,vc1,swf,gif,apng,mjpeg,yuv4mpegpipe";

static const char *const forbidden[] = {"hls", "dash", "concat", "sdp", "imf", NULL};

// A URL may lead to other URLs (a playlist of a camera or a broadcaster), never to a file.
static const char networks[] =
    "crypto,ftp,gopher,gophers,http,https,httpproxy,mmsh,mmst,rist,rtmp,rtmpe,rtmps,rtmpt,rtmpte,"
    "rtmpts,rtp,rtsp,rtsps,sctp,sftp,smb,srt,srtp,tcp,tls,udp,udplite,unix,zmq";

int ct__input_allow(AVDictionary **options, bool local)
{
    int error = av_dict_set(options, "protocol_whitelist", local ? "file" : networks, 0);
    if (error >= 0 && local)
        error = av_dict_set(options, "format_whitelist", containers, 0);
    return error < 0 ? CT_ERROR_MEMORY : CT_OK;
}

// What the bytes are by the word of libav's probes; how sure they are.
static const AVInputFormat *probe(const uint8_t *data, size_t size, int *score)
{
    ct__av_begin();
    uint8_t padded[PROBE + AVPROBE_PADDING_SIZE] = {0};
    size = size < PROBE ? size : PROBE;
    memcpy(padded, data, size);
    AVProbeData probe = {.filename = "", .buf = padded, .buf_size = (int)size};
    return av_probe_input_format3(&probe, 1, score);
}

const char *ct__input_forbidden(const uint8_t *data, size_t size)
{
    int score = 0;
    const AVInputFormat *format = probe(data, size, &score);
    const char *const *name = forbidden;
    while (*name && !(format && av_match_name(*name, format->name)))
        name++;
    return *name;
}

// A probe may take any text for some format: only containers that hold video count.
bool ct__reader_sniff(const uint8_t *data, size_t size)
{
    int score = 0;
    const AVInputFormat *format = probe(data, size, &score);
    return format && score > AVPROBE_SCORE_RETRY && av_match_list(format->name, containers, ',');
}
