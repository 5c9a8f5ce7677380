"""Generate scoreline/v1 from proto/scoreline/v1, or with --check say whether it has drifted.

Stubs for gRPC are made only for `*_service.proto`; output sits at the path equal to the proto package,
so the imports that protoc writes resolve as they are.
"""

from __future__ import annotations

import filecmp
import os
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "proto"
PACKAGE = Path("scoreline/v1")


def generate(target: Path) -> None:
    """Write the generated modules below `target`."""
    protos = sorted(str(path) for path in (SOURCE / PACKAGE).glob("*.proto"))
    services = [name for name in protos if name.endswith("_service.proto")]
    # protoc looks for its plugins on the PATH; they are installed beside this interpreter.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    include = [f"-I{SOURCE}", f"-I{files('grpc_tools') / '_proto'}"]
    messages = protoc.main(
        ["protoc", *include, f"--python_out={target}", f"--mypy_out=quiet:{target}", *protos]
    )
    stubs = protoc.main(
        ["protoc", *include, f"--grpc_python_out={target}", f"--mypy_grpc_out=quiet:{target}", *services]
    )
    if messages or stubs:
        raise SystemExit("protoc failed, see its messages above")


def drift() -> list[str]:
    """Return the generated files that differ from what the protos now generate."""
    with tempfile.TemporaryDirectory() as scratch:
        generate(Path(scratch))
        fresh = {path.name for path in (Path(scratch) / PACKAGE).iterdir()}
        kept = {path.name for path in (ROOT / PACKAGE).glob("*_pb2*")}
        _, changed, missing = filecmp.cmpfiles(Path(scratch) / PACKAGE, ROOT / PACKAGE, fresh, shallow=False)
        return sorted({*changed, *missing, *(kept - fresh)})


def main() -> None:
    """Generate, or check and exit with 1 on drift."""
    if "--check" not in sys.argv[1:]:
        generate(ROOT)
        return
    if drifted := drift():
        raise SystemExit("generated code has drifted, run `make proto`: " + ", ".join(drifted))
    print("generated code matches the protos")


if __name__ == "__main__":
    main()
