// SPDX-License-Identifier: Apache-2.0
// BRIA's RMBG 2: BiRefNet's network with shares of 1 in its output.
#include "models/salient.h"

enum { SIDE = 1024 };

static int recognise(const struct ct__graph *graph)
{
    if (!ct__salient_fits(graph, SIDE) || graph->output_count != 1)
        return 0;
    return ct__salient_named(graph, "pixel_values", "alphas") ? 90 : 40;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    return ct__salient_configure(graph, scope, SIDE, ct__salient_mean, ct__salient_deviation,
                                 usage);
}

const struct ct__family ct__family_bria = {
    .name = "bria",
    .help = "mattes of any object, 1024 x 1024, as BRIA RMBG's: pixel_values to alphas [N,1,H,W]",
    .preset_labels = ct__salient_labels,
    .recognise = recognise,
    .configure = configure,
    .matte = ct__salient_matte,
};
