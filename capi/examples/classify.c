/* Runs a classifier on an input that is given as raw float32 elements, and prints the class with the highest score.
 *
 *     classify MODEL.tflite INPUT.f32 [DELEGATE]
 */
#include <demilite.h>
#include <stdio.h>
#include <stdlib.h>

static void check(demilite_status status, const char *what) {
    if (status != DEMILITE_OK) {
        fprintf(stderr, "%s: %s\n", what, demilite_last_error());
        exit(1);
    }
}

int main(int argc, char **argv) {
    if (demilite_abi_version() != DEMILITE_ABI_VERSION) {
        fprintf(stderr, "the library is not that of this header\n");
        return 1;
    }
    if (argc < 3) {
        fprintf(stderr, "usage: classify MODEL.tflite INPUT.f32 [DELEGATE]\n");
        return 2;
    }

    demilite_model *model;
    check(demilite_model_open(argv[1], &model), "model");
    demilite_session *session;
    check(demilite_session_create(model, argc > 3 ? argv[3] : "auto", 0, &session), "session");
    demilite_model_free(model);

    demilite_tensor input;
    check(demilite_session_input(session, 0, &input), "input");
    void *elements;
    check(demilite_session_input_data(session, 0, &elements), "input");
    FILE *file = fopen(argv[2], "rb");
    if (!file || fread(elements, 1, input.bytes, file) != input.bytes) {
        fprintf(stderr, "%s has no %zu bytes\n", argv[2], input.bytes);
        return 1;
    }
    fclose(file);

    check(demilite_session_run(session), "run");

    demilite_tensor output;
    check(demilite_session_output(session, 0, &output), "output");
    const void *scores;
    check(demilite_session_output_data(session, 0, &scores), "output");
    size_t best = 0;
    for (size_t index = 0; index < output.bytes / sizeof(float); index++) {
        if (((const float *)scores)[index] > ((const float *)scores)[best]) {
            best = index;
        }
    }
    const char *plan;
    check(demilite_session_plan(session, &plan), "plan");
    printf("class %zu of %s\n%s", best, output.name, plan);

    demilite_session_free(session);
    return 0;
}
