"""
What a model file may hold: numbers and arithmetic, nothing that reads, draws or loops.

The file is parsed before any runtime sees it. Weights outside the file, operators of other
vendors, functions, control flow and chance are refused wherever they stand, in subgraphs too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tradewind.api import ModelError

MAX_BYTES: Final = 64_000_000
MAX_NODES: Final = 5_000
MAX_DEPTH: Final = 32

DOMAINS: Final = frozenset({"", "ai.onnx", "ai.onnx.ml"})

OPERATORS: Final = frozenset(
    """
    Abs Add AveragePool BatchNormalization Cast Ceil Clip Concat Constant ConstantOfShape Conv Div Elu Equal Erf Exp
    Expand Flatten Floor GRU Gather Gelu Gemm GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual HardSigmoid
    Identity InstanceNormalization LSTM LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax MatMul Max MaxPool
    Mean Min Mul Neg Not Pad Pow Range Reciprocal ReduceMax ReduceMean ReduceMin ReduceSum Relu Reshape Selu Shape
    Sigmoid Sign Slice Softmax Softplus Split Sqrt Squeeze Sub Sum Swish Tanh Tile Transpose Unsqueeze Where
    """.split()  # noqa: SIM905  # ninety names read best as words
)


def inspect_model(content: bytes) -> int:
    """
    Return the operator set of a model file that may be loaded.

    Args:
        content: The file's bytes.

    Raises:
        ModelError: TW-M004 when it is damaged, too large, or holds what a model must not hold.
    """
    import onnx

    if len(content) > MAX_BYTES:
        raise refused(f"it has {len(content):,} bytes, expected at most {MAX_BYTES:,}")
    proto = onnx.ModelProto()
    try:
        proto.ParseFromString(content)
    except Exception as error:
        raise refused("it is truncated or no ONNX file") from error
    if not proto.graph.node or not proto.opset_import:
        raise refused("it holds no graph")
    foreign = {entry.domain for entry in proto.opset_import} - DOMAINS
    if foreign:
        raise refused(f"it uses operators of {', '.join(sorted(foreign))}")
    if proto.functions or proto.training_info:
        raise refused("it holds functions or training state")
    nodes = 0
    for message in _messages(proto, 0):
        nodes += _inspected(message)
        if nodes > MAX_NODES:
            raise refused(f"it has more than {MAX_NODES:,} operators")
    return int(max(entry.version for entry in proto.opset_import if entry.domain in ("", "ai.onnx")))


def _inspected(message: Any) -> int:
    """Refuse one message of the file, or return how many operators it is."""
    kind = message.DESCRIPTOR.name
    if kind == "TensorProto" and (message.data_location != message.DEFAULT or message.external_data):
        raise refused(f"the weights {message.name!r} lie outside the file")
    if kind != "NodeProto":
        return 0
    if message.domain not in DOMAINS or message.op_type not in OPERATORS:
        named = f"{message.domain}:{message.op_type}" if message.domain else message.op_type
        raise refused(f"it uses the operator {named}, which no model of ours needs")
    return 1


def _messages(message: Any, depth: int) -> Iterator[Any]:
    if depth > MAX_DEPTH:
        raise refused(f"its parts are nested more than {MAX_DEPTH} deep")
    yield message
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if hasattr(value, "DESCRIPTOR"):
            yield from _messages(value, depth + 1)
            continue
        for part in value:
            if hasattr(part, "DESCRIPTOR"):
                yield from _messages(part, depth + 1)


def refused(why: str) -> ModelError:
    """Return the error of a file that may not be loaded."""
    return ModelError(
        f"the model file may not be loaded: {why}.",
        code="TW-M004",
        hint="Load only models that `tradewind train` wrote.",
    )
