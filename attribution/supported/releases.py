"""How releases of Flair read a text through a transformer: data, from the sources of each release."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Release:
    """How the release that saved a model differs from today's.

    Attributes:
        saved_with: which releases these are, as far as the file tells; empty for today's way.
        joined: the words are joined by spaces and tokenized as one text, and not word by word.
        pools_final_special: mean and max pooling take in the final special token.
        pools_each_layer: each layer is pooled before layers are averaged, and not after.
        interleaves_layers: the states of a word's first and last subword are ordered layer by layer; today all layers
            of the first come before all of the last.
        jumbles_windows: in a text of several windows, words got the vectors of other words.
        splits_joined: a label and a text are split into words again once they are joined.
        begins_after_separator: the separator between a label and a text is followed by the tokenizer's
            beginning-of-sequence token, if it has one.
        cleans_labels: underscores in a label are read as blanks.
        joins_plain: two texts are joined as they stand, and then split into words.
        initial_cls: whether the first token is pooled (True) or the last; None where the tokenizer tells.
    """

    saved_with: str = ""
    joined: bool = False
    pools_final_special: bool = True
    pools_each_layer: bool = False
    interleaves_layers: bool = False
    jumbles_windows: bool = False
    splits_joined: bool = False
    begins_after_separator: bool = True
    cleans_labels: bool = True
    joins_plain: bool = False
    initial_cls: bool | None = None

    @property
    def note(self) -> str:
        """A sentence for the reader; empty where today's Flair predicts the same."""
        if not self.saved_with:
            return ""
        return (
            f"This model was saved by {self.saved_with}. Texts are read here as that release read them; "
            "today's Flair reads them differently, and may predict otherwise."
        )


TODAY = Release()
FLAIR_0_11 = Release("Flair 0.11", joined=True, pools_final_special=False, pools_each_layer=True)
FLAIR_0_8_TO_0_10 = Release("Flair 0.8 to 0.10", joined=True, pools_each_layer=True, interleaves_layers=True)
FLAIR_UP_TO_0_7 = Release(
    "Flair 0.7 or older",
    joined=True,
    pools_each_layer=True,
    interleaves_layers=True,
    jumbles_windows=True,
    splits_joined=True,
)
