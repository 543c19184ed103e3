"""Tricks of the pickle alone: what it calls, how it names it, and what it makes Python do without calling anything."""

from __future__ import annotations

import marshal
import pickle
import struct
import sys
from pathlib import Path

import numpy as np

from tests.attribution.opening.hostile.workshop import (
    MAGIC,
    SIZES,
    VERSION,
    Runs,
    Workshop,
    build,
    call,
    many,
    mapping,
    number,
    program,
    raw,
    ref,
    text,
    trick,
    true,
)


def bare(shop: Workshop) -> bytes:
    """A call of the shell, the plainest payload."""
    return call(ref("posix", "system"), text(shop.touch))


@trick(r"posix\.system")
def os_system(shop: Workshop) -> Path:
    return shop.write_program(bare(shop))


@trick(r"posix\.system")
def os_system_in_an_honest_state(shop: Workshop) -> Path:
    import os

    return shop.write({**shop.state(), "model_card": Runs(os.system, shop.touch)})


@trick(r"subprocess\.Popen")
def subprocess_popen(shop: Workshop) -> Path:
    return shop.write_program(call(ref("subprocess", "Popen"), many(text("touch"), text(str(shop.mark)))))


@trick(r"builtins\.eval")
def builtins_eval(shop: Workshop) -> Path:
    return shop.write_program(call(ref("builtins", "eval"), text(shop.statement)))


@trick(r"builtins\.exec")
def builtins_exec(shop: Workshop) -> Path:
    return shop.write_program(call(ref("builtins", "exec"), text(shop.statement)))


@trick(r"__builtin__\.eval")
def eval_by_its_name_of_python_2(shop: Workshop) -> Path:
    return shop.write_program(call(ref("__builtin__", "eval"), text(shop.statement)))


@trick(r"operator\.methodcaller")
def an_import_and_a_method_caller(shop: Workshop) -> Path:
    posix = call(ref("builtins", "__import__"), text("posix"))
    return shop.write_program(call(call(ref("operator", "methodcaller"), text("system"), text(shop.touch)), posix))


@trick(r"pydoc\.importfile")
def a_module_imported_by_its_path(shop: Workshop) -> Path:
    module = shop.write_bytes(shop.statement.encode(), "payload.py")
    return shop.write_program(call(ref("pydoc", "importfile"), text(str(module))))


@trick(r"runpy\.run_path")
def runpy(shop: Workshop) -> Path:
    module = shop.write_bytes(shop.statement.encode(), "payload.py")
    return shop.write_program(call(ref("runpy", "run_path"), text(str(module))))


@trick(r"operator\.methodcaller")
def a_web_browser(shop: Workshop) -> Path:
    browser = call(ref("webbrowser", "GenericBrowser"), many(text("touch"), text("%s")))
    return shop.write_program(call(call(ref("operator", "methodcaller"), text("open"), text(str(shop.mark))), browser))


@trick(r"socket\.create_connection")
def a_socket(shop: Workshop) -> Path:
    return shop.write_program(call(ref("socket", "create_connection"), b"(" + text("127.0.0.1") + number(9) + b"t"))


@trick(r"urllib\.request\.urlopen")
def an_address_that_is_opened(shop: Workshop) -> Path:
    return shop.write_program(call(ref("urllib.request", "urlopen"), text("http://example.invalid/")))


@trick(r"pty\.spawn")
def a_terminal(shop: Workshop) -> Path:
    return shop.write_program(call(ref("pty", "spawn"), many(text("touch"), text(str(shop.mark)))))


@trick(r"operator\.attrgetter")
def a_library_of_c(shop: Workshop) -> Path:
    system = call(call(ref("operator", "attrgetter"), text("system")), call(ref("ctypes", "CDLL"), b"N"))
    return shop.write_program(call(system, raw(shop.touch.encode())))


@trick(r"functools\.partial")
def a_partial_function(shop: Workshop) -> Path:
    partial = call(ref("functools", "partial"), ref("posix", "system"), text(shop.touch))
    return shop.write_program(call(partial))


@trick(r"types\.FunctionType")
def a_function_of_marshalled_code(shop: Workshop) -> Path:
    code = marshal.dumps(compile(shop.statement, "payload", "exec"))
    loaded = call(ref("marshal", "loads"), raw(code))
    return shop.write_program(
        call(call(ref("types", "FunctionType"), loaded, mapping(__builtins__=ref("builtins", "__dict__"))))
    )


@trick(r"_pickle\.loads")
def a_pickle_in_a_pickle(shop: Workshop) -> Path:
    return shop.write_program(call(ref("_pickle", "loads"), raw(program(bare(shop)))))


@trick(r"torch\.storage\._load_from_bytes")
def a_checkpoint_in_a_pickle(shop: Workshop) -> Path:
    inner = shop.write_program(bare(shop)).read_bytes()
    return shop.write_program(call(ref("torch.storage", "_load_from_bytes"), raw(inner)))


@trick(r"torch\.hub\._load_local")
def torch_hub(shop: Workshop) -> Path:
    shop.write_bytes(f"{shop.statement}\ndef entry(): pass".encode(), "hubconf.py")
    return shop.write_program(call(ref("torch.hub", "_load_local"), text(str(shop.folder)), text("entry")))


@trick(r"torch\.utils\.collect_env\.run")
def a_helper_of_torch_that_runs_commands(shop: Workshop) -> Path:
    return shop.write_program(call(ref("torch.utils.collect_env", "run"), text(shop.touch)))


@trick(r"torch\.jit\._serialization\.load")
def a_torchscript_program_by_its_path(shop: Workshop) -> Path:
    from tests.attribution.opening.hostile.programs import write_torchscript

    script = write_torchscript(shop.folder / "script.pt", shop.mark)
    return shop.write_program(call(ref("torch.jit._serialization", "load"), text(str(script))))


@trick(r"numpy\.load")
def numpy_load(shop: Workshop) -> Path:
    import os

    array = np.array([Runs(os.system, shop.touch)], dtype=object)
    np.save(shop.folder / "array.npy", array, allow_pickle=True)
    return shop.write_program(call(ref("numpy", "load"), text(str(shop.folder / "array.npy")), b"N", true()))


@trick(r"numpy\.testing\._private\.utils\.runstring")
def numpy_runstring(shop: Workshop) -> Path:
    return shop.write_program(call(ref("numpy.testing._private.utils", "runstring"), text(shop.statement), b"}"))


@trick(r"joblib\.numpy_pickle\.load")
def joblib_load(shop: Workshop) -> Path:
    inner = shop.write_bytes(program(bare(shop)), "inner.joblib")
    return shop.write_program(call(ref("joblib.numpy_pickle", "load"), text(str(inner))))


@trick(r"pandas\.io\.pickle\.read_pickle")
def pandas_read_pickle(shop: Workshop) -> Path:
    inner = shop.write_bytes(program(bare(shop)), "inner.pkl")
    return shop.write_program(call(ref("pandas.io.pickle", "read_pickle"), text(str(inner))))


@trick(r"timeit\.timeit")
def timeit(shop: Workshop) -> Path:
    return shop.write_program(
        call(ref("timeit", "timeit"), text(shop.statement), text("pass"), ref("time", "time"), number(1))
    )


@trick(r"operator\.methodcaller")
def an_interpreter(shop: Workshop) -> Path:
    made = call(ref("code", "InteractiveInterpreter"))
    return shop.write_program(
        call(call(ref("operator", "methodcaller"), text("runsource"), text(shop.statement)), made)
    )


@trick(r"cProfile\.run")
def a_profiler(shop: Workshop) -> Path:
    return shop.write_program(call(ref("cProfile", "run"), text(shop.statement)))


@trick(r"bdb\.Bdb")
def a_debugger(shop: Workshop) -> Path:
    caller = call(ref("operator", "methodcaller"), text("run"), text(shop.statement))
    return shop.write_program(call(ref("bdb", "Bdb")), call(caller, call(ref("bdb", "Bdb"))))


@trick(r"shutil\.copyfile")
def a_file_copied_over_another(shop: Workshop) -> Path:
    return shop.write_program(call(ref("shutil", "copyfile"), text("/etc/hostname"), text(str(shop.mark))))


@trick(r"posix\.system")
def the_opcode_inst(shop: Workshop) -> Path:
    return shop.write_members(
        {"model/data.pkl": b"(S'touch %s'\niposix\nsystem\n." % str(shop.mark).encode(), "model/version": b"3"}
    )


@trick(r"posix\.system")
def the_opcode_obj(shop: Workshop) -> Path:
    return shop.write_program(b"(" + ref("posix", "system") + text(shop.touch) + b"o")


@trick(r"flair\.os\.system")
def a_dotted_name_through_an_honest_package(shop: Workshop) -> Path:
    name = b"\x8c\x05flair\x8c\x09os.system\x93"
    return shop.write_members(
        {"model/data.pkl": b"\x80\x04" + name + text(shop.touch) + b"\x85R.", "model/version": b"3"}
    )


@trick(r"flair\.data\.Dictionary\.load_from_file")
def a_method_of_an_honest_class(shop: Workshop) -> Path:
    inner = shop.write_bytes(program(bare(shop)), "inner.pkl")
    name = b"\x8c\x0aflair.data\x8c\x19Dictionary.load_from_file\x93"
    return shop.write_members(
        {"model/data.pkl": b"\x80\x04" + name + text(str(inner)) + b"\x85R.", "model/version": b"3"}
    )


@trick(r"getattr")
def a_method_by_getattr_from_honest_names_alone(shop: Workshop) -> Path:
    inner = shop.write_bytes(program(bare(shop)), "inner.pkl")
    method = call(ref("builtins", "getattr"), ref("flair.data", "Dictionary"), text("load_from_file"))
    return shop.write_program(call(method, text(str(inner))))


@trick(r"through CharacterEmbeddings")
def an_honest_class_that_is_given_a_path(shop: Workshop) -> Path:
    inner = shop.write_bytes(program(bare(shop)), "inner.pkl")
    embeddings = call(ref("flair.embeddings.token", "CharacterEmbeddings"), text(str(inner)))
    return shop.write_program(
        mapping(
            __cls__=text("TextClassifier"),
            state_dict=b"}",
            document_embeddings=embeddings,
            label_dictionary=b"}",
        )
    )


@trick(r"through CharacterEmbeddings")
def the_reconstructor_and_an_honest_class(shop: Workshop) -> Path:
    inner = shop.write_bytes(program(bare(shop)), "inner.pkl")
    kind = ref("flair.embeddings.token", "CharacterEmbeddings")
    embeddings = call(ref("copyreg", "_reconstructor"), kind, kind, text(str(inner)))
    return shop.write_program(
        mapping(
            __cls__=text("TextClassifier"),
            state_dict=b"}",
            document_embeddings=embeddings,
            label_dictionary=b"}",
        )
    )


@trick(r"copyreg\.add_extension")
def the_extension_registry(shop: Workshop) -> Path:
    entered = call(ref("copyreg", "add_extension"), text("posix"), text("system"), number(240))
    return shop.write_program(entered, b"\x82\xf0" + b"(" + text(shop.touch) + b"tR")


@trick(r"posix\.system")
def a_function_fetched_from_the_memo(shop: Workshop) -> Path:
    return shop.write_program(ref("posix", "system") + b"q\x07", b"h\x07" + b"(" + text(shop.touch) + b"tR")


@trick(r"numpy\.memmap")
def a_constructor_with_keywords(shop: Workshop) -> Path:
    keywords = mapping(mode=text("w+"), shape=b"(" + number(4) + b"t")
    made = ref("numpy", "memmap") + b"(" + text(str(shop.mark)) + b"t" + keywords + b"\x92"
    return shop.write_members({"model/data.pkl": b"\x80\x04" + made + b".", "model/version": b"3"})


@trick(r"torch\._utils")
def an_honest_function_replaced_in_its_module(shop: Workshop) -> Path:
    replaced = build(ref("torch", "_utils"), mapping(_rebuild_tensor_v2=ref("builtins", "exec")))
    return shop.write_program(replaced, call(ref("torch._utils", "_rebuild_tensor_v2"), text(shop.statement)))


@trick(r"posix\.system")
def protocol_5(shop: Workshop) -> Path:
    command = shop.touch.encode()
    argument = b"\x96" + struct.pack("<Q", len(command)) + command  # BYTEARRAY8
    decoded = call(ref("builtins", "bytes"), argument)
    return shop.write_members(
        {
            "model/data.pkl": b"\x80\x05" + ref("posix", "system") + b"(" + decoded + b"tR.",
            "model/version": b"3",
        }
    )


@trick(r"posix\.system")
def protocol_0_and_nothing_else(shop: Workshop) -> Path:
    return shop.write_bytes(f"cposix\nsystem\n(S'{shop.touch}'\ntR.".encode())


@trick(r"posix\.system")
def a_bare_pickle(shop: Workshop) -> Path:
    import os

    return shop.write_bytes(pickle.dumps(Runs(os.system, shop.touch), 4))


@trick(r"posix\.system")
def the_format_before_zip(shop: Workshop) -> Path:
    import os

    return shop.write({**shop.state(), "x": Runs(os.system, shop.touch)}, _use_new_zipfile_serialization=False)


@trick(r"posix\.system")
def the_second_pickle_of_the_format_before_zip(shop: Workshop) -> Path:
    return shop.write_legacy(MAGIC, program(bare(shop)), SIZES, {}, [])


@trick(r"posix\.system")
def the_last_pickle_of_the_format_before_zip(shop: Workshop) -> Path:
    return shop.write_legacy(MAGIC, VERSION, SIZES, {}, program(bare(shop)))


@trick(r"posix\.system")
def a_class_in_a_persistent_id(shop: Workshop) -> Path:
    module = b"(" + text("module") + bare(shop) + text("file.py") + text("source") + b"tQ"
    return shop.write_legacy(MAGIC, VERSION, SIZES, program(module), [])


# What follows calls nothing that is not honest. It takes all memory, never ends, or makes the interpreter crash.


@trick(r"more than \d+ MB of memory")
def a_memo_of_two_thousand_million_places(shop: Workshop) -> Path:
    return shop.write_program(b"Nr\xff\xff\xff\x7f")


@trick(r"bytes of a size that is only claimed")
def a_million_megabytes_of_zeros(shop: Workshop) -> Path:
    return shop.write_program(call(ref("builtins", "bytearray"), number(10**12)))


@trick(r"make more than the file holds")
def the_same_bytes_copied_again_and_again(shop: Workshop) -> Path:
    first = raw(bytes(10**6)) + b"q\x00"
    copy = ref("builtins", "bytearray") + b"q\x01(h\x00tR"
    return shop.write_program(first, many(copy, *[b"h\x01(h\x00tR"] * 20_000))


@trick(r"more than \d+ seconds")
def numbers_of_one_hash(shop: Workshop) -> Path:
    step = sys.hash_info.modulus
    keys = (pickle.dumps(1 + index * step, 2)[2:-1] + b"N" for index in range(60_000))
    return shop.write_program(b"}(" + b"".join(keys) + b"u")


@trick(r"makes Python crash")
def a_key_that_is_nested_too_deep_to_be_hashed(shop: Workshop) -> Path:
    return shop.write_program(b"}" + b")" + b"\x85" * 2_000_000 + b"Ns")


@trick(r"more than \d+ MB of memory")
def objects_of_one_byte_each(shop: Workshop) -> Path:
    return shop.write_program(many(b"]" * 40_000_000))
