// SPDX-License-Identifier: Apache-2.0
// Boxes and non-maximum suppression. The boxes are sorted by class, then score: each class is one
// run in memory that is thinned out by itself, and boxes of different classes never meet. What is
// left is sorted by score. All in place.
#include "frame/box.h"

#include <string.h>

#include <chiton/error.h>

#include "base/log.h"
#include "base/mem.h"
#include "frame/turned.h"

enum { FEW = 12 }; // runs up to this length are sorted by insertion

int ct__boxes_add(struct ct__boxes *boxes, const struct ct__box *box)
{
    if (boxes->count == boxes->capacity) {
        int capacity = boxes->capacity ? 2 * boxes->capacity : 64;
        struct ct__box *items = ct__realloc_array(boxes->items, (size_t)capacity, sizeof *items);
        if (!items)
            return ct__fail_memory("boxes");
        boxes->items = items;
        boxes->capacity = capacity;
    }
    boxes->items[boxes->count++] = *box;
    return CT_OK;
}

void ct__boxes_finish(struct ct__boxes *boxes)
{
    ct__free(boxes->items);
    *boxes = (struct ct__boxes){0};
}

static float area(const struct ct__box *box, float one)
{
    return (box->x2 - box->x1 + one) * (box->y2 - box->y1 + one);
}

static float overlap(float a1, float a2, float b1, float b2, float one)
{
    float low = a1 > b1 ? a1 : b1, high = a2 < b2 ? a2 : b2, length = high - low + one;
    return length > 0 ? length : 0;
}

float ct__box_iou(const struct ct__box *a, const struct ct__box *b, bool pixel_areas)
{
    float one = pixel_areas ? 1 : 0;
    float both =
        overlap(a->x1, a->x2, b->x1, b->x2, one) * overlap(a->y1, a->y2, b->y1, b->y2, one);
    return both / (area(a, one) + area(b, one) - both + 1e-9f);
}

// The order is total as long as an anchor gives a class at most once: it never depends on how
// sorting is done.
static inline bool before(const struct ct__box *a, const struct ct__box *b, bool by_class)
{
    if (by_class && a->class_id != b->class_id)
        return a->class_id < b->class_id;
    if (a->score != b->score)
        return a->score > b->score;
    return a->index != b->index ? a->index < b->index : a->class_id < b->class_id;
}

static inline void swap(struct ct__box *a, struct ct__box *b)
{
    struct ct__box old = *a;
    *a = *b;
    *b = old;
}

static void insertion_sort(struct ct__box *items, int count, bool by_class)
{
    for (int i = 1; i < count; i++) {
        struct ct__box box = items[i];
        int at = i;
        for (; at > 0 && before(&box, &items[at - 1], by_class); at--)
            items[at] = items[at - 1];
        items[at] = box;
    }
}

static void sift_down(struct ct__box *items, int at, int count, bool by_class)
{
    for (int child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && before(&items[child], &items[child + 1], by_class))
            child++;
        if (!before(&items[at], &items[child], by_class))
            return;
        swap(&items[at], &items[child]);
    }
}

static void heap_sort(struct ct__box *items, int count, bool by_class)
{
    for (int i = count / 2; i-- > 0;)
        sift_down(items, i, count, by_class);
    for (int i = count; i-- > 1;) {
        swap(&items[0], &items[i]);
        sift_down(items, 0, i, by_class);
    }
}

// Puts the middle one of three at the front and parts the rest around it; returns where it belongs.
static int part(struct ct__box *items, int count, bool by_class)
{
    struct ct__box *first = &items[0], *middle = &items[count / 2], *last = &items[count - 1];
    if (before(last, middle, by_class))
        swap(last, middle);
    if (before(first, middle, by_class))
        swap(first, middle);
    if (before(last, first, by_class))
        swap(last, first);
    struct ct__box pivot = *first;
    int low = 0, high = count;
    for (;;) {
        while (before(&items[++low], &pivot, by_class) && low < count - 1)
            ;
        while (before(&pivot, &items[--high], by_class))
            ;
        if (low >= high)
            break;
        swap(&items[low], &items[high]);
    }
    swap(first, &items[high]);
    return high;
}

// Quicksort, and heap sort where a hostile order makes it go deep, so that it is n log n for
// anything.
static void sort(struct ct__box *items, int count, bool by_class, int depth)
{
    while (count > FEW) {
        if (depth-- == 0) {
            heap_sort(items, count, by_class);
            return;
        }
        int middle = part(items, count, by_class);
        sort(items, middle, by_class, depth);
        items += middle + 1;
        count -= middle + 1;
    }
    insertion_sort(items, count, by_class);
}

static int depth_for(int count)
{
    int depth = 4;
    for (; count > 0; count >>= 1)
        depth += 2;
    return depth;
}

// Moves the `wanted` best to the front, in any order.
static void select_best(struct ct__box *items, int count, int wanted)
{
    int depth = depth_for(count);
    while (count > FEW && wanted > 0 && wanted < count && depth-- > 0) {
        int middle = part(items, count, false);
        if (wanted <= middle) {
            count = middle;
        } else {
            items += middle + 1;
            count -= middle + 1;
            wanted -= middle + 1;
        }
    }
    if (wanted > 0 && wanted < count)
        sort(items, count, false, depth_for(count));
}

// Most pairs do not touch, and many of these are told apart by one side.
static bool suppresses(const struct ct__box *kept, const struct ct__box *box,
                       const struct ct__nms *how)
{
    float one = how->pixel_areas ? 1 : 0;
    if (how->turned)
        return ct__turned_iou(&how->turned[kept->index], &how->turned[box->index]) > how->iou;
    return overlap(kept->x1, kept->x2, box->x1, box->x2, one) > 0 &&
           ct__box_iou(kept, box, how->pixel_areas) > how->iou;
}

static bool is_suppressed(const struct ct__box *kept, int count, const struct ct__box *box,
                          const struct ct__nms *how)
{
    for (int i = 0; i < count; i++)
        if (suppresses(&kept[i], box, how))
            return true;
    return false;
}

// Thins out `count` boxes in falling order; what is kept moves to `to`, which is not behind `from`.
static int thin_run(struct ct__box *to, const struct ct__box *from, int count,
                    const struct ct__nms *how)
{
    int kept = 0;
    for (int i = 0; i < count && (!how->max_count || kept < how->max_count); i++)
        if (!is_suppressed(to, kept, &from[i], how))
            to[kept++] = from[i];
    return kept;
}

static int run_length(const struct ct__box *items, int count, bool by_class)
{
    if (!by_class)
        return count;
    int length = 1;
    while (length < count && items[length].class_id == items[0].class_id)
        length++;
    return length;
}

// Thins out all classes; what is kept lies in falling order at the front.
static int thin_out(struct ct__box *items, int count, const struct ct__nms *how)
{
    bool by_class = !how->any_class;
    int kept = 0, length = 0;
    sort(items, count, by_class, depth_for(count));
    for (int at = 0; at < count; at += length) {
        length = run_length(items + at, count - at, by_class);
        kept += thin_run(items + kept, items + at, length, how);
    }
    if (by_class)
        sort(items, kept, false, depth_for(kept));
    return kept;
}

// A box is suppressed by better ones alone, so what the best few leave over is final: where a
// number is enough, the worse are looked at only if it was not reached.
int ct__nms(struct ct__boxes *boxes, const struct ct__nms *how)
{
    int kept = 0, rest = boxes->count, most = how->max_count;
    while (rest && (!most || kept < most)) {
        int taken = most && most < rest / 4 ? 4 * most : rest, all = kept + taken;
        select_best(boxes->items + kept, rest, taken);
        rest -= taken;
        kept = thin_out(boxes->items, all, how);
        if (rest)
            memmove(boxes->items + kept, boxes->items + all, (size_t)rest * sizeof *boxes->items);
    }
    boxes->count = most && kept > most ? most : kept;
    return boxes->count;
}
