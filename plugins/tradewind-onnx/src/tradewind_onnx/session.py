"""The runtime's session of a model file: threads and memory bounded."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from tradewind_onnx.inspection import refused

MEMORY_BYTES: Final = 512_000_000
"""What all models of a process may take together while they answer; one that wants more fails."""


def session_of(content: bytes) -> Any:
    """
    Return a session over a file that was inspected.

    Args:
        content: The file's bytes.

    Raises:
        ModelError: TW-M004 when the runtime cannot take the file.
    """
    import onnxruntime

    _cap_memory()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 4
    options.add_session_config_entry("session.use_env_allocators", "1")
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's errors have no common class of their own
        raise refused(f"the runtime says: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """Return what the runtime says, short enough for a sentence."""
    return next(iter(str(error).splitlines()), type(error).__name__)[:200]


@cache
def _cap_memory() -> None:
    """Give the process one arena of bounded size for all sessions; it can only be given once."""
    import onnxruntime

    kinds = onnxruntime.OrtAllocatorType, onnxruntime.OrtMemType
    where = onnxruntime.OrtMemoryInfo("Cpu", kinds[0].ORT_ARENA_ALLOCATOR, 0, kinds[1].DEFAULT)
    # it grows by what is asked for: doubling would reach the bound long before the models do
    arena = {"max_mem": MEMORY_BYTES, "arena_extend_strategy": 1, "max_dead_bytes_per_chunk": 1 << 20}
    onnxruntime.create_and_register_allocator(where, onnxruntime.OrtArenaCfg(arena))
