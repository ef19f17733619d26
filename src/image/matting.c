// SPDX-License-Identifier: Apache-2.0
// Conjugate gradients, and what stands around them: what comes in is checked, alpha is written.
// Sums are made of one partial sum a piece, added in their order.
#include "image/matting.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "frame/frame.h"
#include "image/foreground.h"
#include "image/laplacian.h"
#include "image/multigrid.h"
#include "image/stencil.h"

static const char SCOPE[] = "matting";

enum { PIECE = 128, OWN_VECTORS = 5 };

static const int64_t MAX_MEMORY = INT64_C(2) << 30;
static const int MAX_ITERATIONS = 10000;
static const double TOLERANCE = 1e-7;

struct solver {
    struct ct__stencil stencil;
    struct ct__multigrid *multigrid;
    const struct ct__parallel *parallel;
    double *x, *r, *p, *ap, *z;
    double *partial;
    double step; // of x, or of p
};

static int pieces(const struct solver *s)
{
    return (s->stencil.count + PIECE - 1) / PIECE;
}

// Calls of a pass over rows, which answer the row's part of the pass's sum.
typedef double row_pass(struct solver *s, int row);

struct sum_job {
    struct solver *solver;
    row_pass *row;
};

static void sum_piece(void *context, int index)
{
    const struct sum_job *job = context;
    int end = (index + 1) * PIECE;
    double sum = 0;
    for (int row = index * PIECE; row < end && row < job->solver->stencil.count; row++)
        sum += job->row(job->solver, row);
    job->solver->partial[index] = sum;
}

static double run(struct solver *s, row_pass *row)
{
    ct__parallel_each(s->parallel, pieces(s), sum_piece, &(struct sum_job){s, row});
    double sum = 0;
    for (int i = 0; i < pieces(s); i++)
        sum += s->partial[i];
    return sum;
}

static double dot(const double *a, const double *b)
{
    double sum = 0;
    for (int i = 0; i < CT__SEGMENT; i++)
        sum += a[i] * b[i];
    return sum;
}

static double r_r(struct solver *s, int row)
{
    const double *r = s->r + s->stencil.rows[row].at[2];
    return dot(r, r);
}

static double r_z(struct solver *s, int row)
{
    int at = s->stencil.rows[row].at[2];
    return dot(s->r + at, s->z + at);
}

// ap = A·p, answers p·ap.
static double multiply(struct solver *s, int row)
{
    int at = s->stencil.rows[row].at[2];
    ct__stencil_apply(&s->stencil, row, s->p, s->ap + at);
    return dot(s->p + at, s->ap + at);
}

// x += step·p; r -= step·ap; answers r·r.
static double advance(struct solver *s, int row)
{
    int at = s->stencil.rows[row].at[2];
    for (int i = at; i < at + CT__SEGMENT; i++) {
        s->x[i] += s->step * s->p[i];
        s->r[i] -= s->step * s->ap[i];
    }
    return r_r(s, row);
}

// p = z + step·p.
static double turn(struct solver *s, int row)
{
    int at = s->stencil.rows[row].at[2];
    for (int i = at; i < at + CT__SEGMENT; i++)
        s->p[i] = s->z[i] + s->step * s->p[i];
    return 0;
}

static int report(const struct ct__matting_params *params, int iteration, double residual)
{
    if (params->progress && params->progress(params->opaque, iteration, residual))
        return CT_ERROR_STOPPED;
    return CT_OK;
}

static int iterate(struct solver *s, const struct ct__matting_params *params)
{
    int most = params->max_iterations ? params->max_iterations : MAX_ITERATIONS, done = 0;
    double right = sqrt(run(s, r_r)), residual = right, rz = 1;
    while (done < most && residual > TOLERANCE * right) {
        ct__multigrid_apply(s->multigrid, s->r, s->z);
        double next = run(s, r_z);
        s->step = done ? next / rz : 0;
        rz = next;
        run(s, turn);
        s->step = rz / run(s, multiply);
        residual = sqrt(run(s, advance));
        if (report(params, ++done, residual / right))
            return CT_ERROR_STOPPED;
    }
    if (residual <= TOLERANCE * right)
        return CT_OK;
    return ct__fail(CT_ERROR_UNSUPPORTED, SCOPE,
                    "no answer after %d iterations: residual %g, expected %g", done,
                    residual / right, TOLERANCE);
}

static int prepare(struct solver *s, const struct ct_picture *image,
                   const struct ct_picture *trimap, int64_t limit)
{
    uint8_t unknown[256];
    for (int i = 0; i < 256; i++)
        unknown[i] = ct__trimap_part((uint8_t)i) == CT__TRIMAP_UNKNOWN;
    int error = ct__stencil_make(&s->stencil, trimap->data[0], trimap->stride[0], image->width,
                                 image->height, unknown,
                                 OWN_VECTORS * (int)sizeof(double) + CT__MULTIGRID_BYTES, limit);
    if (error || !s->stencil.count)
        return error;
    double **vectors[OWN_VECTORS] = {&s->x, &s->r, &s->p, &s->ap, &s->z};
    s->partial = ct__alloc((size_t)pieces(s) * sizeof *s->partial);
    bool all = s->partial;
    for (int i = 0; i < OWN_VECTORS; i++)
        all = (*vectors[i] = ct__stencil_vector(&s->stencil)) && all;
    if (!all)
        return ct__fail_memory(SCOPE);
    ct__laplacian_add(&s->stencil, s->r, image, trimap, s->parallel);
    ct__stencil_complete(&s->stencil);
    return ct__multigrid_create(&s->multigrid, &s->stencil, image, limit - s->stencil.bytes,
                                s->parallel);
}

static void finish(struct solver *s)
{
    ct__multigrid_destroy(&s->multigrid);
    ct__stencil_finish(&s->stencil);
    ct__stencil_free(s->x);
    ct__stencil_free(s->r);
    ct__stencil_free(s->p);
    ct__stencil_free(s->ap);
    ct__stencil_free(s->z);
    ct__free(s->partial);
}

// What is known keeps the trimap's value.
static double pixel_alpha(const struct solver *s, const struct ct_picture *trimap, int x, int y)
{
    uint8_t value = trimap->data[0][y * trimap->stride[0] + x];
    if (ct__trimap_part(value) != CT__TRIMAP_UNKNOWN)
        return value / 255.;
    size_t segment = (size_t)y * (size_t)s->stencil.columns + (size_t)(x / CT__SEGMENT);
    double alpha = s->x[s->stencil.segment[segment] * CT__SEGMENT + x % CT__SEGMENT];
    return alpha < 0 ? 0 : alpha > 1 ? 1 : alpha;
}

static void write_alpha(float *alpha, const struct solver *s, const struct ct_picture *trimap)
{
    for (int y = 0; y < trimap->height; y++)
        for (int x = 0; x < trimap->width; x++)
            *alpha++ = (float)pixel_alpha(s, trimap, x, y);
}

static int check_pictures(const struct ct_picture *image, const struct ct_picture *grey)
{
    if (image->format != CT_FORMAT_RGB || grey->format != CT_FORMAT_GREY)
        return ct__fail(CT_ERROR_INVALID, SCOPE, "formats %d and %d: expected RGB and grey",
                        image->format, grey->format);
    if (image->width != grey->width || image->height != grey->height)
        return ct__fail(CT_ERROR_INVALID, SCOPE, "a mask of %dx%d for a picture of %dx%d",
                        grey->width, grey->height, image->width, image->height);
    if (image->width < 3 || image->height < 3)
        return ct__fail(CT_ERROR_INVALID, SCOPE, "%dx%d: expected 3x3 at least", image->width,
                        image->height);
    return CT_OK;
}

static int check_trimap(const struct ct_picture *trimap)
{
    bool has[3] = {false};
    for (int y = 0; y < trimap->height; y++)
        for (int x = 0; x < trimap->width; x++)
            has[ct__trimap_part(trimap->data[0][y * trimap->stride[0] + x])] = true;
    if (!has[CT__TRIMAP_FOREGROUND] || !has[CT__TRIMAP_BACKGROUND])
        return ct__fail(CT_ERROR_INVALID, SCOPE, "the trimap has no %s",
                        has[CT__TRIMAP_FOREGROUND] ? "background" : "foreground");
    return CT_OK;
}

static int64_t memory_limit(const struct ct__matting_params *params)
{
    return params->max_memory ? params->max_memory : MAX_MEMORY;
}

int ct__matting_solve(float *alpha, const struct ct_picture *image, const struct ct_picture *trimap,
                      const struct ct__matting_params *params)
{
    static const struct ct__matting_params defaults;
    params = params ? params : &defaults;
    int error = check_pictures(image, trimap);
    error = error ? error : check_trimap(trimap);
    if (error)
        return error;
    struct solver solver = {.parallel = params->parallel};
    error = prepare(&solver, image, trimap, memory_limit(params));
    if (!error && solver.stencil.count)
        error = iterate(&solver, params);
    if (!error)
        write_alpha(alpha, &solver, trimap);
    finish(&solver);
    return error;
}

// 0 to 1 as a byte, cut off as by rembg.
static uint8_t to_byte(float value)
{
    return (uint8_t)(value * 255);
}

static void compose(ct_frame *out, const float *foreground, const float *alpha)
{
    const struct ct_picture *p = ct_frame_picture(out);
    for (int y = 0; y < p->height; y++) {
        uint8_t *to = ct_frame_writable(out, 0) + y * p->stride[0];
        for (int x = 0; x < p->width; x++, to += 4, foreground += 3) {
            for (int c = 0; c < 3; c++)
                to[c] = to_byte(foreground[c]);
            to[3] = to_byte(*alpha++);
        }
    }
}

static int check_out(ct_frame *out, const struct ct_picture *image)
{
    const struct ct_picture *p = ct_frame_picture(out);
    if (p->format != CT_FORMAT_RGBA || p->width != image->width || p->height != image->height ||
        !ct_frame_writable(out, 0))
        return ct__fail(CT_ERROR_INVALID, SCOPE,
                        "a frame of format %d, %dx%d: expected RGBA, %dx%d, held by nobody else",
                        p->format, p->width, p->height, image->width, image->height);
    return CT_OK;
}

int ct__matting_cut_out_trimap(ct_frame *out, const struct ct_picture *image,
                               const struct ct_picture *trimap,
                               const struct ct__matting_params *params)
{
    static const struct ct__matting_params defaults;
    params = params ? params : &defaults;
    int error = check_out(out, image);
    if (!error)
        error = ct__foreground_check(image, memory_limit(params));
    if (error)
        return error;
    size_t pixels = (size_t)image->width * (size_t)image->height;
    float *alpha = ct__alloc(pixels * sizeof *alpha), *foreground = NULL;
    error = alpha ? ct__matting_solve(alpha, image, trimap, params) : ct__fail_memory(SCOPE);
    if (!error && !(foreground = ct__alloc(pixels * 3 * sizeof *foreground)))
        error = ct__fail_memory(SCOPE);
    if (!error)
        error = ct__foreground_estimate(foreground, image, alpha, memory_limit(params),
                                        params->parallel);
    if (!error)
        compose(out, foreground, alpha);
    ct__free(alpha);
    ct__free(foreground);
    return error;
}

int ct__matting_cut_out(ct_frame *out, const struct ct_picture *image,
                        const struct ct_picture *mask, const struct ct__matting_params *params)
{
    ct_frame *trimap = NULL;
    int error = ct_frame_create(&trimap, CT_FORMAT_GREY, mask->width, mask->height);
    if (!error)
        error = ct__trimap_make(trimap, mask, params ? &params->trimap : NULL);
    if (!error)
        error = ct__matting_cut_out_trimap(out, image, ct_frame_picture(trimap), params);
    ct_frame_unref(&trimap);
    return error;
}
