// SPDX-License-Identifier: Apache-2.0
// Four filters of two states each. Noise grows with the height of the box, since what is near moves
// more pixels; that of the aspect is fixed.
#include "track/kalman.h"

#define POSITION (1. / 20)  // standard deviation of a place, in heights
#define VELOCITY (1. / 160) // and of a velocity, in heights a frame

static double square(double value)
{
    return value * value;
}

static struct ct__axis start(double value, double deviation, double velocity_deviation)
{
    return (struct ct__axis){.value = value,
                             .variance = square(deviation),
                             .velocity_variance = square(velocity_deviation)};
}

void ct__kalman_init(struct ct__kalman *kalman, const struct ct__measure *measure)
{
    double place = 2 * POSITION * measure->height, speed = 10 * VELOCITY * measure->height;
    *kalman = (struct ct__kalman){
        .x = start(measure->x, place, speed),
        .y = start(measure->y, place, speed),
        .aspect = start(measure->aspect, 1e-2, 1e-5),
        .height = start(measure->height, place, speed),
    };
}

// P = F P F' + Q with F = [1 t; 0 1]. The noise of steps adds up, so that two half steps bring as
// much of it as a whole one.
static void predict(struct ct__axis *axis, double t, double deviation, double velocity_deviation)
{
    axis->value += t * axis->velocity;
    axis->variance += t * (2 * axis->shared + t * axis->velocity_variance) + t * square(deviation);
    axis->shared += t * axis->velocity_variance;
    axis->velocity_variance += t * square(velocity_deviation);
}

void ct__kalman_predict(struct ct__kalman *kalman, double frames)
{
    double height = kalman->height.value;
    predict(&kalman->x, frames, POSITION * height, VELOCITY * height);
    predict(&kalman->y, frames, POSITION * height, VELOCITY * height);
    predict(&kalman->aspect, frames, 1e-2, 1e-5);
    predict(&kalman->height, frames, POSITION * height, VELOCITY * height);
}

static void update(struct ct__axis *axis, double measured, double deviation)
{
    double total = axis->variance + square(deviation), error = measured - axis->value;
    double gain = axis->variance / total, velocity_gain = axis->shared / total;
    axis->value += gain * error;
    axis->velocity += velocity_gain * error;
    axis->velocity_variance -= velocity_gain * axis->shared;
    axis->shared -= gain * axis->shared;
    axis->variance -= gain * axis->variance;
}

void ct__kalman_update(struct ct__kalman *kalman, const struct ct__measure *measure)
{
    double place = POSITION * kalman->height.value;
    update(&kalman->x, measure->x, place);
    update(&kalman->y, measure->y, place);
    update(&kalman->aspect, measure->aspect, 1e-1);
    update(&kalman->height, measure->height, place);
}
