"""One way to train the made world's networks: batches in random order, one learning-rate cycle."""

from collections.abc import Callable

import numpy as np
import torch

#: Pictures of one step.
BATCH = 64


def train(
    optimizer: torch.optim.Optimizer,
    loss_of: Callable[[np.ndarray], torch.Tensor],
    n: int,
    *,
    epochs: int,
    learning_rate: float,
    rng: np.random.Generator,
    on_progress: Callable[[int], None],
) -> None:
    """Lower ``loss_of(rows)`` over ``n`` pictures; what does not fill a batch waits an epoch."""
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, learning_rate, total_steps=epochs * (n // BATCH), pct_start=0.2
    )
    for _ in range(epochs):
        for rows in rng.permutation(n)[: n // BATCH * BATCH].reshape(-1, BATCH):
            loss = loss_of(rows)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            on_progress(BATCH)
