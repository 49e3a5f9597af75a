"""Jena: its forward rule engine (RETE), stratum by stratum, in a Java process that times itself.

Needs Java 11 or later and Jena's jars: KG_FASHION_JENA names their folder; Debian's libapache-jena-java puts them into
/usr/share/java. Debian renamed the package of Jena's Xerces but not its message files, so they are copied to where
the classes look for them.
"""

import os
import subprocess
import tempfile
import zipfile
from pathlib import Path

from task import HERE, Outcome, Task

_DEBIAN = Path("/usr/share/java")
_JARS = (
    "jena-core", "jena-arq", "jena-base", "jena-iri", "thrift", "slf4j-api", "slf4j-nop", "commons-lang3",
    "commons-io", "commons-codec", "commons-csv", "commons-compress", "guava", "dexx", "gson", "protobuf",
)  # fmt: skip
_MESSAGES = "org/apache/jena/ext/xerces/"


def run(task: Task) -> Outcome:
    """Derive with Jena."""
    if task.schema is not None:
        raise ValueError("Jena is compared on the rules")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "derived.nt"
        command = ["java", "-Xmx12g", "-cp", _classpath(Path(folder)), str(HERE / "peers" / "JenaRules.java")]
        command += [str(task.data), str(HERE / "garments.jena"), str(out)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
        lines = out.read_text("utf-8").splitlines()
    seconds, peak_kb = map(float, answer.stdout.split())
    return Outcome(seconds, lambda: lines, peak_mb=peak_kb / 1024)


def _classpath(folder: Path) -> str:
    jars = os.environ.get("KG_FASHION_JENA")
    if jars:
        return f"{jars}/*"
    core = _DEBIAN / "jena-core.jar"
    if not core.exists():
        raise ModuleNotFoundError("Jena's jars; set KG_FASHION_JENA to their folder")
    with zipfile.ZipFile(core) as archive:
        for name in archive.namelist():
            if name.startswith(_MESSAGES) and name.endswith(".properties"):
                target = folder / "xerces" / name.removeprefix(_MESSAGES)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(name))
    return ":".join([str(folder), *(str(_DEBIAN / f"{name}.jar") for name in _JARS)])
