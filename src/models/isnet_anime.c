// SPDX-License-Identifier: Apache-2.0
// IS-Net for drawn figures (isnet-anime): sides open, meant for 1024 x 1024; its channels have a
// mean and no deviation.
#include "models/salient.h"

enum { SIDE = 1024 };

static int recognise(const struct ct__graph *graph)
{
    if (!ct__salient_fits(graph, SIDE) || graph->output_count != 1)
        return 0;
    return ct__salient_named(graph, "img", "mask") ? 85 : 40;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    static const float deviation[3] = {1, 1, 1};
    return ct__salient_configure(graph, scope, SIDE, ct__salient_mean, deviation, usage);
}

const struct ct__family ct__family_isnet_anime = {
    .name = "isnet_anime",
    .help = "mattes of drawn figures, 1024 x 1024, as isnet-anime's: img to mask [N,1,H,W]",
    .preset_labels = ct__salient_labels,
    .recognise = recognise,
    .configure = configure,
    .matte = ct__salient_matte,
};
