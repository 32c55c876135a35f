"""Makes small networks of every layer and option that is read, as whole networks and as weights with a description.

    python torch_layers.py FOLDER

Writes the files and `expected.json` with inputs and PyTorch's answers into the folder.
"""
import json
import os
import sys
import warnings

import torch
from torch import nn

warnings.simplefilter("ignore")
torch.manual_seed(11)
FOLDER = sys.argv[1]
entries = []

SETTINGS = {
    "Conv": ["stride", "padding", "dilation", "groups", "padding_mode"],
    "ConvTranspose": ["stride", "padding", "dilation", "groups", "output_padding"],
    "BatchNorm": ["eps"], "InstanceNorm": ["eps"], "LayerNorm": ["normalized_shape", "eps"],
    "GroupNorm": ["num_groups", "eps"], "LocalResponseNorm": ["size", "alpha", "beta", "k"],
    "MaxPool": ["kernel_size", "stride", "padding", "dilation", "ceil_mode"],
    "AvgPool": ["kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"],
    "AdaptiveAvgPool": ["output_size"], "AdaptiveMaxPool": ["output_size"], "Flatten": ["start_dim", "end_dim"],
    "Unflatten": ["dim", "unflattened_size"], "ZeroPad": ["padding"], "ConstantPad": ["padding", "value"],
    "ReflectionPad": ["padding"], "ReplicationPad": ["padding"],
    "Upsample": ["size", "scale_factor", "mode", "align_corners"], "UpsamplingNearest": ["size", "scale_factor"],
    "UpsamplingBilinear": ["size", "scale_factor"], "PixelShuffle": ["upscale_factor"],
    "PixelUnshuffle": ["downscale_factor"], "Softmax": ["dim"], "LogSoftmax": ["dim"], "Softmin": ["dim"],
    "GLU": ["dim"], "LeakyReLU": ["negative_slope"], "ELU": ["alpha"], "CELU": ["alpha"],
    "Hardtanh": ["min_val", "max_val"], "Softplus": ["beta", "threshold"], "Threshold": ["threshold", "value"],
    "Hardshrink": ["lambd"], "Softshrink": ["lambd"], "GELU": ["approximate"], "RReLU": ["lower", "upper"],
}


def described(net, prefix=""):
    layers = []
    for name, module in net.named_children():
        kind = type(module).__name__
        if kind == "Sequential":
            layers += described(module, prefix + name + ".")
            continue
        layer = {"type": kind}
        if any(True for _ in module.state_dict()):
            layer["weights"] = prefix + name
        for setting in SETTINGS.get(kind.rstrip("d").rstrip("123") if kind[-2:-1].isdigit() else kind, []):
            value = getattr(module, setting, None)
            if value is not None:
                layer[setting] = list(value) if isinstance(value, tuple) else value
        layers.append(layer)
    return layers


def case(name, shape, *layers):
    net = nn.Sequential(*layers)
    if not net.state_dict():
        # A file without weights holds nothing to read.
        net.insert(0, nn.PReLU())
    for key, value in net.state_dict().items():
        if key.endswith("running_mean"):
            value.uniform_(-0.5, 0.5)
        elif key.endswith("running_var"):
            value.uniform_(0.5, 1.5)
        elif "weight" in key and value.dim() == 1:
            value.uniform_(0.1, 1.2)
    net.eval()
    x = torch.rand(2, *shape) * 4 - 2
    with torch.no_grad():
        y = net(x)
    legacy = len(entries) % 3 == 1
    torch.save(net, os.path.join(FOLDER, name + ".module.pt"), _use_new_zipfile_serialization=not legacy)
    torch.save(net.state_dict(), os.path.join(FOLDER, name + ".weights.pt"), _use_new_zipfile_serialization=legacy)
    entries.append({
        "name": name, "input_shape": list(x.shape), "input": x.flatten().tolist(), "output_shape": list(y.shape),
        "output": y.flatten().tolist(), "layers": described(net)})


P = (3, 9, 8)
case("conv2d", P, nn.Conv2d(3, 4, 3))
case("conv2d_options", P, nn.Conv2d(3, 6, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=3, bias=False))
case("conv2d_same", P, nn.Conv2d(3, 4, (4, 3), padding="same", dilation=(1, 2)))
case("conv2d_valid", P, nn.Conv2d(3, 4, 3, padding="valid"))
case("conv2d_reflect", P, nn.Conv2d(3, 4, 3, padding=2, padding_mode="reflect"))
case("conv2d_replicate", P, nn.Conv2d(3, 4, 3, padding=1, padding_mode="replicate"))
case("conv1d", (3, 12), nn.Conv1d(3, 4, 3, stride=2, padding=1), nn.BatchNorm1d(4), nn.ReLU(), nn.MaxPool1d(2))
case("conv3d", (2, 5, 6, 4), nn.Conv3d(2, 3, 2), nn.BatchNorm3d(3), nn.MaxPool3d(2))
case("transposed", P, nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1))
case("transposed_options", P, nn.ConvTranspose2d(3, 6, (2, 3), stride=(1, 2), groups=3, dilation=(2, 1), bias=False))
case("transposed1d", (3, 7), nn.ConvTranspose1d(3, 2, 4, stride=3))
case("transposed3d", (2, 3, 4, 3), nn.ConvTranspose3d(2, 2, 2, stride=2))
case("linear", (5,), nn.Linear(5, 4, bias=False), nn.BatchNorm1d(4, eps=1e-2), nn.Dropout(), nn.Linear(4, 3))
case("linear_sequence", (6, 5), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3, bias=False))
case("batchnorm_plain", P, nn.BatchNorm2d(3, affine=False))
case("instancenorm", P, nn.InstanceNorm2d(3), nn.InstanceNorm2d(3, affine=True, eps=1e-2))
case("layernorm", P, nn.LayerNorm([9, 8]), nn.LayerNorm(8, elementwise_affine=False), nn.LayerNorm(8, bias=False))
case("groupnorm", (6, 5, 4), nn.GroupNorm(3, 6), nn.GroupNorm(2, 6, affine=False, eps=1e-2))
case("groupnorm_flat", (6,), nn.GroupNorm(2, 6))
case("lrn", (6, 5, 4), nn.LocalResponseNorm(3, alpha=0.5, beta=0.6, k=2.0))
case("prelu", P, nn.PReLU(), nn.PReLU(3))
for index, function in enumerate([
        nn.ReLU(), nn.ReLU6(), nn.LeakyReLU(0.3), nn.ELU(0.7), nn.SELU(), nn.CELU(0.8), nn.GELU(),
        nn.GELU(approximate="tanh"), nn.SiLU(), nn.Mish(), nn.Sigmoid(), nn.Tanh(), nn.LogSigmoid(), nn.Softplus(),
        nn.Softplus(beta=2, threshold=30), nn.Softsign(), nn.Tanhshrink(), nn.Hardtanh(-0.5, 0.8), nn.Hardsigmoid(),
        nn.Hardswish(), nn.Threshold(0.3, -1.0), nn.Hardshrink(0.4), nn.Softshrink(0.3), nn.RReLU(), nn.Identity(),
        nn.Softmax(1), nn.LogSoftmax(-1), nn.Softmin(2), nn.Softmax2d(), nn.GLU(-1), nn.Dropout2d(), nn.AlphaDropout()]):
    case(f"function{index}_{type(function).__name__}", P, function)
case("maxpool", (2, 10, 11), nn.MaxPool2d(3, stride=2, padding=1))
case("maxpool_ceil", (2, 10, 11), nn.MaxPool2d(3, stride=2, ceil_mode=True), nn.MaxPool2d(2, 3, ceil_mode=True))
case("maxpool_dilated", (2, 10, 11), nn.MaxPool2d((2, 3), stride=1, dilation=2))
case("maxpool_sparse", (2, 10, 11), nn.MaxPool2d(1, stride=3, ceil_mode=True))
case("avgpool", (2, 10, 11), nn.AvgPool2d((3, 2), stride=2))
case("avgpool_padded", (2, 10, 11), nn.AvgPool2d(3, stride=2, padding=1))
case("avgpool_excluded", (2, 10, 11), nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False))
case("avgpool_ceil", (2, 10, 11), nn.AvgPool2d(3, stride=2, ceil_mode=True))
case("avgpool_ceil_padded", (2, 10, 12), nn.AvgPool2d(4, stride=3, padding=1, ceil_mode=True))
case("avgpool_ceil_excluded", (2, 10, 12), nn.AvgPool2d(4, stride=3, padding=1, ceil_mode=True, count_include_pad=False))
case("avgpool1d", (2, 10), nn.AvgPool1d(3, stride=2, padding=1))
case("adaptive", (2, 10, 11), nn.AdaptiveAvgPool2d(1))
case("adaptive_even", (2, 10, 12), nn.AdaptiveAvgPool2d((5, 4)))
case("adaptive_uneven", (2, 10, 11), nn.AdaptiveAvgPool2d((3, 4)))
case("adaptive_larger", (2, 5, 4), nn.AdaptiveAvgPool2d(7))
case("adaptive_none", (2, 10, 12), nn.AdaptiveAvgPool2d((None, 3)))
case("adaptive_max", (2, 10, 12), nn.AdaptiveMaxPool2d((2, 3)))
case("adaptive1d", (2, 10), nn.AdaptiveAvgPool1d(5))
case("flatten", P, nn.Flatten(2), nn.Flatten(1, 2), nn.Unflatten(1, (6, -1)))
case("pads", P, nn.ZeroPad2d((1, 2, 0, 3)), nn.ConstantPad2d(1, 0.5), nn.ReflectionPad2d((2, 1, 0, 1)),
     nn.ReplicationPad2d((1, 0, 2, 1)))
case("pad1d", (3, 6), nn.ConstantPad1d((1, 2), -1.0), nn.ReflectionPad1d(2))
case("upsample", P, nn.Upsample(scale_factor=2))
case("upsample_size", P, nn.Upsample(size=(13, 5)))
case("upsample_exact", P, nn.Upsample(size=(13, 5), mode="nearest-exact"))
case("upsample_bilinear", P, nn.Upsample(size=(14, 6), mode="bilinear"))
case("upsample_corners", P, nn.Upsample(scale_factor=3, mode="bilinear", align_corners=True))
case("upsample_bicubic", P, nn.Upsample(scale_factor=2, mode="bicubic"))
case("upsample_half", (2, 8, 6), nn.Upsample(scale_factor=1.5, mode="bilinear"))
case("upsample_linear", (2, 8), nn.Upsample(scale_factor=2, mode="linear"))
case("upsample_old", P, nn.UpsamplingNearest2d(scale_factor=2), nn.UpsamplingBilinear2d(size=(11, 21)))
case("shuffle", (8, 4, 6), nn.PixelShuffle(2), nn.PixelUnshuffle(2))
case("nested", (1, 16, 16), nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)), nn.Sequential(
    nn.Sequential(nn.Conv2d(4, 6, 3), nn.BatchNorm2d(6), nn.SiLU()), nn.AvgPool2d(2)), nn.Flatten(), nn.Linear(54, 4))

with open(os.path.join(FOLDER, "expected.json"), "w") as file:
    json.dump(entries, file)
