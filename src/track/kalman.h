// SPDX-License-Identifier: Apache-2.0
// The motion of a box: a Kalman filter of eight states, (centre x, centre y, width / height,
// height) and their velocities, all constant but for noise (Wojke et al., "Simple online and
// realtime tracking with a deep association metric", 2017; ByteTrack uses the same).
//
// Noise is stated for a frame at a usual rate; time counts such frames, and parts of them.
#ifndef CT_TRACK_KALMAN_H
#define CT_TRACK_KALMAN_H

// One coordinate: value and velocity with their covariance. Transition, noise and measurement tie
// no coordinate to another, so that the filter of eight states is exactly four of two.
struct ct__axis {
    double value, velocity;
    double variance, shared, velocity_variance;
};

// A box as it is measured.
struct ct__measure {
    double x, y, aspect, height; // centre, width / height, height > 0
};

struct ct__kalman {
    struct ct__axis x, y, aspect, height;
};

// Begins at rest at what was measured.
void ct__kalman_init(struct ct__kalman *kalman, const struct ct__measure *measure);

// Moves on by `frames` > 0.
void ct__kalman_predict(struct ct__kalman *kalman, double frames);

// Takes a measurement in.
void ct__kalman_update(struct ct__kalman *kalman, const struct ct__measure *measure);

#endif
