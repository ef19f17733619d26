// SPDX-License-Identifier: Apache-2.0
// Decodes H.264 that comes without a container, a picture at a time, as devices give it. What is
// damaged is withheld, and what nobody wants is not decoded. One thread at a time.
#ifndef CT_MEDIA_ELEMENTARY_H
#define CT_MEDIA_ELEMENTARY_H

#include "frame/frame.h"
#include "media/withheld.h"

struct ct__elementary;

struct ct__elementary_params {
    const char *scope;  // of what is logged; borrowed for its life
    int width, height;  // as the device says; what the stream says holds
    int64_t max_pixels; // refuse larger pictures; 0: no limit but that of a frame
    double fps;         // as ct__elementary_want()
    double phase;       // as ct__sieve_init()
};

// The bytes of one coded picture with start codes, or of parameter sets alone.
struct ct__elementary_packet {
    const uint8_t *data; // borrowed for the call
    size_t size;
    bool key;                  // known to build on no other; IDR pictures need not be told
    struct ct_frame_info info; // but its number, which counts frames that are given
};

// CT_ERROR_UNSUPPORTED where libav has no such decoder, CT_ERROR_MEMORY, logged.
int ct__elementary_open(struct ct__elementary **out, const struct ct__elementary_params *params);

// Takes a packet; gives a frame if one is ready, whose info is that of its own packet. The first is
// a key picture. CT_ERROR_LIMIT, CT_ERROR_MEMORY, logged.
int ct__elementary_decode(struct ct__elementary *elementary,
                          const struct ct__elementary_packet *packet, struct ct__pool *pool,
                          ct_frame **frame);

// Something is missing in front of the next packet: nothing comes until the next key picture.
// `damaged`: so many pictures came, but not whole, and are counted.
void ct__elementary_lose(struct ct__elementary *elementary, unsigned damaged);

// How many pictures a second are wanted from now on, 0: all, negative: none, which decodes nothing
// and then goes on at a key picture. More than these may come.
void ct__elementary_want(struct ct__elementary *elementary, double fps);

struct ct__withheld ct__elementary_withheld(const struct ct__elementary *elementary);
void ct__elementary_close(struct ct__elementary **elementary);

#endif
