// SPDX-License-Identifier: Apache-2.0
// How many cores this process may really use: its affinity mask and the CPU quota of its control
// groups (version 1 and 2, walking up from its own group; the least wins).
#ifndef CT_BASE_CORES_H
#define CT_BASE_CORES_H

#include <stdbool.h>

struct ct__cores {
    int online;   // of the machine
    int allowed;  // in the affinity mask
    double quota; // CPUs granted by control groups, 0 without a limit
    int usable;   // min(allowed, ceil(quota)), at least 1
};

// Reads the files of the control groups below `root` ("" is the machine; tests give a folder with
// proc/ and sys/). Cannot fail: what cannot be read limits nothing.
void ct__cores_read(const char *root, struct ct__cores *cores);

// What messages call a list of cores, and whether a text is one, on whatever machine.
#define CT__CORES_LIST "cores such as 0-3,6"
bool ct__cores_is_list(const char *list);

// Reads a list of cores, "0-3,6", in its order; returns how many. CT_ERROR_INVALID, logged, for
// what is no list, names a core that this process may not use, or is longer than `capacity`.
int ct__cores_parse(const char *list, int *cores, int capacity);

#endif
