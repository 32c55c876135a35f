"""Makes the golden PyTorch files: small tensors and networks in every container, and what PyTorch says of them.

    python -m venv torch && torch/bin/pip install torch==2.13.0+cpu safetensors numpy
    torch/bin/python Tests/ModelFilesTests/Golden/make_torch.py

Writes `torch_*` and `torch.json` beside itself.
"""
import collections
import json
import os
import pickle
import sys
import types
import warnings
import zipfile

import torch
from torch import nn
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(7)
warnings.simplefilter("ignore")
expected = {"weights": {}, "networks": []}


def without_source(*_):
    raise OSError


# The older container keeps the source text of all classes where it can be found.
torch.serialization.get_source_lines_and_file = without_source


def path(name):
    return os.path.join(HERE, "torch_" + name)


def values(tensor):
    numbers = tensor.detach().to(torch.float64).flatten().tolist()
    return {"shape": list(tensor.shape), "values": [float(f"{number:.9g}") for number in numbers],
            "float": tensor.is_floating_point()}


def note_weights(name, weights):
    expected["weights"]["torch_" + name] = {key: values(tensor) for key, tensor in weights.items()}


def state_dictionary():
    base = torch.randn(40)
    picture = torch.randn(1, 3, 4, 2).to(memory_format=torch.channels_last)
    shared = torch.randn(2, 3)
    return collections.OrderedDict([
        ("float.weight", torch.randn(3, 2)), ("double.weight", torch.randn(4).double()),
        ("half.weight", torch.randn(2, 2).half()), ("brain.weight", torch.randn(5).bfloat16()),
        ("counter", torch.tensor(7)), ("bytes", torch.tensor([0, 255], dtype=torch.uint8)),
        ("signed", torch.tensor([-3, 3], dtype=torch.int8)), ("short", torch.tensor([-300, 300], dtype=torch.int16)),
        ("integers", torch.tensor([1, -2], dtype=torch.int32)), ("flags", torch.tensor([True, False, True])),
        ("wide", torch.tensor([60000], dtype=torch.uint16)),
        ("view", base[4:16].view(3, 4)), ("turned", base[20:32].view(3, 4).t()), ("stepped", base[::7]),
        ("picture", picture), ("shared.a", shared), ("shared.b", shared), ("empty", torch.zeros(0, 4)),
        ("scalar", torch.tensor(1.5)), ("parameter", nn.Parameter(torch.randn(2))),
    ])


def rezipped(source, target, compression, change=lambda name, data: data):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", compression) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, change(entry.filename, old.read(entry)))


def containers():
    weights = state_dictionary()
    torch.save(weights, path("state.pt"))
    note_weights("state.pt", weights)
    rezipped(path("state.pt"), path("packed.pt"), zipfile.ZIP_DEFLATED)
    note_weights("packed.pt", weights)

    plain = collections.OrderedDict((k, v) for k, v in weights.items() if v.dtype != torch.uint16)
    torch.save(plain, path("legacy.pth"), _use_new_zipfile_serialization=False)
    note_weights("legacy.pth", plain)
    torch.save(plain, path("legacy4.pth"), _use_new_zipfile_serialization=False, pickle_protocol=4)
    note_weights("legacy4.pth", plain)

    floats = collections.OrderedDict((k, torch.randn(2, 3).to(t)) for k, t in [
        ("a", torch.float32), ("b", torch.float64), ("c", torch.float16), ("d", torch.bfloat16)])
    floats["e"] = torch.tensor([1, -5])
    torch.save(floats, path("big_endian.pt"))
    widths = dict(enumerate(t.element_size() for t in floats.values()))

    def swap(name, data):
        if name.endswith("byteorder"):
            return b"big"
        if "/data/" in name:
            width = widths[int(name.split("/")[-1])]
            return b"".join(data[i:i + width][::-1] for i in range(0, len(data), width))
        return data
    rezipped(path("big_endian.pt"), path("swapped.pt"), zipfile.ZIP_STORED, swap)
    os.replace(path("swapped.pt"), path("big_endian.pt"))
    note_weights("big_endian.pt", floats)

    torch.serialization.set_crc32_options(False)
    torch.save(floats, path("no_checksums.pt"))
    torch.serialization.set_crc32_options(True)
    note_weights("no_checksums.pt", floats)

    save_file({k: v.contiguous().clone() for k, v in weights.items() if v.dtype != torch.uint16},
              path("state.safetensors"), metadata={"format": "pt"})
    os.chmod(path("state.safetensors"), 0o644)
    note_weights("state.safetensors", {k: v for k, v in weights.items() if v.dtype != torch.uint16})

    arrays = {k: v.detach().float().numpy() for k, v in floats.items()}
    torch.save({"weights": arrays, "epoch": 3}, path("arrays.pt"))
    note_weights("arrays.pt", {k: torch.tensor(v) for k, v in arrays.items()})

    with open(path("pickled.pkl"), "wb") as file:
        pickle.dump(floats, file, protocol=4)
    note_weights("pickled.pkl", floats)


def checkpoints():
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.randn(5, 4)).sum().backward()
    optimizer.step()
    weights = net.state_dict()
    torch.save({"epoch": 3, "model_state_dict": weights, "optimizer_state_dict": optimizer.state_dict(), "loss": 0.5,
                "class_to_idx": {"cat": 1, "bird": 0}}, path("training.tar"))
    note_weights("training.tar", weights)
    torch.save({"net": {"module." + k: v for k, v in weights.items()}, "acc": 91.5}, path("parallel.pth"))
    note_weights("parallel.pth", weights)
    hyper = {"lr": 1e-3, "class_names": ["no", "yes"]}
    torch.save({"state_dict": {"model." + k: v for k, v in weights.items()}, "pytorch-lightning_version": "2.0.9",
                "hyper_parameters": hyper, "optimizer_states": [optimizer.state_dict()], "loops": {}, "callbacks": {},
                "lr_schedulers": [], "epoch": 1, "global_step": 10}, path("lightning.ckpt"))
    note_weights("lightning.ckpt", {"model." + k: v for k, v in weights.items()})
    torch.jit.script(net).save(path("script.pt"))
    note_weights("script.pt", weights)
    torch.jit.trace(net, torch.randn(1, 4)).save(path("trace.pt"))
    note_weights("trace.pt", weights)


class Holder(nn.Module):
    """A network of a class that only this script knows."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(12, 5), nn.Tanh(), nn.Dropout(), nn.Linear(5, 3))

    def forward(self, x):
        return self.layers(x)


# The class must not be of the main program, as it would not be for a network that is imported.
module = types.ModuleType("shop.networks")
module.Holder = Holder
Holder.__module__ = "shop.networks"
sys.modules["shop"] = types.ModuleType("shop")
sys.modules["shop.networks"] = module


def randomized(net):
    for name, buffer in net.named_buffers():
        if name.endswith("running_mean"):
            buffer.uniform_(-0.5, 0.5)
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 1.5)
    return net.eval()


def note_network(name, net, shape, description=None, save=torch.save, **options):
    net = randomized(net)
    x = torch.rand(2, *shape) - 0.3
    save(net, path(name), **options)
    with torch.no_grad():
        expected["networks"].append({
            "file": "torch_" + name, "description": description, "input": values(x), "output": values(net(x)),
            "parameters": sum(v.numel() for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked"))})


def save_weights(net, target):
    torch.save(net.state_dict(), target)


def networks():
    note_network("module.pt", nn.Sequential(
        nn.Conv2d(1, 3, 3, stride=2, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Sequential(nn.Flatten(), nn.Linear(48, 4), nn.Softmax(1))), (1, 16, 16), {"input": [1, 16, 16]})
    note_network("module_legacy.pt", nn.Sequential(nn.Linear(4, 3), nn.GELU(), nn.LayerNorm(3), nn.Linear(3, 2)), (4,),
                 _use_new_zipfile_serialization=False)
    note_network("holder.pt", Holder(), (12,))
    note_network("holder_legacy.pt", Holder(), (12,), _use_new_zipfile_serialization=False)
    layers = [
        {"type": "Conv2d", "weights": "0", "padding": "same"}, {"type": "BatchNorm2d", "weights": "1", "eps": 1e-3},
        {"type": "LeakyReLU", "negative_slope": 0.2}, {"type": "MaxPool2d", "size": 2},
        {"type": "Conv2d", "weights": "4", "stride": [2, 1], "groups": 2},
        {"type": "PReLU", "weights": "5"}, {"type": "AdaptiveAvgPool2d", "output_size": 2}, {"type": "Flatten"},
        {"type": "Linear", "weights": "8"}, {"type": "LogSoftmax", "dim": 1}]
    note_network("described.pt", nn.Sequential(
        nn.Conv2d(3, 4, 3, padding="same"), nn.BatchNorm2d(4, eps=1e-3), nn.LeakyReLU(0.2), nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, stride=(2, 1), groups=2), nn.PReLU(6), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
        nn.Linear(24, 3), nn.LogSoftmax(1)), (3, 14, 11),
        {"input": [3, 14, 11], "architecture": {"layers": layers}}, save=save_weights)


class LeNet(nn.Module):
    """A network whose modules tell the padding and the function, but not the poolings."""

    def __init__(self, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 2, 5, stride=stride, padding=2)
        self.conv2 = nn.Conv2d(2, 4, 5)
        self.activation = nn.Tanh()
        self.fc1 = nn.Linear(100, 12)
        self.fc2 = nn.Linear(12, 3)

    def forward(self, x):
        x = nn.functional.max_pool2d(self.activation(self.conv1(x)), 2)
        x = nn.functional.max_pool2d(self.activation(self.conv2(x)), 2)
        return self.fc2(self.activation(self.fc1(x.flatten(1))))


module.LeNet = LeNet
LeNet.__module__ = "shop.networks"


def settings():
    note_network("net.pt", LeNet(), (1, 28, 28))
    torch.save(LeNet(stride=2).eval(), path("net_stride.pt"))
    layers = nn.Sequential(nn.Conv2d(1, 2, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(338, 3))
    torch.jit.script(layers.eval()).save(path("script_stride.pt"))
    note_network("script_flatten.pt", nn.Sequential(nn.Flatten(), nn.Linear(64, 3), nn.BatchNorm1d(3), nn.Softmax(1)),
                 (1, 8, 8), save=lambda net, target: torch.jit.script(net).save(target))


containers()
checkpoints()
networks()
settings()
with open(path("").rstrip("_") + ".json", "w") as file:
    json.dump(expected, file)
    file.write("\n")
