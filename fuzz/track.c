// SPDX-License-Identifier: Apache-2.0
// The tracker, fed with boxes and times of any numbers: an id is never there twice in a frame, and
// a new one is always larger than all before.
#include "objects.h"
#include "track/tracker.h"

enum { MOST_OBJECTS = 12, MOST_FRAMES = 40 };

static void check_ids(const struct ct_object *objects, int count, int64_t *largest)
{
    int64_t before = *largest;
    for (int i = 0; i < count; i++) {
        FUZZ_CHECK(objects[i].id >= 0 && objects[i].id <= before + MOST_OBJECTS * MOST_FRAMES);
        for (int j = 0; j < i; j++)
            FUZZ_CHECK(!objects[i].id || objects[i].id != objects[j].id);
        *largest = objects[i].id > *largest ? objects[i].id : *largest;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_bytes bytes = {data, size};
    struct ct__tracker *tracker = NULL;
    struct ct_object objects[MOST_OBJECTS];
    int64_t largest = 0, pts_ns = 0;
    FUZZ_CHECK(!ct__tracker_create(&tracker));
    for (int frame = 0; frame < MOST_FRAMES && bytes.left; frame++) {
        unsigned flags = fuzz_byte(&bytes);
        int count = (int)fuzz_below(&bytes, MOST_OBJECTS + 1);
        for (int i = 0; i < count; i++)
            objects[i] = fuzz_object(&bytes, "person");
        if (flags & 1)
            ct__tracker_reset(tracker);
        // Times go on, stand still, jump, or are not known.
        pts_ns += ((int64_t)fuzz_byte(&bytes) - 10) * (flags & 2 ? 1000000 : 4000000000);
        struct ct__tracker_time time = {.pts_ns = flags & 4 ? CT_NO_TIME : pts_ns,
                                        .fps = flags & 8 ? fuzz_float(&bytes) : 0};
        FUZZ_CHECK(!ct__tracker_update(tracker, &time, objects, count));
        check_ids(objects, count, &largest);
    }
    ct__tracker_destroy(&tracker);
    return 0;
}
