// SPDX-License-Identifier: Apache-2.0
// From the pieces of coded pictures (H.264, H.265) that a network brings to whole pictures, as soon
// as they are there.
//
// libav's reader of RTP does not pass on that a packet is the last of its picture, and its parser
// waits for the next picture's first byte: a whole frame's time of latency, 200 ms at 5 frames a
// second. Here the end is foretold. A unit goes on while its pieces are as long as the longest, the
// last is shorter, but for one in a thousand; and cameras make each picture of the same number of
// slices. What a camera has done without exception for a while is relied upon; where it does
// otherwise the next picture's beginning tells the end, as ever.
#ifndef CT_MEDIA_ASSEMBLER_H
#define CT_MEDIA_ASSEMBLER_H

#include "media/av.h"

// Plain memory of its owner, zero at first. One thread at a time.
struct ct__assembler {
    const char *scope; // borrowed
    AVCodecContext *headers;
    AVCodecParserContext *parser; // tells which pictures can be decoded on their own
    uint8_t *data;                // what came and was not taken
    size_t size, capacity;

    // The picture that is coming in.
    int64_t time;       // as the camera says
    int64_t arrived_ns; // of its last piece, by the monotonic clock
    unsigned slices;
    bool key;       // by its units
    bool lost;      // something is missing in it or in front of it
    bool first;     // its last piece began a unit
    bool open;      // that unit may go on
    size_t longest; // of that unit's pieces
    bool complete;  // it is foretold to be
    bool early;     // it was, and went on
    bool taken;

    // What the camera does.
    size_t least_first;           // the shortest first piece of a unit of several; 0: not known
    unsigned usual;               // slices of a picture
    unsigned proven, proven_keys; // pictures in a row whose end was, or would have been, foretold
    unsigned needed;              // so many of them until that is relied upon
    bool torn;                    // a picture was taken that went on; the owner resets it
};

// A piece as libav gives it without a parser: whole units with start codes, or the beginning of one
// with its start code, or more of it.
struct ct__piece {
    const uint8_t *data;
    size_t size;
    int64_t time;       // the same for all pieces of a picture
    int64_t arrived_ns; // monotonic clock
    bool lost;          // pieces in front of it are missing
};

// Whether pictures of this codec come in such pieces.
bool ct__assembler_knows(enum AVCodecID codec);

// CT_ERROR_MEMORY. To be finished in any case.
int ct__assembler_init(struct ct__assembler *assembler, const AVCodecParameters *parameters,
                       const char *scope);
void ct__assembler_finish(struct ct__assembler *assembler);

// Before a piece is added: whether it begins another picture, and so ends one that is to be taken.
bool ct__assembler_end(struct ct__assembler *assembler, const struct ct__piece *piece);

// Adds a piece, which is copied. CT_ERROR_MEMORY.
int ct__assembler_add(struct ct__assembler *assembler, const struct ct__piece *piece);

// Whether the picture can be taken without waiting for the next, by all that is known of the
// camera.
bool ct__assembler_ready(const struct ct__assembler *assembler);

// The picture as a packet without times, whose bytes are the assembler's until the next piece. Its
// time, arrival and losses stand above.
void ct__assembler_take(struct ct__assembler *assembler, AVPacket *packet);

#endif
