#include <malloc.h>
#include <torch/torch.h>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "CTorch.h"

namespace {

thread_local std::string last_error;

// Runs `body`; turns whatever it throws into a code and a message.
template <typename Body>
int guarded(Body body) noexcept {
    try {
        body();
        return 0;
    } catch (const c10::Error &error) {
        last_error = error.what_without_backtrace();
    } catch (const std::exception &error) {
        last_error = error.what();
    } catch (...) {
        last_error = "unknown failure in libtorch";
    }
    return 1;
}

torch::nn::AnyModule make_layer(const ctorch_layer &layer) {
    namespace nn = torch::nn;
    switch (layer.kind) {
    case CTORCH_CONVOLUTION:
        return nn::AnyModule(nn::Conv2d(nn::Conv2dOptions(layer.inputs, layer.outputs, layer.kernel)
                                            .stride(layer.stride)
                                            .padding(layer.padding)
                                            .bias(layer.has_bias != 0)));
    case CTORCH_BATCH_NORM: return nn::AnyModule(nn::BatchNorm2d(layer.inputs));
    case CTORCH_RELU: return nn::AnyModule(nn::ReLU());
    case CTORCH_MAX_POOL: return nn::AnyModule(nn::MaxPool2d(nn::MaxPool2dOptions(layer.kernel).stride(layer.stride)));
    case CTORCH_GLOBAL_AVERAGE_POOL:
        return nn::AnyModule(nn::Functional([](torch::Tensor x) { return x.mean({2, 3}); }));
    case CTORCH_FLATTEN: return nn::AnyModule(nn::Flatten());
    case CTORCH_DROPOUT: return nn::AnyModule(nn::Dropout(layer.rate));
    case CTORCH_DENSE: return nn::AnyModule(nn::Linear(layer.inputs, layer.outputs));
    }
    throw std::invalid_argument("unknown kind of layer " + std::to_string(layer.kind));
}

// Parameters that share a weight decay, with the two moments Adam keeps of each and its count of steps.
struct Group {
    std::vector<at::Tensor> parameters, first_moments, second_moments, steps;
    bool decays = false;

    void add(const at::Tensor &parameter) {
        parameters.push_back(parameter);
        first_moments.push_back(torch::zeros_like(parameter));
        second_moments.push_back(torch::zeros_like(parameter));
        steps.push_back(torch::zeros({}, torch::kFloat));
    }

    void update(const ctorch_step &step) {
        std::vector<at::Tensor> gradients;
        for (const auto &parameter : parameters) gradients.push_back(parameter.grad());
        for (auto &count : steps) count.add_(1);
        at::_fused_adamw_(
            parameters, gradients, first_moments, second_moments, {}, steps, step.learning_rate, 0.9, 0.999,
            decays ? step.weight_decay : 0.0, 1e-8, false, false);
    }
};

torch::Tensor cost_of_classes(const torch::Tensor &scores, const torch::Tensor &answers, double smoothing) {
    auto options = torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(smoothing);
    return torch::nn::functional::cross_entropy(scores, answers, options);
}

// Of one score: how much more likely the second of two classes is.
torch::Tensor binary_cost(const torch::Tensor &scores, const torch::Tensor &answers, double smoothing) {
    auto wanted = answers.to(torch::kFloat) * (1 - smoothing) + smoothing / 2;
    return torch::nn::functional::binary_cross_entropy_with_logits(scores, wanted);
}

}  // namespace

struct ctorch_network {
    torch::nn::Sequential layers;
    Group weights, offsets;
    std::vector<std::pair<std::string, at::Tensor>> state;

    ctorch_network(const ctorch_layer *list, size_t count) {
        for (size_t index = 0; index < count; ++index) layers->push_back(make_layer(list[index]));
        weights.decays = true;
        for (const auto &parameter : layers->named_parameters()) {
            state.emplace_back("weight." + parameter.key(), parameter.value());
            (parameter.value().dim() > 1 ? weights : offsets).add(parameter.value());
        }
        for (const auto &buffer : layers->named_buffers())
            // The count of batches seen is an integer and only matters without momentum.
            if (buffer.value().is_floating_point()) state.emplace_back("weight." + buffer.key(), buffer.value());
        for (auto [name, group] : {std::pair{"weights", &weights}, std::pair{"offsets", &offsets}})
            for (size_t index = 0; index < group->parameters.size(); ++index) {
                auto prefix = std::string("adam.") + name + "." + std::to_string(index);
                state.emplace_back(prefix + ".first", group->first_moments[index]);
                state.emplace_back(prefix + ".second", group->second_moments[index]);
                state.emplace_back(prefix + ".steps", group->steps[index]);
            }
    }

    // Torch takes channels before rows and columns.
    static torch::Tensor input(const ctorch_batch &batch) {
        auto pixels = torch::from_blob(
            const_cast<float *>(batch.pixels), {batch.count, batch.height, batch.width, batch.channels});
        return pixels.permute({0, 3, 1, 2}).contiguous();
    }
};

const char *ctorch_error(void) { return last_error.c_str(); }

int ctorch_set_up(int32_t threads) {
    return guarded([&] {
        // Buffers of a step are freed and asked for again at once: giving the pages back in between costs more
        // than the arithmetic.
        mallopt(M_TRIM_THRESHOLD, 1 << 30);
        mallopt(M_MMAP_THRESHOLD, 1 << 30);
        at::set_num_threads(std::max(1, threads));
        at::globalContext().setDeterministicAlgorithms(true, false);
    });
}

int ctorch_seed(uint64_t seed) {
    return guarded([&] { torch::manual_seed(seed); });
}

int ctorch_network_create(const ctorch_layer *layers, size_t count, ctorch_network **network) {
    return guarded([&] { *network = new ctorch_network(layers, count); });
}

void ctorch_network_destroy(ctorch_network *network) { delete network; }

int ctorch_network_train(
    ctorch_network *network, const ctorch_batch *batch, const int64_t *labels, const ctorch_step *step, double *loss,
    int64_t *correct) {
    return guarded([&] {
        network->layers->train();
        auto answers = torch::from_blob(const_cast<int64_t *>(labels), {batch->count}, torch::kInt64);
        auto scores = network->layers->forward(ctorch_network::input(*batch));
        auto cost = scores.size(1) == 1 ? binary_cost(scores.squeeze(1), answers, step->label_smoothing)
                                        : cost_of_classes(scores, answers, step->label_smoothing);
        network->layers->zero_grad();
        cost.backward();
        torch::NoGradGuard no_gradients;
        network->weights.update(*step);
        network->offsets.update(*step);
        *loss = cost.item<double>();
        auto chosen = scores.size(1) == 1 ? scores.squeeze(1).gt(0).to(torch::kInt64) : scores.argmax(1);
        *correct = chosen.eq(answers).sum().item<int64_t>();
    });
}

int ctorch_network_predict(ctorch_network *network, const ctorch_batch *batch, float *scores, size_t capacity) {
    return guarded([&] {
        torch::NoGradGuard no_gradients;
        network->layers->eval();
        auto result = network->layers->forward(ctorch_network::input(*batch)).contiguous();
        if (static_cast<size_t>(result.numel()) != capacity)
            throw std::invalid_argument(
                "the network gives " + std::to_string(result.numel()) + " scores, " + std::to_string(capacity)
                + " are expected");
        std::copy_n(result.data_ptr<float>(), capacity, scores);
    });
}

size_t ctorch_network_tensor_count(const ctorch_network *network) { return network->state.size(); }

const char *ctorch_network_tensor_name(const ctorch_network *network, size_t index) {
    return network->state[index].first.c_str();
}

size_t ctorch_network_tensor_shape(const ctorch_network *network, size_t index, int64_t *shape) {
    auto sizes = network->state[index].second.sizes();
    auto rank = std::min<size_t>(sizes.size(), 8);
    std::copy_n(sizes.begin(), rank, shape);
    return rank;
}

int ctorch_network_tensor_read(const ctorch_network *network, size_t index, float *values, size_t count) {
    return guarded([&] {
        auto tensor = network->state.at(index).second.detach().contiguous();
        if (static_cast<size_t>(tensor.numel()) != count) throw std::invalid_argument("tensor of another size");
        std::copy_n(tensor.data_ptr<float>(), count, values);
    });
}

int ctorch_network_tensor_write(ctorch_network *network, size_t index, const float *values, size_t count) {
    return guarded([&] {
        torch::NoGradGuard no_gradients;
        auto &tensor = network->state.at(index).second;
        if (static_cast<size_t>(tensor.numel()) != count) throw std::invalid_argument("tensor of another size");
        tensor.copy_(torch::from_blob(const_cast<float *>(values), tensor.sizes()));
    });
}
