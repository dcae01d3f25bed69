"""The contract of `onnx` with a model that answers, with none, and that of `models`."""

import atexit
import shutil
from pathlib import Path
from tempfile import mkdtemp

from tradewind.testing import CommandContract, IndicatorContract
from tradewind_onnx.practice import PracticeModel

_FOLDER = Path(mkdtemp(prefix="tradewind-practice-"))
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)


class TestOnnx(IndicatorContract):
    spec = "onnx"
    config = {"model": str(PracticeModel().write(_FOLDER / "practice"))}
    xfails = {}


class TestOnnxWithoutModel(IndicatorContract):
    spec = "onnx"
    config = {"folder": str(_FOLDER / "nothing")}
    xfails = {}


class TestModels(CommandContract):
    spec = "models"
    xfails = {}
