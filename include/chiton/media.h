// SPDX-License-Identifier: Apache-2.0
// What a media file is, without decoding it.
#ifndef CHITON_MEDIA_H
#define CHITON_MEDIA_H

#include <stdint.h>

#include <chiton/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CT_MEDIA_STREAMS 16

struct ct_media_stream {
    char kind[12];     // "video", "audio", "subtitle", "data"
    char codec[24];    // "h264"
    char format[24];   // pixel or sample format, "yuv420p"
    int width, height; // video, as stored
    int rotation;      // degrees clockwise to turn the picture upright: 0, 90, 180, 270
    double rate;       // frames a second, 0 if unknown
    int64_t frames;    // as the container says, 0 if unknown
    double duration_s; // 0 if unknown
};

struct ct_media_info {
    char container[32]; // "mov,mp4", "jpeg", "png"
    double duration_s;
    int64_t bytes;  // -1 if it is no file
    int is_picture; // a still picture
    int stream_count;
    struct ct_media_stream streams[CT_MEDIA_STREAMS];
};

// Opens a file or URL, reads its headers, and closes it. CT_ERROR_NOT_FOUND, CT_ERROR_FORMAT.
CT_API int ct_media_read(const char *input, struct ct_media_info *info);

#ifdef __cplusplus
}
#endif
#endif
