// SPDX-License-Identifier: Apache-2.0
// The fields are read on the server's thread, which is quick; the picture is fetched, decoded and
// cut out on a thread of the queue.
#include "service/cut.h"

#include <string.h>

#include "base/mem.h"
#include "service/fetch.h"

static bool is_post(const struct ct__request *request)
{
    return strcmp(ct__request_method(request), "POST") == 0;
}

bool ct__cut_expects(const struct ct__request *request, struct ct__refusal *refusal)
{
    const char *type = ct__request_header(request, "Content-Type");
    if (is_post(request) && !ct__form_is(type))
        return ct__refuse(refusal, 415, "type",
                          "expected a form, multipart/form-data, with a file");
    if (!is_post(request) && !ct__request_query(request, "url"))
        return ct__refuse(refusal, 422, "url", "url: say where the picture is");
    return true;
}

// ---- work

static bool stops(void *job)
{
    return ct__job_stops(job);
}

static int look_whether_to_stop(void *job, double share)
{
    (void)share;
    return ct__job_stops(job);
}

static int fetch(struct ct__job *job)
{
    const struct ct__jobs_params *params = ct__job_params(job);
    const struct ct__fetch fetch = {.max_bytes = params->max_bytes,
                                    .until_ns = job->since_ns + params->deadline_ns,
                                    .stops = stops,
                                    .opaque = job};
    int error = ct__fetch_run(&fetch, job->url, &job->body, job->why, sizeof job->why);
    if (error)
        ct__job_refuse(job, error, error == CT_ERROR_INVALID ? 400 : 502, "url");
    job->data = job->body.data ? job->body.data : "";
    job->size = job->body.length;
    return error;
}

static int open_cutter(struct ct__job *job, struct ct__seat **seat, ct_cutter **cutter)
{
    struct ct__residents *residents = ct__job_params(job)->residents;
    int error = ct__residents_take(residents, job->model, seat);
    error = error ? error : ct__residents_cutter(residents, *seat, cutter);
    if (error) {
        bool theirs = error == CT_ERROR_NOT_FOUND || *seat;
        ct__job_refuse(job, error, theirs ? 422 : 500, "model");
    }
    return error;
}

static int cut(struct ct__job *job, ct_cutter *cutter)
{
    unsigned char *picture = NULL;
    size_t size = 0;
    job->wish.cut.on_edge = look_whether_to_stop;
    job->wish.cut.opaque = job;
    int error = ct_cutter_run(cutter, job->data, job->size, ct__job_params(job)->max_pixels,
                              &job->wish.cut, &picture, &size);
    if (error)
        ct__job_refuse(job, error, error == CT_ERROR_UNSUPPORTED ? 415 : 422, "picture");
    else
        job->answer = (struct ct__text){.data = (char *)picture, .length = size, .capacity = size};
    return error;
}

static void work(struct ct__job *job)
{
    struct ct__seat *seat = NULL;
    ct_cutter *cutter = NULL;
    int error = job->url ? fetch(job) : CT_OK;
    error = error ? error : open_cutter(job, &seat, &cutter);
    if (!error && !cut(job, cutter)) {
        job->status = 200;
        job->type = "image/png";
    }
    if (seat)
        ct__residents_give(ct__job_params(job)->residents, seat);
}

// ---- reading

// Finds the picture in the body, and reads the fields beside it.
static bool read_form(struct ct__job *job, struct ct__request *request, struct ct__form *form,
                      struct ct__refusal *refusal)
{
    const char *type = ct__request_header(request, "Content-Type");
    job->body = ct__request_take_body(request);
    if (job->body.failed)
        return ct__refuse(refusal, 503, "memory", "out of memory");
    const char *body = job->body.data ? job->body.data : "";
    const char *wrong = ct__form_read(form, type, body, job->body.length);
    const struct ct__field_part *file = wrong ? NULL : ct__form_find(form, "file");
    if (wrong)
        return ct__refuse(refusal, 400, "form", "the form is broken: %s", wrong);
    if (!file)
        return ct__refuse(refusal, 422, "file", "file: the form holds no such field");
    job->data = file->data;
    job->size = file->size;
    return true;
}

static bool read_url(struct ct__job *job, const struct ct__request *request,
                     struct ct__refusal *refusal)
{
    job->url = ct__strdup(ct__request_query(request, "url"));
    return job->url || ct__refuse(refusal, 503, "memory", "out of memory");
}

bool ct__cut_read(struct ct__job *job, struct ct__request *request, const char *preset,
                  struct ct__refusal *refusal)
{
    char why[256];
    struct ct__form form;
    bool post = is_post(request);
    if (post ? !read_form(job, request, &form, refusal) : !read_url(job, request, refusal))
        return false;
    if (!ct__wish_read(&job->wish, request, post ? &form : NULL, why, sizeof why))
        return ct__refuse(refusal, 422, "field", "%s", why);
    ct__wish_settle_model(&job->wish, preset);
    ct__copy_text(job->model, sizeof job->model, job->wish.model);
    job->work = work;
    return true;
}
