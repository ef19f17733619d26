// SPDX-License-Identifier: Apache-2.0
// Sums go from the middle to the farthest pair to the nearest, which is scipy's order: values that
// lie on a threshold fall to the same side.
#include "image/gauss.h"

#include <math.h>

enum { R = CT__GAUSS_RADIUS };

static void make_weights(double weight[R + 1])
{
    double sum = 0;
    for (int i = 0; i <= R; i++) {
        weight[i] = exp(-i * i / 8.);
        sum += i ? 2 * weight[i] : weight[i];
    }
    for (int i = 0; i <= R; i++)
        weight[i] /= sum;
}

static int mirror(int i, int length)
{
    int period = 2 * length, at = (i % period + period) % period;
    return at < length ? at : period - 1 - at;
}

static void blur_columns(const uint8_t *picture, ptrdiff_t stride, int width, int height, int y,
                         const double weight[R + 1], double *to)
{
    const uint8_t *own = picture + y * stride;
    for (int x = 0; x < width; x++)
        to[x] = own[x] * weight[0];
    for (int i = R; i > 0; i--) {
        const uint8_t *above = picture + mirror(y - i, height) * stride;
        const uint8_t *below = picture + mirror(y + i, height) * stride;
        for (int x = 0; x < width; x++)
            to[x] += (above[x] + below[x]) * weight[i];
    }
}

void ct__gauss_row(const uint8_t *picture, ptrdiff_t stride, int width, int height, int y,
                   double *scratch, double *out)
{
    double weight[R + 1], *line = scratch + R;
    make_weights(weight);
    blur_columns(picture, stride, width, height, y, weight, line);
    for (int i = 1; i <= R; i++) {
        line[-i] = line[mirror(-i, width)];
        line[width - 1 + i] = line[mirror(width - 1 + i, width)];
    }
    for (int x = 0; x < width; x++) {
        out[x] = line[x] * weight[0];
        for (int i = R; i > 0; i--)
            out[x] += (line[x - i] + line[x + i]) * weight[i];
    }
}
