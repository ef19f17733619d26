// SPDX-License-Identifier: Apache-2.0
// All keys of a fleet's file.
#include "config/settings.h"

#include <math.h>

// clang-format off
#define AT(type, member) offsetof(struct ct__##type##_settings, member)

static const struct ct__field model_keys[] = {
    {{"path", 0, CT__OPTION_STRING, AT(model, path), .argument = "FILE",
      .help = "file, or the name of a model in the model folders; else its name here"}},
    {{"conf", 0, CT__OPTION_FLOAT, AT(model, conf), .most = 1,
      .help = "least score of an object; 0: the family's own"}},
    {{"iou", 0, CT__OPTION_FLOAT, AT(model, iou), .most = 1,
      .help = "overlap above which the lower score goes; 0: the family's own"}},
    {{"classes", 0, CT__OPTION_LIST, AT(model, classes), .argument = "LIST",
      .help = "keep these classes only: labels or numbers"}},
    {{"labels", 0, CT__OPTION_STRING, AT(model, labels), .argument = "FILE",
      .help = "names of the classes, one a line; else the model's own"}, .form = CT__FORM_TEXT},
    {{"size", 0, CT__OPTION_STRING, AT(model, size), .argument = "WxH", .unit = "pixels",
      .help = "input of a model that leaves it open; else the family's own"},
     .form = CT__FORM_SIZE},
    {{"max_objects", 0, CT__OPTION_INT, AT(model, max_objects), .most = 10000,
      .help = "at most this many a frame, the best first; 0: the family's own"}},
    {{"family", 0, CT__OPTION_STRING, AT(model, family), .argument = "NAME",
      .help = "family of the model; else recognised from the file"}, .form = CT__FORM_TEXT},
    {{"backend", 0, CT__OPTION_CHOICE, AT(model, backend), .choices = "auto,ort,fake",
      .help = "what runs the model; else what --backend says"}},
    {{"threads", 0, CT__OPTION_INT, AT(model, threads), .most = 256, .unit = "threads",
      .help = "threads for each run of the model; 0: one"}},
    {{NULL}},
};

static const struct ct__field input_keys[] = {
    {{"path", 0, CT__OPTION_STRING, AT(input, path), .argument = "ADDRESS",
      .help = "rtsp:, http:, v4l2:, synthetic: or a file; required"}, .form = CT__FORM_TEXT},
    {{"transport", 0, CT__OPTION_CHOICE, AT(input, transport), .preset = "auto",
      .choices = "auto,tcp,udp", .help = "how rtsp: brings its packets"}},
    {{"realtime", 0, CT__OPTION_FLAG, AT(input, realtime), .preset = "true",
      .help = "a file plays as a camera would; false: all its frames are looked at"}},
    {{"loop", 0, CT__OPTION_FLAG, AT(input, loop), .preset = "false",
      .help = "a file begins again at its end"}},
    {{"rate", 0, CT__OPTION_FLOAT, AT(input, rate), .most = 1000, .unit = "frames a second",
      .help = "at which a file plays; 0: its own"}},
    {{"every", 0, CT__OPTION_FLOAT, AT(input, every), .most = 86400, .unit = "seconds",
      .help = "how often an http: address of one picture is asked; 0: each second"}},
    {{"size", 0, CT__OPTION_STRING, AT(input, size), .argument = "WxH", .unit = "pixels",
      .help = "wished of a camera device; else its own choice"}, .form = CT__FORM_SIZE},
    {{"timeout_ms", 0, CT__OPTION_INT, AT(input, timeout_ms), .preset = "5000", .least = 100,
      .most = 3600000, .unit = "ms", .help = "nothing came for so long: it is opened again"}},
    {{NULL}},
};

static const struct ct__field step_keys[] = {
    {{"model", 0, CT__OPTION_STRING, AT(step, model), .argument = "NAME",
      .help = "one of models, or as path there; required"}, .form = CT__FORM_TEXT},
    {{"fps", 0, CT__OPTION_FLOAT, AT(step, fps), .most = 1000, .unit = "frames a second",
      .help = "how many frames it looks at; 0: as many as the first model"}},
    {{NULL}},
};

// Offsets of a section's keys count from the section.
#define IN(section, member) (AT(camera, section.member) - AT(camera, section))

static const struct ct__field detect_keys[] = {
    {{"enabled", 0, CT__OPTION_FLAG, IN(detect, enabled), .preset = "true",
      .help = "false: pictures are only shown and written"}},
    {{"model", 0, CT__OPTION_STRING, IN(detect, model), .argument = "NAME",
      .help = "one of models, or as path there; required where enabled"}, .form = CT__FORM_TEXT},
    {{"fps", 0, CT__OPTION_FLOAT, IN(detect, fps), .most = 1000, .unit = "frames a second",
      .help = "how many frames are looked at, evenly spaced; 0: all that come"}},
    {{"classes", 0, CT__OPTION_LIST, IN(detect, classes), .argument = "LIST",
      .help = "keep these classes only: labels or numbers; else what the model's say"}},
    {{"conf", 0, CT__OPTION_FLOAT, IN(detect, conf), .most = 1,
      .help = "least score of an object; 0: the model's"}},
    {{"steps", .offset = IN(detect, steps),
      .help = "further models, by names of your choice, that look at what the first has looked at"},
     CT__FIELD_NAMED, .fields = step_keys, .size = sizeof(struct ct__step_settings)},
    {{NULL}},
};

static const struct ct__field track_keys[] = {
    {{"enabled", 0, CT__OPTION_FLAG, IN(track, enabled), .preset = "false",
      .help = "follow objects: each gets an id that stays with it"}},
    {{NULL}},
};

static const struct ct__field rotate_keys[] = {
    {{"max_bytes", 0, CT__OPTION_INT, IN(rotate, max_bytes), .preset = "67108864", .least = 1024,
      .most = INFINITY, .unit = "bytes", .help = "begin a new file of lines after so many"}},
    {{"keep", 0, CT__OPTION_INT, IN(rotate, keep), .preset = "4", .least = 1, .most = 10000,
      .unit = "files", .help = "how many old ones are kept: .1 behind the name, then .2"}},
    {{NULL}},
};

static const struct ct__field camera_keys[] = {
    {{"enabled", 0, CT__OPTION_FLAG, AT(camera, enabled), .preset = "true",
      .help = "false: as if the camera were not in the file"}},
    {{"inputs", .offset = AT(camera, inputs),
      .help = "where its pictures come from; one, for the time being"},
     CT__FIELD_ITEMS, .fields = input_keys, .size = sizeof(struct ct__input_settings)},
    {{"detect", .offset = AT(camera, detect), .help = "what looks at it, and how often"},
     CT__FIELD_SECTION, .fields = detect_keys},
    {{"track", .offset = AT(camera, track), .help = "following objects"},
     CT__FIELD_SECTION, .fields = track_keys},
    {{"outputs", 0, CT__OPTION_LIST, AT(camera, outputs), .argument = "LIST",
      .help = "where results go, as with detect -o; {camera} becomes its name"}},
    {{"draw", 0, CT__OPTION_FLAG, AT(camera, draw), .preset = "true",
      .help = "draw the objects into clips and pictures that are written"}},
    {{"segment", 0, CT__OPTION_FLOAT, AT(camera, segment), .most = 1e6, .unit = "seconds",
      .help = "cut clips that are written into files of this length; 0: 300, of a file that is "
              "not realtime: do not"}},
    {{"rotate", .offset = AT(camera, rotate), .help = "of files of lines"},
     CT__FIELD_SECTION, .fields = rotate_keys},
    {{"restart", 0, CT__OPTION_CHOICE, AT(camera, restart), .preset = "always",
      .choices = "always,on_error,never",
      .help = "whether an input that ended or failed is opened again"}},
    {{"max_staleness_ms", 0, CT__OPTION_INT, AT(camera, max_staleness_ms), .preset = "1000",
      .least = 1, .most = 3600000, .unit = "ms",
      .help = "a frame that waited longer is not looked at"}},
    {{"zones", .help = "named areas"}, CT__FIELD_LATER},
    {{"lines", .help = "named lines"}, CT__FIELD_LATER},
    {{NULL}},
};

#define OF(member) offsetof(struct ct__settings, member)

const struct ct__field ct__fleet_keys[] = {
    {{"models", .offset = OF(models), .help = "models by names of your choice"},
     CT__FIELD_NAMED, .fields = model_keys, .size = sizeof(struct ct__model_settings)},
    {{"defaults", .offset = OF(defaults), .help = "keys of a camera, for all that do not say them"},
     CT__FIELD_SECTION, .fields = camera_keys},
    {{"cameras", .offset = OF(cameras), .help = "cameras by names of your choice"},
     CT__FIELD_NAMED, .fields = camera_keys, .size = sizeof(struct ct__camera_settings)},
    {{"listen", 0, CT__OPTION_STRING, OF(listen), .argument = "ADDR:PORT",
      .help = "serve pictures, results and state over HTTP; else not"}, .form = CT__FORM_TEXT},
    {{"cpu_budget", 0, CT__OPTION_FLOAT, OF(cpu_budget), .most = 1e5, .unit = "percent of a core",
      .help = "what the process may use: rates are lowered evenly to stay below; 0: no limit"}},
    {{"lanes", 0, CT__OPTION_INT, OF(lanes), .most = 256, .unit = "threads",
      .help = "frames in work at the same time; 0: one for each usable core"}},
    {{"cpus", 0, CT__OPTION_STRING, OF(cpus), .argument = "LIST",
      .help = "use these cores alone, as in 0-3,6, each lane its share of them; else all"},
     .form = CT__FORM_CORES},
    {{"log_level", 0, CT__OPTION_CHOICE, OF(log_level), .choices = "none,error,warn,info,debug",
      .help = "how much to say on standard error; else warn"}},
    {{"metrics", 0, CT__OPTION_STRING, OF(metrics), .argument = "FILE",
      .help = "write counters in Prometheus' text format, every few seconds and at the end"},
     .form = CT__FORM_TEXT},
    {{"trace", 0, CT__OPTION_STRING, OF(trace), .argument = "FILE",
      .help = "write what each thread did when, as Chrome trace events"}, .form = CT__FORM_TEXT},
    {{"mqtt", .help = "a broker to tell results"}, CT__FIELD_LATER},
    {{NULL}},
};

const struct ct__field *const ct__model_list = &ct__fleet_keys[0];
const struct ct__field *const ct__camera_list = &ct__fleet_keys[2];
const struct ct__field *const ct__input_list = &camera_keys[1];
const struct ct__field *const ct__step_list = &detect_keys[5];
