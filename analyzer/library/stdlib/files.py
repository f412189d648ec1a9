# Files of the disk that evaluated code believes in (base/disk.h): open(), and what pathlib, shutil and filecmp do with them.
import _disk
import os


class File:
    def __init__(self, name, data):
        self.name = name
        self._data = data
        self._at = 0
        self.closed = False

    def read(self, size=-1):
        begin = self._at
        self._at = len(self._data) if size is None or size < 0 else min(len(self._data), begin + size)
        return self._data[begin : self._at]

    def readline(self):
        end = self._data.find(self._data[:0] + ("\n" if isinstance(self._data, str) else b"\n"), self._at)
        return self.read(-1 if end < 0 else end + 1 - self._at)

    def readlines(self):
        lines = []
        while self._at < len(self._data):
            lines.append(self.readline())
        return lines

    def __iter__(self):
        return iter(self.readlines())

    def seek(self, at, whence=0):
        self._at = at if whence == 0 else self._at + at if whence == 1 else len(self._data) + at
        return self._at

    def tell(self):
        return self._at

    def close(self):
        self.closed = True

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self.close()


class Written(File):
    """A file that is written to; the disk has at any time what was written."""

    def __init__(self, name, mode, encoding=None, data=None):
        self._binary = "b" in mode
        self._encoding = encoding or "utf-8"
        self.mode = mode
        super().__init__(name, (b"" if self._binary else "") if data is None else data)
        if "a" in mode:
            self._at = len(self._data)
        self.flush()

    def write(self, text):
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        if self._binary:
            if isinstance(text, str):
                raise TypeError("a bytes-like object is required, not 'str'")
            text = bytes(text)
        elif not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._data = self._data[: self._at] + text + self._data[self._at + len(text) :]
        self._at += len(text)
        self.flush()
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def truncate(self, size=None):
        size = self._at if size is None else size
        self._data = self._data[:size]
        self.flush()
        return size

    def flush(self):
        _disk.write(self.name, self._data if self._binary else self._data.encode(self._encoding))

    def readable(self):
        return "+" in self.mode

    def writable(self):
        return True


def _opened_to_write(file, mode, encoding):
    kind = mode.replace("b", "").replace("t", "")
    if kind not in ("w", "a", "x", "w+", "a+", "x+"):
        # What is written through it is not followed.
        if "r" not in mode or os.path.isfile(file):
            _disk.write(file, None)
        return _disk.something_opened()
    if "x" in mode and os.path.lexists(file):
        raise FileExistsError(17, "File exists", file)
    if "a" in mode and os.path.isfile(file):
        data = _disk.read_known(file)
        if data is None:
            _disk.write(file, None)
            return _disk.something_opened()
        return Written(file, mode, encoding, data if "b" in mode else data.decode(encoding or "utf-8"))
    return Written(file, mode, encoding)


def open(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
    if mode.strip("rbt"):
        return _opened_to_write(file, mode, encoding)
    data = _disk.read_known(file)
    if data is None:
        return _disk.something_opened()
    if "b" not in mode:
        data = data.decode(encoding or "utf-8", errors or "strict")
        if "\r" in data:
            data = data.replace("\r\n", "\n").replace("\r", "\n")
    return File(file if isinstance(file, bytes) else os.fspath(file), data)


def copyfile(src, dst, *, follow_symlinks=True):
    folder = os.path.dirname(os.fspath(dst))
    if folder and os.path.exists(src) and not os.path.isdir(folder):
        raise FileNotFoundError(2, "No such file or directory", os.fspath(dst))
    _disk.copy(src, dst)
    return dst


def copy(src, dst, *, follow_symlinks=True):
    if os.path.isdir(dst):
        dst = os.path.join(dst, os.path.basename(os.fspath(src)))
    return copyfile(src, dst)


def cmp(f1, f2, shallow=True):
    return _disk.read(f1) == _disk.read(f2)


def _has_magic(text):
    return any(character in text for character in "*?[")


def glob(pathname, *, root_dir=None, dir_fd=None, recursive=False, include_hidden=False):
    import fnmatch

    def place(path):
        return path if root_dir is None else os.path.join(root_dir, path)

    def listed(folder):
        return os.listdir(place(folder) or ".") if os.path.isdir(place(folder) or ".") else []

    def shown(name, pattern):
        return include_hidden or pattern.startswith(".") or not name.startswith(".")

    if not _has_magic(pathname):
        return [pathname] if os.path.lexists(place(pathname)) else []
    folder, pattern = os.path.split(pathname)
    folders = glob(folder, root_dir=root_dir, recursive=recursive, include_hidden=include_hidden) if _has_magic(folder) else [folder]
    if recursive and pattern == "**":
        found = []
        for start in folders:
            if start and os.path.isdir(place(start)):
                found.append(os.path.join(start, ""))
            waiting = [start]
            for each in waiting:
                below = [os.path.join(each, name) for name in listed(each) if shown(name, "")]
                found.extend(below)
                waiting.extend(path for path in below if os.path.isdir(place(path)))
        return found
    if not pattern:
        return [os.path.join(each, "") for each in folders if os.path.isdir(place(each))]
    if not _has_magic(pattern):
        return [path for path in (os.path.join(each, pattern) for each in folders) if os.path.lexists(place(path))]
    return [
        os.path.join(each, name)
        for each in folders
        for name in listed(each)
        if shown(name, pattern) and fnmatch.fnmatchcase(name, pattern)
    ]


def iglob(pathname, *, root_dir=None, dir_fd=None, recursive=False, include_hidden=False):
    return iter(glob(pathname, root_dir=root_dir, recursive=recursive, include_hidden=include_hidden))
