// SPDX-License-Identifier: Apache-2.0
// From figures in a picture to rows of a tensor.
#include "frame/truth.h"

#include <string.h>

bool ct__truth_wanted(const struct ct_tensor_info *input)
{
    return strcmp(input->name, CT__TRUTH_INPUT) == 0 && input->type == CT_TYPE_F64 &&
           input->rank == 3 && input->dim[0] == 1 && input->dim[1] == CT__TRUTH_ROWS &&
           input->dim[2] == CT__TRUTH_VALUES;
}

void ct__truth_write(const ct_frame *frame, const struct ct__letterbox *box,
                     const struct ct__tensor *tensor)
{
    const struct ct__truth *truth = &frame->truth;
    int count = truth->count < CT__TRUTH_ROWS ? truth->count : CT__TRUTH_ROWS - 1;
    double *row = tensor->data;
    row[0] = count;
    row[1] = (double)frame->info.number;
    row[2] = box->canvas_width;
    row[3] = box->canvas_height;
    double scale_x = (double)box->scale_x, scale_y = (double)box->scale_y;
    for (int i = 0; i < count; i++) {
        const struct ct_truth *item = &truth->items[i];
        row += CT__TRUTH_VALUES;
        row[0] = (double)item->id;
        row[1] = item->class_id;
        row[2] = (double)item->x * scale_x + box->x;
        row[3] = (double)item->y * scale_y + box->y;
        row[4] = row[2] + (double)item->width * scale_x;
        row[5] = row[3] + (double)item->height * scale_y;
        row[6] = (double)item->visible;
    }
}
