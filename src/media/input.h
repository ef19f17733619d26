// SPDX-License-Identifier: Apache-2.0
// An open container: from a file, a URL or a descriptor to an AVFormatContext that knows its
// streams.
#ifndef CT_MEDIA_INPUT_H
#define CT_MEDIA_INPUT_H

#include "media/av.h"
#include "media/reader.h"

// Stays where it is while open: libav holds its address.
struct ct__input {
    AVFormatContext *format;
    AVIOContext *io; // of a descriptor, else NULL
    struct ct__reader_stream stream;
    uint8_t start[16]; // first bytes of the descriptor, for error messages
    size_t start_size;
    atomic_bool interrupted;
    const atomic_bool *stop; // of somebody else, or NULL
    int64_t deadline_ns;     // what blocks longer is given up; 0: none
    int64_t max_pixels;
    char *scope; // the path as it may be logged
};

// Opens and reads the headers; `input` is zeroed first. Errors are logged: CT_ERROR_LIMIT for a
// video above params->max_pixels (0: 2^28) too. After a failure it is closed. `params` may be NULL.
int ct__input_open(struct ct__input *input, const char *path,
                   const struct ct__reader_params *params);
void ct__input_close(struct ct__input *input);
bool ct__input_stopped(const struct ct__input *input);

// Whether the deadline has passed, and so ended a blocking call.
bool ct__input_late(const struct ct__input *input);

// For those who open the format themselves (receiver.c): everything before that, and looking into
// the first packets for what the headers leave open, a code of libav.
int ct__input_begin(struct ct__input *input, const char *path,
                    const struct ct__reader_params *params);
int ct__input_probe(struct ct__input *input);

// As ct__av_resolve(), until the input is interrupted or late.
int ct__input_resolve(const struct ct__input *input, const char *address);

// The video to read, from 1 in their order, or 0 for the one libav thinks best; cover pictures do
// not count. All others are discarded. CT_ERROR_FORMAT, CT_ERROR_INVALID, logged.
int ct__input_video(const struct ct__input *input, int wanted, AVStream **out);

// What libav may do with an input: options for avformat_open_input(), freed with av_dict_free().
// `local`: a file or descriptor, not a URL.
int ct__input_allow(AVDictionary **options, bool local);

// The name of a format that these bytes are and that no file may be, because it names other files
// ("hls"), or NULL.
const char *ct__input_forbidden(const uint8_t *data, size_t size);

// EXIF's number (1 to 8) for a stream's display matrix.
int ct__input_orientation(const AVStream *stream);

#endif
