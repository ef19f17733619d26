// SPDX-License-Identifier: Apache-2.0
// A source: where frames come from. It is a blocking read and knows no thread, queue or stream.
//
// To add one: a file with one `const struct ct__source_class ct__source_NAME` at its bottom, and
// its name in meson.build.
#ifndef CT_SOURCES_SOURCE_H
#define CT_SOURCES_SOURCE_H

#include "frame/frame.h"

#include <chiton/stream.h>

// Pixels without a header.
struct ct__raw_form {
    enum ct_format format; // CT_FORMAT_NONE: the input says itself what it is
    int width, height;
    int rate_num, rate_den; // frames a second
};

// "WIDTHxHEIGHT,FORMAT[,FPS]", as in 640x480,rgb,29.97; FPS is 25 or a number or a fraction.
// CT_ERROR_INVALID, logged.
int ct__raw_parse(const char *text, struct ct__raw_form *form);

struct ct__source_params {
    struct ct__raw_form raw; // of all inputs
    int video_stream;        // of clips that have several: 1 is the first; 0: the best
    int decoder_threads;
    int64_t max_pixels; // refuse larger pictures; 0: no limit but that of a frame
    bool recursive;     // a folder means the folders in it too
    int listeners;      // of the sound of clips that come once, as in ct__reader_params
    bool whole;         // pictures as ct__picture_decode_whole() gives them
    bool watch; // of a list: after its end wait for further files in its first input, a folder
    // NULL, or asked before a file is opened, in order, by the thread that reads: false passes it
    // over.
    bool (*wants)(void *opaque, const char *path);
    void *opaque;
    const atomic_bool *stop; // ends a blocking open or read, as interrupt() does; may be NULL
    bool live;               // it is a camera, or stands for one: see below
    enum ct_transport transport;
    int64_t timeout_ms; // live: an open or read that brings nothing for so long is CT_ERROR_IO
    double every_s;     // live: of single pictures by http
    const char *size;   // live: wished of a device, "1280x720", or NULL; borrowed for the call
    double fps;         // live: frames a second that are wanted, 0: all; want() may change it
    double phase;       // live: where the looks lie beside those at others, as ct__pacer_phase()
};

// Common head of every source; open() fills it, its own class included.
struct ct__source {
    const struct ct__source_class *class;
    const char *name; // what frames without a name of their own are called: the input as it was
                      // written; owned by the source
    bool waits; // a read may wait for somebody else (a pipe, a network): it wants its own thread
    // Its frames come when they are taken, with capture_ns of that moment: nobody need pace them.
    bool paced;
    bool picked; // live: what it gives are the frames that are wanted: nobody need choose of them
    // Grow while it is read; for the reading thread.
    uint64_t undecoded; // frames passed over because so few are wanted
    uint64_t damaged;   // live: frames withheld because they, or what they build on, are damaged
    uint64_t lost;      // live: missing in the source's own numbering
};

// Live sources. An end or a failure is the end of this source: the caller closes it and opens it
// again when it thinks fit. A stream is joined at a key frame; damaged frames are withheld; wall_ns
// of a frame is set. All blocking ends within about 100 ms of *stop, at once where a signal to the
// thread follows it.

struct ct__source_class {
    const char *name; // "clip"
    const char *help; // half a sentence

    // How well it fits an input as a person writes it, 0 (not at all) to 100. May look at the file;
    // must not log.
    int (*match)(const char *input);

    // Opens the input. Errors are logged under it. `params` is borrowed for the call, params->stop
    // for the life of the source. The source may be of another class: a folder is a playlist.
    int (*open)(struct ct__source **out, const char *input, const struct ct__source_params *params);

    // The next frame, one reference for the caller; frame->name is set where it differs from the
    // source's: another file of a set has another pointer there. Numbers and times count from the
    // start of each file. CT_ERROR_END at the end for good. Another error concerns one frame or
    // file and is logged: the caller records it (under *failed, which is what frame->name would be,
    // or NULL) and reads on. CT_ERROR_STOPPED after an interrupt.
    int (*read)(struct ct__source *source, struct ct__pool *pool, ct_frame **frame,
                const char **failed);

    // Live: that so many frames a second are wanted from now on, 0: all, negative: none (nobody
    // looks: nothing need be decoded, but the source stays connected). Between reads, by the thread
    // that reads. A source may pass over frames without decoding them where what remains is enough;
    // while nothing is wanted a read still returns, with CT_OK and no frame, at least each 500 ms.
    // NULL: it gives all frames.
    void (*want)(struct ct__source *source, double fps);

    // Frames that the whole source will give, 0 if unknown. May grow more exact as it is read.
    // Called by the reading thread.
    double (*expected)(const struct ct__source *source);

    // Nominal frame rate of what is being read, for writers. 0/1: there is none (pictures). Called
    // by the reading thread.
    void (*rate)(const struct ct__source *source, int *numerator, int *denominator);

    // Makes a blocked read return soon. Any thread.
    void (*interrupt)(struct ct__source *source);
    void (*close)(struct ct__source *source);
};

// All classes in the order of meson.build, ended by NULL.
const struct ct__source_class *const *ct__sources(void);

// Opens an input with the class that fits best; CT_ERROR_NOT_FOUND, CT_ERROR_FORMAT, logged under
// the input.
int ct__source_open(struct ct__source **out, const char *input,
                    const struct ct__source_params *params);

// Opens several inputs as one source, read one after the other (ended by NULL). Folders and globs
// are expanded here, files are opened when their turn comes. An input that cannot be opened is an
// error of its place in the row, told by read(). The list is copied.
int ct__source_open_list(struct ct__source **out, const char *const *inputs,
                         const struct ct__source_params *params);

// Accepts NULL; sets the pointer to NULL.
void ct__source_close(struct ct__source **source);

#endif
