// SPDX-License-Identifier: Apache-2.0
// From the packets of a live stream to frames, whoever brings the packets: decoding begins at a key
// picture, what is damaged is withheld, and what nobody wants is not decoded. Pictures are decoded
// on the calling thread, as soon as they can be.
#ifndef CT_MEDIA_FOLLOWER_H
#define CT_MEDIA_FOLLOWER_H

#include "media/av.h"
#include "media/deinterlace.h"
#include "media/sieve.h"
#include "media/withheld.h"

enum { CT__FOLLOWER_ARRIVALS = 64 };

static const AVRational ct__follower_unit = {1, 1000000000}; // of the times of its packets

// Plain memory of its owner, zero at first. One thread at a time.
struct ct__follower {
    const char *scope;     // borrowed
    AVCodecContext *codec; // with the unit above as its packets' time base; belongs to it
    struct ct__deinterlacer deinterlacer;
    struct ct__outlet outlet;
    struct ct__sieve sieve;
    struct ct__withheld withheld;
    // When packets came, found again by their pictures' times.
    struct ct_frame_info arrivals[CT__FOLLOWER_ARRIVALS];
    unsigned arrival;  // the next to be written over
    uint64_t before;   // packets before the first key picture
    uint64_t *waits;   // for a key picture: what is counted until then; NULL: it does not
    int64_t joined_ns; // time of the key picture at which decoding began
    uint64_t inside;   // pictures that the decoder has not given yet
    bool draining;     // the decoder gives what it has before it takes more
    uint64_t number;   // pictures given
    int64_t last_ns;   // time of the last of them
};

// All but its codec, which is opened by ct__decoder_open(); `fps` and `phase` as of its sieve.
// CT_ERROR_MEMORY. To be finished in any case.
int ct__follower_init(struct ct__follower *follower, const char *scope, int64_t max_pixels,
                      double fps, double phase);
void ct__follower_finish(struct ct__follower *follower);

// Something is missing in front of what comes next: a key picture is waited for.
void ct__follower_lose(struct ct__follower *follower);

// Decodes a packet of one picture or passes over it; pts, capture and wall time are those of
// `info`. `lost`: of the packet itself something is missing. Only when there is no frame to read.
void ct__follower_take(struct ct__follower *follower, AVPacket *packet, bool lost,
                       const struct ct_frame_info *info);

// The next frame; CT_OK without one when it needs a packet. Frames are numbered, and their times
// grow.
int ct__follower_read(struct ct__follower *follower, struct ct__pool *pool, ct_frame **frame);

#endif
