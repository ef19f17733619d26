// SPDX-License-Identifier: Apache-2.0
// U2-Net and its kin (u2netp, silueta, u2net_human_seg): 320 x 320, and seven outputs, the first of
// which is what the others were trained to help with.
#include "models/salient.h"

enum { SIDE = 320, OUTPUTS = 7 };

static int recognise(const struct ct__graph *graph)
{
    if (!ct__salient_fits(graph, SIDE) || graph->outputs[0].dim[2] < 0)
        return 0;
    return graph->output_count == OUTPUTS ? 90 : 40;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    return ct__salient_configure(graph, scope, SIDE, ct__salient_mean, ct__salient_deviation,
                                 usage);
}

const struct ct__family ct__family_u2net = {
    .name = "u2net",
    .help = "mattes of what stands out, 320 x 320, as U2-Net's: seven outputs [N,1,320,320]",
    .preset_labels = ct__salient_labels,
    .recognise = recognise,
    .configure = configure,
    .matte = ct__salient_matte,
};
