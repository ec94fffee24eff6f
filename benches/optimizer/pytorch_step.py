"""Prints the milliseconds of a training step of ResNet-8 in PyTorch: `pytorch_step.py BATCH STEPS THREADS`."""

import sys
import time

import torch
from torch import nn


class Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1)
        self.shortcut = nn.Identity() if stride == 1 else nn.Conv2d(inputs, outputs, 1, stride)

    def forward(self, images):
        return torch.relu(self.second(torch.relu(self.first(images))) + self.shortcut(images))


def resnet8():
    """The network as a .tflite file has it: batch normalization is part of the convolutions."""
    blocks = [Block(16, 16, 1), Block(16, 32, 2), Block(32, 64, 2)]
    return nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1), nn.ReLU(), *blocks, nn.AvgPool2d(8), nn.Flatten(), nn.Linear(64, 10))


def main():
    batch, steps, threads = map(int, sys.argv[1:])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    network = resnet8().to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-3, momentum=0.9)
    loss = nn.CrossEntropyLoss()
    images = torch.rand(batch, 3, 32, 32).to(memory_format=torch.channels_last)
    labels = torch.randint(10, (batch,))

    def step():
        optimizer.zero_grad()
        loss(network(images), labels).backward()
        optimizer.step()

    for _ in range(3):
        step()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    print(1000 * (time.perf_counter() - start) / steps)


if __name__ == "__main__":
    main()
