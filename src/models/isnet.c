// SPDX-License-Identifier: Apache-2.0
// IS-Net for any object (isnet-general-use, DIS) and BEN: 1024 x 1024. IS-Net's export gives its
// side outputs and features too; BEN is told from others of one output only by its name.
#include "models/salient.h"

enum { SIDE = 1024 };

static int recognise(const struct ct__graph *graph)
{
    if (!ct__salient_fits(graph, SIDE))
        return 0;
    return graph->output_count > 4 ? 85 : 40;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    static const float mean[3] = {.5f, .5f, .5f}, deviation[3] = {1, 1, 1};
    return ct__salient_configure(graph, scope, SIDE, mean, deviation, usage);
}

const struct ct__family ct__family_isnet = {
    .name = "isnet",
    .help = "mattes of any object, 1024 x 1024, as IS-Net's and BEN's: [N,1,1024,1024] first",
    .preset_labels = ct__salient_labels,
    .recognise = recognise,
    .configure = configure,
    .matte = ct__salient_matte,
};
