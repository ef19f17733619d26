// SPDX-License-Identifier: Apache-2.0
// Writes video files with libav: H.264 in mp4 and mkv, ProRes 422 HQ in mov, VP9 in webm, and the
// sound of the clip that the pictures are from. One thread at a time.
#ifndef CT_MEDIA_WRITER_H
#define CT_MEDIA_WRITER_H

#include <stdbool.h>

#include <chiton/frame.h>

struct ct__writer;
struct ct__sound;

struct ct__writer_params {
    int width, height;      // odd sides lose their last row or column: 4:2:0 has none
    int rate_num, rate_den; // nominal frame rate; 0: 25
    enum ct_matrix matrix;
    enum ct_range range;
    bool alpha;  // ProRes 4444 in mov, VP9 with alpha in webm; colours are not multiplied by it
    int threads; // of the encoder
    const char *container;         // ending that decides the format: ".mp4"
    const struct ct__sound *sound; // the file gets a stream for it if its format can hold it
    const char *scope;             // what errors are logged under; NULL: the path
};

// Creates `path` (already a temporary name). CT_ERROR_UNSUPPORTED names the encoder that is
// missing; CT_ERROR_INVALID for a size or an ending that cannot be; CT_ERROR_IO.
int ct__writer_open(struct ct__writer **out, const char *path,
                    const struct ct__writer_params *params);

// Encodes an I420 frame, with alpha an RGBA frame, of the writer's size. Times must grow; a frame
// whose time does not, or that has none, follows the last by 1/rate. The frame is borrowed. The
// same frames give the same bytes.
int ct__writer_write(struct ct__writer *writer, const struct ct_picture *picture, int64_t pts_ns);

// Copies the sound of a clip beside the pictures that follow; its first picture is at `at_ns` of
// the file. The sound before it ends there; NULL only ends it. Returns whether it is copied: if
// the file cannot take it, that is a warning. Borrowed until the next call or the close.
bool ct__writer_sound(struct ct__writer *writer, struct ct__sound *sound, int64_t at_ns);

// Flushes the encoder and writes the trailer: the file is playable. Closes also on failure; *writer
// becomes NULL. Answers the first error that writing met, also one that was told before.
int ct__writer_close(struct ct__writer **writer);

#endif
