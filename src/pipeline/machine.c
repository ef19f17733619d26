// SPDX-License-Identifier: Apache-2.0
// What this machine and this build can do, gathered from the folders that know.
#include <chiton/machine.h>

#include <string.h>

#include "base/cores.h"
#include "base/log.h"
#include "base/text.h"
#include "image/kernels.h"
#include "media/reader.h"
#include "models/family.h"
#include "runtime/backend.h"
#include "sinks/sink.h"
#include "sources/source.h"

int ct_machine_read(struct ct_machine *machine)
{
    if (!machine)
        return ct__fail(CT_ERROR_INVALID, "machine", "no place for the answer given");
    *machine = (struct ct_machine){0};
    struct ct__cores cores;
    ct__cores_read("", &cores);
    machine->cores_online = cores.online;
    machine->cores_allowed = cores.allowed;
    machine->cores_quota = cores.quota;
    machine->cores_usable = cores.usable;
    enum ct__cpu level = ct__kernels_level(ct__kernels(CT__CPU_AVX512));
    ct__copy_text(machine->vector, sizeof machine->vector, ct__cpu_name(level));
    char text[512] = "";
    machine->ort_error =
        ct__backend_ort.probe(text, sizeof text, machine->ort_path, sizeof machine->ort_path);
    if (machine->ort_error)
        ct__copy_text(machine->ort_path, sizeof machine->ort_path, text);
    else
        ct__copy_text(machine->ort_version, sizeof machine->ort_version, text);
    ct__media_versions(machine->media, sizeof machine->media);
    return CT_OK;
}

int ct_machine_set_ort(const char *path)
{
    return ct__ort_set_library(path);
}

// A list under construction: counts on beyond its capacity.
struct list {
    struct ct_component *items;
    int capacity, count;
};

static void add(struct list *list, const char *kind, const char *name, const char *help)
{
    if (list->items && list->count < list->capacity)
        list->items[list->count] = (struct ct_component){kind, name, help};
    list->count++;
}

int ct_component_list(const char *kind, struct ct_component *items, int capacity)
{
    struct list list = {.items = items, .capacity = capacity};
    if (!kind || !strcmp(kind, "backend")) {
        for (const struct ct__backend *const *it = ct__backends(); *it; it++)
            add(&list, "backend", (*it)->name, (*it)->help);
    }
    if (!kind || !strcmp(kind, "family")) {
        for (const struct ct__family *const *it = ct__families(); *it; it++)
            add(&list, "family", (*it)->name, (*it)->help);
    }
    if (!kind || !strcmp(kind, "source")) {
        for (const struct ct__source_class *const *it = ct__sources(); *it; it++)
            add(&list, "source", (*it)->name, (*it)->help);
    }
    if (!kind || !strcmp(kind, "output")) {
        for (const struct ct__sink_class *const *it = ct__sinks(); *it; it++)
            add(&list, "output", (*it)->name, (*it)->help);
    }
    return list.count;
}
