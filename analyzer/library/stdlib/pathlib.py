# Paths of pathlib as text, and what is at them on the disk that evaluated code believes in.
import _disk
import os


__all__ = "PurePath PurePosixPath PureWindowsPath Path PosixPath WindowsPath".split()


class PurePath(os.PathLike):
    def __init__(self, *args):
        text = os.path.join(*[os.fspath(arg) for arg in args]) if args else "."
        absolute = text.startswith("/")
        parts = [part for part in text.split("/") if part and part != "."]
        self._text = ("/" if absolute else "") + "/".join(parts) or "."

    def __fspath__(self):
        return self._text

    def __str__(self):
        return self._text

    def __bytes__(self):
        return self._text.encode()

    def __repr__(self):
        return f"PosixPath({self._text!r})"

    def __eq__(self, other):
        return isinstance(other, PurePath) and self._text == other._text

    def __hash__(self):
        return hash(self._text)

    def __lt__(self, other):
        return self.parts < other.parts

    def __truediv__(self, other):
        return type(self)(self._text, other)

    def __rtruediv__(self, other):
        return type(self)(other, self._text)

    def joinpath(self, *others):
        return type(self)(self._text, *others)

    def as_posix(self):
        return self._text

    def as_uri(self):
        return "file://" + self._text

    def is_absolute(self):
        return self._text.startswith("/")

    @property
    def parts(self):
        names = [part for part in self._text.split("/") if part and part != "."]
        return tuple(["/"] + names if self.is_absolute() else names)

    @property
    def anchor(self):
        return "/" if self.is_absolute() else ""

    @property
    def parent(self):
        return type(self)(os.path.dirname(self._text) or ".")

    @property
    def parents(self):
        found = []
        path = self
        while path.parent._text != path._text:
            path = path.parent
            found.append(path)
        return tuple(found)

    @property
    def name(self):
        return "" if self._text in (".", "/") else os.path.basename(self._text)

    @property
    def suffix(self):
        return os.path.splitext(self.name)[1]

    @property
    def suffixes(self):
        name = self.name
        return [] if name.endswith(".") else ["." + part for part in name.lstrip(".").split(".")[1:]]

    @property
    def stem(self):
        return os.path.splitext(self.name)[0]

    def with_name(self, name):
        return type(self)(self.parent, name)

    def with_suffix(self, suffix):
        return type(self)(self.parent, self.stem + suffix)

    def with_stem(self, stem):
        return type(self)(self.parent, stem + self.suffix)

    def relative_to(self, *other):
        base = type(self)(*other).parts
        if self.parts[: len(base)] != base:
            raise ValueError(f"{self._text!r} is not in the subpath of {'/'.join(base)!r}")
        return type(self)(*self.parts[len(base) :])

    def is_relative_to(self, *other):
        base = type(self)(*other).parts
        return self.parts[: len(base)] == base

    def match(self, pattern):
        import fnmatch

        return fnmatch.fnmatch(self._text, pattern) or fnmatch.fnmatch(self.name, pattern)


class PurePosixPath(PurePath):
    pass


class PureWindowsPath(PurePath):
    pass


class Path(PurePath):
    @classmethod
    def cwd(cls):
        return cls("/")

    @classmethod
    def home(cls):
        return cls("~")

    def exists(self):
        return os.path.exists(self._text)

    def is_file(self):
        return os.path.isfile(self._text)

    def is_dir(self):
        return os.path.isdir(self._text)

    def is_symlink(self):
        return False

    def resolve(self, strict=False):
        return type(self)(os.path.abspath(self._text))

    def absolute(self):
        return type(self)(os.path.abspath(self._text))

    def expanduser(self):
        return self

    def iterdir(self):
        return iter([self / name for name in os.listdir(self)] if self.is_dir() else [])

    def glob(self, pattern):
        if not pattern:
            raise ValueError(f"Unacceptable pattern: {pattern!r}")
        if pattern.startswith("/"):
            raise NotImplementedError("Non-relative patterns are unsupported")
        found = [self]
        for part in PurePath(pattern).parts:
            found = [below for path in found for below in path._matching(part)]
        for path in dict.fromkeys(found):
            if path.is_dir() or not pattern.endswith("/"):
                yield path

    def rglob(self, pattern):
        return self.glob("**/" + pattern)

    # What one part of a pattern leads to from here.
    def _matching(self, part):
        import fnmatch

        if part == "**":
            folders = [self]
            for folder in folders:
                folders.extend(below for below in folder.iterdir() if below.is_dir())
            return folders
        if part == "..":
            return [self / part]
        return [below for below in self.iterdir() if fnmatch.fnmatchcase(below.name, part)]

    def mkdir(self, mode=0o777, parents=False, exist_ok=False):
        return os.makedirs(self)

    def unlink(self, missing_ok=False):
        try:
            os.unlink(self)
        except FileNotFoundError:
            if not missing_ok:
                raise

    def rmdir(self):
        return os.rmdir(self)

    def rename(self, target):
        os.rename(self, target)
        return type(self)(target)

    def replace(self, target):
        os.replace(self, target)
        return type(self)(target)

    def touch(self, mode=0o666, exist_ok=True):
        return _disk.touch(self)

    def stat(self, *, follow_symlinks=True):
        return os.stat(self)

    def lstat(self):
        return os.lstat(self)

    def open(self, *args, **kwargs):
        return open(self, *args, **kwargs)

    def read_text(self, encoding=None, errors=None):
        return _disk.read(self).decode(encoding or "utf-8", errors or "strict")

    def read_bytes(self):
        return _disk.read(self)

    def write_text(self, data, encoding=None, errors=None, newline=None):
        _disk.write(self, data.encode(encoding or "utf-8", errors or "strict"))
        return len(data)

    def write_bytes(self, data):
        _disk.write(self, data)
        return len(data)


class PosixPath(Path):
    pass
