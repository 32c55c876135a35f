"""Makes starter.json: what PyTorch makes of two pictures with the weights of the starter model.

    python -m venv env && env/bin/pip install torch efficientnet-lite-pytorch==0.1.0
    env/bin/python starter.py PATH/efficientnet-lite2-9656183e.pth

Written with torch 2.13.0. The network is that of the package; grouping is done here.
"""
import json
import pathlib
import sys

import torch
from efficientnet_lite_pytorch import EfficientNet

SIDE = 260


def pictures():
    """Two pictures of 0…255 that anyone can make again: waves of other lengths in each channel."""
    rows = torch.arange(SIDE, dtype=torch.float64).reshape(1, SIDE, 1)
    columns = torch.arange(SIDE, dtype=torch.float64).reshape(1, 1, SIDE)
    for number in (1, 2):
        channel = torch.arange(3, dtype=torch.float64).reshape(3, 1, 1)
        waves = torch.sin(rows * (0.021 * number + 0.01 * channel)) + torch.cos(columns * (0.033 * number - 0.004 * channel))
        yield torch.round(127.5 + 63.7 * waves).to(torch.float32)


model = EfficientNet.from_name("efficientnet-lite2", image_size=SIDE)
model.load_state_dict(torch.load(sys.argv[1], weights_only=True))
model.eval()
here = pathlib.Path(__file__).parent
recipe = json.loads((here / "../../../Models/pets/recipe.json").read_text())
groups = recipe["grouping"]["groups"]
assert recipe["input"] == [3, SIDE, SIDE] and not recipe["grouping"]["mirrored"]

owner = [next(i for i, g in enumerate(groups) if "classes" not in g)] * 1000
for index, group in enumerate(groups):
    for first, last in group.get("classes", []):
        for number in range(first, last + 1):
            owner[number] = index
answers = []
for picture in pictures():
    with torch.inference_mode():
        scores = model(((picture / 255 - 0.498) / 0.502)[None])[0]
    shares = torch.softmax(scores.double(), 0)
    result = {"cat": 0.0, "dog": 0.0, "neither": 0.0}
    for index, group in enumerate(groups):
        members = [number for number in range(1000) if owner[number] == index]
        result[group["label"]] += group.get("weight", 1) * shares[members].mean().item()
    total = sum(result.values())
    answers.append({
        "scores": [round(x, 5) for x in scores[::25].tolist()],
        "probabilities": [round(x / total, 7) for x in result.values()],
    })
(here / "starter.json").write_text(json.dumps(answers, indent=1) + "\n")
print(json.dumps(answers)[:600])
