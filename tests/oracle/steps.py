"""Controls, removals, steering and neighbors once more, one image at a time.

As scores.py: from the stored files and the paper's formulas, in plain
NumPy, with explicit projectors and explicit features.
"""

import numpy as np
from safetensors.numpy import load_file

from tests.oracle.scores import Oracle, angle, null_projector, vectors

KINDS = ("random_subspace", "random_vector", "principal", "covariance")


class Steps:
    """One model of a run, with everything at hand to make a step and see where it leads."""

    def __init__(self, oracle: Oracle, model: str) -> None:
        self.oracle = oracle
        self.features = vectors(oracle.root, oracle.paths("features", model))
        head = load_file(oracle.root / oracle.paths("head", model)[0])
        translator = load_file(oracle.root / oracle.paths("translator", model)[0])
        self.weight, self.bias = head["weight"].astype(np.float64), head["bias"]
        self.a, self.b = translator["weight"], translator["bias"]
        self.null = null_projector(self.weight)
        self.ids = sorted(image_id for image_id, _, _ in oracle.images)
        self.class_of = {image_id: index for image_id, index, _ in oracle.images}
        self.mean = np.mean([self.features[i] for i in self.ids], axis=0)

    def space(self, f: np.ndarray) -> np.ndarray:
        return self.a @ f + self.b

    def step(self, image_id: str, moved: np.ndarray, text: np.ndarray) -> dict[str, float]:
        f = self.features[image_id]
        z, y = self.space(f), self.space(moved)
        logits, after = self.weight @ f + self.bias, self.weight @ moved + self.bias
        return {
            "as_deg": angle(z, text) - angle(y, text),
            "is_deg": angle(z, y),
            "logit_l2": float(np.linalg.norm(after - logits)),
            "flipped": float(after.argmax() != logits.argmax()),
        }

    def medians(self, steps: list[dict[str, float]]) -> dict[str, float]:
        as_deg = np.median([abs(s["as_deg"]) for s in steps])
        is_deg = np.median([s["is_deg"] for s in steps])
        return {
            "n": len(steps),
            "abs_as_median_deg": as_deg,
            "is_median_deg": is_deg,
            "is_as_ratio": is_deg / as_deg,
            "logit_l2_median": np.median([s["logit_l2"] for s in steps]),
        }

    def own_text(self, image_id: str) -> np.ndarray:
        return self.oracle.class_texts[self.class_of[image_id]]

    def removals(self) -> dict[str, list[dict[str, float]]]:
        principal = np.eye(len(self.null)) - self.null
        found: dict[str, list[dict[str, float]]] = {}
        for name, part, center in (
            ("null", self.null, 0 * self.mean),
            ("principal", principal, 0 * self.mean),
            ("null_centered", self.null, self.mean),
            ("principal_centered", principal, self.mean),
        ):
            found[name] = [
                self.step(
                    i, self.features[i] - part @ (self.features[i] - center), self.own_text(i)
                )
                for i in self.ids
            ]
        return found

    def controls(self, seed: int, draws: int) -> dict[tuple[str, int], list[dict[str, float]]]:
        """Follow the order in which random numbers are drawn; the rest is by definition."""
        rng = np.random.default_rng(seed)
        x = np.array([self.features[i] for i in self.ids])
        n, m = x.shape
        null_dim = round(np.trace(self.null))
        cosines = np.sqrt(2 / m) * np.cos(np.pi / m * np.outer(np.arange(m), np.arange(m) + 0.5))
        cosines[0] /= np.sqrt(2)
        _, _, right = np.linalg.svd(self.weight)
        found: dict[tuple[str, int], list[dict[str, float]]] = {}
        for draw in range(draws):
            signs = rng.choice([-1.0, 1.0], m)
            basis = cosines[rng.permutation(m)[:null_dim]] * signs
            projector = basis.T @ basis
            random = rng.standard_normal((n, m), dtype=np.float32).astype(np.float64)
            side = rng.choice([-1.0, 1.0], (n, 1))[:, 0]
            mixed = rng.standard_normal((n, n), dtype=np.float32).astype(np.float64)
            drawn = mixed @ (x - x.mean(axis=0))
            for kind in KINDS:
                found[kind, draw] = []
            for row, i in enumerate(self.ids):
                f = self.features[i]
                length = np.linalg.norm(self.null @ f)
                along = {
                    "random_vector": random[row],
                    "principal": right[draw] * side[row],
                    "covariance": drawn[row],
                }
                moved = {k: f - length * d / np.linalg.norm(d) for k, d in along.items()}
                moved["random_subspace"] = f - projector @ f
                for kind in KINDS:
                    found[kind, draw].append(self.step(i, moved[kind], self.own_text(i)))
        return found

    def direction(self, image_id: str, text: np.ndarray, *, outside: bool = False) -> np.ndarray:
        """Null part of the gradient of the cosine with the text (or the rest), at unit length."""
        z = self.space(self.features[image_id])
        s = z @ text / np.linalg.norm(z) / np.linalg.norm(text)
        unit_z, unit_t = z / np.linalg.norm(z), text / np.linalg.norm(text)
        whole = self.a.T @ (unit_t - s * unit_z)
        gradient = self.null @ whole
        if outside:
            gradient = whole - gradient
        return gradient / np.linalg.norm(gradient)

    def calibrated(self, image_id: str, text: np.ndarray, is_deg: float) -> float | None:
        """The step that turns by an angle, by bisection; None where even a huge one does not."""
        f, d = self.features[image_id], self.direction(image_id, text)

        def turned(step: float) -> float:
            return angle(self.space(f), self.space(f + step * d))

        low, high = 0.0, 1e9
        if turned(high) < is_deg:
            return None
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if turned(middle) < is_deg else (low, middle)
        return high
