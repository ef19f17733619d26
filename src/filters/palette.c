// SPDX-License-Identifier: Apache-2.0
// Colours that people can tell apart. The hue advances by the golden ratio, so that any run of
// numbers is spread over the circle; lightness and chroma are OKLCh's (Ottosson 2020), so that no
// colour shouts louder than its neighbour.
#include "filters/palette.h"

#include <math.h>

#define GOLDEN    0.6180339887498949
#define FIRST_HUE 0.40 // green
#define CHROMA    0.16

static double to_srgb(double linear)
{
    linear = fmin(fmax(linear, 0), 1);
    return linear <= .0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - .055;
}

static double to_linear(uint8_t sample)
{
    double value = sample / 255.;
    return value <= .04045 ? value / 12.92 : pow((value + .055) / 1.055, 2.4);
}

void ct__palette(uint64_t number, uint8_t rgb[3])
{
    static const double lightness[] = {.76, .68, .84};
    double turn = FIRST_HUE + GOLDEN * (double)(number % 4096);
    double angle = 2 * 3.14159265358979323846 * (turn - floor(turn)), light = lightness[number % 3];
    double a = CHROMA * cos(angle), b = CHROMA * sin(angle);
    double l = pow(light + .3963377774 * a + .2158037573 * b, 3);
    double m = pow(light - .1055613458 * a - .0638541728 * b, 3);
    double s = pow(light - .0894841775 * a - 1.2914855480 * b, 3);
    double linear[3] = {+4.0767416621 * l - 3.3077115913 * m + .2309699292 * s,
                        -1.2684380046 * l + 2.6097574011 * m - .3413193965 * s,
                        -.0041960863 * l - .7034186147 * m + 1.7076147010 * s};
    for (int i = 0; i < 3; i++)
        rgb[i] = (uint8_t)lrint(255 * to_srgb(linear[i]));
}

bool ct__palette_is_light(const uint8_t rgb[3])
{
    double luminance =
        .2126 * to_linear(rgb[0]) + .7152 * to_linear(rgb[1]) + .0722 * to_linear(rgb[2]);
    return (luminance + .05) / .05 > 1.05 / (luminance + .05);
}
