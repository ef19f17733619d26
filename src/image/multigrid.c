// SPDX-License-Identifier: Apache-2.0
// Levels from the picture's own down to one that is solved directly. A level is rows of 8 pixels or
// of one node's 4 unknowns; the passes below are the same for both. Each pass reads what the pass
// before it wrote as a whole, so that pieces of a pass may be done in any order.
#include "image/multigrid.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "image/cells.h"
#include "image/cholesky.h"
#include "image/grid.h"

static const char SCOPE[] = "matting";

enum {
    LEVELS = 20,     // a grid of 65,535 pixels has 8,193 columns, which halve 14 times
    DIRECT = 48,     // nodes that are solved directly
    POWER_STEPS = 12 // to estimate the largest eigenvalue
};

// Smoothing treats eigenvalues from the largest down to this part of it. The estimate comes from
// below and is raised by MARGIN.
static const double RANGE = 8, MARGIN = 1.1;

struct level {
    const struct ct__stencil *stencil; // of the first level; others have a grid
    struct ct__grid grid;
    int rows, lanes, piece;   // rows of a piece of work
    void *memory;             // of the vectors: doubles, of the first level floats
    void *right, *x;          // what is asked, what is answered
    void *r, *d, *e;          // residual, and the last two steps
    double first, keep, gain; // Chebyshev's: d = first·D^-1·r; e = keep·d + gain·D^-1·r
    double *partial;          // a sum of each piece
};

struct ct__multigrid {
    const struct ct__parallel *parallel;
    struct ct__cells cells;
    struct level level[LEVELS];
    int levels;
    double *factor; // of the last level's matrix
};

static int start(const struct level *level, int row)
{
    return level->stencil ? level->stencil->rows[row].at[2] : row * CT__NODE;
}

// Numbers of a row: read, written, multiplied.
static void get(const struct level *level, int row, const void *v, double out[CT__SEGMENT])
{
    if (!level->stencil)
        memcpy(out, (const double *)v + start(level, row), CT__NODE * sizeof *out);
    else
        for (int i = 0; i < CT__SEGMENT; i++)
            out[i] = ((const float *)v)[start(level, row) + i];
}

static void put(const struct level *level, int row, void *v, const double in[CT__SEGMENT])
{
    if (!level->stencil)
        memcpy((double *)v + start(level, row), in, CT__NODE * sizeof *in);
    else
        for (int i = 0; i < CT__SEGMENT; i++)
            ((float *)v)[start(level, row) + i] = (float)in[i];
}

static void product(const struct level *level, int row, const void *v, double out[CT__SEGMENT])
{
    if (!level->stencil) {
        ct__grid_apply(&level->grid, row, v, out);
        return;
    }
    float narrow[CT__SEGMENT];
    ct__stencil_apply_narrow(level->stencil, row, v, narrow);
    for (int i = 0; i < CT__SEGMENT; i++)
        out[i] = narrow[i];
}

// out = D^-1·r of a row, D the diagonal or the blocks on it.
static void scale(const struct level *level, int row, const double *r, double out[CT__SEGMENT])
{
    if (level->stencil) {
        const float *inverse = level->stencil->inverse + start(level, row);
        for (int i = 0; i < CT__SEGMENT; i++)
            out[i] = inverse[i] * r[i];
        return;
    }
    const double *block = level->grid.inverse[row];
    for (int k = 0; k < CT__NODE; k++)
        out[k] = block[k] * r[0] + block[CT__NODE + k] * r[1] + block[2 * CT__NODE + k] * r[2] +
                 block[3 * CT__NODE + k] * r[3];
}

// One pass over a level's rows.
struct pass {
    struct level *level;
    const void *right, *v; // r = right - A·v; v may be NULL: right
    void *r;               // may be NULL: not kept
    void *d;
    void *e;
    void *x;
    bool add; // x += d + e, else x = d + e
};

static void residual(const struct pass *pass, int row, double r[CT__SEGMENT])
{
    const struct level *level = pass->level;
    double av[CT__SEGMENT] = {0};
    get(level, row, pass->right, r);
    if (pass->v)
        product(level, row, pass->v, av);
    for (int i = 0; i < level->lanes; i++)
        r[i] -= av[i];
    if (pass->r)
        put(level, row, pass->r, r);
}

// The residual, and the first step if there is a place for it.
static void begin_row(const struct pass *pass, int row)
{
    const struct level *level = pass->level;
    double r[CT__SEGMENT] = {0}, d[CT__SEGMENT] = {0};
    residual(pass, row, r);
    if (!pass->d)
        return;
    scale(level, row, r, d);
    for (int i = 0; i < level->lanes; i++)
        d[i] *= level->first;
    put(level, row, pass->d, d);
}

// The second step, and x.
static void step_row(const struct pass *pass, int row)
{
    const struct level *level = pass->level;
    double r[CT__SEGMENT] = {0}, d[CT__SEGMENT] = {0}, e[CT__SEGMENT] = {0};
    double x[CT__SEGMENT] = {0};
    residual(pass, row, r);
    scale(level, row, r, e);
    get(level, row, pass->d, d);
    if (pass->add)
        get(level, row, pass->x, x);
    for (int i = 0; i < level->lanes; i++) {
        e[i] = level->keep * d[i] + level->gain * e[i];
        x[i] += d[i] + e[i];
    }
    put(level, row, pass->e, e);
    put(level, row, pass->x, x);
}

// e = D^-1·A·v, and the sum of its squares.
static void power_row(const struct pass *pass, int row, double *sum)
{
    const struct level *level = pass->level;
    double av[CT__SEGMENT] = {0}, e[CT__SEGMENT] = {0};
    product(level, row, pass->v, av);
    scale(level, row, av, e);
    put(level, row, pass->e, e);
    for (int i = 0; i < level->lanes; i++)
        *sum += e[i] * e[i];
}

static int piece_end(const struct level *level, int index)
{
    int end = (index + 1) * level->piece;
    return end < level->rows ? end : level->rows;
}

static void begin_piece(void *context, int index)
{
    const struct pass *pass = context;
    for (int row = index * pass->level->piece; row < piece_end(pass->level, index); row++)
        begin_row(pass, row);
}

static void step_piece(void *context, int index)
{
    const struct pass *pass = context;
    for (int row = index * pass->level->piece; row < piece_end(pass->level, index); row++)
        step_row(pass, row);
}

static void power_piece(void *context, int index)
{
    const struct pass *pass = context;
    double sum = 0;
    for (int row = index * pass->level->piece; row < piece_end(pass->level, index); row++)
        power_row(pass, row, &sum);
    pass->level->partial[index] = sum;
}

static int pieces(const struct level *level)
{
    return (level->rows + level->piece - 1) / level->piece;
}

static void run(const struct ct__multigrid *m, struct pass pass,
                void (*piece)(void *context, int index))
{
    ct__parallel_each(m->parallel, pieces(pass.level), piece, &pass);
}

// Numbers without a pattern for the power iteration to begin with; 0 where there is no unknown.
static void fill(const struct level *level, void *v)
{
    uint32_t state = 1;
    for (int row = 0; row < level->rows; row++) {
        double numbers[CT__SEGMENT];
        for (int i = 0; i < level->lanes; i++) {
            state = state * 1664525u + 1013904223u;
            bool unknown = !level->stencil || level->stencil->inverse[start(level, row) + i] != 0;
            numbers[i] = unknown ? (state >> 8) / 16777216. : 0;
        }
        put(level, row, v, numbers);
    }
}

// v = e / length.
static void divide(const struct level *level, const void *e, double length, void *v)
{
    for (int row = 0; row < level->rows; row++) {
        double numbers[CT__SEGMENT];
        get(level, row, e, numbers);
        for (int i = 0; i < level->lanes; i++)
            numbers[i] /= length;
        put(level, row, v, numbers);
    }
}

static double estimate_largest(const struct ct__multigrid *m, struct level *level)
{
    double largest = 0;
    fill(level, level->d);
    for (int step = 0; step < POWER_STEPS; step++) {
        run(m, (struct pass){.level = level, .v = level->d, .e = level->e}, power_piece);
        double sum = 0;
        for (int i = 0; i < pieces(level); i++)
            sum += level->partial[i];
        largest = sqrt(sum);
        if (largest > 0)
            divide(level, level->e, largest, level->d);
    }
    return largest;
}

static void choose_steps(const struct ct__multigrid *m, struct level *level)
{
    double largest = estimate_largest(m, level);
    double high = largest > 0 ? MARGIN * largest : 1, low = high / RANGE;
    double middle = (high + low) / 2, half = (high - low) / 2, sigma = middle / half;
    double rho = 1 / (2 * sigma - 1 / sigma);
    level->first = 1 / middle;
    level->keep = rho / sigma;
    level->gain = 2 * rho / half;
}

// Answers right = A·x about.
static void cycle(struct ct__multigrid *m, int index);

// x += P·(what the coarser levels answer to P^T·r).
static void correct(struct ct__multigrid *m, int index)
{
    struct level *level = &m->level[index], *coarse = level + 1;
    if (index == 0)
        ct__cells_restrict(&m->cells, level->r, coarse->right, m->parallel);
    else
        ct__grid_restrict(&coarse->grid, &level->grid, level->r, coarse->right);
    cycle(m, index + 1);
    if (index == 0)
        ct__cells_prolong(&m->cells, coarse->x, level->x, m->parallel);
    else
        ct__grid_prolong(&coarse->grid, &level->grid, coarse->x, level->x);
}

static void cycle(struct ct__multigrid *m, int index)
{
    struct level *level = &m->level[index];
    void *right = level->right, *x = level->x, *r = level->r, *d = level->d, *e = level->e;
    if (index == m->levels - 1) {
        memcpy(x, right, (size_t)level->rows * CT__NODE * sizeof(double));
        ct__cholesky_solve(m->factor, level->rows * CT__NODE, x);
        return;
    }
    run(m, (struct pass){level, right, NULL, NULL, d}, begin_piece);
    run(m, (struct pass){level, right, d, r, d, e, x}, step_piece);
    run(m, (struct pass){level, r, e, r}, begin_piece);
    correct(m, index);
    run(m, (struct pass){level, right, x, r, d}, begin_piece);
    run(m, (struct pass){level, r, d, NULL, d, e, x, true}, step_piece);
}

void ct__multigrid_apply(struct ct__multigrid *multigrid, const double *r, double *z)
{
    const struct level *level = &multigrid->level[0];
    for (int row = 0; row < level->rows; row++)
        put(level, row, level->right, r + start(level, row));
    cycle(multigrid, 0);
    for (int row = 0; row < level->rows; row++)
        get(level, row, level->x, z + start(level, row));
}

// The five vectors of a level, `length` numbers of `size` bytes each, beginning `front` numbers in.
static int make_vectors(struct ct__multigrid *m, struct level *level, size_t length, size_t size,
                        size_t front)
{
    void **vector[] = {&level->right, &level->x, &level->r, &level->d, &level->e};
    level->memory = ct__calloc(5 * length, size);
    level->partial = ct__alloc((size_t)pieces(level) * sizeof *level->partial);
    if (!level->memory || !level->partial)
        return ct__fail_memory(SCOPE);
    for (size_t i = 0; i < 5; i++)
        *vector[i] = (char *)level->memory + (i * length + front) * size;
    choose_steps(m, level);
    return CT_OK;
}

static int prepare_finest(struct ct__multigrid *m, const struct ct__stencil *stencil)
{
    struct level *level = &m->level[0];
    *level = (struct level){
        .stencil = stencil, .rows = stencil->count, .lanes = CT__SEGMENT, .piece = 128};
    return make_vectors(m, level, ct__stencil_length(stencil), sizeof(float), CT__STENCIL_FRONT);
}

static int prepare_coarse(struct ct__multigrid *m, struct level *level)
{
    level->rows = level->grid.count;
    level->lanes = CT__NODE;
    level->piece = 32;
    return make_vectors(m, level, (size_t)level->rows * CT__NODE, sizeof(double), 0);
}

static int factor_last(struct ct__multigrid *m)
{
    const struct ct__grid *grid = &m->level[m->levels - 1].grid;
    int size = grid->count * CT__NODE;
    m->factor = ct__calloc((size_t)size * (size_t)size + 1, sizeof *m->factor);
    if (!m->factor)
        return ct__fail_memory(SCOPE);
    for (int node = 0; node < grid->count; node++)
        for (int n = 0; n < CT__NEAR; n++)
            for (int i = 0; i < CT__NODE * CT__NODE && grid->near[node][n] >= 0; i++) {
                int row = node * CT__NODE + i / CT__NODE;
                int column = grid->near[node][n] * CT__NODE + i % CT__NODE;
                m->factor[(size_t)row * (size_t)size + (size_t)column] = grid->block[node][n][i];
            }
    ct__cholesky_factor(m->factor, size);
    return CT_OK;
}

static int build(struct ct__multigrid *m, const struct ct__stencil *stencil,
                 const struct ct_picture *image, int64_t limit)
{
    int error = prepare_finest(m, stencil);
    if (!error)
        error = ct__cells_make(&m->cells, &m->level[1].grid, stencil, image, &limit, m->parallel);
    for (m->levels = 2; !error; m->levels++) {
        struct level *level = &m->level[m->levels - 1];
        error = prepare_coarse(m, level);
        if (error || level->rows <= DIRECT)
            break;
        error = ct__grid_make_coarser(&level[1].grid, &level->grid, &limit);
    }
    return error ? error : factor_last(m);
}

int ct__multigrid_create(struct ct__multigrid **out, const struct ct__stencil *stencil,
                         const struct ct_picture *image, int64_t limit,
                         const struct ct__parallel *parallel)
{
    struct ct__multigrid *m = ct__calloc(1, sizeof *m);
    if (!m)
        return ct__fail_memory(SCOPE);
    m->parallel = parallel;
    int error = build(m, stencil, image, limit);
    if (error)
        ct__multigrid_destroy(&m);
    else
        *out = m;
    return error;
}

static void finish_level(struct level *level)
{
    ct__free(level->memory);
    ct__free(level->partial);
    ct__grid_finish(&level->grid);
}

void ct__multigrid_destroy(struct ct__multigrid **multigrid)
{
    struct ct__multigrid *m = *multigrid;
    if (!m)
        return;
    for (int i = 0; i < LEVELS; i++)
        finish_level(&m->level[i]);
    ct__cells_finish(&m->cells);
    ct__free(m->factor);
    ct__free(m);
    *multigrid = NULL;
}
