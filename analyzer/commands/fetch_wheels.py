"""Fetches wheels for `ckptlint sources add`: FOLDER REQUIREMENT...

Asks pip, or uv where this Python has no pip; both check what they fetch against the hash that their index gives.  A wheel
goes into the folder under its own name, and its SHA-256 into SHA256SUMS there.  Nothing of a wheel is installed or run.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile

SUMS = "SHA256SUMS"
PYTHON = sys.executable or "python3"


def complain(sentence):
    print(f"ckptlint: {sentence}", file=sys.stderr)
    sys.exit(2)


def call(arguments):
    """Runs pip or uv; ends with its last words where it fails."""
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        said = [line for line in done.stdout.decode(errors="replace").splitlines() if line.strip()]
        errors = [line for line in said if line.lower().startswith(("error", "  x", "  \N{MULTIPLICATION X}"))]
        complain("; ".join(line.strip() for line in (errors or said)[-2:]) or f"{arguments[0]} failed")


def packed(folder):
    """The wheel that was unpacked into a folder, put together again."""
    infos = [name for name in os.listdir(folder) if name.endswith(".dist-info")]
    if len(infos) != 1:
        complain(f"{len(infos)} packages came where one was asked for")
    info = infos[0]
    with open(os.path.join(folder, info, "WHEEL"), encoding="utf-8") as handle:
        tags = [line.split(":", 1)[1].strip() for line in handle if line.startswith("Tag:")]
    path = os.path.join(folder, f"{info[: -len('.dist-info')]}-{tags[0] if tags else 'py3-none-any'}.whl")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for parent, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if name not in ("__pycache__", "bin"))
            for name in sorted(names):
                whole = os.path.join(parent, name)
                if whole == path or name == ".lock":
                    continue
                # A date for all, so that the same files make the same wheel.
                entry = zipfile.ZipInfo(os.path.relpath(whole, folder), (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                with open(whole, "rb") as handle:
                    wheel.writestr(entry, handle.read())
    return path


def fetched(requirement, scratch):
    """The path of the one wheel that the requirement means."""
    if importlib.util.find_spec("pip") is not None:
        call([PYTHON, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps",
              "--only-binary", ":all:", "--dest", scratch, requirement])
        wheels = [name for name in os.listdir(scratch) if name.endswith(".whl")]
        if len(wheels) != 1:
            complain(f"{len(wheels)} wheels came where one was asked for")
        return os.path.join(scratch, wheels[0])
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        complain("`sources add` asks pip or uv, and neither is here")
    call([uv, "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--python", PYTHON,
          "--target", scratch, requirement])
    return packed(scratch)


def sha256(path):
    with open(path, "rb") as handle:
        digest = hashlib.sha256()
        for block in iter(lambda: handle.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def write_sum(folder, name, digest):
    """Puts the hash of a wheel into SHA256SUMS, whole or not at all."""
    path = os.path.join(folder, SUMS)
    rows = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as handle:
            rows = {line.split("  ", 1)[1].rstrip("\n"): line.split("  ", 1)[0] for line in handle if "  " in line}
    rows[name] = digest
    incoming = path + f".{os.getpid()}"
    with open(incoming, "w", encoding="utf-8") as handle:
        handle.writelines(f"{rows[each]}  {each}\n" for each in sorted(rows))
    os.replace(incoming, path)


def main(folder, requirements):
    os.makedirs(folder, exist_ok=True)
    for requirement in requirements:
        with tempfile.TemporaryDirectory(prefix="incoming.", dir=folder) as scratch:
            path = fetched(requirement, scratch)
            name = os.path.basename(path)
            digest = sha256(path)
            os.replace(path, os.path.join(folder, name))
            write_sum(folder, name, digest)
        print(f"{os.path.join(folder, name)}\n  sha256 {digest}")


try:
    main(sys.argv[1], sys.argv[2:])
except OSError as error:
    complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
