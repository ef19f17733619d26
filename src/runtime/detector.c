// SPDX-License-Identifier: Apache-2.0
// Truth in, detections out. What a real detector does wrong is stated in few numbers.
#include "runtime/detector.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "frame/truth.h"

#define LEAST_VISIBLE .1

// What is random about one detection.
enum draw { MISS, SCORE, X, Y, WIDTH, HEIGHT, ALARMS, DRAWS };

static double unit(uint64_t key, enum draw draw)
{
    return ct__random_unit(key, draw, 0);
}

// Normally distributed (Box and Muller).
static double normal(uint64_t key, enum draw draw)
{
    double radius = sqrt(-2 * log(1 - unit(key, draw)));
    return radius * cos(2 * 3.14159265358979323846 * ct__random_unit(key, draw, 1));
}

static double clamp_score(double score)
{
    return fmin(fmax(score, .01), .99);
}

static void put_box(float *row, double x, double y, double width, double height)
{
    row[0] = (float)(x - width / 2);
    row[1] = (float)(y - height / 2);
    row[2] = (float)(x + width / 2);
    row[3] = (float)(y + height / 2);
}

// Whether a figure is found; writes its row then.
static bool find(const struct ct__detector *detector, uint64_t key, const double *figure,
                 float *row)
{
    double width = figure[4] - figure[2], height = figure[5] - figure[3], visible = figure[6];
    double noise = detector->noise;
    if (visible < LEAST_VISIBLE || unit(key, MISS) < detector->miss)
        return false;
    put_box(row, (figure[2] + figure[4]) / 2 + noise * width * normal(key, X),
            (figure[3] + figure[5]) / 2 + noise * height * normal(key, Y),
            width * exp(noise * normal(key, WIDTH)), height * exp(noise * normal(key, HEIGHT)));
    row[4] = (float)clamp_score((.12 + .8 * visible) * (1 + 2 * noise * normal(key, SCORE)));
    row[5] = (float)figure[1];
    return true;
}

// Something like a person where there is none.
static void invent(uint64_t key, const double *head, float *row)
{
    double height = (.15 + .35 * unit(key, HEIGHT)) * head[3];
    double width = (.04 + .1 * unit(key, WIDTH)) * head[2];
    put_box(row, unit(key, X) * head[2], unit(key, Y) * head[3], width, height);
    row[4] = (float)(.1 + .5 * unit(key, SCORE));
    row[5] = 0;
}

void ct__detector_look(const struct ct__detector *detector, const struct ct__tensor *truth,
                       const struct ct__tensor *output)
{
    const double *head = truth->data;
    float *row = output->data, *end = row + CT__DETECTOR_BOXES * CT__DETECTOR_VALUES;
    uint64_t frame = ct__random((uint64_t)detector->seed, (uint64_t)head[1], 0);
    memset(row, 0, (size_t)(end - row) * sizeof *row);
    for (int i = 1; i <= (int)head[0]; i++) {
        const double *figure = head + i * CT__TRUTH_VALUES;
        if (find(detector, ct__random(frame, (uint64_t)figure[0], 1), figure, row))
            row += CT__DETECTOR_VALUES;
    }
    int alarms = (int)floor(detector->false_alarms + unit(frame, ALARMS));
    for (int i = 0; i < alarms && row < end; i++, row += CT__DETECTOR_VALUES)
        invent(ct__random(frame, (uint64_t)i, 2), head, row);
}
