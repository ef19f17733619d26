// SPDX-License-Identifier: Apache-2.0
// chiton doctor: what works on this machine and what does not, and for each problem what to do
// about it.
#include <chiton/chiton.h>

#include "cli/commands.h"
#include "cli/common.h"

enum { MOST_COMPONENTS = 64, MOST_CAMERAS = 64 };

struct doctor {
    struct ct__common common;
    int json;
};

// Something that is not as it could be.
struct finding {
    bool (*applies)(const struct ct_machine *machine);
    bool needed; // without it the main job does not run
    const char *problem, *remedy;
};

static bool without_runtime(const struct ct_machine *machine)
{
    return machine->ort_error != 0;
}

static bool without_vectors(const struct ct_machine *machine)
{
    return machine->vector[0] == 'c' && !machine->vector[1];
}

static bool held_by_quota(const struct ct_machine *machine)
{
    return machine->cores_quota > 0 && machine->cores_quota < machine->cores_allowed;
}

static bool held_by_mask(const struct ct_machine *machine)
{
    return machine->cores_allowed < machine->cores_online;
}

// clang-format off
static const struct finding findings[] = {
    {without_runtime, true, "without ONNX Runtime no .onnx model runs",
     "run script/bootstrap, install libonnxruntime 1.21 or newer, or name it with --ort-library"},
    {without_vectors, false, "pixels are prepared by plain C: this CPU has no AVX2",
     "expect about ten times the time for preparing a frame"},
    {held_by_quota, false, "the CPU quota of the control group is less than the cores",
     "raise the quota (docker --cpus, systemd CPUQuota=) to use all cores"},
    {held_by_mask, false, "this process may not run on all cores",
     "widen its affinity mask (taskset, docker --cpuset-cpus) to use all cores"},
    {NULL},
};
// clang-format on

static void components_text(const char *kind, const char *title, struct ct__text *text)
{
    struct ct_component list[MOST_COMPONENTS];
    int count = ct_component_list(kind, list, MOST_COMPONENTS);
    for (int i = 0; i < count && i < MOST_COMPONENTS; i++)
        ct__text_printf(text, "%-10s %-12s %s\n", i ? "" : title, list[i].name, list[i].help);
}

static void cameras_text(struct ct__text *text)
{
    struct ct_camera list[MOST_CAMERAS];
    int count = ct_camera_list(list, MOST_CAMERAS);
    for (int i = 0; i < count && i < MOST_CAMERAS; i++) {
        ct__text_printf(text, "%-10s %-12s %s%s%s\n", i ? "" : "cameras", list[i].input,
                        list[i].name, list[i].problem[0] ? ": " : "", list[i].problem);
    }
    if (!count)
        ct__text_printf(text, "%-10s none that the kernel knows\n", "cameras");
}

static void cameras_json(struct ct__json *json)
{
    struct ct_camera list[MOST_CAMERAS];
    int count = ct_camera_list(list, MOST_CAMERAS);
    ct__json_key(json, "cameras");
    ct__json_begin_array(json);
    for (int i = 0; i < count && i < MOST_CAMERAS; i++) {
        ct__json_begin_object(json);
        ct__member_string(json, "input", list[i].input);
        ct__member_string(json, "name", list[i].name);
        if (list[i].problem[0])
            ct__member_string(json, "problem", list[i].problem);
        ct__json_end_object(json);
    }
    ct__json_end_array(json);
}

static void machine_text(const struct ct_machine *machine, struct ct__text *text)
{
    ct__text_printf(text, "%-10s %s\n", "chiton", ct_version());
    ct__text_printf(text, "%-10s %d online, %d allowed, ", "cores", machine->cores_online,
                    machine->cores_allowed);
    if (machine->cores_quota > 0)
        ct__text_printf(text, "quota of %.4g", machine->cores_quota);
    else
        ct__text_puts(text, "no quota");
    ct__text_printf(text, ": %d usable, as many lanes\n", machine->cores_usable);
    ct__text_printf(text, "%-10s %s\n", "pixels", machine->vector);
    if (machine->ort_error)
        ct__text_printf(text, "%-10s no ONNX Runtime: %s\n", "models", machine->ort_path);
    else
        ct__text_printf(text, "%-10s ONNX Runtime %s at %s\n", "models", machine->ort_version,
                        machine->ort_path);
    ct__text_printf(text, "%-10s %s\n", "media", machine->media);
    components_text("backend", "backends", text);
    components_text("family", "families", text);
    components_text("source", "sources", text);
    components_text("output", "outputs", text);
    cameras_text(text);
}

static void findings_text(const struct ct_machine *machine, struct ct__text *text)
{
    bool any = false;
    for (const struct finding *finding = findings; finding->applies; finding++) {
        if (!finding->applies(machine))
            continue;
        ct__text_printf(text, "\n%s: %s\n  %s\n", finding->needed ? "problem" : "note",
                        finding->problem, finding->remedy);
        any = true;
    }
    if (!any)
        ct__text_puts(text, "\nEverything works.\n");
}

static void components_json(const char *kind, const char *key, struct ct__json *json)
{
    struct ct_component list[MOST_COMPONENTS];
    int count = ct_component_list(kind, list, MOST_COMPONENTS);
    ct__json_key(json, key);
    ct__json_begin_array(json);
    for (int i = 0; i < count && i < MOST_COMPONENTS; i++)
        ct__json_string(json, list[i].name);
    ct__json_end_array(json);
}

static void machine_json(const struct ct_machine *machine, struct ct__json *json)
{
    ct__member_string(json, "version", ct_version());
    ct__member_int(json, "cores_online", machine->cores_online);
    ct__member_int(json, "cores_allowed", machine->cores_allowed);
    ct__member_number(json, "cores_quota", machine->cores_quota, 3);
    ct__member_int(json, "cores_usable", machine->cores_usable);
    ct__member_string(json, "vector", machine->vector);
    ct__json_key(json, "onnxruntime");
    ct__json_begin_object(json);
    if (machine->ort_error) {
        ct__member_string(json, "error", machine->ort_path);
    } else {
        ct__member_string(json, "version", machine->ort_version);
        ct__member_string(json, "path", machine->ort_path);
    }
    ct__json_end_object(json);
    ct__member_string(json, "media", machine->media);
    components_json("backend", "backends", json);
    components_json("family", "families", json);
    components_json("source", "sources", json);
    components_json("output", "outputs", json);
    cameras_json(json);
}

static void findings_json(const struct ct_machine *machine, struct ct__json *json)
{
    ct__json_key(json, "findings");
    ct__json_begin_array(json);
    for (const struct finding *finding = findings; finding->applies; finding++) {
        if (!finding->applies(machine))
            continue;
        ct__json_begin_object(json);
        ct__json_key(json, "needed");
        ct__json_bool(json, finding->needed);
        ct__member_string(json, "problem", finding->problem);
        ct__member_string(json, "remedy", finding->remedy);
        ct__json_end_object(json);
    }
    ct__json_end_array(json);
}

static bool sound(const struct ct_machine *machine)
{
    for (const struct finding *finding = findings; finding->applies; finding++)
        if (finding->needed && finding->applies(machine))
            return false;
    return true;
}

static int doctor(void *options, struct ct__option_list operands)
{
    (void)operands;
    const struct doctor *doctor = options;
    struct ct_model_params params;
    struct ct_machine machine;
    int error = ct__model_params_read(&doctor->common, &params);
    if (!error)
        error = ct_machine_read(&machine);
    if (error)
        return ct__exit_code(error);
    struct ct__text text = {0};
    if (doctor->json) {
        struct ct__json json;
        ct__json_init(&json, &text);
        ct__json_begin_object(&json);
        machine_json(&machine, &json);
        findings_json(&machine, &json);
        ct__json_end_object(&json);
        ct__text_puts(&text, "\n");
    } else {
        machine_text(&machine, &text);
        findings_text(&machine, &text);
    }
    int code = ct__print(&text);
    return code || sound(&machine) ? code : CT__EXIT_FAILED;
}

// clang-format off
static const struct ct__option doctor_options[] = {
    {"json", 0, CT__OPTION_FLAG, offsetof(struct doctor, json), .help = "print JSON"},
    {NULL},
};

static const struct ct__option *const groups[] = {
    doctor_options, ct__library_options, ct__log_options, NULL,
};

const struct ct__command ct__command_doctor = {
    .name = "doctor",
    .summary = "tell what works here, what does not, and what to do",
    .details = "Exit code 1 if something is missing that the main job needs.",
    .groups = groups,
    .run = doctor,
    .size = sizeof(struct doctor),
};
