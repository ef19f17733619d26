// SPDX-License-Identifier: Apache-2.0
// ByteTrack: gives the objects of one stream ids that stay with them (Zhang et al., "ByteTrack:
// multi-object tracking by associating every detection box", 2022). Objects with a high score are
// matched first; what is left of the tracks then looks among the weak ones, which are often the
// hidden ones.
//
// All classes are matched in one go, as the authors' own call does: an object whose class flickers
// keeps its track.
#ifndef CT_TRACK_TRACKER_H
#define CT_TRACK_TRACKER_H

#include <chiton/result.h>

struct ct__tracker; // one thread at a time, frames in order

int ct__tracker_create(struct ct__tracker **out);

// When a frame was taken. Motion follows real time, not the count of frames: streams skip.
struct ct__tracker_time {
    int64_t pts_ns; // CT_NO_TIME: one frame after the last one
    double fps;     // frames a second that are looked at; 0: unknown, taken as 30
};

// Follows the objects of the next frame: sets `id` of those that belong to a confirmed track, 0 of
// the others. A track is confirmed by its second frame, those of the first frame at once; it is
// forgotten when it was not seen for longer than a second. Ids count from 1 and never come again.
// CT_ERROR_MEMORY: nothing has changed; allocates only where there are more objects than ever.
int ct__tracker_update(struct ct__tracker *tracker, const struct ct__tracker_time *time,
                       struct ct_object *objects, int count);

// Forgets all tracks, as between two files of a stream; ids go on.
void ct__tracker_reset(struct ct__tracker *tracker);

// Accepts NULL; sets the pointer to NULL.
void ct__tracker_destroy(struct ct__tracker **tracker);

#endif
