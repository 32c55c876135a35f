"""Saves one network of torchvision in every way programs do.

    python torch_files.py FOLDER

Writes the files and `expected.json` with an input and PyTorch's answer into the folder.
"""
import json
import os
import pickle
import sys
import warnings

import torch
from safetensors.torch import save_file

# torchvision's own operators are not loaded without CUDA; the network uses none, but the import describes them.
library = torch.library.Library("torchvision", "DEF")
for operator in ["nms", "qnms", "roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool", "deform_conv2d"]:
    library.define(operator + "() -> Tensor")
    library.define("_" + operator + "_backward() -> Tensor")
import torchvision  # noqa: E402

warnings.simplefilter("ignore")
torch.manual_seed(5)
FOLDER = sys.argv[1]
files = []


def path(name):
    files.append(name)
    return os.path.join(FOLDER, name)


net = torchvision.models.mobilenet_v2(num_classes=4)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for _ in range(3):
    optimizer.zero_grad()
    net(torch.rand(4, 3, 64, 64)).square().mean().backward()
    optimizer.step()
net.eval()
x = torch.rand(2, 3, 64, 64)
weights = net.state_dict()

torch.save(weights, path("state.pt"))
torch.save(weights, path("state_legacy.pth"), _use_new_zipfile_serialization=False)
torch.save(net, path("network.pt"))
torch.save(net, path("network_legacy.pt"), _use_new_zipfile_serialization=False)
torch.jit.script(net).save(path("script.pt"))
torch.jit.trace(net, x).save(path("trace.pt"))
torch.save({"state_dict": {"module." + k: v for k, v in weights.items()}, "epoch": 3,
            "optimizer": optimizer.state_dict()}, path("parallel.pth.tar"))
torch.save({"state_dict": {"backbone." + k: v for k, v in weights.items()}, "pytorch-lightning_version": "2.1.0",
            "optimizer_states": [optimizer.state_dict()], "hyper_parameters": {"classes": ["a", "b", "c", "d"]}},
           path("lightning.ckpt"))
torch.save({"model": net, "optimizer": optimizer, "epoch": 1}, path("training.pt"))
torch.save({k: v.half() if v.is_floating_point() else v for k, v in weights.items()}, path("half.pt"))
save_file(weights, path("weights.safetensors"))
with open(path("pickled.pkl"), "wb") as file:
    pickle.dump(weights, file)

with torch.no_grad():
    y = net(x)
with open(os.path.join(FOLDER, "expected.json"), "w") as file:
    json.dump({"files": files, "input": x.flatten().tolist(), "output": y.flatten().tolist(),
               "parameters": sum(v.numel() for k, v in weights.items() if not k.endswith("num_batches_tracked"))}, file)
