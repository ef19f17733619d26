// SPDX-License-Identifier: Apache-2.0
// Turned boxes. A box is taken for the normal distribution that has its centre and its second
// moments; two of them are compared by the Hellinger distance of their distributions.
#include "frame/turned.h"

#include <math.h>

#include "base/log.h"
#include "base/mem.h"

struct ct__turned ct__turned_make(float x, float y, float width, float height, float angle)
{
    float cosine = cosf(angle), sine = sinf(angle);
    return (struct ct__turned){
        .x = x,
        .y = y,
        .along_x = width / 2 * cosine,
        .along_y = width / 2 * sine,
        .across_x = -height / 2 * sine,
        .across_y = height / 2 * cosine,
    };
}

void ct__turned_corner(const struct ct__turned *turned, int corner, float *x, float *y)
{
    float along = corner < 2 ? 1 : -1, across = corner == 0 || corner == 3 ? 1 : -1;
    *x = turned->x + along * turned->along_x + across * turned->across_x;
    *y = turned->y + along * turned->along_y + across * turned->across_y;
}

void ct__turned_hull(const struct ct__turned *turned, struct ct__box *box)
{
    float x = fabsf(turned->along_x) + fabsf(turned->across_x);
    float y = fabsf(turned->along_y) + fabsf(turned->across_y);
    box->x1 = turned->x - x;
    box->y1 = turned->y - y;
    box->x2 = turned->x + x;
    box->y2 = turned->y + y;
}

// Covariance [a c; c b] of the uniform distribution over a turned box: w^2/12 and h^2/12, turned.
struct moments {
    double a, b, c;
};

static struct moments moments_of(const struct ct__turned *t)
{
    double ux = t->along_x, uy = t->along_y, vx = t->across_x, vy = t->across_y;
    return (struct moments){(ux * ux + vx * vx) / 3, (uy * uy + vy * vy) / 3,
                            (ux * uy + vx * vy) / 3};
}

static double determinant(const struct moments *m)
{
    return fmax(m->a * m->b - m->c * m->c, 0);
}

// ProbIoU, Llerena et al., "Gaussian Bounding Boxes and Probabilistic Intersection-over-Union for
// Object Detection", arXiv:2106.06072, equations 8 to 11: the Bhattacharyya distance
//     1/8 d' S^-1 d + 1/2 ln(|S| / sqrt(|A| |B|)),  d = difference of the centres, S = (A + B) / 2,
// gives the Hellinger distance sqrt(1 - exp(-distance)), and 1 minus that is the likeness.
float ct__turned_iou(const struct ct__turned *first, const struct ct__turned *second)
{
    struct moments m = moments_of(first), n = moments_of(second);
    struct moments sum = {m.a + n.a, m.b + n.b, m.c + n.c};
    double dx = (double)first->x - second->x, dy = (double)first->y - second->y;
    double size = determinant(&sum) + 1e-7;
    double apart = (sum.b * dx * dx - 2 * sum.c * dx * dy + sum.a * dy * dy) / size / 4;
    double unlike = log(size / (4 * sqrt(determinant(&m) * determinant(&n)) + 1e-7)) / 2;
    double distance = fmin(fmax(apart + unlike, 0), 100);
    return (float)(1 - sqrt(1 - exp(-distance)));
}

int ct__turned_add(struct ct__turned_boxes *boxes, const struct ct__turned *turned)
{
    if (boxes->count == boxes->capacity) {
        int capacity = boxes->capacity ? 2 * boxes->capacity : 64;
        struct ct__turned *items = ct__realloc_array(boxes->items, (size_t)capacity, sizeof *items);
        if (!items)
            return ct__fail_memory("boxes");
        boxes->items = items;
        boxes->capacity = capacity;
    }
    boxes->items[boxes->count++] = *turned;
    return CT_OK;
}

void ct__turned_finish(struct ct__turned_boxes *boxes)
{
    ct__free(boxes->items);
    *boxes = (struct ct__turned_boxes){0};
}
