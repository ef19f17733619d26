// SPDX-License-Identifier: Apache-2.0
// The sound of a clip. The file is open a second time, so that sound is read when it is wanted and
// nothing of it waits in memory; times count from the first picture, as those of frames do.
#include "media/sound.h"

#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/mem.h"
#include "media/input.h"

enum { PROBE = 8192 };

// Decoders of most codecs need a packet or two from before the first sample that is heard.
static const int64_t most_lead_ns = 100000000;
static const int64_t longest_ns = INT64_MAX / 4; // what is longer is no time
static const AVRational nanosecond = {1, 1000000000};

struct ct__sound {
    struct ct__input input;
    AVStream *stream;
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
    sound->stream = format->streams[index];
    if (pictures->start_time != AV_NOPTS_VALUE)
        sound->start =
            av_rescale_q(pictures->start_time, pictures->time_base, sound->stream->time_base);
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

void ct__sound_close(struct ct__sound **sound)
{
    struct ct__sound *closing = *sound;
    *sound = NULL;
    if (!closing)
        return;
    ct__input_close(&closing->input);
    av_packet_free(&closing->packet);
    ct__free(closing);
}

const char *ct__sound_codec(const struct ct__sound *sound)
{
    return avcodec_get_name(sound->stream->codecpar->codec_id);
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
    if (!stream || avcodec_parameters_copy(stream->codecpar, sound->stream->codecpar) < 0)
        return NULL;
    stream->codecpar->codec_tag = 0; // each container has its own
    stream->time_base = sound->stream->time_base;
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
    const AVCodecParameters *parameters = sound->stream->codecpar;
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
    if (packet->stream_index != sound->stream->index || packet->pts == AV_NOPTS_VALUE)
        return false;
    packet->pts = packet->dts = av_sat_sub64(packet->pts, sound->start);
    *time_ns = av_rescale_q(packet->pts, sound->stream->time_base, nanosecond);
    return *time_ns > -longest_ns && *time_ns < longest_ns;
}

// Has the next packet ready; false at the end.
static bool next_packet(struct ct__sound *sound)
{
    while (!sound->ready && !sound->ended) {
        sound->ended = av_read_frame(sound->input.format, sound->packet) < 0;
        sound->ready = !sound->ended && is_timed(sound, sound->packet, &sound->time_ns);
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
    int64_t lead = lead_of(format, sound->stream->codecpar);
    int64_t shift = av_rescale_q(at_ns, nanosecond, stream->time_base);
    while (next_packet(sound) && at_ns + sound->time_ns < until_ns) {
        sound->ready = false;
        av_packet_rescale_ts(packet, sound->stream->time_base, stream->time_base);
        packet->pts = packet->dts = packet->dts + shift;
        if (sound->time_ns < (at_ns ? 0 : -lead) || packet->dts <= *last) {
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
