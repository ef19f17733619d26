// SPDX-License-Identifier: Apache-2.0
// Reads video files and streams with libav: one clip, its pictures in order of display. One thread
// at a time, except ct__reader_interrupt().
#ifndef CT_MEDIA_READER_H
#define CT_MEDIA_READER_H

#include <stdatomic.h>

#include "frame/frame.h"

#include <chiton/media.h>

struct ct__reader;

// A clip that comes through an open descriptor instead of a name: what was already read from it,
// and the descriptor. Both are borrowed until the reader is closed.
struct ct__reader_stream {
    const uint8_t *head;
    size_t head_size;
    int descriptor;
};

struct ct__reader_params {
    int threads;             // of the decoder; 0 and 1: the calling thread alone
    int64_t max_pixels;      // refuse larger pictures; 0: no limit but that of a frame
    int video_stream;        // of several: 1 is the first; 0: the one libav thinks best
    const atomic_bool *stop; // ends blocking opens and reads as an interrupt does; may be NULL
    const struct ct__reader_stream *stream; // NULL: open the path
    int listeners; // of the clip's sound, which goes with its frames (spool.h); 0: none
};

// Opens a clip. Errors are logged under the path: CT_ERROR_NOT_FOUND, CT_ERROR_FORMAT (no media, no
// video in it), CT_ERROR_LIMIT. A path that is no file may be a URL; its user and password are
// never logged. A file is one of the containers of allowed.c and opens no other file; a cover
// picture is no video.
int ct__reader_open(struct ct__reader **out, const char *path,
                    const struct ct__reader_params *params);

// The next picture, turned as the container says. The frame wraps the decoder's own memory where
// its format is one of frame.h's, else it is converted (10 bit to 8, 4:1:0 and the like to I444 or
// RGB). Interlaced pictures have their missing lines filled in, one picture from each two fields.
// pts_ns counts from the stream's start and is what the clip says, even where that jumps; a time
// that is missing follows the one before at the clip's rate. number counts from 0, capture_ns is
// now. CT_ERROR_END at the
// end. A clip that breaks off or cannot be decoded further gives CT_ERROR_FORMAT or CT_ERROR_IO
// once, logged, after the last good picture, then CT_ERROR_END. CT_ERROR_STOPPED after an
// interrupt. The frame may outlive the reader.
int ct__reader_read(struct ct__reader *reader, struct ct__pool *pool, ct_frame **frame);

// Frames of the clip as the container says, or estimated from duration and rate; 0 if unknown.
double ct__reader_expected(const struct ct__reader *reader);

// Frames a second, for writers; 25 if unknown.
void ct__reader_rate(const struct ct__reader *reader, int *numerator, int *denominator);

// Makes a blocking read return CT_ERROR_STOPPED soon. Any thread.
void ct__reader_interrupt(struct ct__reader *reader);
void ct__reader_close(struct ct__reader **reader);

// Whether a file that begins with these bytes (8,192 are enough) is a container that holds video.
bool ct__reader_sniff(const uint8_t *data, size_t size);

// The headers of a media file that is not a still picture, for ct_media_read().
int ct__reader_info(const char *path, struct ct_media_info *info);

// "libavformat 59.27.100, libavcodec 59.37.100"
void ct__media_versions(char *text, size_t size);

#endif
