// SPDX-License-Identifier: Apache-2.0
// All that takes time with the size of a request, its JSON too, is done on a thread of the queue.
// Numbers go from the body straight into the memory that the model reads.
#include "service/predict.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/log.h"
#include "service/datatype.h"
#include "service/reply.h"

static const char HEADER[] = "Inference-Header-Content-Length";

// ---- reading

static bool is_type(const char *type, const char *wanted)
{
    size_t length = strlen(wanted);
    return strncasecmp(type, wanted, length) == 0 &&
           (!type[length] || strchr("; \t", type[length]));
}

static bool read_length(const struct ct__request *request, int64_t *length)
{
    const char *header = ct__request_header(request, HEADER);
    *length = -1;
    return !header || (ct__parse_int(header, length) && *length >= 0);
}

bool ct__predict_expects(const struct ct__request *request, struct ct__refusal *refusal)
{
    int64_t length;
    const char *type = ct__request_header(request, "Content-Type");
    const char *coding = ct__request_header(request, "Content-Encoding");
    if (type && !is_type(type, "application/json") && !is_type(type, "application/octet-stream"))
        return ct__refuse(refusal, 415, "type",
                          "expected application/json, or application/octet-stream with %s", HEADER);
    if (coding && strcasecmp(coding, "identity") != 0)
        return ct__refuse(refusal, 415, "coding", "a body is not compressed here: not %.32s",
                          coding);
    if (!read_length(request, &length))
        return ct__refuse(refusal, 400, "header", "%s: expected the length of the JSON", HEADER);
    return true;
}

// ---- work

static void refuse(struct ct__job *job, const struct ct__refusal *refusal)
{
    job->status = refusal->status;
    job->code = refusal->code;
    memcpy(job->why, refusal->why, sizeof job->why);
}

static struct ct__seat *take_seat(struct ct__job *job)
{
    struct ct__seat *seat = NULL;
    int error = ct__residents_take(ct__job_params(job)->residents, job->model, &seat);
    if (error)
        ct__job_refuse(job, error, error == CT_ERROR_NOT_FOUND ? 404 : 500, "model");
    return seat;
}

static const struct ct__infer_input *find_input(const struct ct__infer *infer, const char *name)
{
    for (int i = 0; i < infer->input_count; i++)
        if (strcmp(infer->inputs[i].name, name) == 0)
            return &infer->inputs[i];
    return NULL;
}

static bool has_input(const struct ct_runner_info *info, const char *name)
{
    for (int i = 0; i < info->input_count; i++)
        if (strcmp(info->inputs[i].name, name) == 0)
            return true;
    return false;
}

static bool check_names(const struct ct__infer *infer, const struct ct_runner_info *info,
                        struct ct__refusal *refusal)
{
    for (int i = 0; i < infer->input_count; i++)
        if (!has_input(info, infer->inputs[i].name))
            return ct__refuse(refusal, 422, "input", "input %.64s: the model has none such",
                              infer->inputs[i].name);
    if (info->input_count > CT__MOST_TENSORS)
        return ct__refuse(refusal, 422, "input", "a model with %d inputs: expected %d at most",
                          info->input_count, CT__MOST_TENSORS);
    return true;
}

// Looks whether an input is what the model's is, but for the shape, of which the runner knows more.
static bool check_input(const struct ct__infer_input *input, const struct ct_tensor_info *info,
                        size_t *count, struct ct__refusal *refusal)
{
    if (!input)
        return ct__refuse(refusal, 422, "input", "input %.64s of the model is not given",
                          info->name);
    const char *type = ct__datatype_name(info->type);
    if (input->type != info->type)
        return ct__refuse(refusal, 422, "datatype", "input %.64s is %s: expected %s", info->name,
                          ct__datatype_name(input->type), type ? type : "what this server has not");
    return ct__infer_count(input, count, refusal);
}

// What is to be run: a request beside a model.
struct prediction {
    struct ct__job *job;
    const struct ct__infer *infer;
    ct_runner *runner;
    struct ct_runner_info info;
    struct ct_tensor tensors[CT__MOST_TENSORS];
    size_t counts[CT__MOST_TENSORS];
    struct ct__refusal refusal;
};

static bool check_inputs(struct prediction *prediction)
{
    size_t most = ct__job_params(prediction->job)->max_tensors, left = most;
    struct ct__refusal *refusal = &prediction->refusal;
    if (!check_names(prediction->infer, &prediction->info, refusal))
        return false;
    for (int i = 0; i < prediction->info.input_count; i++) {
        const struct ct_tensor_info *info = &prediction->info.inputs[i];
        const struct ct__infer_input *input = find_input(prediction->infer, info->name);
        if (!check_input(input, info, &prediction->counts[i], refusal))
            return false;
        if (prediction->counts[i] > left / ct__datatype_size(info->type))
            return ct__refuse(refusal, 413, "tensors", "the inputs have more than %zu bytes", most);
        left -= prediction->counts[i] * ct__datatype_size(info->type);
        prediction->tensors[i] = (struct ct_tensor){.rank = input->rank};
        memcpy(prediction->tensors[i].dim, input->dim, sizeof input->dim);
    }
    return true;
}

static bool fill_inputs(struct prediction *prediction)
{
    int error = ct_runner_prepare(prediction->runner, prediction->tensors);
    if (error) {
        ct__job_refuse(prediction->job, error, 422, "shape");
        return false;
    }
    for (int i = 0; i < prediction->info.input_count; i++) {
        const struct ct_tensor *tensor = &prediction->tensors[i];
        if (!ct__infer_fill(find_input(prediction->infer, tensor->name), tensor->data,
                            prediction->counts[i], &prediction->refusal))
            return false;
    }
    return true;
}

static bool run(struct prediction *prediction)
{
    struct ct__job *job = prediction->job;
    struct ct__reply reply = {.model = job->model,
                              .count = prediction->info.output_count,
                              .max_bytes = ct__job_params(job)->max_tensors};
    int error =
        ct__job_stops(job) ? CT_ERROR_STOPPED : ct_runner_run(prediction->runner, &reply.outputs);
    if (error) {
        ct__job_refuse(job, error, 500, "run");
        return false;
    }
    return ct__reply_write(&reply, prediction->infer, &job->answer, &job->answer_header,
                           &prediction->refusal);
}

static void predict(struct ct__job *job, const struct ct__infer *infer, ct_runner *runner)
{
    struct prediction prediction = {
        .job = job, .infer = infer, .runner = runner, .info = ct_runner_info(runner)};
    if (check_inputs(&prediction) && fill_inputs(&prediction) && run(&prediction)) {
        job->status = 200;
        job->type = job->answer_header ? "application/octet-stream" : "application/json";
    } else if (prediction.refusal.status) {
        refuse(job, &prediction.refusal);
    }
}

static void work(struct ct__job *job)
{
    struct ct__infer infer;
    struct ct__refusal refusal = {0};
    const char *body = job->body.data ? job->body.data : "";
    if (!ct__infer_read(&infer, body, job->body.length, job->header_length, &refusal)) {
        refuse(job, &refusal);
        return;
    }
    struct ct__seat *seat = take_seat(job);
    if (!seat)
        return;
    predict(job, &infer, seat->runner);
    ct__residents_give(ct__job_params(job)->residents, seat);
}

bool ct__predict_read(struct ct__job *job, struct ct__request *request, struct ct__refusal *refusal)
{
    if (!read_length(request, &job->header_length))
        return ct__refuse(refusal, 400, "header", "%s: expected the length of the JSON", HEADER);
    job->body = ct__request_take_body(request);
    job->work = work;
    return !job->body.failed || ct__refuse(refusal, 503, "memory", "out of memory");
}

// ---- what a model is

static void put_tensors(struct ct__json *json, const char *key, const struct ct_tensor_info *infos,
                        int count)
{
    ct__json_key(json, key);
    ct__json_begin_array(json);
    for (int i = 0; i < count; i++) {
        const char *type = ct__datatype_name(infos[i].type);
        ct__json_begin_object(json);
        ct__json_key(json, "name");
        ct__json_string(json, infos[i].name);
        ct__json_key(json, "datatype");
        ct__json_string(json, type ? type : "BYTES");
        ct__json_key(json, "shape");
        ct__json_begin_array(json);
        for (int d = 0; d < infos[i].rank; d++)
            ct__json_int(json, infos[i].dim[d]);
        ct__json_end_array(json);
        ct__json_end_object(json);
    }
    ct__json_end_array(json);
}

static void put_model(struct ct__text *text, const char *name, const struct ct_runner_info *info)
{
    struct ct__json json;
    ct__json_init(&json, text);
    ct__json_begin_object(&json);
    ct__json_key(&json, "name");
    ct__json_string(&json, name);
    ct__json_key(&json, "versions");
    ct__json_begin_array(&json);
    ct__json_string(&json, "1");
    ct__json_end_array(&json);
    ct__json_key(&json, "platform");
    ct__json_string(&json, strcmp(info->backend, "ort") == 0 ? "onnxruntime_onnx" : info->backend);
    put_tensors(&json, "inputs", info->inputs, info->input_count);
    put_tensors(&json, "outputs", info->outputs, info->output_count);
    ct__json_end_object(&json);
    ct__text_puts(text, "\n");
}

void ct__predict_describe(struct ct__job *job)
{
    struct ct__seat *seat = take_seat(job);
    if (!seat)
        return;
    const struct ct_runner_info info = ct_runner_info(seat->runner);
    put_model(&job->answer, job->model, &info);
    job->status = 200;
    job->type = "application/json";
    if (job->answer.failed)
        ct__job_refuse(job, CT_ERROR_MEMORY, 503, "memory");
    ct__residents_give(ct__job_params(job)->residents, seat);
}
