// SPDX-License-Identifier: Apache-2.0
// Reads video files and streams with libav: one clip, its pictures in order of display. One thread at a time, except interrupt.
#ifndef CT_MEDIA_READER_H
#define CT_MEDIA_READER_H

#include "frame/frame.h"

#include <chiton/media.h>

struct ct__reader;

struct ct__reader_params {
    int threads;        // of the decoder; 0 and 1: the calling thread alone
    int64_t max_pixels; // refuse larger pictures
};

// Opens a clip. Errors are logged under the path: CT_ERROR_NOT_FOUND, CT_ERROR_FORMAT (no media, no video in it), CT_ERROR_LIMIT.
int ct__reader_open(struct ct__reader **out, const char *path,
                    const struct ct__reader_params *params);

// The next picture, upright pixels not guaranteed: rotation is applied. The frame wraps the decoder's own memory where its format is one of
// frame.h's, else it is converted (10 bit to 8, 4:1:0 and the like to I444 or RGB); pts_ns counts from the clip's start, number from 0,
// capture_ns is now. CT_ERROR_END at the end. A clip that breaks off or cannot be decoded further gives CT_ERROR_FORMAT or CT_ERROR_IO once, logged, after the last
// good picture, then CT_ERROR_END. CT_ERROR_STOPPED after an interrupt.
int ct__reader_read(struct ct__reader *reader, struct ct__pool *pool, ct_frame **frame);

// Frames of the clip as the container says, or estimated from duration and rate; 0 if unknown.
double ct__reader_expected(const struct ct__reader *reader);

// Frames a second, for writers; 25 if unknown.
void ct__reader_rate(const struct ct__reader *reader, int *numerator, int *denominator);

// Makes a blocking read return CT_ERROR_STOPPED soon. Any thread.
void ct__reader_interrupt(struct ct__reader *reader);
void ct__reader_close(struct ct__reader **reader);

// The headers of a media file that is not a still picture, for ct_media_read().
int ct__reader_info(const char *path, struct ct_media_info *info);

// "libavformat 59.27.100, libavcodec 59.37.100"
void ct__media_versions(char *text, size_t size);

#endif
