"""Subsets of ImageNet's classes that have a name."""

#: The sixteen classes of the paper's figure 4, by WordNet id, with the figure's words where they
#: are not the id's own. The figure says "Shark" of a class that could be any of three; the great
#: white is our choice.
_FIGURE_4 = (
    "n03594945",  # jeep
    "n02643566",  # lionfish
    "n02607072",  # anemone fish
    "n03770679",  # minivan
    "n02437312",  # Arabian camel
    "n02317335",  # starfish
    "n01484850",  # great white shark ("Shark")
    "n03947888",  # pirate, pirate ship ("Pirate")
    "n02481823",  # chimpanzee
    "n04285008",  # sports car
    "n02981792",  # catamaran
    "n01910747",  # jellyfish
    "n01443537",  # goldfish
    "n02077923",  # sea lion ("Sealion")
    "n02346627",  # porcupine
    "n02423022",  # gazelle
)

CLASS_SUBSETS = {"figure-4": _FIGURE_4}
