"""The published scores once more, from the stored vectors, in plain NumPy.

Written from the paper's formulas, one image and one text at a time, with
nothing of the product but the files it names: features, head, translator and
texts come from the Parquet and safetensors files listed in ``artifacts``.
"""

import hashlib
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
from safetensors.numpy import load_file


def vectors(root: Path, paths: list[str]) -> dict[str, np.ndarray]:
    found = {}
    for path in paths:
        rows = pq.read_table(root / path)
        for image_id, values in zip(*rows.to_pydict().values(), strict=True):
            found[image_id] = np.array(values, dtype=np.float64)
    return found


def angle(a: np.ndarray, b: np.ndarray) -> float:
    cosine = (a @ b) / np.sqrt((a @ a) * (b @ b))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def null_projector(weight: np.ndarray) -> np.ndarray:
    """From the pseudo-inverse, which needs no singular vectors of ours: I - W+ W."""
    weight = weight.astype(np.float64)
    return np.eye(weight.shape[1]) - np.linalg.pinv(weight, rcond=1e-6) @ weight


def share_of(null: float, rest: float) -> float | None:
    """Share of the null part, cut to 0 and 1; None where nothing is left of both."""
    return float(np.clip(null / (null + rest), 0, 1)) if null + rest > 0 else None


def random_signs(image_id: str, width: int) -> np.ndarray:
    """A direction of +1 and -1 for an image: SplitMix64 in Python's own integers, seed 0."""
    mask = 2**64 - 1

    def mix(x: int) -> int:
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & mask
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB & mask
        return x ^ (x >> 31)

    start = mix(int(image_id, 16) ^ mix(0))
    words = [mix((start + n * 0x9E3779B97F4A7C15) & mask) for n in range(1, width // 64 + 2)]
    return np.array([1.0 if words[j // 64] >> (j % 64) & 1 else -1.0 for j in range(width)])


class Oracle:
    """Recomputes one run's scores."""

    def __init__(self, root: Path, run_id: str) -> None:
        self.root, self.run_id = root, run_id
        self.images = self.rows("select image_id, class_index, split from images")
        self.models = [model for (model,) in self.rows("select model from models where scored")]
        texts = load_file(root / self.paths("texts", None)[0])
        self.class_texts, self.concept_texts = texts["class_texts"], texts["concept_texts"]
        self.embeddings = vectors(root, self.paths("embeddings", None))

    def rows(self, query: str) -> list[tuple]:
        scoped = f"select * from ({query.replace(' from ', ', run_id from ', 1)}) where run_id = ?"
        with duckdb.connect(str(self.root / "sing.duckdb"), read_only=True) as db:
            return [row[:-1] for row in db.execute(scoped, [self.run_id]).fetchall()]

    def paths(self, kind: str, model: str | None) -> list[str]:
        return [
            path
            for path, k, m in self.rows("select path, kind, model from artifacts")
            if (k, m) == (kind, model)
        ]

    def score(self, model: str) -> dict[str, dict]:
        """Per image: original and equivalent, in the space and as logits, and their angles."""
        features = vectors(self.root, self.paths("features", model))
        head = load_file(self.root / self.paths("head", model)[0])
        translator = load_file(self.root / self.paths("translator", model)[0])
        weight, bias = head["weight"].astype(np.float64), head["bias"]
        a, b = translator["weight"], translator["bias"]
        null = null_projector(weight)
        scores = {}
        for image_id, class_index, split in self.images:
            f = features[image_id]
            g = f - null @ f
            original, equivalent = a @ f + b, a @ g + b
            text = self.class_texts[class_index]
            logits = weight @ f + bias
            scores[image_id] = {
                "class_index": class_index,
                "split": split,
                "original": original,
                "equivalent": equivalent,
                "predicted_index": int(logits.argmax()),
                "as_deg": angle(original, text) - angle(equivalent, text),
                "is_deg": angle(original, equivalent),
                "angle_original_deg": angle(original, text),
                "angle_equivalent_deg": angle(equivalent, text),
                "null_energy": float((f - g) @ (f - g) / (f @ f)),
                "max_abs_logit_drift": float(np.abs(weight @ g + bias - logits).max()),
                "concepts": [
                    (angle(original, t), angle(original, t) - angle(equivalent, t))
                    for t in self.concept_texts
                ],
            }
        return scores

    def quality(self, scores: dict[str, dict]) -> dict[str, float]:
        """Held-out quality of a translator."""
        held = {i: s for i, s in scores.items() if s["split"] == "holdout"}
        truth = np.array([self.embeddings[i] for i in held])
        guess = np.array([s["original"] for s in held.values()])
        cosine = np.cos(np.radians([angle(z, y) for z, y in zip(truth, guess, strict=True)]))
        residual = ((truth - guess) ** 2).sum(axis=0)
        spread = ((truth - truth.mean(axis=0)) ** 2).sum(axis=0)

        def top1(embeddings: list[np.ndarray]) -> float:
            nearest = [int(np.argmin([angle(z, t) for t in self.class_texts])) for z in embeddings]
            truth = [s["class_index"] for s in held.values()]
            return float(np.mean([n == c for n, c in zip(nearest, truth, strict=True)]))

        return {
            "n_holdout": len(held),
            "n_fit": len(scores) - len(held),
            "cosine_mean": float(cosine.mean()),
            "cosine_median": float(np.median(cosine)),
            "r2_mean": float((1 - residual / spread).mean()),
            "r2_weighted": float(1 - residual.sum() / spread.sum()),
            "mse": float(((truth - guess) ** 2).mean()),
            "top1_space": top1([self.embeddings[i] for i in held]),
            "top1_translated": top1([s["original"] for s in held.values()]),
            "top1_translated_principal": top1([s["equivalent"] for s in held.values()]),
        }

    def control_ratio(self, model: str) -> float:
        """Median IS / median |AS| of a step as long as the null part, in a random direction."""
        features = vectors(self.root, self.paths("features", model))
        weight = load_file(self.root / self.paths("head", model)[0])["weight"]
        translator = load_file(self.root / self.paths("translator", model)[0])
        null = null_projector(weight)
        as_deg, is_deg = [], []
        for image_id, class_index, _ in self.images:
            f = features[image_id]
            d = random_signs(image_id, len(f))
            g = f - np.linalg.norm(null @ f) * d / np.linalg.norm(d)
            z, y = (translator["weight"] @ part + translator["bias"] for part in (f, g))
            text = self.class_texts[class_index]
            as_deg.append(abs(angle(z, text) - angle(y, text)))
            is_deg.append(angle(z, y))
        return float(np.median(is_deg) / np.median(as_deg))

    def groups(self, model: str, group: str) -> dict[str, float]:
        """Group scores of labeled images, with explicit projectors and one image at a time."""
        features = vectors(self.root, self.paths("features", model))
        weight = load_file(self.root / self.paths("head", model)[0])["weight"].astype(np.float64)
        translator = load_file(self.root / self.paths("translator", model)[0])
        a, b = translator["weight"], translator["bias"]
        null = null_projector(weight)
        principal = np.eye(len(null)) - null
        concepts = self.rows("select concept_id, phrase, concept_group from concepts")
        phrases = [(i, p) for i, p, g in sorted(concepts) if g == group]
        texts = np.array([self.concept_texts[i] for i, _ in phrases])
        place = {phrase: v for v, (_, phrase) in enumerate(phrases)}
        labels = self.rows("select image_id, concept_group, phrase from image_labels")
        own = {i: place[phrase] for i, g, phrase in labels if g == group}
        mean = np.mean([features[i] for i in own], axis=0)

        def margin(z: np.ndarray, v: int) -> float:
            angles = [angle(z, t) for t in texts]
            return float(np.mean(angles[:v] + angles[v + 1 :]) - angles[v])

        whole, lost, kept = [], [], []
        for i, v in own.items():
            f = features[i]
            whole.append(margin(a @ f + b, v))
            lost.append(whole[-1] - margin(a @ (f - null @ (f - mean)) + b, v))
            kept.append(margin(a @ (f - principal @ (f - mean)) + b, v))
        axes = texts - texts.mean(axis=0)
        block = {i: hashlib.sha256(i.encode()).digest()[0] % 10 for i in own}

        def squared(part: np.ndarray, v: int) -> float:
            """Squared length of a value's mean: products of images of different blocks."""
            x = np.array([part @ (features[i] - mean) for i, w in own.items() if w == v])
            b = np.array([block[i] for i, w in own.items() if w == v])
            return float((x @ x.T)[b[:, None] != b[None]].mean())

        spread = {}
        for name, part in (("null", null), ("principal", principal)):
            spread[name] = spread[name, "features"] = 0.0
            for v in range(len(texts)):
                share = sum(w == v for w in own.values()) / len(own)
                spread[name] += share * squared(axes @ a @ part, v)
                spread[name, "features"] += share * squared(part, v)
        values = []
        for v, (_, phrase) in enumerate(phrases):
            mine = [i for i, w in own.items() if w == v]
            at = [list(own).index(i) for i in mine]
            values.append(
                {
                    "value": phrase,
                    "n": len(mine),
                    "margin_deg": float(np.mean([whole[k] for k in at])),
                    "margin_lost_deg": float(np.mean([lost[k] for k in at])),
                    "margin_kept_by_null_deg": float(np.mean([kept[k] for k in at])),
                    "feature_share": share_of(squared(null, v), squared(principal, v)),
                }
            )
        return {
            "n": len(own),
            "values": values,
            "n_values": len(texts),
            "margin_deg": float(np.mean(whole)),
            "margin_lost_deg": float(np.mean(lost)),
            "margin_kept_by_null_deg": float(np.mean(kept)),
            "margin_without_null_deg": float(np.mean(whole) - np.mean(lost)),
            "between_value_share": share_of(spread["null"], spread["principal"]),
            "feature_share": share_of(spread["null", "features"], spread["principal", "features"]),
        }
