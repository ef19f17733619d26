// SPDX-License-Identifier: Apache-2.0
// Colour matrices after ITU-T H.273: R = Y + 2 (1 - Kr) Cr, B = Y + 2 (1 - Kb) Cb, and G such that
// Y = Kr R + Kg G + Kb B with Kr + Kg + Kb = 1.
#include "image/matrix.h"

#include <stdbool.h>
#include <string.h>

#include "frame/format.h"

static const double weights[][2] = { // Kr, Kb
    [CT_MATRIX_BT601] = {.299, .114},
    [CT_MATRIX_BT709] = {.2126, .0722},
    [CT_MATRIX_BT2020] = {.2627, .0593}};

static void yuv_to_rgb(double m[3][4], enum ct_matrix matrix, bool limited, bool chroma)
{
    const double kr = weights[matrix][0], kb = weights[matrix][1], kg = 1 - kr - kb;
    const double luma = limited ? 255. / 219 : 1;
    const double unit = !chroma ? 0 : limited ? 255. / 224 : 1;
    const double cr = 2 * (1 - kr) * unit, cb = 2 * (1 - kb) * unit;
    const double rows[3][3] = {{luma, 0, cr}, {luma, -cb * kb / kg, -cr * kr / kg}, {luma, cb, 0}};
    for (int c = 0; c < 3; c++) {
        memcpy(m[c], rows[c], sizeof rows[c]);
        m[c][3] = -(limited ? 16 * luma : 0) - 128 * (rows[c][1] + rows[c][2]);
    }
}

static void identity(double m[3][4])
{
    memset(m, 0, 3 * sizeof *m);
    for (int c = 0; c < 3; c++)
        m[c][c] = 1;
}

void ct__matrix_rgb(double m[3][4], const struct ct_picture *picture)
{
    bool limited = ct__picture_range(picture) == CT_RANGE_LIMITED;
    bool yuv = ct__format_info(picture->format)->yuv;
    if (yuv || picture->format == CT_FORMAT_GREY)
        yuv_to_rgb(m, ct__picture_matrix(picture), limited, yuv);
    else
        identity(m);
}

// The other way: Y is the weighted sum, U and V the scaled distance from it.
static void rgb_to_yuv(double m[3][4], enum ct_matrix matrix, bool limited)
{
    const double kr = weights[matrix][0], kb = weights[matrix][1], kg = 1 - kr - kb;
    const double luma = limited ? 219. / 255 : 1, unit = limited ? 224. / 255 : 1;
    const double u = unit / (2 * (1 - kb)), v = unit / (2 * (1 - kr));
    const double rows[3][4] = {{kr * luma, kg * luma, kb * luma, limited ? 16 : 0},
                               {-kr * u, -kg * u, (1 - kb) * u, 128},
                               {(1 - kr) * v, -kg * v, -kb * v, 128}};
    memcpy(m, rows, sizeof rows);
}

void ct__matrix_between(double m[3][4], const struct ct_picture *from, const struct ct_picture *to)
{
    bool limited = ct__picture_range(to) == CT_RANGE_LIMITED;
    double first[3][4], second[3][4];
    ct__matrix_rgb(first, from);
    if (ct__format_info(to->format)->yuv || to->format == CT_FORMAT_GREY)
        rgb_to_yuv(second, ct__picture_matrix(to), limited);
    else
        identity(second);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++) {
            m[i][j] = j == 3 ? second[i][3] : 0;
            for (int k = 0; k < 3; k++)
                m[i][j] += second[i][k] * first[k][j];
        }
}
