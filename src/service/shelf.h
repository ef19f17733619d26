// SPDX-License-Identifier: Apache-2.0
// The models that a server was given, by the names that requests know them by.
#ifndef CT_SERVICE_SHELF_H
#define CT_SERVICE_SHELF_H

#include "service/residents.h"

// Zero-initialise.
struct ct__shelf {
    struct ct__given_model *models;
    int count;
};

// Finds the file of each model, of a path or of a name in `folder` (or NULL) and the usual folders.
// CT_ERROR_NOT_FOUND with the places that were searched, CT_ERROR_INVALID for a file whose name
// requests cannot say and for two of one name, CT_ERROR_MEMORY. Finish it in any case.
int ct__shelf_fill(struct ct__shelf *shelf, const char *const *models, int count,
                   const char *folder);
void ct__shelf_finish(struct ct__shelf *shelf);

#endif
