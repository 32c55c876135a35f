#pragma once
// libtorch behind a C interface: a network that is a plain sequence of layers, trained by Adam on the processor.
//
// Functions that can fail return 0 when they succeed; otherwise `ctorch_error()` says why. No C++ exception leaves
// this interface. A network belongs to one thread at a time.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What a layer does; which fields of `ctorch_layer` count is said behind each.
enum {
    CTORCH_CONVOLUTION = 0,          // inputs, outputs, kernel, stride, padding, has_bias
    CTORCH_BATCH_NORM = 1,           // inputs
    CTORCH_RELU = 2,
    CTORCH_MAX_POOL = 3,             // kernel, stride
    CTORCH_GLOBAL_AVERAGE_POOL = 4,  // [N, C, H, W] to [N, C]
    CTORCH_FLATTEN = 5,              // [N, C, H, W] to [N, C * H * W]
    CTORCH_DROPOUT = 6,              // rate
    CTORCH_DENSE = 7                 // inputs, outputs
};

typedef struct {
    int32_t kind;
    int32_t inputs;
    int32_t outputs;
    int32_t kernel;
    int32_t stride;
    int32_t padding;
    int32_t has_bias;
    double rate;
} ctorch_layer;

// Pixels as floats, [count, height, width, channels], row-major.
typedef struct {
    const float *pixels;
    int64_t count;
    int64_t height;
    int64_t width;
    int64_t channels;
} ctorch_batch;

// How one step learns.
typedef struct {
    double learning_rate;
    double weight_decay;     // decoupled; for weights, not for biases and batch norm
    double label_smoothing;  // 0 for none
} ctorch_step;

typedef struct ctorch_network ctorch_network;

// Why the last call of this thread failed; valid until its next call.
const char *ctorch_error(void);

// Sets the number of threads and deterministic algorithms; call once, before anything else.
int ctorch_set_up(int32_t threads);

// Seeds what is random from here on: initial weights and dropout.
int ctorch_seed(uint64_t seed);

int ctorch_network_create(const ctorch_layer *layers, size_t count, ctorch_network **network);
void ctorch_network_destroy(ctorch_network *network);

// One step of Adam on the cross entropy of a batch; a network with one score tells the second of two classes from the
// first by its sign. `loss` is the mean, `correct` the number of right answers.
int ctorch_network_train(
    ctorch_network *network, const ctorch_batch *batch, const int64_t *labels, const ctorch_step *step, double *loss,
    int64_t *correct);

// Writes the scores before softmax or sigmoid, [count, outputs of the last layer], into `scores`, which holds `capacity` floats.
int ctorch_network_predict(ctorch_network *network, const ctorch_batch *batch, float *scores, size_t capacity);

// The state of a network is a list of named tensors: weights and batch statistics ("weight.0.weight": of layer 0), and
// the memory of Adam ("adam.…"), without which a run could not be taken up again exactly.
size_t ctorch_network_tensor_count(const ctorch_network *network);
const char *ctorch_network_tensor_name(const ctorch_network *network, size_t index);
// Writes at most 8 lengths into `shape` and returns the rank.
size_t ctorch_network_tensor_shape(const ctorch_network *network, size_t index, int64_t *shape);
int ctorch_network_tensor_read(const ctorch_network *network, size_t index, float *values, size_t count);
int ctorch_network_tensor_write(ctorch_network *network, size_t index, const float *values, size_t count);

#ifdef __cplusplus
}
#endif
