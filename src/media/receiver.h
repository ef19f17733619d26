// SPDX-License-Identifier: Apache-2.0
// Reads a live stream with libav: RTSP, or what else libav opens by an address. Pictures come as
// soon as they can, decoded on the calling thread; what is damaged is withheld, and what nobody
// wants is not decoded. One thread at a time, except ct__receiver_interrupt().
#ifndef CT_MEDIA_RECEIVER_H
#define CT_MEDIA_RECEIVER_H

#include <stdatomic.h>

#include "frame/frame.h"
#include "media/withheld.h"

#include <chiton/stream.h>

struct ct__receiver;

struct ct__receiver_params {
    int video_stream;        // of several: 1 is the first; 0: the one libav thinks best
    int64_t max_pixels;      // refuse larger pictures; 0: no limit but that of a frame
    const atomic_bool *stop; // ends blocking opens and reads as an interrupt does; may be NULL
    enum ct_transport transport;
    int64_t timeout_ms; // nothing came for so long: CT_ERROR_IO; 0: 5,000
    double fps;         // as ct__receiver_want()
    double phase;       // as ct__sieve_init()
};

// Opens an address; its user and password answer basic and digest authentication and are never
// logged. Transport `auto` is TCP, and UDP where the camera refuses TCP: over TCP nothing is lost
// on the way, where one lost packet of UDP costs all pictures up to the next key picture. Where the
// description of the stream suffices nothing is probed. Errors are logged under the address.
int ct__receiver_open(struct ct__receiver **out, const char *address,
                      const struct ct__receiver_params *params);

// The next picture; CT_OK without one while nothing is wanted, or after half a second in which
// pictures came of which none was to be given. The first is a key picture. pts_ns begins at 0 and
// grows, also where the camera's clock jumps; capture_ns and wall_ns are of the moment at which the
// picture had come: its last packet, or, of codecs that assembler.h does not know, the beginning of
// the next picture. A new size in mid-stream is the next
// frame's size. CT_ERROR_END: the camera ended the stream. CT_ERROR_STOPPED after an interrupt,
// within 0.1 s, since libav looks so often while it waits; at once after a signal to the thread.
int ct__receiver_read(struct ct__receiver *receiver, struct ct__pool *pool, ct_frame **frame);

// How many pictures a second are wanted from now on, 0: all, negative: none, which decodes nothing
// and then goes on at a key picture. More than these may come.
void ct__receiver_want(struct ct__receiver *receiver, double fps);

struct ct__withheld ct__receiver_withheld(const struct ct__receiver *receiver);

// Frames a second as the camera says; 25 if it does not.
void ct__receiver_rate(const struct ct__receiver *receiver, int *numerator, int *denominator);

// Makes a blocking read return CT_ERROR_STOPPED soon. Any thread.
void ct__receiver_interrupt(struct ct__receiver *receiver);
void ct__receiver_close(struct ct__receiver **receiver);

#endif
