"""Readouts recomputed with scikit-learn and plain NumPy, from stored features."""

import hashlib
from collections import Counter

import numpy as np
from safetensors.numpy import load_file
from sklearn.linear_model import Ridge

from tests.oracle.scores import Oracle, angle, null_projector, vectors


class Readings:
    """One model's pictures in every view, fitted on and held out."""

    def __init__(self, oracle: Oracle, model: str) -> None:
        features = vectors(oracle.root, oracle.paths("features", model))
        head = load_file(oracle.root / oracle.paths("head", model)[0])
        self.weight, self.bias = head["weight"].astype(np.float64), head["bias"]
        self.null = null_projector(self.weight)
        self.side = {image_id: split for image_id, _, split in oracle.images}
        self.x = {i: features[i].astype(np.float64) for i in self.side}
        self.classes = {image_id: c for image_id, c, _ in oracle.images}
        self.oracle = oracle

    def nearest(self, rows: list[int]) -> dict[str, int]:
        """The value that the space gives each picture."""
        texts = [self.oracle.concept_texts[row] for row in rows]
        return {
            i: int(np.argmin([angle(self.oracle.embeddings[i], text) for text in texts]))
            for i in self.side
        }

    def part(self, view: str) -> dict[str, np.ndarray]:
        """Each picture's part, in all coordinates of the features."""
        eye = np.eye(len(self.null))
        matrix = {"all": eye, "null": self.null, "principal": eye - self.null}[view]
        return {i: matrix @ x for i, x in self.x.items()}

    def fitted(self, quarters: int = 4) -> list[str]:
        """Pictures to fit on, of so many quarters."""
        return [
            i
            for i, side in self.side.items()
            if side == "fit" and hashlib.sha256(i.encode()).digest()[1] % 4 < quarters
        ]

    @property
    def held(self) -> list[str]:
        return [i for i, side in self.side.items() if side == "holdout"]

    def right(
        self, view: str, value: dict[str, int], kind: str, strength: float, quarters: int = 4
    ) -> dict[str, bool]:
        """Whether a reader of this kind names each held-out picture right."""
        part, fit = self.part(view), self.fitted(quarters)
        x, v = np.array([part[i] for i in fit]), np.array([value[i] for i in fit])
        q = round({"all": len(self.null), "null": np.trace(self.null)}.get(
            view, len(self.null) - np.trace(self.null)
        ))  # fmt: skip
        ridge = strength * x.var(axis=0).sum() / q
        seen = sorted(set(v))
        held = np.array([part[i] for i in self.held])
        if kind == "ridge":
            y = (v[:, None] == seen).astype(float)
            scores = Ridge(alpha=len(x) * ridge).fit(x, y).predict(held).reshape(len(held), -1)
        else:
            means = np.array([x[v == k].mean(axis=0) for k in seen])
            spread = x - means[np.searchsorted(seen, v)]
            within = spread.T @ spread / len(x) + ridge * np.eye(x.shape[1])
            direct = np.linalg.solve(within, means.T)
            prior = np.log([np.mean(v == k) for k in seen])
            scores = held @ direct - 0.5 * np.einsum("km,mk->k", means, direct) + prior
        named = np.array(seen)[scores.argmax(axis=1)]
        return {i: bool(n == value[i]) for i, n in zip(self.held, named, strict=True)}

    def head_right(self, rows: list[int]) -> dict[str, bool]:
        """Whether the head names each held-out picture right, among classes at these rows."""
        named = {
            i: int(np.argmax(self.weight[rows] @ self.x[i] + self.bias[rows])) for i in self.held
        }
        return {i: n == self.classes[i] for i, n in named.items()}

    def chance(self, value: dict[str, int]) -> float:
        """What naming the commonest value would reach."""
        commonest = Counter(value[i] for i in self.fitted()).most_common(1)[0][0]
        return float(np.mean([value[i] == commonest for i in self.held]))
