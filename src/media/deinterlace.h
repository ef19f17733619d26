// SPDX-License-Identifier: Apache-2.0
// Interlaced pictures made whole: the lines that a field lacks are filled in from its neighbours,
// one picture from each two fields. What is not interlaced passes through untouched.
#ifndef CT_MEDIA_DEINTERLACE_H
#define CT_MEDIA_DEINTERLACE_H

#include "media/filter.h"

// Plain memory of its owner. One thread at a time.
struct ct__deinterlacer {
    const char *scope; // borrowed
    AVRational unit;   // of the times of its pictures
    struct ct__filter *filter;
    AVFrame *held; // one that waits for its turn
    bool holds, ended, off, said;
    int width, height, format; // of what the filter takes
};

int ct__deinterlacer_init(struct ct__deinterlacer *deinterlacer, const char *scope,
                          AVRational unit);
void ct__deinterlacer_finish(struct ct__deinterlacer *deinterlacer);

// Gives it one picture, moved out of `frame`, or NULL at the end. Only when it has none to give.
void ct__deinterlacer_send(struct ct__deinterlacer *deinterlacer, AVFrame *frame);

// Takes the next one; `pts` is its time. 0, AVERROR(EAGAIN), AVERROR_EOF, or another code of libav.
int ct__deinterlacer_receive(struct ct__deinterlacer *deinterlacer, AVFrame *frame);

#endif
