"""Networks of torchvision, timm and plain ones with random weights, saved as weights, and what they answer.

usage: torch_networks.py FOLDER GROUP      (GROUP: backbones, heads, plain or large)

Each weight file is a safetensors file, or a zip of torch.save; expected.json lists for each file the name of the
architecture, what a description has to say, the input and the output.
"""

import json
import os
import sys

import torch
from safetensors.torch import save_file
from torch import nn

torch.manual_seed(7)
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))

# torchvision's own operators are not loaded without CUDA; the networks below use none of them, but its import
# describes them.
library = torch.library.Library("torchvision", "DEF")
for operator in ["nms", "qnms", "roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool", "deform_conv2d"]:
    library.define(operator + "() -> Tensor")
    library.define("_" + operator + "_backward() -> Tensor")
from torchvision import models  # noqa: E402

folder, group = sys.argv[1], sys.argv[2]
expected = []


def shake(model):
    """Weights that keep values in range, and statistics of normalizations that differ from 0 and 1."""
    generator = torch.Generator().manual_seed(11)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm2d, nn.BatchNorm1d)):
            module.running_mean.normal_(0, 0.1, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
            nn.init.uniform_(module.weight, 0.6, 1.2, generator=generator)
            nn.init.normal_(module.bias, 0, 0.1, generator=generator)
        elif isinstance(module, nn.LayerNorm):
            nn.init.uniform_(module.weight, 0.6, 1.2, generator=generator)
            nn.init.normal_(module.bias, 0, 0.1, generator=generator)
        elif isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_uniform_(module.weight, a=1, generator=generator)
            if module.bias is not None:
                nn.init.normal_(module.bias, 0, 0.1, generator=generator)
    for name, parameter in model.named_parameters():
        if "token" in name or "pos_embed" in name:
            nn.init.normal_(parameter, 0, 0.5, generator=generator)
    return model.eval()


def save(name, model, shape, architecture, description=None, prefix="", extra=None, forward=None, rename=None):
    picture = torch.rand([2] + shape, generator=torch.Generator().manual_seed(13)) * 2 - 0.5
    shake(model)
    with torch.no_grad():
        scores = (forward or model)(picture)
    state = {prefix + (rename(key) if rename else key): value for key, value in model.state_dict().items()}
    state.update(extra or {})
    widening = state.get("conv_head.weight")
    if widening is not None and widening.dim() == 2:  # timm has a convolution where torchvision has a matrix
        state["conv_head.weight"] = widening[:, :, None, None]
    if len(expected) % 4 == 3:
        file = name + ".pt"
        torch.save(state, os.path.join(folder, file))
    else:
        file = name + ".safetensors"
        save_file({key: value.contiguous().clone() for key, value in state.items()}, os.path.join(folder, file))
    picture.numpy().astype("<f4").tofile(os.path.join(folder, name + ".input"))
    expected.append(
        {
            "file": file, "architecture": architecture, "description": description or {},
            "input": {"shape": list(picture.shape), "file": name + ".input"},
            "output": {"shape": list(scores.shape), "values": scores.flatten().tolist()},
            "parameters": sum(v.numel() for v in model.state_dict().values() if v.is_floating_point()),
        })


def backbones():
    small = {"input": [3, 64, 64]}
    for name in ["resnet18", "resnet34", "resnet50"]:
        save(name, models.get_model(name, weights=None, num_classes=10), [3, 64, 64], name, small)
    vgg("vgg11", 224)
    vgg("vgg13_bn", 96)
    model = models.alexnet(num_classes=5)
    model.classifier[1], model.classifier[4] = nn.Linear(9216, 64), nn.Linear(64, 32)
    model.classifier[6] = nn.Linear(32, 5)
    save("alexnet", model, [3, 224, 224], "alexnet")
    save("squeezenet1_0", models.squeezenet1_0(num_classes=5), [3, 100, 100], "squeezenet1_0", {"input": [3, 100, 100]})
    save("squeezenet1_1", models.squeezenet1_1(num_classes=5), [3, 95, 70], "squeezenet1_1", {"input": [3, 95, 70]})
    for name in ["mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large"]:
        save(name, models.get_model(name, weights=None, num_classes=7), [3, 64, 64], name, small)
    save("mobilenet_narrow", models.mobilenet_v2(num_classes=3, width_mult=0.5), [3, 64, 64], "mobilenet_v2", small)
    for number in range(2):
        name = f"efficientnet_b{number}"
        save(name, models.get_model(name, weights=None, num_classes=3), [3, 64, 64], name, small)
    save("densenet121", models.densenet121(num_classes=3), [3, 64, 64], "densenet121", small)
    model = models.VisionTransformer(
        image_size=32, patch_size=8, num_layers=2, num_heads=2, hidden_dim=64, mlp_dim=96, num_classes=3)
    save("vit_small", model, [3, 32, 32], "vit", {"architecture": {"name": "vit", "heads": 2}})


def vgg(name, side):
    model = models.get_model(name, weights=None, num_classes=6)
    model.classifier = nn.Sequential(
        nn.Linear(25088, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 32), nn.ReLU(), nn.Dropout(), nn.Linear(32, 6))
    save(name, model, [3, side, side], name, {} if side == 224 else {"input": [3, side, side]})


def large():
    small = {"input": [3, 64, 64]}
    for name in ["wide_resnet50_2", "resnext50_32x4d", "resnext101_64x4d"]:
        save(name, models.get_model(name, weights=None, num_classes=10), [3, 64, 64], name, small)
    save("resnet101", models.resnet101(num_classes=4), [3, 48, 80], "resnet101", {"input": [3, 48, 80]})
    save("resnet152", models.resnet152(num_classes=4), [3, 32, 32], "resnet152",
         {"architecture": "ResNet-152", "input": [3, 32, 32]})
    vgg("vgg16", 64)
    vgg("vgg19_bn", 320)
    save("vgg11_whole", models.vgg11(num_classes=4), [3, 224, 224], "vgg11")
    for number in [2, 3, 4, 5]:
        name = f"efficientnet_b{number}"
        save(name, models.get_model(name, weights=None, num_classes=3), [3, 64, 64], name, small)
    for name in ["densenet161", "densenet169", "densenet201"]:
        save(name, models.get_model(name, weights=None, num_classes=3), [3, 64, 64], name, small)
    for name in ["vit_b_16", "vit_b_32"]:
        model = models.get_model(name, weights=None, num_classes=5, image_size=64)
        save(name, model, [3, 64, 64], name)
    model = models.VisionTransformer(
        image_size=32, patch_size=16, num_layers=12, num_heads=12, hidden_dim=768, mlp_dim=3072)
    model.heads = head(768, nn.GELU)
    save("banana_vit", model, [3, 32, 32], "vit_b_16", {}, prefix="model.")
    timm_mobilenets()
    others()


def head(features, activation, classes=5):
    return nn.Sequential(
        nn.Dropout(0.3), nn.Linear(features, 512), activation(), nn.Dropout(0.3), nn.Linear(512, 128), activation(),
        nn.Dropout(0.3), nn.Linear(128, classes))


class Parts(nn.Module):
    """A network of two parts, as in many Lightning modules."""

    def __init__(self, backbone, classifier, name="backbone"):
        super().__init__()
        self.name = name
        setattr(self, name, backbone)
        self.classifier = classifier

    def forward(self, x):
        return self.classifier(torch.flatten(getattr(self, self.name)(x), 1))


def heads():
    small = {"input": [3, 64, 64]}
    model = models.resnet50()
    model.fc = head(2048, nn.ReLU)
    save("banana_resnet", model, [3, 64, 64], "resnet50", small, prefix="model.")
    model = models.VisionTransformer(
        image_size=32, patch_size=16, num_layers=2, num_heads=12, hidden_dim=768, mlp_dim=256)
    model.heads = head(768, nn.GELU)
    save("banana_vit_short", model, [3, 32, 32], "vit", {}, prefix="model.")
    model = Parts(nn.Sequential(*list(models.resnet18().children())[:-1]), nn.Linear(512, 4), "feature_extractor")
    save("sequential_resnet", model, [3, 64, 64], "resnet18", small,
         extra={"train_acc.tp": torch.zeros(4), "criterion.weight": torch.ones(4)})
    model = nn.Sequential(*list(models.resnet18().children())[:-1], nn.Flatten(), nn.Linear(512, 3))
    save("flat_resnet", model, [3, 64, 64], "resnet18", small)
    model = Parts(models.resnet34(), head(512, nn.ReLU, 3))
    model.backbone.fc = nn.Identity()
    save("identity_resnet", model, [3, 64, 64], "resnet34", small, prefix="module.")
    model = models.resnet18()
    model.fc = nn.Sequential(nn.Linear(512, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 2))
    save("norm_head", model, [3, 64, 64], "resnet18", small)
    model = models.resnet18()
    model.fc = nn.Sequential(
        nn.BatchNorm1d(512), nn.Dropout(), nn.Linear(512, 64), nn.ReLU(), nn.BatchNorm1d(64), nn.Dropout(),
        nn.Linear(64, 2))
    save("fastai_head", model, [3, 64, 64], "resnet18", small)
    model = models.resnet18()
    model.fc = nn.Sequential(nn.Linear(512, 64), nn.Tanh(), nn.Linear(64, 2))
    save("tanh_head", model, [3, 64, 64], "resnet18",
         {"input": [3, 64, 64], "architecture": {"name": "resnet18", "activation": "tanh"}})
    model = models.resnet18(num_classes=10)
    model.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
    save("grey_resnet", model, [1, 28, 28], "resnet18")
    model = models.resnet18(num_classes=10)
    model.conv1, model.maxpool = nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.Identity()
    save("cifar_resnet", model, [3, 32, 32], "resnet18_cifar", {"architecture": "resnet18_cifar"})
    save("kuangliu_resnet", model, [3, 32, 32], "resnet18_cifar",
         rename=lambda key: key.replace("downsample", "shortcut").replace("fc.", "linear."))
    model = models.vgg16()
    model.avgpool = nn.AdaptiveAvgPool2d(1)
    model.classifier = nn.Sequential(nn.Linear(512, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 2))
    save("pooled_vgg", model, [3, 64, 64], "vgg16", small)
    model = models.vgg11(num_classes=3)
    for index, width in [(0, (25088, 32)), (3, (32, 16))]:
        model.classifier[index] = nn.Linear(*width)
    model.classifier[6] = nn.Sequential(nn.Linear(16, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3))
    save("nested_vgg", model, [3, 64, 64], "vgg11", small)
    model = models.mobilenet_v3_small()
    model.classifier = nn.Sequential(nn.Linear(576, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 2))
    save("mobilenet_head", model, [3, 64, 64], "mobilenet_v3_small", small)
    model = models.mobilenet_v2()
    model.classifier = nn.Sequential(nn.Dropout(), nn.Linear(1280, 2))
    save("mobilenet_two", model, [3, 64, 64], "mobilenet_v2", small, prefix="net.")
    model = models.efficientnet_b0()
    model.classifier[1] = nn.Linear(1280, 2)
    save("efficientnet_two", model, [3, 64, 64], "efficientnet_b0", small, prefix="_orig_mod.")
    model = models.densenet121()
    model.classifier = nn.Sequential(nn.Linear(1024, 32), nn.ReLU(), nn.Linear(32, 2))
    save("densenet_head", model, [3, 64, 64], "densenet121", small)


def timm_name(key, depths):
    """What timm calls a weight of torchvision's MobileNetV2 or V3, whose blocks are those of stages of `depths`."""
    parts = key.split(".")
    last = sum(depths) + 1
    is_second = len(depths) == 7
    if parts[0] == "classifier":
        return ("conv_head." if parts[1] == "0" else "classifier.") + parts[-1]
    number = int(parts[1])
    if number == 0:
        return ("conv_stem." if parts[2] == "0" else "bn1.") + parts[-1]
    if number == last:
        block = f"blocks.{len(depths)}.0."
        names = ("conv_head.", "bn2.") if is_second else (block + "conv.", block + "bn1.")
        return names[int(parts[2])] + parts[-1]
    stage, index = 0, number - 1
    while index >= depths[stage]:
        stage, index = stage + 1, index - depths[stage]
    name = f"blocks.{stage}.{index}."
    part = int(parts[3])
    wide = ["conv_pw", "bn1", "conv_dw", "bn2", "conv_pwl", "bn3"]
    narrow = ["conv_dw", "bn1", "conv_pw", "bn2"]
    names = narrow if number == 1 else wide
    if is_second:
        # The last convolution and its normalization stand in no pair.
        pairs = len(names) // 2 - 1
        return name + (names[2 * part + int(parts[4])] if part < pairs else names[pairs + part]) + "." + parts[-1]
    if parts[4].startswith("fc"):
        return name + ("se.conv_reduce." if parts[4] == "fc1" else "se.conv_expand.") + parts[-1]
    place = min(part, len(names) // 2 - 1)  # a gate stands before the last
    return name + names[2 * place + int(parts[4])] + "." + parts[-1]


def timm_mobilenets():
    """MobileNets of torchvision under the names and with the constants of timm."""
    small = {"input": [3, 64, 64]}
    for name, architecture, depths in [
        ("mobilenet_v2", "mobilenetv2_100", [1, 2, 3, 4, 3, 3, 1]),
        ("mobilenet_v3_small", "mobilenetv3_small_100", [1, 2, 3, 2, 3]),
        ("mobilenet_v3_large", "mobilenetv3_large_100", [1, 2, 3, 4, 2, 3]),
    ]:
        model = models.get_model(name, weights=None, num_classes=7)
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eps = 1e-5
        save(architecture, model, [3, 64, 64], architecture, small, rename=lambda key: timm_name(key, depths))


def others():
    """Libraries that are tried where they are installed."""
    small = {"input": [3, 64, 64]}
    try:
        import timm

        for name, architecture in [
            ("vit_tiny_patch16_224", "vit_ti_16"), ("deit_small_patch16_224", "vit_s_16"),
            ("vit_base_patch32_224", "vit_b_32"),
        ]:
            save("timm_" + name, timm.create_model(name, num_classes=3, img_size=64), [3, 64, 64], architecture)
        save("timm_resnet50", timm.create_model("resnet50", num_classes=3), [3, 64, 64], "resnet50", small)
        for name in ["efficientnet_b0", "tf_efficientnet_b0", "tf_efficientnet_b1", "efficientnet_lite0",
                     "tf_efficientnet_lite0"]:
            description = small | ({"architecture": name} if name.startswith("tf") else {})
            save("timm_" + name, timm.create_model(name, num_classes=3), [3, 64, 64], name, description)
    except ImportError:
        pass
    try:
        from efficientnet_pytorch import EfficientNet

        for number in [0, 2]:
            model = EfficientNet.from_name(f"efficientnet-b{number}", num_classes=3, image_size=96)
            save(f"package_b{number}", model, [3, 96, 96], f"efficientnet_b{number}", {"input": [3, 96, 96]})
    except ImportError:
        pass
    try:
        import transformers

        config = transformers.ViTConfig(hidden_size=192, num_hidden_layers=3, num_attention_heads=3,
                                        intermediate_size=128, image_size=32, patch_size=8, num_labels=4)
        model = transformers.ViTForImageClassification(config)
        old = {".layers.": ".encoder.layer.", "attention.q_proj": "attention.attention.query",
               "attention.k_proj": "attention.attention.key", "attention.v_proj": "attention.attention.value",
               "attention.o_proj": "attention.output.dense", "mlp.fc1": "intermediate.dense",
               "mlp.fc2": "output.dense"}

        def rename(key):
            for new, name in old.items():
                key = key.replace(new, name)
            return key

        save("transformers_vit", model, [3, 32, 32], "vit", forward=lambda x: model(x).logits, rename=rename)
    except ImportError:
        pass


class Net(nn.Module):
    """Layers with names, called in their order with functions in between."""

    def __init__(self, functions, **layers):
        super().__init__()
        for name, layer in layers.items():
            setattr(self, name, layer)
        self.functions = functions

    def forward(self, x):
        return self.functions(self, x)


def plain():
    relu, pool = torch.relu, torch.nn.functional.max_pool2d
    flat = lambda x: torch.flatten(x, 1)  # noqa: E731

    for index, widths in enumerate([[784, 10], [784, 32, 10], [784, 50, 25, 10], [3072, 40, 2], [64, 16, 16, 16, 3],
                                    [784, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 10]]):
        pairs = list(zip(widths, widths[1:]))
        layers = {f"fc{number + 1}": nn.Linear(*pair) for number, pair in enumerate(pairs)}

        def functional(net, x, count=len(pairs)):
            for number in range(count):
                x = getattr(net, f"fc{number + 1}")(x)
                x = relu(x) if number < count - 1 else x
            return x

        save(f"mlp{index}", Net(functional, **layers), [widths[0]], "mlp")
        parts = []
        for pair in pairs:
            parts += [nn.Linear(*pair), nn.ReLU()] + ([nn.Dropout(0.2)] if index % 2 else [])
        save(f"mlp{index}_sequential", nn.Sequential(*parts[:-1]) if parts[-1].__class__ is nn.ReLU
             else nn.Sequential(*parts[:-2]), [widths[0]], "mlp", prefix=["", "model.", "net.layers."][index % 3])
    save("mlp_flatten", nn.Sequential(nn.Flatten(), nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 10)), [1, 28, 28],
         "mlp", {"input": [1, 28, 28]}, prefix="stack.")
    save("mlp_norm", nn.Sequential(
        nn.Linear(784, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 16), nn.BatchNorm1d(16), nn.ReLU(),
        nn.Dropout(), nn.Linear(16, 10)), [784], "mlp")
    save("mlp_layernorm", nn.Sequential(
        nn.Linear(784, 32), nn.LayerNorm(32), nn.ReLU(), nn.Linear(32, 10)), [784], "mlp")
    save("mlp_prelu", nn.Sequential(
        nn.Linear(784, 32), nn.PReLU(), nn.Linear(32, 20), nn.PReLU(20), nn.Linear(20, 10)), [784], "mlp")
    save("mlp_linear", nn.Sequential(nn.Linear(784, 32), nn.Linear(32, 10)), [784], "mlp")
    save("mlp_nobias", nn.Sequential(nn.Linear(784, 32, bias=False), nn.ReLU(), nn.Linear(32, 10, bias=False)), [784],
         "mlp")
    for name, function in [("tanh", nn.Tanh), ("gelu", nn.GELU), ("silu", nn.SiLU), ("sigmoid", nn.Sigmoid),
                           ("elu", nn.ELU), ("selu", nn.SELU), ("leaky_relu", nn.LeakyReLU), ("mish", nn.Mish),
                           ("relu6", nn.ReLU6), ("hardswish", nn.Hardswish), ("none", nn.Identity)]:
        model = nn.Sequential(nn.Linear(64, 16), function(), nn.Linear(16, 3))
        save("mlp_" + name, model, [64], "mlp", {"architecture": {"name": "mlp", "activation": name}})
    save("mlp_named_norm", Net(
        lambda net, x: net.fc3(relu(net.bn2(net.fc2(relu(net.bn1(net.fc1(x))))))),
        fc1=nn.Linear(784, 24), bn1=nn.BatchNorm1d(24), fc2=nn.Linear(24, 24), bn2=nn.BatchNorm1d(24),
        fc3=nn.Linear(24, 10)), [784], "mlp")
    convolutions(relu, pool, flat)


def convolutions(relu, pool, flat):
    save("cnn_classic", Net(
        lambda net, x: torch.log_softmax(net.fc2(relu(net.fc1(flat(pool(relu(net.conv2(relu(net.conv1(x)))), 2))))), 1)
        * 0 + net.fc2(relu(net.fc1(flat(pool(relu(net.conv2(relu(net.conv1(x)))), 2))))),
        conv1=nn.Conv2d(1, 8, 3), conv2=nn.Conv2d(8, 16, 3), fc1=nn.Linear(2304, 32), fc2=nn.Linear(32, 10)),
        [1, 28, 28], "cnn")
    save("cnn_old", Net(
        lambda net, x: net.fc2(relu(net.fc1(flat(relu(pool(net.conv2(relu(pool(net.conv1(x), 2))), 2)))))),
        conv1=nn.Conv2d(1, 10, 5), conv2=nn.Conv2d(10, 20, 5), fc1=nn.Linear(320, 50), fc2=nn.Linear(50, 10)),
        [1, 28, 28], "cnn")

    def lenet(net, x):
        x = pool(relu(net.conv2(pool(relu(net.conv1(x)), 2))), 2)
        return net.fc3(relu(net.fc2(relu(net.fc1(flat(x))))))

    def lenet_layers(channels, padding):
        return dict(conv1=nn.Conv2d(channels, 6, 5, padding=padding), conv2=nn.Conv2d(6, 16, 5),
                    fc1=nn.Linear(400, 120), fc2=nn.Linear(120, 84), fc3=nn.Linear(84, 10))

    save("lenet_28", Net(lenet, **lenet_layers(1, 2)), [1, 28, 28], "cnn", {"input": [1, 28, 28]})
    save("lenet_32", Net(lenet, **lenet_layers(1, 0)), [1, 32, 32], "cnn", {"input": [1, 32, 32]})
    save("lenet_colour", Net(lenet, **lenet_layers(3, 0)), [3, 32, 32], "cnn", prefix="model.")
    save("cnn_same", Net(
        lambda net, x: net.fc2(relu(net.fc1(flat(pool(relu(net.conv2(pool(relu(net.conv1(x)), 2))), 2))))),
        conv1=nn.Conv2d(1, 4, 3, padding=1), conv2=nn.Conv2d(4, 8, 3, padding=1), fc1=nn.Linear(392, 16),
        fc2=nn.Linear(16, 10)), [1, 28, 28], "cnn")
    save("cnn_stated", Net(
        lambda net, x: net.fc1(flat(pool(relu(net.conv2(pool(relu(net.conv1(x)), 2))), 2))),
        conv1=nn.Conv2d(3, 6, 3), conv2=nn.Conv2d(6, 16, 3), fc1=nn.Linear(3136, 3)), [3, 64, 64], "cnn",
        {"input": [3, 64, 64]})

    def block(*widths, kernel=5, padding=2):
        return nn.Sequential(nn.Conv2d(*widths, kernel, 1, padding), nn.ReLU(), nn.MaxPool2d(2))

    save("cnn_blocks", Net(lambda net, x: net.out(flat(net.conv2(net.conv1(x)))), conv1=block(1, 16),
                           conv2=block(16, 32), out=nn.Linear(1568, 10)), [1, 28, 28], "cnn")
    for index, (side, kernel, padding, flat_size) in enumerate(
            [(28, 3, 1, 16 * 9), (36, 3, 0, 16 * 4), (28, 5, 2, 16 * 9)]):
        parts = []
        for widths in [(1, 4), (4, 8), (8, 16)]:
            parts += [nn.Conv2d(*widths, kernel, padding=padding), nn.ReLU(), nn.MaxPool2d(2)]
        model = nn.Sequential(*parts, nn.Flatten(), nn.Linear(flat_size, 10))
        stated = {"input": [1, side, side]} if padding == 0 else {"architecture": "cnn", "input": [1, side, side]}
        save(f"cnn_sequential{index}", model, [1, side, side], "cnn", stated, prefix=["", "net."][index % 2])
    norm = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(1024, 32), nn.ReLU(), nn.Dropout(), nn.Linear(32, 10))
    save("cnn_norm", norm, [3, 32, 32], "cnn")
    pairs = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(), nn.Flatten(),
        nn.Linear(1152, 16), nn.ReLU(), nn.Linear(16, 10))
    save("cnn_pairs", pairs, [1, 28, 28], "cnn")
    save("cnn_tanh", Net(
        lambda net, x: net.fc1(flat(pool(torch.tanh(net.conv2(pool(torch.tanh(net.conv1(x)), 2))), 2))),
        conv1=nn.Conv2d(1, 4, 5), conv2=nn.Conv2d(4, 8, 5), fc1=nn.Linear(128, 10)), [1, 28, 28], "cnn",
        {"architecture": {"name": "cnn", "activation": "tanh"}})
    save("cnn_named_norm", Net(
        lambda net, x: net.fc1(flat(pool(relu(net.bn2(net.conv2(pool(relu(net.bn1(net.conv1(x))), 2)))), 2))),
        conv1=nn.Conv2d(1, 8, 3, padding=1), bn1=nn.BatchNorm2d(8), conv2=nn.Conv2d(8, 8, 3, padding=1),
        bn2=nn.BatchNorm2d(8), fc1=nn.Linear(392, 10)), [1, 28, 28], "cnn")


{"backbones": backbones, "heads": heads, "plain": plain, "large": large}[group]()
with open(os.path.join(folder, "expected.json"), "w") as file:
    json.dump(expected, file)
