"""Where the program `broker` is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from typing import Iterator, Optional, Tuple

from ._errors import ProgramNotFound

_NAME = "broker"


def find_citronella_bin() -> str:
    """The path of the program: that of `CITRONELLA_BIN`, else the one that was installed with this package, else `broker` on
    `PATH`, if it is this broker.

    Raises `ProgramNotFound`, with every place that was looked at.
    """
    named = os.environ.get("CITRONELLA_BIN")
    if named:
        return checked(named, "CITRONELLA_BIN")
    looked = []
    for where, folder in _folders():
        path = os.path.join(folder, _file_name())
        if os.path.isfile(path):
            return path
        looked.append(f"  {path} ({where})")
    found = shutil.which(_NAME)
    if found and _is_ours(found):
        return found
    looked.append(f"  {found} (on PATH, but it does not call itself citronella)" if found else "  PATH")
    raise ProgramNotFound(
        "there is no program `broker` of citronella. Looked at:\n"
        + "\n".join(looked)
        + "\nInstall the package with its program (pip install --force-reinstall citronella), or name the program:"
        + " CITRONELLA_BIN=/path/to/broker"
    )


def checked(path: str, said_by: str) -> str:
    """This path, which a user named. A program there has to be one that can be run."""
    if not os.path.isfile(path):
        raise ProgramNotFound(f"{said_by} says {path!r}, and there is no such file: name the program `broker` of citronella")
    if not os.access(path, os.X_OK):
        raise ProgramNotFound(f"{said_by} says {path!r}, which may not be run: chmod +x {path}")
    return os.path.abspath(path)


def _file_name() -> str:
    suffix: Optional[str] = sysconfig.get_config_var("EXE")
    return _NAME + (suffix or "")


def _folders() -> Iterator[Tuple[str, str]]:
    """The folders in which an installer puts programs, the likeliest first, each with what it is."""
    yield "scripts of this environment", sysconfig.get_path("scripts")
    # An environment that sees the packages of the Python that it was made from.
    yield "scripts of the base of this environment", sysconfig.get_path("scripts", vars={"base": sys.base_prefix})
    package = os.path.dirname(os.path.abspath(__file__))
    parent = os.path.dirname(package)
    # `pip install --target DIR` puts programs into DIR/bin, `--prefix DIR` beside DIR/lib/pythonX/site-packages.
    yield "beside the package", os.path.join(parent, "bin")
    up = os.path.dirname(os.path.dirname(os.path.dirname(parent)))
    yield "of the prefix that the package is in", os.path.join(up, os.path.basename(sysconfig.get_path("scripts")))
    scheme = "osx_framework_user" if sys.platform == "darwin" and getattr(sys, "_framework", None) else f"{os.name}_user"
    yield "scripts of this user", sysconfig.get_path("scripts", scheme=scheme)
    # Build requirements that pip installs for the time of a build are on PATH, before everything else.
    first = os.environ.get("PATH", "").split(os.pathsep)[0]
    if "pip-build-env-" in first:
        yield "of the build that is under way", first


def _is_ours(path: str) -> bool:
    try:
        told = subprocess.run([path, "--version"], capture_output=True, timeout=10, stdin=subprocess.DEVNULL, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return b"citronella" in told.stdout.lower()
