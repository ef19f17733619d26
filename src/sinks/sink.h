// SPDX-License-Identifier: Apache-2.0
// A sink: where results and pictures go. A write that takes time; it knows no thread, queue or
// stream.
//
// To add one: a file with one `const struct ct__sink_class ct__sink_NAME` at its bottom, and its
// name in meson.build.
#ifndef CT_SINKS_SINK_H
#define CT_SINKS_SINK_H

#include "base/text.h"
#include "frame/frame.h"
#include "image/parallel.h"

#include <chiton/cutout.h>
#include <chiton/result.h>

struct ct__sink_params {
    bool draw;  // draw results into pictures
    bool track; // objects are followed: those without an id are no part of a track
    int encoder_threads;
    int64_t segment_ns;   // a video is cut into files that begin at multiples of this; 0: it is not
    int video_stream;     // of clips with several, as ct_stream_params has it
    int input_count;      // how many inputs the stream has, as far as is known
    bool coco_classes;    // the model's classes are COCO's eighty
    bool live;            // the input has no end: what is written must be there at once
    int64_t rotate_bytes; // live: lines go on in a new file after so many bytes, and
    int rotate_keep;      // so many old files stay
    const char *const *inputs;             // as they were named, ended by NULL; borrowed for open()
    const struct ct_cutout_params *cutout; // borrowed for open(); NULL: defaults
    bool alpha;                            // clips keep the alpha of their pictures
};

// What goes with every result.
struct ct__sink_item {
    const struct ct_result *result;
    const char *path; // of the file or URL that was read; NULL: result->source
    // Borrowed; NULL if the class does not want pixels, or the picture could not be read.
    ct_frame *frame;
    struct ct__company *company; // what goes with the frame, also once encode() was done with that;
                                 // borrowed, or NULL
    int rate_num, rate_den;      // nominal frame rate of the input, 0/1: a picture
    uint64_t part; // which file of the stream the frame is from, from 0: a new clip, a new picture
    const struct ct__parallel *parallel; // for encode(): threads that help, or NULL
    struct ct__text *bytes; // what encode() made of it, the sink's to empty; NULL of other classes
};

// Common head of every sink; filled by ct__sink_open().
struct ct__sink {
    const struct ct__sink_class *class;
};

struct ct__sink_class {
    const char *name;  // "video"
    const char *help;  // half a sentence: what an output of this kind is
    const char *forms; // how it is named: ".mp4 .mkv .mov .webm"
    bool wants_pixels; // the frame must be kept until the write, or until encode() where there is
    bool slow;         // encodes or compresses: gets a thread of its own
    bool wants_mattes; // without a model that makes some there is nothing to write

    // NULL, or whether an output copies the sound of clips.
    bool (*sounds)(const char *output);

    // How well it fits an output as a person writes it, 0 to 100. Must not log.
    int (*match)(const char *output);

    // Creates the output; what cannot be created is told here, under the output's name:
    // CT_ERROR_IO, CT_ERROR_INVALID.
    int (*open)(struct ct__sink **out, const char *output, const struct ct__sink_params *params);

    // NULL, or turns an item into the bytes that write() stores. Called by the thread that made the
    // result, by several at once and in any order, so that encoding uses every lane; `bytes` is
    // empty. An error (logged) is the item's: write() does not get it then, nor what could not be
    // read. A class that encodes is not slow.
    int (*encode)(struct ct__sink *sink, const struct ct__sink_item *item, struct ct__text *bytes);

    // NULL, or whether an input is wanted: asked by the one thread that reads, once for each file,
    // in order, before it is opened.
    bool (*wants)(struct ct__sink *sink, const char *path);

    // Takes one result, in order. An error concerns this item (logged); the caller counts it and
    // goes on with the next, except after CT_ERROR_IO: then the sink gets no more items.
    int (*write)(struct ct__sink *sink, const struct ct__sink_item *item);

    // Finishes the output: `complete` or interrupted, it is closed properly and appears under its
    // name. After a failed write a file that would be broken is discarded, and the failure is not
    // told again. Frees the sink.
    int (*close)(struct ct__sink *sink, bool complete);
};

const struct ct__sink_class *const *ct__sinks(void);

// Opens an output with the class that fits best; CT_ERROR_INVALID names the endings and prefixes
// that exist.
int ct__sink_open(struct ct__sink **out, const char *output, const struct ct__sink_params *params);

// The same with the class that an output had before, whatever has come into its place since.
int ct__sink_open_as(struct ct__sink **out, const struct ct__sink_class *class, const char *output,
                     const struct ct__sink_params *params);
int ct__sink_close(struct ct__sink **sink, bool complete);

// How many of these outputs (ends with NULL, or NULL) copy sound.
int ct__sinks_with_sound(const char *const *outputs);

// Whether one of these outputs (as above) wants mattes.
bool ct__sinks_want_mattes(const char *const *outputs);

// Numbers the frames of several inputs as one sequence. Zero-initialise.
struct ct__sink_count {
    uint64_t part, first; // the first frame of this part has this number
    uint64_t next;        // where the next part begins
};

// The number of an item, from 0: its frame's, and the frames of the parts before.
uint64_t ct__sink_number(struct ct__sink_count *count, const struct ct__sink_item *item);

// Formats a result as its line of JSON, newline included, into a text that is used again for the
// next. CT_ERROR_MEMORY, logged under `scope`.
int ct__sink_line(struct ct__text *text, const struct ct_result *result, const char *scope);

#endif
