// SPDX-License-Identifier: Apache-2.0
// Real models on real pictures and clips, beside an independent reference (tools/oracle): the whole
// path, from the file to the objects. Skips what is not there, by name.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <chiton/chiton.h>

enum { MOST = 400 };

struct thing {
    char label[64];
    float score, x, y, width, height;
    float points[10];
    int point_count;
};

struct things {
    struct thing items[MOST];
    int count;
};

// One golden file: which model, which picture, which frame of it.
struct view {
    const char *model, *media, *golden;
    uint64_t frame;
};

static const char *join(char *path, size_t size, const char *folder, const char *name)
{
    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

// Skips the test with the name of what is missing.
static void need(const char *path)
{
    if (access(path, R_OK)) {
        print_message("needs %s\n", path);
        skip();
    }
}

static void read_golden(const char *name, struct things *things)
{
    char path[512], line[512];
    FILE *file = fopen(join(path, sizeof path, CHITON_GOLDEN, name), "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        struct thing *thing = &things->items[things->count++];
        float *p = thing->points;
        int fields = sscanf(line, "%63s %f %f %f %f %f %f %f %f %f %f %f %f %f %f %f", thing->label,
                            &thing->score, &thing->x, &thing->y, &thing->width, &thing->height, p,
                            p + 1, p + 2, p + 3, p + 4, p + 5, p + 6, p + 7, p + 8, p + 9);
        assert_true(fields >= 6 && things->count < MOST);
        thing->point_count = (fields - 6) / 2;
    }
    fclose(file);
}

struct wanted {
    uint64_t frame;
    struct things things;
    bool seen;
};

static int keep_frame(void *opaque, const struct ct_result *result, ct_frame *frame)
{
    (void)frame;
    struct wanted *wanted = opaque;
    if (result->frame != wanted->frame)
        return 0;
    wanted->seen = true;
    for (int i = 0; i < result->count && i < MOST; i++) {
        const struct ct_object *object = &result->objects[i];
        struct thing *thing = &wanted->things.items[wanted->things.count++];
        snprintf(thing->label, sizeof thing->label, "%s", object->label);
        for (char *c = thing->label; *c; c++)
            *c = *c == ' ' ? '_' : *c;
        thing->score = object->score;
        thing->x = object->x;
        thing->y = object->y;
        thing->width = object->width;
        thing->height = object->height;
        thing->point_count = object->point_count;
        for (int k = 0; k < object->point_count && k < 5; k++) {
            thing->points[2 * k] = object->points[k].x;
            thing->points[2 * k + 1] = object->points[k].y;
        }
    }
    return CT_ERROR_END; // the rest of the clip is of no use
}

static float overlap(const struct thing *a, const struct thing *b)
{
    float left = a->x > b->x ? a->x : b->x, top = a->y > b->y ? a->y : b->y;
    float right = a->x + a->width < b->x + b->width ? a->x + a->width : b->x + b->width;
    float bottom = a->y + a->height < b->y + b->height ? a->y + a->height : b->y + b->height;
    float both = right > left && bottom > top ? (right - left) * (bottom - top) : 0;
    return both / (a->width * a->height + b->width * b->height - both);
}

static const struct thing *find(const struct things *things, const struct thing *like)
{
    const struct thing *best = NULL;
    for (int i = 0; i < things->count; i++) {
        const struct thing *thing = &things->items[i];
        if (!strcmp(thing->label, like->label) &&
            (!best || overlap(thing, like) > overlap(best, like)))
            best = thing;
    }
    return best && overlap(best, like) > .8f ? best : NULL;
}

// What is near the threshold may be on either side of it.
static int count_missing(const struct things *in, const struct things *of, float conf)
{
    int missing = 0;
    for (int i = 0; i < of->count; i++)
        missing += of->items[i].score > conf + .03f && !find(in, &of->items[i]);
    return missing;
}

static void compare(const struct things *ours, const struct things *golden, float conf,
                    float off_most)
{
    float overlaps = 0, worst_score = 0, worst_point = 0;
    int matched = 0;
    assert_int_equal(count_missing(ours, golden, conf), 0);
    assert_int_equal(count_missing(golden, ours, conf), 0);
    for (int i = 0; i < golden->count; i++) {
        const struct thing *theirs = &golden->items[i], *own = find(ours, theirs);
        if (!own)
            continue;
        matched++;
        overlaps += overlap(own, theirs);
        float off =
            own->score > theirs->score ? own->score - theirs->score : theirs->score - own->score;
        worst_score = off > worst_score ? off : worst_score;
        for (int k = 0; k < 2 * theirs->point_count; k++) {
            float apart = (own->points[k] - theirs->points[k]) / theirs->width;
            apart = apart < 0 ? -apart : apart;
            worst_point = apart > worst_point ? apart : worst_point;
        }
    }
    print_message(
        "%d objects, mean overlap %.4f, worst score %.4f, worst landmark %.4f of the width\n",
        matched, (double)overlaps / matched, (double)worst_score, (double)worst_point);
    assert_true(matched > 0);
    assert_true(overlaps / (float)matched > .98f);
    assert_true(worst_score < off_most);
    assert_true(worst_point < .03f);
}

static void objects_equal_those_of_the_reference(void **state)
{
    const struct view *view = *state;
    static struct wanted wanted;
    static struct things golden;
    char model[512], media[512];
    const char *own_models = getenv("CHITON_MODELS");
    bool own = !strcmp(view->model, "centerface.onnx");
    join(model, sizeof model, own && own_models ? own_models : CHITON_SHARED "/models",
         view->model);
    join(media, sizeof media, CHITON_SHARED "/media", view->media);
    need(model);
    need(media);
    memset(&wanted, 0, sizeof wanted);
    memset(&golden, 0, sizeof golden);
    wanted.frame = view->frame;
    read_golden(view->golden, &golden);
    ct_engine *engine = NULL;
    assert_int_equal(ct_engine_create(&engine, &(struct ct_engine_params){.lanes = 1}), 0);
    const struct ct_stream_params params = {.model = model,
                                            .on_result = keep_frame,
                                            .opaque = &wanted,
                                            .results_only = 1,
                                            .every = view->frame ? (int)view->frame : 1};
    assert_int_equal(ct_engine_add_stream(engine, media, &params), 0);
    ct_engine_run(engine);
    ct_engine_destroy(&engine);
    assert_true(wanted.seen);
    // Scales of dynamic quantisation follow the extremes of each input: one sample moves them all.
    float off_most = strstr(view->model, "int8") ? .08f : .03f;
    compare(&wanted.things, &golden, strstr(view->model, "yolo") ? .25f : .5f, off_most);
}

#define VIEW(model, media, ending, frame)                                                          \
    {                                                                                              \
        "objects_of_" model "_in_" media, objects_equal_those_of_the_reference, NULL, NULL,        \
            &(struct view)                                                                         \
        {                                                                                          \
            model ".onnx", media ending, "real_" model "_" media ".txt", frame                     \
        }                                                                                          \
    }
#define CLIP(model, media, number, frame)                                                          \
    {                                                                                              \
        "objects_of_" model "_in_" media "_" number, objects_equal_those_of_the_reference, NULL,   \
            NULL, &(struct view)                                                                   \
        {                                                                                          \
            model ".onnx", media ".mp4", "real_" model "_" media "_" number ".txt", frame          \
        }                                                                                          \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIEW("yolox_nano", "dog", ".jpg", 0),
        VIEW("yolox_nano", "t1", ".jpg", 0),
        CLIP("yolox_nano", "mark_people_1080p", "0000", 0),
        CLIP("yolox_nano", "mark_people_1080p", "0200", 200),
        CLIP("yolox_nano", "mark_crowd_30", "0100", 100),
        VIEW("yolov8n_int8", "dog", ".jpg", 0),
        VIEW("yolov8n_int8", "t1", ".jpg", 0),
        CLIP("yolov8n_int8", "mark_people_1080p", "0000", 0),
        VIEW("scrfd_500m_bnkps", "t1", ".jpg", 0),
        CLIP("scrfd_500m_bnkps", "mark_faces_30", "0000", 0),
        CLIP("scrfd_500m_bnkps", "mark_faces_30", "0150", 150),
        VIEW("scrfd_2.5g", "t1", ".jpg", 0),
        CLIP("scrfd_2.5g", "mark_faces_30", "0150", 150),
        VIEW("centerface", "t1", ".jpg", 0),
        CLIP("centerface", "mark_faces_30", "0000", 0),
        CLIP("centerface", "mark_faces_30", "0150", 150),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
