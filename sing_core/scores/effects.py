"""Effect shares: where lies what changes when the value of one group changes and all else stays?

:mod:`sing_core.scores.shares` takes the means of a group's values, which hold what goes with
them: pictures of red things are not pictures of green things in another color. Here the other
groups are held equal, and the effect of a value may differ from one of their values to another.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from sing_core.geometry.null_space import HeadDecomposition
from sing_core.geometry.subspaces import Subspace
from sing_core.geometry.translator import LinearTranslator
from sing_core.scores.shares import ratio_of, share_and_ends
from sing_core.statistics.jackknife import BLOCKS

#: Pictures that each coefficient is held to zero by (ridge).
RIDGE = 10.0

#: Values of other groups that are held equal, and numbers of a fit, at most: what is larger is left
#: out, the groups with most values first.
_MOST_EQUAL, _MOST_NUMBERS = 512, 2**22


@dataclass(frozen=True)
class Design:
    """How the features of one group's pictures are explained.

    Attributes
    ----------
    others
        Indicators of the other groups' values about their means, after a column of ones.
    n_equal, n_paired
        Other groups that are held equal, and those of them whose values may change the effect.
    n_columns
        Columns of ``others`` that each value of the group has coefficients of its own for.
    """

    others: Float[np.ndarray, "n p"]
    n_equal: int
    n_paired: int
    n_columns: int

    @classmethod
    def of(
        cls, group: int, own: Int[np.ndarray, "g n"], sizes: Sequence[int], width: int
    ) -> "Design":
        """Choose the other groups for one, smallest first.

        A group that says the value of this one cannot be held equal, and is left out.

        Parameters
        ----------
        width
            Numbers of a coefficient.
        """
        apart = [k for k in range(len(own)) if k != group and not _tells(own[k], own[group])]
        apart.sort(key=lambda k: (sizes[k], k))
        columns, n_paired, n_columns = [np.ones((len(own[group]), 1))], 0, 1
        for k in apart:
            p = sum(part.shape[1] for part in columns) + sizes[k]
            if p > _MOST_EQUAL:
                break
            indicators = np.zeros((len(own[k]), sizes[k]))
            indicators[np.arange(len(own[k])), own[k]] = 1
            columns.append(indicators - indicators.mean(axis=0))
            if p * sizes[group] * width <= _MOST_NUMBERS:
                n_paired, n_columns = len(columns) - 1, p
        return cls(np.concatenate(columns, axis=1), len(columns) - 1, n_paired, n_columns)


def _tells(one: Int[np.ndarray, " n"], other: Int[np.ndarray, " n"]) -> bool:
    """Whether every value of one group goes with a single value of the other."""
    size = int(other.max()) + 1
    pairs = np.bincount(one * size + other, minlength=(int(one.max()) + 1) * size)
    return bool((np.count_nonzero(pairs.reshape(-1, size), axis=1) <= 1).all())


def effect_shares(
    features: Float[np.ndarray, "n m"],
    own: Int[np.ndarray, "g n"],
    block: Int[np.ndarray, " n"],
    sizes: Sequence[int],
    spaces: HeadDecomposition,
    translator: LinearTranslator,
) -> Iterator[dict[str, float]]:
    r"""Yield each group's effect shares under their column names.

    Within every block of images, features f are fitted by least squares with a ridge:

    .. math:: f \approx B_0 r + B_v r_s

    r holds a one and the other groups' values (:class:`Design`), r_s its first columns, v is the
    image's value of the group. Changing the value alone moves the feature by :math:`(B_u - B_v)
    r_s`; its squared length is averaged over images and over the other values u, each as often,
    in the null and in the principal part: ``E_n / (E_n + E_p)``. What noise adds to a square is
    left out by products of different blocks' coefficients, as in the other shares; the interval
    leaves out one block at a time. What no group names, and interplay of three groups, is in no
    coefficient.

    The translated share is that of A applied to both parts.

    Parameters
    ----------
    own
        The value of each image, a row a group.
    block
        The block of each image, of ten.
    sizes
        How many values each group has.

    References
    ----------
    Sobol', Sensitivity estimates for nonlinear mathematical models, 1993: what is averaged is the
    total effect of a variable, up to interplay of two.
    """
    null = Subspace.null_of(spaces)
    order = -1 if null.is_complement else 1
    weight = np.asarray(translator.weight, np.float64)
    seen = weight @ null.basis
    exact = features.astype(np.float64)
    exact -= exact.mean(axis=0)
    q, s, m = null.basis.shape[1], len(weight), exact.shape[1]
    ends = np.cumsum([q, m, s, s])
    for group, size in enumerate(sizes):
        design = Design.of(group, own, sizes, int(ends[-1]))
        fits, gram = [], np.zeros((size, design.n_columns, design.n_columns))
        for j in range(BLOCKS):
            rows = block == j
            change, squares = _fit(design, exact[rows], own[group][rows], size, rows)
            gram += squares
            inside = change @ null.basis
            inside_seen = inside @ seen.T
            whole_seen = change @ weight.T
            parts = (inside, change, inside_seen, whole_seen - inside_seen)
            fits.append(np.concatenate(parts, axis=2).astype(np.float32))
        inside_, everything, *both_seen = _products(np.stack(fits), gram.astype(np.float32), ends)
        yield {
            "effect_n": float(len(exact)),
            "effect_n_equal": float(design.n_equal),
            "effect_n_paired": float(design.n_paired),
            **_share("effect_share", *(inside_, everything - inside_)[::order]),
            **_share("effect_share_translated", *both_seen[::order]),
        }


def _fit(
    design: Design,
    features: Float[np.ndarray, "b m"],
    own: Int[np.ndarray, " b"],
    size: int,
    rows: np.ndarray,
) -> tuple[Float[np.ndarray, "k s m"], Float[np.ndarray, "k s s"]]:
    """Coefficients of each value beside the common ones, from one block, and its Gram matrices.

    The normal equations tie values together by the common coefficients alone, which are
    eliminated last.
    """
    r, n = design.others[rows], design.n_columns
    p, m = r.shape[1], features.shape[1]
    gram, target = np.zeros((size, p, p)), np.zeros((size, p, m))
    for v in np.unique(own):
        mine = own == v
        gram[v], target[v] = r[mine].T @ r[mine], r[mine].T @ features[mine]
    tied = np.concatenate([gram[:, :, :n].transpose(0, 2, 1), target[:, :n]], axis=2)
    # The ridge makes this safe to invert, and products with many columns are faster than solving.
    solved = np.linalg.inv(gram[:, :n, :n] + RIDGE * np.eye(n)) @ tied
    across, alone = solved[:, :, :p], solved[:, :, p:]
    rest = gram.sum(axis=0) + RIDGE * np.eye(p)
    rest -= np.einsum("kpn,knq->pq", gram[:, :, :n], across, optimize=True)
    right = target.sum(axis=0)
    right -= np.einsum("kpn,knm->pm", gram[:, :, :n], alone, optimize=True)
    return alone - across @ np.linalg.solve(rest, right), gram[:, :n, :n]


def _products(
    fits: Float[np.ndarray, "b k s w"],
    gram: Float[np.ndarray, "k s s"],
    ends: Int[np.ndarray, " 4"],
) -> list[Float[np.ndarray, " j"]]:
    """Mean squares of the changes in each part, from products of different blocks.

    The first of all blocks, then without each.
    """
    whole = fits.sum(axis=0)
    moved = _moved(whole, gram)
    with_all = [_parts(one, moved, ends) for one in fits]
    alone = [_parts(one, _moved(one, gram), ends) for one in fits]
    total, own_ = _parts(whole, moved, ends), np.sum(alone, axis=0)
    found = [total - own_] + [
        total - 2 * a + b - (own_ - b) for a, b in zip(with_all, alone, strict=True)
    ]
    return list(np.array(found).T)


def _moved(
    change: Float[np.ndarray, "k s w"], gram: Float[np.ndarray, "k s s"]
) -> Float[np.ndarray, "k s w"]:
    """Apply the quadratic form that sums squared moves over images and other values."""
    size = len(gram)
    by_value = gram @ change
    moved = gram.sum(axis=0) @ change - gram @ change.sum(axis=0)
    return np.asarray((moved - by_value.sum(axis=0) + size * by_value) / max(1, size - 1))


def _parts(
    one: Float[np.ndarray, "k s w"],
    moved: Float[np.ndarray, "k s w"],
    ends: Int[np.ndarray, " 4"],
) -> Float[np.ndarray, " 4"]:
    by_column = np.einsum("ksw,ksw->w", one, moved, dtype=np.float64)
    return np.add.reduceat(by_column, [0, *ends[:-1]])


def _share(
    name: str, null: Float[np.ndarray, " j"], rest: Float[np.ndarray, " j"]
) -> dict[str, float]:
    ends = share_and_ends(ratio_of(null, rest)[:, None])
    values = (float(value[0]) for value in ends)
    return dict(zip((name, f"{name}_ci_low", f"{name}_ci_high"), values, strict=True))
