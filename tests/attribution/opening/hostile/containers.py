"""Tricks of the container: archives that two readers read in two ways, other formats, programs beside the pickle."""

from __future__ import annotations

import io
import warnings
import zipfile
from pathlib import Path

from tests.attribution.opening.hostile.pickles import bare
from tests.attribution.opening.hostile.programs import write_torchscript
from tests.attribution.opening.hostile.workshop import Workshop, program, trick


@trick(r"TorchScript program")
def a_torchscript_program(shop: Workshop) -> Path:
    return write_torchscript(shop.folder / "model.pt", shop.mark)


@trick(r"compressed")
def a_pickle_that_is_compressed(shop: Workshop) -> Path:
    members = {"model/data.pkl": program(bare(shop)), "model/version": b"3"}
    return shop.write_members(members, compression=zipfile.ZIP_DEFLATED)


@trick(r"compressed")
def a_pickle_that_claims_to_unpack_to_gigabytes(shop: Workshop) -> Path:
    path = shop.folder / "model.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model/data.pkl", bytes(2**20))
        archive.infolist()[0].file_size = 2**32 - 2
        archive.writestr("model/version", "3")
    return path


def write_two(shop: Workshop, first: bytes, second: bytes) -> Path:
    path = shop.folder / "model.pt"
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile knows that this is no good
        archive.writestr("model/data.pkl", first)
        archive.writestr("model/data.pkl", second)
        archive.writestr("model/version", b"3")
    return path


@trick(r"two members of one name")
def two_pickles_of_one_name(shop: Workshop) -> Path:
    return write_two(shop, program(bare(shop)), program(bare(shop)))


@trick(r"posix\.system")
def a_pickle_before_an_honest_archive(shop: Workshop) -> Path:
    """What takes it for an archive finds an honest model; torch takes it for a pickle."""
    return shop.write_bytes(program(bare(shop)) + shop.honest.transformer)


@trick(r"big-endian")
def weights_for_another_order_of_bytes(shop: Workshop) -> Path:
    """The weights that torch reads are others than those of a reader that does not look."""
    members = {}
    with zipfile.ZipFile(io.BytesIO(shop.honest.transformer)) as archive:
        for name in archive.namelist():
            members[name] = b"big" if name.endswith("/byteorder") else archive.read(name)
    return shop.write_members(members)
