// SPDX-License-Identifier: Apache-2.0
// Bands of rows are worked on independently: each computes all windows that touch its rows and adds
// what belongs to these, in reading order of the windows, so that sums have the same order for any
// number of parts.
#include "image/laplacian.h"

#include <stdbool.h>

enum { WINDOW = 9, BAND = 16 };

static const double EPSILON = 1e-7;

struct job {
    struct ct__stencil *stencil;
    double *right;
    const struct ct_picture *image, *trimap;
};

// Colours less their mean, and the same times S^-1, of the pixels of a window.
struct window {
    double colour[WINDOW][3], scaled[WINDOW][3];
    enum ct__trimap_part part[WINDOW];
    int32_t at[WINDOW]; // place of an unknown
};

// The parts of the window around (x, y); false if all are known.
static bool look_up(struct window *window, const struct job *job, int x, int y)
{
    const struct ct__stencil *s = job->stencil;
    bool unknown = false;
    for (int i = 0; i < WINDOW; i++) {
        int px = x + i % 3 - 1, py = y + i / 3 - 1;
        window->part[i] = ct__trimap_part(job->trimap->data[0][py * job->trimap->stride[0] + px]);
        if (window->part[i] != CT__TRIMAP_UNKNOWN)
            continue;
        unknown = true;
        size_t segment = (size_t)py * (size_t)s->columns + (size_t)(px / CT__SEGMENT);
        window->at[i] = s->segment[segment] * CT__SEGMENT + px % CT__SEGMENT;
    }
    return unknown;
}

static void centre_colours(struct window *window, const struct ct_picture *image, int x, int y)
{
    int sum[3] = {0};
    const uint8_t *top = image->data[0] + (y - 1) * image->stride[0] + 3 * (x - 1);
    for (int i = 0; i < WINDOW; i++)
        for (int c = 0; c < 3; c++)
            sum[c] += top[i / 3 * image->stride[0] + i % 3 * 3 + c];
    for (int i = 0; i < WINDOW; i++)
        for (int c = 0; c < 3; c++)
            window->colour[i][c] =
                (top[i / 3 * image->stride[0] + i % 3 * 3 + c] * WINDOW - sum[c]) / (255. * WINDOW);
}

// The inverse of the covariance, by cofactors; [0][0], [0][1], [0][2], [1][1], [1][2], [2][2].
static void invert_covariance(const struct window *window, double inverse[6])
{
    double s[6] = {EPSILON, 0, 0, EPSILON, 0, EPSILON};
    for (int i = 0; i < WINDOW; i++) {
        const double *c = window->colour[i];
        for (int k = 0, row = 0; row < 3; row++)
            for (int column = row; column < 3; column++)
                s[k++] += c[row] * c[column];
    }
    for (int k = 0; k < 6; k++)
        s[k] /= WINDOW;
    double cofactor[6] = {
        s[3] * s[5] - s[4] * s[4], s[2] * s[4] - s[1] * s[5], s[1] * s[4] - s[2] * s[3],
        s[0] * s[5] - s[2] * s[2], s[1] * s[2] - s[0] * s[4], s[0] * s[3] - s[1] * s[1],
    };
    double determinant = s[0] * cofactor[0] + s[1] * cofactor[1] + s[2] * cofactor[2];
    for (int k = 0; k < 6; k++)
        inverse[k] = cofactor[k] / determinant;
}

static void scale_colours(struct window *window)
{
    double m[6];
    invert_covariance(window, m);
    for (int i = 0; i < WINDOW; i++) {
        const double *c = window->colour[i];
        window->scaled[i][0] = m[0] * c[0] + m[1] * c[1] + m[2] * c[2];
        window->scaled[i][1] = m[1] * c[0] + m[3] * c[1] + m[4] * c[2];
        window->scaled[i][2] = m[2] * c[0] + m[4] * c[1] + m[5] * c[2];
    }
}

static double coefficient(const struct window *window, int i, int j)
{
    const double *a = window->scaled[i], *b = window->colour[j];
    return (i == j) - (1 + a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) / WINDOW;
}

// Adds the window's share to its unknown pixel i.
static void add_pixel(const struct job *job, const struct window *window, int i)
{
    for (int j = 0; j < WINDOW; j++) {
        if (window->part[j] == CT__TRIMAP_FOREGROUND)
            job->right[window->at[i]] -= coefficient(window, i, j);
        if (window->part[j] == CT__TRIMAP_UNKNOWN && j >= i)
            job->stencil->plane[ct__stencil_plane(j % 3 - i % 3, j / 3 - i / 3)][window->at[i]] +=
                coefficient(window, i, j);
    }
}

static void add_window(const struct job *job, int x, int y, int first, int end)
{
    struct window window;
    if (!look_up(&window, job, x, y))
        return;
    centre_colours(&window, job->image, x, y);
    scale_colours(&window);
    for (int i = 0; i < WINDOW; i++)
        if (window.part[i] == CT__TRIMAP_UNKNOWN && y + i / 3 - 1 >= first && y + i / 3 - 1 < end)
            add_pixel(job, &window, i);
}

static void add_band(void *context, int index)
{
    const struct job *job = context;
    int width = job->stencil->width, height = job->stencil->height;
    int first = index * BAND, end = first + BAND < height ? first + BAND : height;
    for (int y = first > 1 ? first - 1 : 1; y <= end && y < height - 1; y++) {
        const int32_t *segment = job->stencil->segment + (size_t)y * (size_t)job->stencil->columns;
        for (int x = 1; x < width - 1; x++)
            if (segment[x / CT__SEGMENT] >= 0) // else no unknown is near
                add_window(job, x, y, first, end);
    }
}

void ct__laplacian_add(struct ct__stencil *stencil, double *right, const struct ct_picture *image,
                       const struct ct_picture *trimap, const struct ct__parallel *parallel)
{
    struct job job = {stencil, right, image, trimap};
    ct__parallel_each(parallel, (stencil->height + BAND - 1) / BAND, add_band, &job);
}
