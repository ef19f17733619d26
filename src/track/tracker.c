// SPDX-License-Identifier: Apache-2.0
// ByteTrack, step by step as published, but for time: tracks move and grow old by real time, in
// units of the nominal frame. A track gets its id when it is confirmed, so that noise takes none.
#include "track/tracker.h"

#include <math.h>
#include <stdbool.h>

#include "base/log.h"
#include "base/mem.h"
#include "frame/box.h"
#include "track/assign.h"
#include "track/kalman.h"

#define HIGH_SCORE     .45f // objects above it are matched first, and begin tracks
#define LOW_SCORE      .1f  // objects below it are nothing
#define MATCH_HIGH     .8   // cost limits of the three rounds
#define MATCH_LOW      .5
#define MATCH_NEW      .7
#define SAME           .15f // two tracks that are nearer than this are one
#define BUFFER_SECONDS 1.   // int(fps / 30 x 30) frames
#define MOST_FRAMES    1e6  // a longer gap is no longer gap

struct track {
    struct ct__kalman motion;
    int64_t id;        // 0: not confirmed
    bool lost;         // was not seen in the last frame
    bool gone;         // is about to be removed
    double start, end; // when it was seen first and last
    int object;        // its object in this frame, or -1
};

// Indices of tracks or objects.
struct list {
    int *items, count;
};

struct ct__tracker {
    struct track *tracks;
    int count, capacity;
    int64_t last_id;
    bool begun;
    int64_t last_pts_ns;
    double now, fps; // `now` in frames
    struct ct__assign assign;
    struct list tracked, high, low; // of the frame at work
    int lists_capacity;
};

int ct__tracker_create(struct ct__tracker **out)
{
    struct ct__tracker *tracker = ct__calloc(1, sizeof *tracker);
    if (!tracker)
        return ct__fail_memory("tracker");
    *out = tracker;
    return CT_OK;
}

void ct__tracker_reset(struct ct__tracker *tracker)
{
    tracker->count = 0;
    tracker->begun = false;
    tracker->now = 0;
}

void ct__tracker_destroy(struct ct__tracker **pointer)
{
    struct ct__tracker *tracker = *pointer;
    *pointer = NULL;
    if (!tracker)
        return;
    ct__assign_finish(&tracker->assign);
    ct__free(tracker->tracks);
    ct__free(tracker->tracked.items);
    ct__free(tracker->high.items);
    ct__free(tracker->low.items);
    ct__free(tracker);
}

static bool grow_list(struct list *list, int capacity)
{
    int *items = ct__realloc_array(list->items, (size_t)capacity, sizeof *items);
    list->items = items ? items : list->items;
    return items != NULL;
}

// Makes room for every object to be a new track, before anything changes.
static int reserve(struct ct__tracker *tracker, int objects)
{
    int needed = tracker->count + objects;
    if (needed > tracker->capacity) {
        struct track *tracks =
            ct__realloc_array(tracker->tracks, 2 * (size_t)needed, sizeof *tracks);
        if (!tracks)
            return ct__fail_memory("tracker");
        tracker->tracks = tracks;
        tracker->capacity = 2 * needed;
    }
    if (needed > tracker->lists_capacity) {
        if (!grow_list(&tracker->tracked, 2 * needed) || !grow_list(&tracker->high, 2 * needed) ||
            !grow_list(&tracker->low, 2 * needed))
            return ct__fail_memory("tracker");
        tracker->lists_capacity = 2 * needed;
    }
    return ct__assign_resize(&tracker->assign, tracker->count, objects);
}

// ---- boxes

static struct ct__box object_box(const struct ct_object *object)
{
    return (struct ct__box){.x1 = object->x,
                            .y1 = object->y,
                            .x2 = object->x + object->width,
                            .y2 = object->y + object->height};
}

// Where a track is thought to be; empty if motion has made it nothing.
static struct ct__box track_box(const struct track *track)
{
    const struct ct__kalman *at = &track->motion;
    double height = fmax(at->height.value, 0), width = fmax(at->aspect.value, 0) * height;
    return (struct ct__box){.x1 = (float)(at->x.value - width / 2),
                            .y1 = (float)(at->y.value - height / 2),
                            .x2 = (float)(at->x.value + width / 2),
                            .y2 = (float)(at->y.value + height / 2)};
}

static struct ct__measure measure(const struct ct_object *object)
{
    return (struct ct__measure){.x = (double)object->x + (double)object->width / 2,
                                .y = (double)object->y + (double)object->height / 2,
                                .aspect = (double)object->width / (double)object->height,
                                .height = (double)object->height};
}

static bool is_box(const struct ct_object *object)
{
    return object->width > 0 && object->height > 0 && isfinite(object->x + object->width) &&
           isfinite(object->y + object->height) && isfinite(object->width / object->height);
}

// ---- the steps of a frame

static void advance(struct ct__tracker *tracker, const struct ct__tracker_time *time)
{
    double fps = time->fps > 0 ? time->fps : 30, frames = 1;
    bool timed = time->pts_ns != CT_NO_TIME && tracker->last_pts_ns != CT_NO_TIME &&
                 time->pts_ns > tracker->last_pts_ns;
    if (tracker->begun && timed)
        frames = ((double)time->pts_ns - (double)tracker->last_pts_ns) * 1e-9 * fps;
    frames = fmin(fmax(frames, 1e-6), MOST_FRAMES);
    tracker->last_pts_ns = time->pts_ns;
    tracker->fps = fps;
    tracker->now += frames;
    for (int i = 0; i < tracker->count; i++) {
        struct track *track = &tracker->tracks[i];
        if (track->lost)
            track->motion.height.velocity = 0;
        if (track->id) // as published: one that was seen once is where it was, and as sure of it
            ct__kalman_predict(&track->motion, frames);
        track->object = -1;
    }
}

static void sort_objects(struct ct__tracker *tracker, struct ct_object *objects, int count)
{
    tracker->high.count = tracker->low.count = 0;
    for (int i = 0; i < count; i++) {
        objects[i].id = 0;
        if (!is_box(&objects[i]))
            continue;
        if (objects[i].score > HIGH_SCORE)
            tracker->high.items[tracker->high.count++] = i;
        else if (objects[i].score > LOW_SCORE && objects[i].score < HIGH_SCORE)
            tracker->low.items[tracker->low.count++] = i;
    }
}

static void see(struct ct__tracker *tracker, struct track *track, const struct ct_object *objects,
                int object)
{
    const struct ct__measure seen = measure(&objects[object]);
    ct__kalman_update(&track->motion, &seen);
    track->id = track->id ? track->id : ++tracker->last_id;
    track->lost = false;
    track->end = tracker->now;
    track->object = object;
}

static void drop_matched(struct list *list, const int *other)
{
    int left = 0;
    for (int i = 0; i < list->count; i++) {
        if (other[i] < 0)
            list->items[left++] = list->items[i];
    }
    list->count = left;
}

// Matches the listed tracks with listed objects by overlap; both lists keep what found nobody. With
// `scored` the overlap counts for less where the detector is not sure.
static void match(struct ct__tracker *tracker, const struct ct_object *objects, struct list *list,
                  bool scored, double limit)
{
    struct ct__assign *assign = &tracker->assign;
    struct list *tracks = &tracker->tracked;
    ct__assign_resize(assign, tracks->count, list->count); // there is room: reserve()
    for (int i = 0; i < tracks->count; i++) {
        struct ct__box box = track_box(&tracker->tracks[tracks->items[i]]);
        for (int j = 0; j < list->count; j++) {
            const struct ct_object *object = &objects[list->items[j]];
            struct ct__box other = object_box(object);
            double overlap = (double)ct__box_iou(&box, &other, false);
            double likeness = overlap * (scored ? (double)object->score : 1);
            // Boxes beyond measure are like nothing; the solver does not end on what is no number.
            assign->cost[i * list->count + j] = 1 - fmin(fmax(likeness, 0), 1);
        }
    }
    ct__assign_solve(assign, limit);
    for (int i = 0; i < tracks->count; i++) {
        int column = assign->column_of_row[i];
        if (column >= 0)
            see(tracker, &tracker->tracks[tracks->items[i]], objects, list->items[column]);
    }
    drop_matched(tracks, assign->column_of_row);
    drop_matched(list, assign->row_of_column);
}

// Lists the tracks that were confirmed before, or those that were not, and have no object yet.
static void list_tracks(struct ct__tracker *tracker, bool confirmed)
{
    tracker->tracked.count = 0;
    for (int i = 0; i < tracker->count; i++) {
        const struct track *track = &tracker->tracks[i];
        if (track->object < 0 && (track->id > 0) == confirmed)
            tracker->tracked.items[tracker->tracked.count++] = i;
    }
}

// What was lost before does not look among the weak; what finds nobody there is lost now.
static void match_low(struct ct__tracker *tracker, const struct ct_object *objects)
{
    struct list *tracks = &tracker->tracked;
    int left = 0;
    for (int i = 0; i < tracks->count; i++) {
        if (!tracker->tracks[tracks->items[i]].lost)
            tracks->items[left++] = tracks->items[i];
    }
    tracks->count = left;
    match(tracker, objects, &tracker->low, false, MATCH_LOW);
    for (int i = 0; i < tracks->count; i++)
        tracker->tracks[tracks->items[i]].lost = true;
}

static void match_new(struct ct__tracker *tracker, const struct ct_object *objects)
{
    list_tracks(tracker, false);
    match(tracker, objects, &tracker->high, true, MATCH_NEW);
    for (int i = 0; i < tracker->tracked.count; i++)
        tracker->tracks[tracker->tracked.items[i]].gone = true;
}

static void begin_tracks(struct ct__tracker *tracker, const struct ct_object *objects)
{
    for (int i = 0; i < tracker->high.count; i++) {
        int object = tracker->high.items[i];
        struct track track = {.start = tracker->now, .end = tracker->now, .object = object};
        const struct ct__measure seen = measure(&objects[object]);
        ct__kalman_init(&track.motion, &seen);
        track.id = tracker->begun ? 0 : ++tracker->last_id;
        tracker->tracks[tracker->count++] = track;
    }
    tracker->begun = true;
}

// Of two tracks for the same thing, one seen and one lost, the one that was followed for less time
// goes.
static void mark_doubles(struct ct__tracker *tracker)
{
    for (int i = 0; i < tracker->count; i++) {
        struct track *seen = &tracker->tracks[i];
        struct ct__box box = track_box(seen);
        for (int j = 0; j < tracker->count && !seen->lost; j++) {
            struct track *lost = &tracker->tracks[j];
            struct ct__box other = track_box(lost);
            if (!lost->lost || !(1 - ct__box_iou(&box, &other, false) < SAME))
                continue;
            bool longer = seen->end - seen->start > lost->end - lost->start;
            *(longer ? &lost->gone : &seen->gone) = true;
        }
    }
}

static void remove_gone(struct ct__tracker *tracker)
{
    int left = 0;
    for (int i = 0; i < tracker->count; i++) {
        if (!tracker->tracks[i].gone)
            tracker->tracks[left++] = tracker->tracks[i];
    }
    tracker->count = left;
}

// Half a frame of grace makes real time count as frames do where the rate is steady.
static void forget_old(struct ct__tracker *tracker)
{
    double buffer = floor(tracker->fps * BUFFER_SECONDS + 1e-9) + .5;
    for (int i = 0; i < tracker->count; i++) {
        struct track *track = &tracker->tracks[i];
        track->gone |= track->lost && tracker->now - track->end > buffer;
    }
}

int ct__tracker_update(struct ct__tracker *tracker, const struct ct__tracker_time *time,
                       struct ct_object *objects, int count)
{
    int error = reserve(tracker, count);
    if (error)
        return error;
    advance(tracker, time);
    sort_objects(tracker, objects, count);
    list_tracks(tracker, true);
    match(tracker, objects, &tracker->high, true, MATCH_HIGH);
    match_low(tracker, objects);
    match_new(tracker, objects);
    begin_tracks(tracker, objects);
    forget_old(tracker);
    remove_gone(tracker);
    mark_doubles(tracker);
    remove_gone(tracker);
    for (int i = 0; i < tracker->count; i++) {
        const struct track *track = &tracker->tracks[i];
        if (track->object >= 0)
            objects[track->object].id = track->id;
    }
    return CT_OK;
}
