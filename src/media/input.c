// SPDX-License-Identifier: Apache-2.0
// Opens a container. A file is named to libav so that no character of its name means anything; what
// cannot be opened is explained from the file itself, since libav's codes say little.
#include "media/input.h"

#include <ctype.h>
#include <errno.h>
#include <libavutil/display.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "media/picture.h"

enum { STREAM_BUFFER = 1 << 16, POLL_MS = 50, START = 4096, MAX_PIXELS = 1 << 28 };

bool ct__input_stopped(const struct ct__input *input)
{
    return atomic_load(&input->interrupted) || (input->stop && atomic_load(input->stop));
}

bool ct__input_late(const struct ct__input *input)
{
    return input->deadline_ns && ct__now_ns() > input->deadline_ns;
}

static int interrupt_callback(void *opaque)
{
    return ct__input_stopped(opaque) || ct__input_late(opaque);
}

// Reads what was peeked at, then the descriptor; waits in short turns so that an interrupt is seen.
static int read_stream(void *opaque, uint8_t *to, int size)
{
    struct ct__input *input = opaque;
    struct ct__reader_stream *stream = &input->stream;
    if (stream->head_size > 0) {
        size_t count = stream->head_size < (size_t)size ? stream->head_size : (size_t)size;
        memcpy(to, stream->head, count);
        stream->head += count;
        stream->head_size -= count;
        return (int)count;
    }
    for (;;) {
        if (ct__input_stopped(input))
            return AVERROR_EXIT;
        struct pollfd wait = {.fd = stream->descriptor, .events = POLLIN};
        if (poll(&wait, 1, POLL_MS) <= 0)
            continue;
        ssize_t count = read(stream->descriptor, to, (size_t)size);
        if (count >= 0)
            return count > 0 ? (int)count : AVERROR_EOF;
        if (errno != EINTR && errno != EAGAIN)
            return AVERROR(errno);
    }
}

static int64_t seek_stream(void *opaque, int64_t offset, int whence)
{
    struct ct__input *input = opaque;
    struct stat status;
    if (whence == AVSEEK_SIZE)
        return fstat(input->stream.descriptor, &status) ? AVERROR(errno) : status.st_size;
    int64_t position = lseek(input->stream.descriptor, offset, whence & ~AVSEEK_FORCE);
    return position < 0 ? AVERROR(errno) : position;
}

static int attach_stream(struct ct__input *input, const struct ct__reader_stream *stream)
{
    input->stream = *stream;
    input->start_size =
        stream->head_size < sizeof(input->start) ? stream->head_size : sizeof(input->start);
    memcpy(input->start, stream->head, input->start_size);
    off_t back = -(off_t)stream->head_size;
    bool seekable = lseek(stream->descriptor, back, SEEK_CUR) >= 0;
    if (seekable)
        input->stream.head_size = 0; // a file: read again from its start instead
    uint8_t *buffer = av_malloc(STREAM_BUFFER);
    if (!buffer)
        return ct__fail_memory(input->scope);
    input->io = avio_alloc_context(buffer, STREAM_BUFFER, 0, input, read_stream, NULL,
                                   seekable ? seek_stream : NULL);
    if (!input->io) {
        av_free(buffer);
        return ct__fail_memory(input->scope);
    }
    input->format->pb = input->io;
    return CT_OK;
}

// A file is told apart from a URL here, never by libav, whose other prefixes ("concat:", "data:")
// are not for names that people write.
static bool is_url(const char *path)
{
    struct stat status;
    return ct__url_scheme(path) > 0 && strncmp(path, "file://", 7) != 0 && stat(path, &status) != 0;
}

// The name for libav. Behind "file:" no character of a path means anything.
static char *libav_name(const char *path)
{
    struct stat status;
    if (ct__url_scheme(path) > 0 && stat(path, &status) != 0)
        return ct__strdup(path);
    return ct__av_file_name(path);
}

// The first bytes of what is being opened; how many. A pipe gives its bytes once: they were noted.
static size_t read_start(const struct ct__input *input, const char *path, uint8_t *start,
                         size_t size)
{
    struct stat status;
    if (input->io) {
        memcpy(start, input->start, input->start_size);
        return input->start_size;
    }
    FILE *file = stat(path, &status) == 0 && S_ISREG(status.st_mode) ? fopen(path, "rbe") : NULL;
    size_t count = file ? fread(start, 1, size, file) : 0;
    if (file)
        fclose(file);
    return count;
}

// Says what a file begins with that libav does not take, so that a person sees what it is.
static int fail_unknown(const char *scope, const uint8_t *start, size_t count)
{
    char shown[12] = "";
    if (count == 0)
        return ct__fail(CT_ERROR_FORMAT, scope, "empty file");
    for (size_t i = 0; i < count && i < sizeof(shown) - 1; i++)
        shown[i] = start[i] < 128 && isprint(start[i]) ? (char)start[i] : '.';
    return ct__fail(CT_ERROR_FORMAT, scope, "no picture or video that is known: starts with \"%s\"",
                    shown);
}

static int explain(const struct ct__input *input, const char *path, int error)
{
    char reason[128];
    uint8_t start[START];
    if (ct__input_stopped(input))
        return CT_ERROR_STOPPED;
    if (error == AVERROR(ENOMEM))
        return ct__fail_memory(input->scope);
    if (error == AVERROR(ENOENT))
        return ct__fail(CT_ERROR_NOT_FOUND, input->scope, "no such file");
    // EINVAL: libav knows it, but a file may not be that.
    if (error != AVERROR_INVALIDDATA && error != AVERROR_EOF && error != AVERROR(EINVAL))
        return ct__fail(CT_ERROR_IO, input->scope, "cannot be opened: %s",
                        ct__av_reason(error, reason, sizeof(reason)));
    size_t count = read_start(input, path, start, sizeof(start));
    const char *forbidden = ct__input_forbidden(start, count);
    if (forbidden)
        return ct__fail(CT_ERROR_UNSUPPORTED, input->scope,
                        "a playlist (%s): a file may not open other files; name the clips instead",
                        forbidden);
    if (!ct__reader_sniff(start, count))
        return fail_unknown(input->scope, start, count);
    bool no_index = strstr(ct__av_complaint(), "moov atom not found");
    return ct__fail(CT_ERROR_FORMAT, input->scope,
                    no_index ? "cut off: its index (moov) is missing" : "broken headers");
}

static bool is_cover(const AVStream *stream)
{
    return stream->disposition & AV_DISPOSITION_ATTACHED_PIC;
}

static bool is_video(const AVStream *stream)
{
    return stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_cover(stream);
}

// What the headers say of sizes, before a decoder is asked: it would only say that they are wrong.
static int check_sizes(const struct ct__input *input)
{
    int error = CT_OK;
    for (unsigned i = 0; !error && i < input->format->nb_streams; i++) {
        const AVStream *stream = input->format->streams[i];
        const AVCodecParameters *parameters = stream->codecpar;
        if (is_video(stream) && parameters->width > 0 && parameters->height > 0)
            error = ct__picture_check(parameters->width, parameters->height, input->max_pixels,
                                      input->scope);
    }
    return error;
}

// Decoders run here already, and so need their limit here too.
int ct__input_probe(struct ct__input *input)
{
    AVFormatContext *format = input->format;
    unsigned count = format->nb_streams;
    int64_t limit = input->max_pixels < INT_MAX ? input->max_pixels : INT_MAX;
    AVDictionary **options = ct__calloc(count + 1, sizeof(AVDictionary *));
    int error = options ? 0 : AVERROR(ENOMEM);
    for (unsigned i = 0; error >= 0 && i < count; i++)
        error = av_dict_set_int(&options[i], "max_pixels", limit, 0);
    if (error >= 0)
        error = avformat_find_stream_info(format, options);
    for (unsigned i = 0; options && i < count; i++)
        av_dict_free(&options[i]);
    ct__free(options);
    return error;
}

int ct__input_resolve(const struct ct__input *input, const char *address)
{
    const struct ct__resolve_params params = {input->scope, &input->interrupted, input->stop,
                                              input->deadline_ns};
    return ct__av_resolve(address, &params);
}

static int open_format(struct ct__input *input, const char *path)
{
    struct stat status;
    if (!input->io && stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return ct__fail(CT_ERROR_FORMAT, input->scope, "is a folder");
    int unresolved = !input->io && is_url(path) ? ct__input_resolve(input, path) : CT_OK;
    if (unresolved)
        return unresolved;
    char *name = input->io ? NULL : libav_name(path);
    if (!input->io && !name)
        return ct__fail_memory(input->scope);
    ct__av_forget();
    AVDictionary *options = NULL;
    int error = AVERROR(ENOMEM);
    if (ct__input_allow(&options, input->io || !is_url(path)) == CT_OK)
        error = avformat_open_input(&input->format, name, NULL, &options);
    av_dict_free(&options);
    ct__free(name);
    if (error < 0)
        return explain(input, path, error);
    // libav would draw any text file as a picture of a terminal.
    if (strcmp(input->format->iformat->name, "tty") == 0)
        return explain(input, path, AVERROR_INVALIDDATA);
    int refused = check_sizes(input);
    if (refused)
        return refused;
    error = ct__input_probe(input);
    return error < 0 ? explain(input, path, error) : CT_OK;
}

int ct__input_begin(struct ct__input *input, const char *path,
                    const struct ct__reader_params *params)
{
    static const struct ct__reader_params defaults;
    const struct ct__reader_params *use = params ? params : &defaults;
    ct__av_begin();
    *input = (struct ct__input){.stop = use->stop,
                                .max_pixels = use->max_pixels > 0 ? use->max_pixels : MAX_PIXELS};
    input->scope = ct__url_loggable(path);
    input->format = avformat_alloc_context();
    if (!input->scope || !input->format) {
        ct__input_close(input);
        return ct__fail_memory("media");
    }
    input->format->interrupt_callback = (AVIOInterruptCB){interrupt_callback, input};
    return CT_OK;
}

int ct__input_open(struct ct__input *input, const char *path,
                   const struct ct__reader_params *params)
{
    int error = ct__input_begin(input, path, params);
    if (error)
        return error;
    if (params && params->stream)
        error = attach_stream(input, params->stream);
    if (!error)
        error = open_format(input, path);
    if (error)
        ct__input_close(input);
    return error;
}

void ct__input_close(struct ct__input *input)
{
    avformat_close_input(&input->format);
    if (input->io)
        av_freep(&input->io->buffer);
    avio_context_free(&input->io);
    ct__free(input->scope);
    input->scope = NULL;
}

int ct__input_orientation(const AVStream *stream)
{
    const int32_t *matrix =
        (const int32_t *)av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, NULL);
    if (!matrix)
        return 1;
    // x' = a x + c y, y' = b x + d y: only the signs of a turn by quarters are of interest.
    int32_t a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
    if (b == 0 && c == 0)
        return a < 0 ? (d < 0 ? 3 : 2) : (d < 0 ? 4 : 1);
    if (a == 0 && d == 0)
        return b < 0 ? (c < 0 ? 7 : 8) : (c < 0 ? 6 : 5);
    return 1;
}

int ct__input_video(const struct ct__input *input, int wanted, AVStream **out)
{
    AVFormatContext *format = input->format;
    AVStream *first = NULL, *chosen = NULL;
    int count = 0, covers = 0;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        covers += is_cover(format->streams[i]);
        if (!is_video(format->streams[i]))
            continue;
        first = first ? first : format->streams[i];
        if (++count == wanted)
            chosen = format->streams[i];
    }
    if (count == 0)
        return ct__fail(CT_ERROR_FORMAT, input->scope, "no video in it%s",
                        covers ? ", only a cover picture" : "");
    if (wanted < 0 || wanted > count)
        return ct__fail(CT_ERROR_INVALID, input->scope, "video stream %d: it has %d", wanted,
                        count);
    int best = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    if (!chosen)
        chosen = best >= 0 && is_video(format->streams[best]) ? format->streams[best] : first;
    for (unsigned i = 0; i < format->nb_streams; i++)
        format->streams[i]->discard =
            format->streams[i] == chosen ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    *out = chosen;
    return CT_OK;
}
