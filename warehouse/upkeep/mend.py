"""Pointer, link and generations that do not agree, after a kill or damage: what is done then."""

from warehouse.build import rebuild
from warehouse.generations import NoGenerationError, current, existing, is_whole
from warehouse.layout import DataRoot
from warehouse.pointer import point_to, require_place, settle


def mend(root: DataRoot, *, thorough: bool = False) -> list[str]:
    """Have pointer, link and generations agree; say what was wrong, if anything.

    What is lost of them is the newest generation that is whole, or is made again from the
    stored Parquet.

    Parameters
    ----------
    thorough
        Read the published generation to find out, touched or not.

    Raises
    ------
    NotOursError
        If somebody else's file is where the link goes.
    """
    require_place(root)
    try:
        newest = current(root)
        if newest is None or is_whole(newest, thorough=thorough):
            settle(root)
            return []
        problem = f"{newest} is {'damaged' if newest.exists() else 'missing'}"
    except NoGenerationError as error:
        problem = str(error).split(";")[0]
    for generation in existing(root):
        if is_whole(generation):
            point_to(root, generation)
            return [f"{problem}; the newest results that are whole are those of {generation.name}"]
    published = rebuild(root)
    again = f"{problem}; the results are made again from the stored Parquet"
    return [again, *published.left_out.values()]
