// SPDX-License-Identifier: Apache-2.0
// A container sees all cores of its host and is throttled when it uses them: the quotas of the
// control groups say what is really granted. Each group above our own may have one; the least
// counts.
#include <ctype.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cores.h"
#include "base/log.h"

enum { PATH_SIZE = 4096, MASKS = 8 }; // MASKS x 1,024 cores

// Reads a small file as a string; false if it cannot be read.
static bool read_text(char *text, size_t size, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, text, size - 1);
    close(fd);
    text[length > 0 ? length : 0] = 0;
    return length > 0;
}

static bool read_file_of(char *text, size_t size, const char *folder, const char *name)
{
    char path[PATH_SIZE + 32];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return read_text(text, size, path);
}

// The quota of one group in either version's files, 0 without a limit.
static double group_quota(const char *folder)
{
    char text[64];
    long long quota = 0, period = 0;
    if (read_file_of(text, sizeof text, folder, "cpu.max")) {
        if (sscanf(text, "%lld %lld", &quota, &period) != 2) // "max 100000"
            return 0;
    } else {
        if (!read_file_of(text, sizeof text, folder, "cpu.cfs_quota_us") ||
            sscanf(text, "%lld", &quota) != 1 ||
            !read_file_of(text, sizeof text, folder, "cpu.cfs_period_us") ||
            sscanf(text, "%lld", &period) != 1)
            return 0;
    }
    return quota > 0 && period > 0 ? (double)quota / (double)period : 0;
}

static void keep_least(double *least, double quota)
{
    if (quota > 0 && (*least == 0 || quota < *least))
        *least = quota;
}

// Takes the quotas of `group` and of all groups above it, up to the mount.
static void walk_up(const char *root, const char *mount, const char *group, double *least)
{
    char folder[PATH_SIZE];
    int base = snprintf(folder, sizeof folder, "%s/sys/fs/cgroup%s", root, mount);
    if (base < 0 || (size_t)base + strlen(group) >= sizeof folder)
        return;
    memcpy(folder + base, group, strlen(group) + 1);
    for (;;) {
        keep_least(least, group_quota(folder));
        char *slash = strrchr(folder + base, '/');
        if (!slash)
            return;
        *slash = 0;
    }
}

static bool lists_cpu(const char *controllers)
{
    size_t length;
    for (; *controllers; controllers += length + (controllers[length] == ',')) {
        length = strcspn(controllers, ",");
        if (length == 3 && memcmp(controllers, "cpu", 3) == 0)
            return true;
    }
    return false;
}

// One line of /proc/self/cgroup: "0::/group" in version 2, "4:cpu,cpuacct:/group" in version 1.
// Where a version is mounted depends on the system, so each usual place is looked at.
static void read_line(const char *root, char *line, double *least)
{
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return;
    *controllers++ = 0;
    *group++ = 0;
    if (!*controllers) {
        walk_up(root, "", group, least);
        walk_up(root, "/unified", group, least);
    } else if (lists_cpu(controllers)) {
        char mount[256];
        snprintf(mount, sizeof mount, "/%s", controllers);
        walk_up(root, mount, group, least);
        if (strcmp(controllers, "cpu") != 0)
            walk_up(root, "/cpu", group, least);
    }
}

static double read_quota(const char *root)
{
    char path[PATH_SIZE], text[2 * PATH_SIZE], *rest = NULL;
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    if (!read_text(text, sizeof text, path))
        return 0;
    double least = 0;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        read_line(root, line, &least);
    return least;
}

void ct__cores_read(const char *root, struct ct__cores *cores)
{
    cpu_set_t masks[MASKS];
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    cores->online = online > 0 ? (int)online : 1;
    cores->allowed = cores->online;
    if (sched_getaffinity(0, sizeof masks, masks) == 0)
        cores->allowed = CPU_COUNT_S(sizeof masks, masks);
    cores->quota = read_quota(root);
    cores->usable = cores->allowed;
    if (cores->quota > 0 && cores->quota < cores->allowed)
        cores->usable = (int)ceil(cores->quota);
    if (cores->usable < 1)
        cores->usable = 1;
}

// ---- lists

static bool is_allowed(const cpu_set_t *allowed, int core)
{
    return core < CPU_SETSIZE && CPU_ISSET((size_t)core, allowed);
}

// Reads "3" or "0-3" at *text and moves behind it.
static bool read_range(const char **text, int *first, int *last)
{
    int length = 0;
    if (sscanf(*text, "%5d%n", first, &length) != 1 || !isdigit((unsigned char)**text))
        return false;
    *text += length;
    *last = *first;
    if (**text != '-')
        return true;
    ++*text;
    if (sscanf(*text, "%5d%n", last, &length) != 1 || !isdigit((unsigned char)**text))
        return false;
    *text += length;
    return *last >= *first;
}

bool ct__cores_is_list(const char *list)
{
    int first, last;
    for (; read_range(&list, &first, &last); list++)
        if (*list != ',')
            return !*list;
    return false;
}

int ct__cores_parse(const char *list, int *cores, int capacity)
{
    cpu_set_t allowed;
    int count = 0, first, last;
    if (!ct__cores_is_list(list))
        return ct__fail(CT_ERROR_INVALID, "cpus", "%s: expected " CT__CORES_LIST, list);
    CPU_ZERO(&allowed);
    sched_getaffinity(0, sizeof allowed, &allowed);
    for (const char *text = list;; text++) {
        read_range(&text, &first, &last);
        for (int core = first; core <= last; core++) {
            if (!is_allowed(&allowed, core))
                return ct__fail(CT_ERROR_INVALID, "cpus", "%s: this process may not use core %d",
                                list, core);
            if (count == capacity)
                return ct__fail(CT_ERROR_INVALID, "cpus", "%s: more than %d cores", list, capacity);
            cores[count++] = core;
        }
        if (!*text)
            return count;
    }
}
