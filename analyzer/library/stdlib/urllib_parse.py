# urllib.parse: addresses and their parts, as RFC 3986 divides them and CPython 3.11 names them.
from collections import namedtuple

uses_relative = ["", "ftp", "http", "gopher", "nntp", "imap", "wais", "file", "https", "shttp", "mms", "prospero", "rtsp",
                 "rtspu", "sftp", "svn", "svn+ssh", "ws", "wss"]
uses_netloc = ["", "ftp", "http", "gopher", "nntp", "telnet", "imap", "wais", "file", "mms", "https", "shttp", "snews",
               "prospero", "rtsp", "rtspu", "rsync", "svn", "svn+ssh", "sftp", "nfs", "git", "git+ssh", "ws", "wss"]
uses_params = ["", "ftp", "hdl", "prospero", "http", "imap", "https", "shttp", "rtsp", "rtspu", "sip", "sips", "mms", "sftp",
               "tel"]
scheme_chars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-."

_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~")
_CONTROL_OR_SPACE = "".join(chr(i) for i in range(33))


class _Parts:
    __slots__ = ()

    def _host(self):
        user, at, host = self.netloc.rpartition("@")
        before, bracket, inside = host.partition("[")
        if bracket:
            name, _, port = inside.partition("]")
            return name, port.partition(":")[2]
        name, _, port = host.partition(":")
        return name, port

    def _user(self):
        user, at, host = self.netloc.rpartition("@")
        if not at:
            return None, None
        name, colon, password = user.partition(":")
        return name, password if colon else None

    @property
    def username(self):
        return self._user()[0]

    @property
    def password(self):
        return self._user()[1]

    @property
    def hostname(self):
        name, percent, zone = self._host()[0].partition("%")
        return name.lower() + percent + zone or None

    @property
    def port(self):
        port = self._host()[1]
        if not port:
            return None
        if not (port.isdigit() and port.isascii()):
            raise ValueError(f"Port could not be cast to integer value as {port!r}")
        if int(port) > 65535:
            raise ValueError("Port out of range 0-65535")
        return int(port)


class SplitResult(_Parts, namedtuple("SplitResult", "scheme netloc path query fragment")):
    __slots__ = ()

    def geturl(self):
        return urlunsplit(self)


class ParseResult(_Parts, namedtuple("ParseResult", "scheme netloc path params query fragment")):
    __slots__ = ()

    def geturl(self):
        return urlunparse(self)


class DefragResult(namedtuple("DefragResult", "url fragment")):
    __slots__ = ()

    def geturl(self):
        return self.url + "#" + self.fragment if self.fragment else self.url


def _as_text(given):
    if isinstance(given, bytes):
        raise NotImplementedError("addresses in bytes")
    return given


def urlsplit(url, scheme="", allow_fragments=True):
    rest = _as_text(url).lstrip(_CONTROL_OR_SPACE)
    scheme = scheme.strip(_CONTROL_OR_SPACE)
    for each in "\t\r\n":
        rest, scheme = rest.replace(each, ""), scheme.replace(each, "")
    netloc = query = fragment = ""
    before, colon, behind = rest.partition(":")
    if colon and before and before[0].isascii() and before[0].isalpha() and all(c in scheme_chars for c in before):
        scheme, rest = before.lower(), behind
    if rest.startswith("//"):
        end = min([i for i in (rest.find(c, 2) for c in "/?#") if i >= 0], default=len(rest))
        netloc, rest = rest[2:end], rest[end:]
        if ("[" in netloc) != ("]" in netloc):
            raise ValueError("Invalid IPv6 URL")
        inside = netloc.partition("[")[2].partition("]")[0]
        if not all(c in "0123456789abcdefABCDEFv:.%" for c in inside):
            raise ValueError(f"{inside!r} does not appear to be an IPv4 or IPv6 address")
    if allow_fragments and "#" in rest:
        rest, _, fragment = rest.partition("#")
    if "?" in rest:
        rest, _, query = rest.partition("?")
    return SplitResult(scheme, netloc, rest, query, fragment)


def urlparse(url, scheme="", allow_fragments=True):
    scheme, netloc, path, query, fragment = urlsplit(url, scheme, allow_fragments)
    params = ""
    if scheme in uses_params and ";" in path:
        end = path.find(";", path.rfind("/") + 1)
        if end >= 0:
            path, params = path[:end], path[end + 1 :]
    return ParseResult(scheme, netloc, path, params, query, fragment)


def urlunsplit(components):
    scheme, netloc, url, query, fragment = components
    if netloc or (scheme and scheme in uses_netloc and url[:2] != "//"):
        if url and url[:1] != "/":
            url = "/" + url
        url = "//" + (netloc or "") + url
    if scheme:
        url = scheme + ":" + url
    if query:
        url = url + "?" + query
    return url + "#" + fragment if fragment else url


def urlunparse(components):
    scheme, netloc, url, params, query, fragment = components
    return urlunsplit((scheme, netloc, f"{url};{params}" if params else url, query, fragment))


def urldefrag(url):
    if "#" not in url:
        return DefragResult(url, "")
    scheme, netloc, path, params, query, fragment = urlparse(url)
    return DefragResult(urlunparse((scheme, netloc, path, params, query, "")), fragment)


def _joined_path(base, path):
    if path[:1] == "/":
        segments = path.split("/")
    else:
        segments = base.split("/")
        if segments[-1] != "":
            del segments[-1]
        segments += path.split("/")
        segments[1:-1] = filter(None, segments[1:-1])
    kept = []
    for each in segments:
        if each == "..":
            if kept:
                kept.pop()
        elif each != ".":
            kept.append(each)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept) or "/"


def urljoin(base, url, allow_fragments=True):
    if not base or not url:
        return url or base
    b_scheme, b_netloc, b_path, b_params, b_query, _ = urlparse(base, "", allow_fragments)
    scheme, netloc, path, params, query, fragment = urlparse(url, b_scheme, allow_fragments)
    if scheme != b_scheme or scheme not in uses_relative:
        return url
    if scheme in uses_netloc:
        if netloc:
            return urlunparse((scheme, netloc, path, params, query, fragment))
        netloc = b_netloc
    if not path and not params:
        return urlunparse((scheme, netloc, b_path, b_params, query or b_query, fragment))
    return urlunparse((scheme, netloc, _joined_path(b_path, path), params, query, fragment))


def quote_from_bytes(bs, safe="/"):
    if not isinstance(bs, (bytes, bytearray)):
        raise TypeError("quote_from_bytes() expected bytes")
    kept = safe.encode("ascii", "ignore") if isinstance(safe, str) else bytes(c for c in safe if c < 128)
    return "".join(chr(c) if c in _SAFE or c in kept else f"%{c:02X}" for c in bs)


def quote(string, safe="/", encoding=None, errors=None):
    if isinstance(string, str):
        return quote_from_bytes(string.encode(encoding or "utf-8", errors or "strict"), safe) if string else string
    if encoding is not None:
        raise TypeError("quote() doesn't support 'encoding' for bytes")
    if errors is not None:
        raise TypeError("quote() doesn't support 'errors' for bytes")
    return quote_from_bytes(string, safe)


def quote_plus(string, safe="", encoding=None, errors=None):
    space = " " if isinstance(safe, str) else b" "
    return quote(string, safe + space, encoding, errors).replace(" ", "+")


def unquote_to_bytes(string):
    if not string:
        return b""
    text = string.encode("utf-8") if isinstance(string, str) else string
    first, *others = text.split(b"%")
    made = [first]
    for each in others:
        digits = each[:2]
        if len(digits) == 2 and all(c in b"0123456789abcdefABCDEF" for c in digits):
            made += [bytes([int(digits.decode("ascii"), 16)]), each[2:]]
        else:
            made += [b"%", each]
    return b"".join(made)


def unquote(string, encoding="utf-8", errors="replace"):
    if isinstance(string, bytes):
        return unquote_to_bytes(string).decode(encoding or "utf-8", errors or "replace")
    if "%" not in string:
        return string
    return unquote_to_bytes(string).decode(encoding or "utf-8", errors or "replace")


def unquote_plus(string, encoding="utf-8", errors="replace"):
    return unquote(string.replace("+", " "), encoding, errors)


def parse_qsl(qs, keep_blank_values=False, strict_parsing=False, encoding="utf-8", errors="replace", max_num_fields=None,
              separator="&"):
    pairs = []
    for each in qs.split(separator) if qs else []:
        if not each and not strict_parsing:
            continue
        name, equals, value = each.partition("=")
        if not equals:
            if strict_parsing:
                raise ValueError(f"bad query field: {each!r}")
            if not keep_blank_values:
                continue
        if value or keep_blank_values:
            pairs.append((unquote_plus(name, encoding, errors), unquote_plus(value, encoding, errors)))
    return pairs


def parse_qs(qs, *args, **kwargs):
    values = {}
    for name, value in parse_qsl(qs, *args, **kwargs):
        values.setdefault(name, []).append(value)
    return values


def urlencode(query, doseq=False, safe="", encoding=None, errors=None, quote_via=quote_plus):
    def text_of(value):
        given = value if isinstance(value, bytes) else str(value)
        return quote_via(given, safe) if isinstance(given, bytes) else quote_via(given, safe, encoding, errors)

    pairs = []
    for name, value in query.items() if hasattr(query, "items") else query:
        many = doseq and not isinstance(value, (str, bytes)) and hasattr(value, "__len__")
        for each in value if many else [value]:
            pairs.append(text_of(name) + "=" + text_of(each))
    return "&".join(pairs)
