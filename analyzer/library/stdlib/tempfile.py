# tempfile, on the disk that evaluated code believes in: nothing is written anywhere.  Names are not as random as they look.
import os
import _disk
import _files

tempdir = None
TMP_MAX = 10000
template = "tmp"
_made = 0


def gettempdir():
    return tempdir or "/tmp"


def gettempdirb():
    return gettempdir().encode()


def gettempprefix():
    return template


def gettempprefixb():
    return template.encode()


def _path(suffix, prefix, dir):
    global _made
    _made += 1
    name = (template if prefix is None else prefix) + f"{_made:08d}" + (suffix or "")
    return os.path.join(gettempdir() if dir is None else os.fspath(dir), name)


def mktemp(suffix="", prefix=template, dir=None):
    return _path(suffix, prefix, dir)


def mkdtemp(suffix=None, prefix=None, dir=None):
    path = _path(suffix, prefix, dir)
    os.makedirs(path)
    return path


def mkstemp(suffix=None, prefix=None, dir=None, text=False):
    path = _path(suffix, prefix, dir)
    _disk.write(path, b"")
    return _disk.something_opened(), path


def _remove_files(folder):
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        path = os.path.join(folder, name)
        if os.path.isdir(path):
            _remove_files(path)
        else:
            os.remove(path)


class TemporaryDirectory:
    def __init__(self, suffix=None, prefix=None, dir=None, ignore_cleanup_errors=False):
        self.name = mkdtemp(suffix, prefix, dir)

    def __repr__(self):
        return f"<TemporaryDirectory {self.name!r}>"

    def __enter__(self):
        return self.name

    def __exit__(self, exc, value, tb):
        self.cleanup()

    def cleanup(self):
        _remove_files(self.name)


class _TemporaryFile(_files.Written):
    def __init__(self, path, mode, delete, encoding):
        super().__init__(path, mode, encoding)
        self._delete = delete

    def close(self):
        if not self.closed:
            super().close()
            if self._delete and os.path.isfile(self.name):
                os.remove(self.name)


def NamedTemporaryFile(
    mode="w+b", buffering=-1, encoding=None, newline=None, suffix=None, prefix=None, dir=None, delete=True, *, errors=None
):
    return _TemporaryFile(_path(suffix, prefix, dir), mode, delete, encoding)


def TemporaryFile(mode="w+b", buffering=-1, encoding=None, newline=None, suffix=None, prefix=None, dir=None, *, errors=None):
    return _TemporaryFile(_path(suffix, prefix, dir), mode, True, encoding)


def SpooledTemporaryFile(
    max_size=0, mode="w+b", buffering=-1, encoding=None, newline=None, suffix=None, prefix=None, dir=None, *, errors=None
):
    return TemporaryFile(mode, buffering, encoding, newline, suffix, prefix, dir)


__all__ = [
    "NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile", "TemporaryDirectory", "mkstemp", "mkdtemp", "mktemp",
    "TMP_MAX", "gettempprefix", "tempdir", "gettempdir", "gettempprefixb", "gettempdirb",
]
