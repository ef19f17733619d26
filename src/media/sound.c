// SPDX-License-Identifier: Apache-2.0
// The sound of a clip. A file is open a second time, so that sound is read when it is wanted and
// nothing of it waits in memory; that of a pipe comes by a spool. Times count from the first
// picture, as those of frames do.
#include "media/sound.h"

#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/mem.h"
#include "media/input.h"
#include "media/spool.h"

enum { PROBE = 8192 };

// Decoders of most codecs need a packet or two from before the first sample that is heard.
static const int64_t most_lead_ns = 100000000;
static const int64_t longest_ns = INT64_MAX / 4; // what is longer is no time
static const AVRational nanosecond = {1, 1000000000};

struct ct__sound {
    struct ct__input input;  // of a file, or
    struct ct__spool *spool; // of a pipe, a reference
    int queue;               // there
    const AVCodecParameters *parameters;
    AVRational time_base;
    int index;        // of its stream in the container, where there is one
    AVPacket *packet; // the next, if it is ready
    int64_t time_ns;  // when it is heard, from the first picture
    int64_t start;    // of the pictures, in the stream's time base
    bool ready, ended;
};

// Whether a path is a file that may have sound: pixels without a container also come as files.
static bool is_container(const char *path)
{
    uint8_t head[PROBE];
    struct stat status;
    if (strcmp(path, "-") == 0 || stat(path, &status) || !S_ISREG(status.st_mode))
        return false;
    FILE *file = fopen(path, "rbe");
    size_t size = file ? fread(head, 1, sizeof(head), file) : 0;
    if (file)
        fclose(file);
    return ct__reader_sniff(head, size);
}

// Finds the sound, and when the pictures begin; whether there is any.
static bool choose_stream(struct ct__sound *sound, int video_stream)
{
    AVFormatContext *format = sound->input.format;
    AVStream *pictures = NULL;
    if (ct__input_video(&sound->input, video_stream, &pictures))
        return false;
    int index = av_find_best_stream(format, AVMEDIA_TYPE_AUDIO, -1, pictures->index, NULL, 0);
    if (index < 0)
        return false;
    const AVStream *stream = format->streams[index];
    sound->index = index;
    sound->parameters = stream->codecpar;
    sound->time_base = stream->time_base;
    if (pictures->start_time != AV_NOPTS_VALUE)
        sound->start = av_rescale_q(pictures->start_time, pictures->time_base, sound->time_base);
    for (unsigned i = 0; i < format->nb_streams; i++)
        format->streams[i]->discard = (int)i == index ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    return true;
}

int ct__sound_open(struct ct__sound **out, const char *path, int video_stream)
{
    *out = NULL;
    if (!is_container(path))
        return CT_OK;
    struct ct__sound *sound = ct__calloc(1, sizeof(*sound));
    if (!sound)
        return ct__fail_memory(path);
    int error = ct__input_open(&sound->input, path, NULL);
    bool found = !error && choose_stream(sound, video_stream);
    sound->packet = found ? av_packet_alloc() : NULL;
    if (found && !sound->packet)
        error = ct__fail_memory(path);
    if (found && !error)
        *out = sound;
    else
        ct__sound_close(&sound);
    return error == CT_ERROR_MEMORY ? error : CT_OK;
}

int ct__sound_follow(struct ct__sound **out, const struct ct_frame *frame, const char *scope)
{
    struct ct__spool *spool = ct__spool_of(frame->company);
    int queue = spool ? ct__spool_join(spool) : -1;
    *out = NULL;
    if (queue < 0)
        return CT_OK;
    struct ct__sound *sound = ct__calloc(1, sizeof(*sound));
    AVPacket *packet = sound ? av_packet_alloc() : NULL;
    if (!packet) {
        ct__spool_leave(spool, queue);
        ct__free(sound);
        return ct__fail_memory(scope);
    }
    ct__company_ref(ct__spool_company(spool));
    *sound = (struct ct__sound){.spool = spool,
                                .queue = queue,
                                .parameters = ct__spool_parameters(spool),
                                .time_base = ct__spool_time_base(spool),
                                .packet = packet,
                                .start = ct__spool_start(spool)};
    *out = sound;
    return CT_OK;
}

void ct__sound_close(struct ct__sound **sound)
{
    struct ct__sound *closing = *sound;
    *sound = NULL;
    if (!closing)
        return;
    if (closing->spool) {
        struct ct__company *company = ct__spool_company(closing->spool);
        ct__spool_leave(closing->spool, closing->queue);
        ct__company_unref(&company);
    }
    ct__input_close(&closing->input);
    av_packet_free(&closing->packet);
    ct__free(closing);
}

const char *ct__sound_codec(const struct ct__sound *sound)
{
    return avcodec_get_name(sound->parameters->codec_id);
}

static bool same_codec(const AVCodecParameters *a, const AVCodecParameters *b)
{
    return a->codec_id == b->codec_id && a->sample_rate == b->sample_rate &&
           a->ch_layout.nb_channels == b->ch_layout.nb_channels &&
           a->extradata_size == b->extradata_size &&
           (a->extradata_size == 0 ||
            memcmp(a->extradata, b->extradata, (size_t)a->extradata_size) == 0);
}

AVStream *ct__sound_add(const struct ct__sound *sound, AVFormatContext *format)
{
    AVStream *stream = avformat_new_stream(format, NULL);
    if (!stream || avcodec_parameters_copy(stream->codecpar, sound->parameters) < 0)
        return NULL;
    stream->codecpar->codec_tag = 0; // each container has its own
    stream->time_base = sound->time_base;
    format->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL; // for younger pairs of the two
    format->avoid_negative_ts = 0;                              // pictures stay where they are
    return stream;
}

// The tables of libav are more generous than its muxers: only a header that was written tells.
bool ct__sound_may_join(const struct ct__sound *sound, const AVFormatContext *format)
{
    AVFormatContext *trial = NULL;
    uint8_t *header = NULL;
    if (avformat_alloc_output_context2(&trial, format->oformat, NULL, NULL) < 0)
        return false;
    bool may = ct__sound_add(sound, trial) && avio_open_dyn_buf(&trial->pb) >= 0;
    if (may) {
        may = avformat_write_header(trial, NULL) >= 0;
        avio_close_dyn_buf(trial->pb, &header);
        av_free(header);
    }
    avformat_free_context(trial);
    return may;
}

const char *ct__sound_obstacle(const struct ct__sound *sound, const AVFormatContext *format,
                               const AVStream *stream, bool used)
{
    const AVCodecParameters *parameters = sound->parameters;
    if (!ct__sound_may_join(sound, format))
        return "this kind of file cannot hold it";
    if (!stream)
        return "the file began without sound";
    if (!same_codec(parameters, stream->codecpar))
        return "the file began with another kind";
    // QuickTime's plain samples follow each other without times: a pause between clips would be
    // lost, and all that follows be too early.
    bool timeless = av_get_exact_bits_per_sample(parameters->codec_id) > 0 &&
                    strcmp(format->oformat->name, "mov") == 0;
    return used && timeless ? "this kind of file can hold that of one clip" : NULL;
}

// Whether a packet belongs to the sound and says when it is heard; its time then counts from the
// first picture. Sound is heard in the order in which it is stored.
static bool is_timed(struct ct__sound *sound, AVPacket *packet, int64_t *time_ns)
{
    if ((!sound->spool && packet->stream_index != sound->index) || packet->pts == AV_NOPTS_VALUE)
        return false;
    packet->pts = packet->dts = av_sat_sub64(packet->pts, sound->start);
    *time_ns = av_rescale_q(packet->pts, sound->time_base, nanosecond);
    return *time_ns > -longest_ns && *time_ns < longest_ns;
}

// 1 for a packet, 0 if there is none yet, less at the end.
static int read_packet(struct ct__sound *sound)
{
    if (sound->spool)
        return ct__spool_take(sound->spool, sound->queue, sound->packet);
    return av_read_frame(sound->input.format, sound->packet) < 0 ? -1 : 1;
}

// Has the next packet ready; false at the end, and where it has not come yet.
static bool next_packet(struct ct__sound *sound)
{
    for (int got = 1; got && !sound->ready && !sound->ended;) {
        got = read_packet(sound);
        sound->ended = got < 0;
        sound->ready = got > 0 && is_timed(sound, sound->packet, &sound->time_ns);
        if (!sound->ready)
            av_packet_unref(sound->packet);
    }
    return sound->ready;
}

// How long before the first picture of a file its sound may begin: what a decoder needs to warm up,
// where the container can say that it is not to be heard.
static int64_t lead_of(const AVFormatContext *format, const AVCodecParameters *parameters)
{
    if (format->oformat->flags & AVFMT_TS_NEGATIVE)
        return most_lead_ns;
    if (parameters->codec_id != AV_CODEC_ID_OPUS || parameters->sample_rate <= 0)
        return 0;
    // Matroska has a field for Opus, exact to the millisecond.
    return av_rescale(parameters->initial_padding, 1000, parameters->sample_rate) * 1000000;
}

int ct__sound_copy(struct ct__sound *sound, AVFormatContext *format, AVStream *stream,
                   int64_t *last, int64_t at_ns, int64_t until_ns)
{
    AVPacket *packet = sound->packet;
    int64_t lead = lead_of(format, sound->parameters);
    int64_t shift = av_rescale_q(at_ns, nanosecond, stream->time_base);
    while (next_packet(sound) && at_ns + sound->time_ns < until_ns) {
        sound->ready = false;
        av_packet_rescale_ts(packet, sound->time_base, stream->time_base);
        packet->pts = packet->dts = packet->dts + shift;
        // What came too late for the file before this one is in none.
        bool late = at_ns < 0 && at_ns + sound->time_ns < 0;
        if (late || sound->time_ns < (at_ns ? 0 : -lead) || packet->dts <= *last) {
            av_packet_unref(packet);
            continue;
        }
        *last = packet->dts;
        packet->stream_index = stream->index;
        packet->pos = -1;
        int error = av_interleaved_write_frame(format, packet);
        if (error < 0)
            return error;
    }
    return 0;
}
