// SPDX-License-Identifier: Apache-2.0
// What every user of libav needs: its messages in our log, its errors as sentences, its pictures as
// ours.
#ifndef CT_MEDIA_AV_H
#define CT_MEDIA_AV_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>

#include "base/resolve.h"
#include "frame/frame.h"

// Routes libav's messages to our log at DEBUG. Every entry into libav calls it first. Any thread.
void ct__av_begin(void);

// The last complaint of a demuxer or filter on this thread since ct__av_forget(), or "". A demuxer
// that meets the end of a file too early tells it here and nowhere else.
const char *ct__av_complaint(void);
void ct__av_forget(void);

// Whether anything of libav complained on this thread since ct__av_forget().
bool ct__av_complained(void);

// Whether libav refused a picture on this thread since ct__av_forget() because it is larger than
// any that it decodes; writes its size.
bool ct__av_refused(int *width, int *height);

// Whether libav told on this thread since ct__av_forget() that packets of a stream, or a picture
// that others build on, are missing. It tells it in its messages and nowhere else.
bool ct__av_lost(void);

// A file's name as libav takes it, so that no character of it means anything (ct__free); NULL: no
// memory.
char *ct__av_file_name(const char *path);

// Waits, as ct__resolve() does, for the name that libav will ask for when it opens this address,
// since nobody could end libav's own wait for a silent name server. To be called before it opens.
int ct__av_resolve(const char *address, const struct ct__resolve_params *params);

// libav's error as half a sentence, system errors as strerror() has them.
const char *ct__av_reason(int error, char *text, size_t size);

// Describes the planes of an AVFrame; false if its format is none of frame.h's.
bool ct__av_picture(const AVFrame *frame, struct ct_picture *picture);

// Converts to the nearest format of frame.h, at the same size, into a frame of the pool; `only_rgb`
// allows GREY and RGB alone. *scaler is kept by the caller for the next frame and freed with
// sws_freeContext().
int ct__av_convert(struct SwsContext **scaler, const AVFrame *from, bool only_rgb,
                   const char *scope, struct ct__pool *pool, ct_frame **out);

// AVFrames whose shells are used again, so that wrapping a picture allocates nothing. Lives as long
// as its owner or its last frame. Any thread.
struct ct__shells;

struct ct__shell {
    AVFrame *frame;
    struct ct__shells *owner;
    struct ct__shell *next;
};

int ct__shells_create(struct ct__shells **out);
void ct__shells_unref(struct ct__shells **shells);

// An empty AVFrame to fill; CT_ERROR_MEMORY.
int ct__shell_take(struct ct__shells *shells, struct ct__shell **out);

// Empties it and gives it back; a `release` for ct__pool_wrap().
void ct__shell_release(void *shell);

// Where pictures of libav leave as frames. One thread at a time; its frames may outlive it.
struct ct__outlet {
    const char *scope; // borrowed
    struct ct__shells *shells;
    struct SwsContext *scaler;
    int64_t max_pixels;
    int orientation; // EXIF's, 1 to 8
};

int ct__outlet_init(struct ct__outlet *outlet, const char *scope, int64_t max_pixels);
void ct__outlet_finish(struct ct__outlet *outlet);

// Wraps or converts the picture in `shell`, upright; the shell is taken in any case.
int ct__outlet_frame(struct ct__outlet *outlet, struct ct__pool *pool, struct ct__shell *shell,
                     ct_frame **out);

#endif
