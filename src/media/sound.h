// SPDX-License-Identifier: Apache-2.0
// The sound of a clip, read beside its pictures: packets that a writer copies as they are. One
// thread at a time.
#ifndef CT_MEDIA_SOUND_H
#define CT_MEDIA_SOUND_H

#include <stdbool.h>
#include <stdint.h>

struct ct__sound;
struct ct_frame;
struct AVFormatContext;
struct AVStream;

// Opens a file for its sound alone, that which a player would choose beside this video (as in
// ct__reader_params). *out is NULL where there is none, and where the path is no file: what comes
// through a pipe comes once. Only CT_ERROR_MEMORY is an error.
int ct__sound_open(struct ct__sound **out, const char *path, int video_stream);

// The same of what goes with the frames of a clip that comes through a pipe, read as it comes.
int ct__sound_follow(struct ct__sound **out, const struct ct_frame *frame, const char *scope);
void ct__sound_close(struct ct__sound **sound);

// What follows is for the writer.

// Whether a container can hold the sound.
bool ct__sound_may_join(const struct ct__sound *sound, const struct AVFormatContext *format);

// Why a container that is being written cannot take the sound, as the end of a sentence; NULL if it
// can. `stream` is the one that it has for sound, or NULL; `used` if it has some of another clip.
const char *ct__sound_obstacle(const struct ct__sound *sound, const struct AVFormatContext *format,
                               const struct AVStream *stream, bool used);

// "aac"
const char *ct__sound_codec(const struct ct__sound *sound);

// Adds a stream for the sound to a container whose header is not written yet; NULL: no memory.
struct AVStream *ct__sound_add(const struct ct__sound *sound, struct AVFormatContext *format);

// Writes the packets that begin before `until_ns` of the file; the first picture of the clip is at
// `at_ns`. *last is the time of the last packet in the file, INT64_MIN before the first: those that
// are not later, as damaged files have them, are left out. Returns 0 or libav's error of a write;
// sound that cannot be read further has ended.
int ct__sound_copy(struct ct__sound *sound, struct AVFormatContext *format, struct AVStream *stream,
                   int64_t *last, int64_t at_ns, int64_t until_ns);

#endif
