# datetime, without the clock: what time it is, and in which zone the machine stands, is not known.
import math
import operator
import _unknown

MINYEAR = 1
MAXYEAR = 9999
_DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
_MONTHS = [None, "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


_COMPARISONS = (operator.eq, operator.lt, operator.le, operator.gt, operator.ge)


def _comparison(test):
    """The method that compares an object with one that is _comparable(), by what _key() and _other_key() make of them."""

    def compare(self, other):
        return test(self._key(), self._other_key(other)) if self._comparable(other) else NotImplemented

    return compare


def _now(*args, **kwargs):
    return _unknown.value("what time it is")


def _zone():
    return _unknown.value("the time zone of the machine")


def _is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _days_in(year, month):
    return 29 if month == 2 and _is_leap(year) else _DAYS[month]


def _days_before_year(year):
    y = year - 1
    return y * 365 + y // 4 - y // 100 + y // 400


def _days_before_month(year, month):
    return sum(_days_in(year, m) for m in range(1, month))


def _ordinal(year, month, day):
    return _days_before_year(year) + _days_before_month(year, month) + day


def _from_ordinal(n):
    year = n // 366 + 1
    while _days_before_year(year + 1) < n:
        year += 1
    n -= _days_before_year(year)
    month = 1
    while n > _days_in(year, month):
        n -= _days_in(year, month)
        month += 1
    return year, month, n


def _check_date(year, month, day):
    year, month, day = operator.index(year), operator.index(month), operator.index(day)
    if not MINYEAR <= year <= MAXYEAR:
        raise ValueError(f"year {year} is out of range")
    if not 1 <= month <= 12:
        raise ValueError("month must be in 1..12")
    if not 1 <= day <= _days_in(year, month):
        raise ValueError("day is out of range for month")
    return year, month, day


def _check_time(hour, minute, second, microsecond, tzinfo):
    hour, minute, second, microsecond = operator.index(hour), operator.index(minute), operator.index(second), operator.index(microsecond)
    if not 0 <= hour <= 23:
        raise ValueError("hour must be in 0..23")
    if not 0 <= minute <= 59:
        raise ValueError("minute must be in 0..59")
    if not 0 <= second <= 59:
        raise ValueError("second must be in 0..59")
    if not 0 <= microsecond <= 999999:
        raise ValueError("microsecond must be in 0..999999")
    if tzinfo is not None and not isinstance(tzinfo, _tzinfo_class):
        raise TypeError("tzinfo argument must be None or of a tzinfo subclass, not type " + repr(type(tzinfo).__name__))
    return hour, minute, second, microsecond


def _offset_text(offset, colon=":"):
    if offset is None:
        return ""
    sign = "-" if offset.days < 0 else "+"
    seconds = abs(offset)
    minutes, second = divmod(seconds.days * 86400 + seconds.seconds, 60)
    hour, minute = divmod(minutes, 60)
    text = f"{sign}{hour:02d}{colon}{minute:02d}"
    if second or seconds.microseconds:
        text += f"{colon}{second:02d}"
    if seconds.microseconds:
        text += f".{seconds.microseconds:06d}"
    return text


class timedelta:
    def __new__(cls, days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0):
        for name, value in (
            ("days", days), ("seconds", seconds), ("microseconds", microseconds), ("milliseconds", milliseconds),
            ("minutes", minutes), ("hours", hours), ("weeks", weeks),
        ):
            if not isinstance(value, (int, float)):
                raise TypeError(f"unsupported type for timedelta {name} component: {type(value).__name__}")
        whole = 0
        rest = 0.0
        for value, unit in (
            (microseconds, 1), (milliseconds, 1000), (seconds, 1000000), (minutes, 60000000), (hours, 3600000000),
            (days, 86400000000), (weeks, 604800000000),
        ):
            if isinstance(value, int):
                whole += value * unit
            else:
                fraction, integer = math.modf(value)
                whole += int(integer) * unit
                part, integer = math.modf(fraction * unit)
                whole += int(integer)
                rest += part
        whole += round(rest)
        return cls._of(whole)

    @classmethod
    def _of(cls, microseconds):
        self = object.__new__(cls)
        seconds, self._microseconds = divmod(microseconds, 1000000)
        self._days, self._seconds = divmod(seconds, 86400)
        if abs(self._days) > 999999999:
            raise OverflowError(f"days={self._days}; must have magnitude <= 999999999")
        return self

    def _whole(self):
        return (self._days * 86400 + self._seconds) * 1000000 + self._microseconds

    days = property(lambda self: self._days)
    seconds = property(lambda self: self._seconds)
    microseconds = property(lambda self: self._microseconds)

    def total_seconds(self):
        return self._whole() / 10**6

    def __repr__(self):
        parts = [f"{name}={value}" for name, value in (("days", self._days), ("seconds", self._seconds), ("microseconds", self._microseconds)) if value]
        return f"datetime.{type(self).__qualname__}({', '.join(parts) or '0'})"

    def __str__(self):
        minutes, second = divmod(self._seconds, 60)
        hour, minute = divmod(minutes, 60)
        text = f"{hour}:{minute:02d}:{second:02d}"
        if self._days:
            text = f"{self._days} day{'' if abs(self._days) == 1 else 's'}, {text}"
        return text + (f".{self._microseconds:06d}" if self._microseconds else "")

    def __add__(self, other):
        return timedelta._of(self._whole() + other._whole()) if isinstance(other, timedelta) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other):
        return timedelta._of(self._whole() - other._whole()) if isinstance(other, timedelta) else NotImplemented

    def __rsub__(self, other):
        return timedelta._of(other._whole() - self._whole()) if isinstance(other, timedelta) else NotImplemented

    def __neg__(self):
        return timedelta._of(-self._whole())

    def __pos__(self):
        return self

    def __abs__(self):
        return timedelta._of(abs(self._whole()))

    def __mul__(self, other):
        if isinstance(other, int):
            return timedelta._of(self._whole() * other)
        if isinstance(other, float):
            a, b = other.as_integer_ratio()
            return timedelta._of(_divided(self._whole() * a, b))
        return NotImplemented

    __rmul__ = __mul__

    def __floordiv__(self, other):
        if isinstance(other, timedelta):
            return self._whole() // other._whole()
        if isinstance(other, int):
            return timedelta._of(self._whole() // other)
        return NotImplemented

    def __truediv__(self, other):
        if isinstance(other, timedelta):
            return self._whole() / other._whole()
        if isinstance(other, int):
            return timedelta._of(_divided(self._whole(), other))
        if isinstance(other, float):
            a, b = other.as_integer_ratio()
            return timedelta._of(_divided(b * self._whole(), a))
        return NotImplemented

    def __mod__(self, other):
        return timedelta._of(self._whole() % other._whole()) if isinstance(other, timedelta) else NotImplemented

    def __divmod__(self, other):
        return (self // other, self % other) if isinstance(other, timedelta) else NotImplemented

    def _comparable(self, other):
        return isinstance(other, timedelta)

    def _key(self):
        return self._whole()

    def _other_key(self, other):
        return other._key()

    __eq__, __lt__, __le__, __gt__, __ge__ = map(_comparison, _COMPARISONS)

    def __hash__(self):
        return _unknown.value("the hash of a timedelta")

    def __bool__(self):
        return self._whole() != 0


def _divided(a, b):
    """a / b, rounded half to even."""
    q, r = divmod(a, b)
    twice = 2 * r
    up = twice > b if b > 0 else twice < b
    return q + 1 if up or (twice == b and q % 2 == 1) else q


timedelta.min = timedelta(-999999999)
timedelta.max = timedelta(days=999999999, hours=23, minutes=59, seconds=59, microseconds=999999)
timedelta.resolution = timedelta(microseconds=1)


class tzinfo:
    def tzname(self, dt):
        raise NotImplementedError("a tzinfo subclass must implement tzname()")

    def utcoffset(self, dt):
        raise NotImplementedError("a tzinfo subclass must implement utcoffset()")

    def dst(self, dt):
        raise NotImplementedError("a tzinfo subclass must implement dst()")


_tzinfo_class = tzinfo


class timezone(tzinfo):
    def __new__(cls, offset, name=None):
        if not isinstance(offset, timedelta):
            raise TypeError(f"timezone() argument 1 must be datetime.timedelta, not {type(offset).__name__}")
        if not timedelta(-1) < offset < timedelta(1):
            raise ValueError(
                "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not " + repr(offset) + "."
            )
        self = object.__new__(cls)
        self._offset, self._name = offset, name
        return self

    def __init__(self, offset, name=None):
        pass

    def utcoffset(self, dt):
        return self._offset

    def tzname(self, dt):
        if self._name is not None:
            return self._name
        return "UTC" + (_offset_text(self._offset) if self._offset else "")

    def dst(self, dt):
        return None

    def __eq__(self, other):
        return self._offset == other._offset if isinstance(other, timezone) else NotImplemented

    def __hash__(self):
        return hash(self._offset)

    def __repr__(self):
        if self is timezone.utc:
            return "datetime.timezone.utc"
        return f"datetime.timezone({self._offset!r}" + (")" if self._name is None else f", {self._name!r})")

    def __str__(self):
        return self.tzname(None)


timezone.utc = timezone(timedelta(0))
timezone.min = timezone(-timedelta(hours=23, minutes=59))
timezone.max = timezone(timedelta(hours=23, minutes=59))
UTC = timezone.utc


def _formatted(value, format, day, clock):
    """strftime of a value: `day` is its (year, month, day), `clock` its (hour, minute, second, microsecond, offset, name)."""
    year, month, date_of_month = day
    hour, minute, second, microsecond, offset, name = clock
    weekday = (_ordinal(year, month, date_of_month) + 6) % 7
    in_year = _days_before_month(year, month) + date_of_month
    out = []
    at = 0
    while at < len(format):
        if format[at] != "%" or at + 1 == len(format):
            out.append(format[at])
            at += 1
            continue
        kind = format[at + 1]
        at += 2
        if kind == "Y":
            out.append(str(year))
        elif kind == "y":
            out.append(f"{year % 100:02d}")
        elif kind == "m":
            out.append(f"{month:02d}")
        elif kind == "d":
            out.append(f"{date_of_month:02d}")
        elif kind == "e":
            out.append(f"{date_of_month:2d}")
        elif kind == "H":
            out.append(f"{hour:02d}")
        elif kind == "I":
            out.append(f"{(hour + 11) % 12 + 1:02d}")
        elif kind == "M":
            out.append(f"{minute:02d}")
        elif kind == "S":
            out.append(f"{second:02d}")
        elif kind == "f":
            out.append(f"{microsecond:06d}")
        elif kind == "p":
            out.append("AM" if hour < 12 else "PM")
        elif kind == "B":
            out.append(_MONTHS[month])
        elif kind in "bh":
            out.append(_MONTHS[month][:3])
        elif kind == "A":
            out.append(_WEEKDAYS[weekday])
        elif kind == "a":
            out.append(_WEEKDAYS[weekday][:3])
        elif kind == "j":
            out.append(f"{in_year:03d}")
        elif kind == "w":
            out.append(str((weekday + 1) % 7))
        elif kind == "u":
            out.append(str(weekday + 1))
        elif kind == "F":
            out.append(f"{year}-{month:02d}-{date_of_month:02d}")
        elif kind == "T":
            out.append(f"{hour:02d}:{minute:02d}:{second:02d}")
        elif kind == "R":
            out.append(f"{hour:02d}:{minute:02d}")
        elif kind == "D":
            out.append(f"{month:02d}/{date_of_month:02d}/{year % 100:02d}")
        elif kind == "z":
            out.append(_offset_text(offset, ""))
        elif kind == "Z":
            out.append(name or "")
        elif kind == "%":
            out.append("%")
        else:
            return _unknown.value("what strftime writes")
    return "".join(out)


class date:
    def __new__(cls, year, month=None, day=None):
        if month is None or day is None:
            name, number = ("month", 2) if month is None else ("day", 3)
            raise TypeError(f"function missing required argument '{name}' (pos {number})")
        self = object.__new__(cls)
        self._year, self._month, self._day = _check_date(year, month, day)
        return self

    year = property(lambda self: self._year)
    month = property(lambda self: self._month)
    day = property(lambda self: self._day)

    today = classmethod(_now)
    fromtimestamp = classmethod(_now)

    @classmethod
    def fromordinal(cls, n):
        if n < 1:
            raise ValueError("ordinal must be >= 1")
        return cls(*_from_ordinal(n))

    @classmethod
    def fromisoformat(cls, text):
        if not isinstance(text, str):
            raise TypeError("fromisoformat: argument must be str")
        parts = _date_of_text(text)
        if parts is None:
            raise ValueError(f"Invalid isoformat string: {text!r}")
        return cls(*parts)

    def toordinal(self):
        return _ordinal(self._year, self._month, self._day)

    def weekday(self):
        return (self.toordinal() + 6) % 7

    def isoweekday(self):
        return self.weekday() + 1

    def isoformat(self):
        return f"{self._year:04d}-{self._month:02d}-{self._day:02d}"

    def ctime(self):
        return f"{_WEEKDAYS[self.weekday()][:3]} {_MONTHS[self._month][:3]} {self._day:2d} 00:00:00 {self._year:04d}"

    def replace(self, year=None, month=None, day=None):
        return type(self)(self._year if year is None else year, self._month if month is None else month, self._day if day is None else day)

    def strftime(self, format):
        return _formatted(self, format, (self._year, self._month, self._day), (0, 0, 0, 0, None, None))

    def __format__(self, format):
        return self.strftime(format) if format else str(self)

    def __repr__(self):
        return f"datetime.{type(self).__qualname__}({self._year}, {self._month}, {self._day})"

    def __str__(self):
        return self.isoformat()

    def __add__(self, other):
        if not isinstance(other, timedelta):
            return NotImplemented
        n = self.toordinal() + other.days
        if not 1 <= n <= 3652059:
            raise OverflowError("date value out of range")
        return type(self).fromordinal(n)

    __radd__ = __add__

    def __sub__(self, other):
        if isinstance(other, timedelta):
            return self + timedelta(-other.days)
        if isinstance(other, date):
            return timedelta(self.toordinal() - other.toordinal())
        return NotImplemented

    def _key(self):
        return (self._year, self._month, self._day)

    def _comparable(self, other):
        return isinstance(other, date) and not isinstance(other, datetime)

    def _other_key(self, other):
        return other._key()

    __eq__, __lt__, __le__, __gt__, __ge__ = map(_comparison, _COMPARISONS)

    def __hash__(self):
        return _unknown.value("the hash of a date")


def _digits(text):
    return text.isascii() and text.isdigit()


def _date_of_text(text):
    if len(text) == 10 and text[4] == text[7] == "-" and _digits(text[:4] + text[5:7] + text[8:]):
        return int(text[:4]), int(text[5:7]), int(text[8:])
    if len(text) == 8 and _digits(text):
        return int(text[:4]), int(text[4:6]), int(text[6:])
    return None


def _time_of_text(text):
    """(hour, minute, second, microsecond, zone) of "HH:MM[:SS[.ffffff]][zone]"; None where it is none."""
    zone = None
    for at, character in enumerate(text):
        if character in "+-Z":
            zone_text = text[at:]
            text = text[:at]
            if zone_text == "Z":
                zone = UTC
            else:
                parts = _time_of_text(zone_text[1:])
                if parts is None or parts[4] is not None:
                    return None
                delta = timedelta(hours=parts[0], minutes=parts[1], seconds=parts[2], microseconds=parts[3])
                zone = UTC if not delta else timezone(-delta if zone_text[0] == "-" else delta)
            break
    text, dot, fraction = text.partition(".")
    if dot and not (len(fraction) in (3, 6) and _digits(fraction)):
        return None
    fields = text.split(":") if ":" in text else [text[i : i + 2] for i in range(0, len(text), 2)]
    if not 1 <= len(fields) <= 3 or any(len(each) != 2 or not _digits(each) for each in fields):
        return None
    if dot and len(fields) != 3:
        return None
    numbers = [int(each) for each in fields] + [0] * (3 - len(fields))
    return (*numbers, int(fraction.ljust(6, "0")) if dot else 0, zone)


class time:
    def __new__(cls, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0):
        self = object.__new__(cls)
        self._hour, self._minute, self._second, self._microsecond = _check_time(hour, minute, second, microsecond, tzinfo)
        self._tzinfo, self._fold = tzinfo, fold
        return self

    hour = property(lambda self: self._hour)
    minute = property(lambda self: self._minute)
    second = property(lambda self: self._second)
    microsecond = property(lambda self: self._microsecond)
    tzinfo = property(lambda self: self._tzinfo)
    fold = property(lambda self: self._fold)

    @classmethod
    def fromisoformat(cls, text):
        parts = _time_of_text(text.removeprefix("T"))
        if parts is None:
            raise ValueError(f"Invalid isoformat string: {text!r}")
        return cls(*parts)

    def utcoffset(self):
        return None if self._tzinfo is None else self._tzinfo.utcoffset(None)

    def tzname(self):
        return None if self._tzinfo is None else self._tzinfo.tzname(None)

    def isoformat(self, timespec="auto"):
        return _clock_text(self, timespec) + _offset_text(self.utcoffset())

    def strftime(self, format):
        clock = (self._hour, self._minute, self._second, self._microsecond, self.utcoffset(), self.tzname())
        return _formatted(self, format, (1900, 1, 1), clock)

    def __format__(self, format):
        return self.strftime(format) if format else str(self)

    def replace(self, hour=None, minute=None, second=None, microsecond=None, tzinfo=True, *, fold=None):
        return type(self)(
            self._hour if hour is None else hour,
            self._minute if minute is None else minute,
            self._second if second is None else second,
            self._microsecond if microsecond is None else microsecond,
            self._tzinfo if tzinfo is True else tzinfo,
        )

    def __repr__(self):
        text = f"{self._hour}, {self._minute}"
        if self._microsecond:
            text += f", {self._second}, {self._microsecond}"
        elif self._second:
            text += f", {self._second}"
        if self._tzinfo is not None:
            text += f", tzinfo={self._tzinfo!r}"
        return f"datetime.{type(self).__qualname__}({text})"

    def __str__(self):
        return self.isoformat()

    def _comparable(self, other):
        return isinstance(other, time)

    def _key(self):
        return (self._hour, self._minute, self._second, self._microsecond)

    def _other_key(self, other):
        if self.utcoffset() != other.utcoffset():
            return _unknown.value("how times of two zones compare")
        return other._key()

    __eq__, __lt__, __le__, __gt__, __ge__ = map(_comparison, _COMPARISONS)

    def __hash__(self):
        return _unknown.value("the hash of a time")


def _clock_text(value, timespec):
    if timespec == "auto":
        timespec = "microseconds" if value.microsecond else "seconds"
    texts = {
        "hours": f"{value.hour:02d}",
        "minutes": f"{value.hour:02d}:{value.minute:02d}",
        "seconds": f"{value.hour:02d}:{value.minute:02d}:{value.second:02d}",
        "milliseconds": f"{value.hour:02d}:{value.minute:02d}:{value.second:02d}.{value.microsecond // 1000:03d}",
        "microseconds": f"{value.hour:02d}:{value.minute:02d}:{value.second:02d}.{value.microsecond:06d}",
    }
    if timespec not in texts:
        raise ValueError("Unknown timespec value")
    return texts[timespec]


_time_class = time


class datetime(date):
    def __new__(cls, year, month=None, day=None, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0):
        self = date.__new__(cls, year, month, day)
        self._hour, self._minute, self._second, self._microsecond = _check_time(hour, minute, second, microsecond, tzinfo)
        self._tzinfo, self._fold = tzinfo, fold
        return self

    hour = property(lambda self: self._hour)
    minute = property(lambda self: self._minute)
    second = property(lambda self: self._second)
    microsecond = property(lambda self: self._microsecond)
    tzinfo = property(lambda self: self._tzinfo)
    fold = property(lambda self: self._fold)

    now = classmethod(_now)
    utcnow = classmethod(_now)

    @classmethod
    def utcfromtimestamp(cls, t):
        return cls._of(_EPOCH_MICROSECONDS + _divided_float(t), None)

    @classmethod
    def fromtimestamp(cls, t, tz=None):
        if tz is None:
            return _zone()
        made = cls._of(_EPOCH_MICROSECONDS + _divided_float(t), None)
        return (made + tz.utcoffset(made)).replace(tzinfo=tz)

    @classmethod
    def _of(cls, microseconds, zone):
        days, rest = divmod(microseconds, 86400000000)
        if not 1 <= days <= 3652059:
            raise OverflowError("date value out of range")
        seconds, microsecond = divmod(rest, 1000000)
        minutes, second = divmod(seconds, 60)
        hour, minute = divmod(minutes, 60)
        return cls(*_from_ordinal(days), hour, minute, second, microsecond, zone)

    def _whole(self):
        return ((self.toordinal() * 24 + self._hour) * 60 + self._minute) * 60000000 + self._second * 1000000 + self._microsecond

    @classmethod
    def combine(cls, date, time, tzinfo=True):
        zone = time.tzinfo if tzinfo is True else tzinfo
        return cls(date.year, date.month, date.day, time.hour, time.minute, time.second, time.microsecond, zone)

    @classmethod
    def fromisoformat(cls, text):
        if not isinstance(text, str):
            raise TypeError("fromisoformat: argument must be str")
        width = 10 if len(text) > 4 and text[4] == "-" else 8
        day = _date_of_text(text[:width])
        clock = (0, 0, 0, 0, None) if len(text) == width else _time_of_text(text[width + 1 :])
        if day is None or clock is None:
            raise ValueError(f"Invalid isoformat string: {text!r}")
        return cls(*day, *clock)

    @classmethod
    def strptime(cls, text, format):
        return _parsed(cls, text, format)

    def date(self):
        return _date_class(self._year, self._month, self._day)

    def time(self):
        return _time_class(self._hour, self._minute, self._second, self._microsecond)

    def timetz(self):
        return _time_class(self._hour, self._minute, self._second, self._microsecond, self._tzinfo)

    def utcoffset(self):
        return None if self._tzinfo is None else self._tzinfo.utcoffset(self)

    def tzname(self):
        return None if self._tzinfo is None else self._tzinfo.tzname(self)

    def dst(self):
        return None if self._tzinfo is None else self._tzinfo.dst(self)

    def timestamp(self):
        if self._tzinfo is None:
            return _zone()
        return (self - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()

    def astimezone(self, tz=None):
        if tz is None or self._tzinfo is None:
            return _zone()
        utc = (self - self.utcoffset()).replace(tzinfo=None)
        return (utc + tz.utcoffset(utc)).replace(tzinfo=tz)

    def replace(self, year=None, month=None, day=None, hour=None, minute=None, second=None, microsecond=None, tzinfo=True, *, fold=None):
        return type(self)(
            self._year if year is None else year,
            self._month if month is None else month,
            self._day if day is None else day,
            self._hour if hour is None else hour,
            self._minute if minute is None else minute,
            self._second if second is None else second,
            self._microsecond if microsecond is None else microsecond,
            self._tzinfo if tzinfo is True else tzinfo,
        )

    def isoformat(self, sep="T", timespec="auto"):
        return f"{self._year:04d}-{self._month:02d}-{self._day:02d}{sep}" + _clock_text(self, timespec) + _offset_text(self.utcoffset())

    def ctime(self):
        day = f"{_WEEKDAYS[self.weekday()][:3]} {_MONTHS[self._month][:3]} {self._day:2d}"
        return f"{day} {self._hour:02d}:{self._minute:02d}:{self._second:02d} {self._year:04d}"

    def strftime(self, format):
        clock = (self._hour, self._minute, self._second, self._microsecond, self.utcoffset(), self.tzname())
        return _formatted(self, format, (self._year, self._month, self._day), clock)

    def __repr__(self):
        numbers = [self._year, self._month, self._day, self._hour, self._minute, self._second, self._microsecond]
        for _ in range(2):
            if numbers[-1] == 0:
                numbers.pop()
            else:
                break
        text = ", ".join(map(str, numbers)) + ("" if self._tzinfo is None else f", tzinfo={self._tzinfo!r}")
        return f"datetime.{type(self).__qualname__}({text})"

    def __str__(self):
        return self.isoformat(" ")

    def __add__(self, other):
        if not isinstance(other, timedelta):
            return NotImplemented
        return type(self)._of(self._whole() + other._whole(), self._tzinfo)

    __radd__ = __add__

    def __sub__(self, other):
        if isinstance(other, timedelta):
            return self + -other
        if not isinstance(other, datetime):
            return NotImplemented
        mine, theirs = self.utcoffset(), other.utcoffset()
        if (mine is None) != (theirs is None):
            raise TypeError("can't subtract offset-naive and offset-aware datetimes")
        between = timedelta._of(self._whole() - other._whole())
        return between if mine is None else between + theirs - mine

    def _comparable(self, other):
        return isinstance(other, datetime)

    def _key(self):
        offset = self.utcoffset()
        return self._whole() - (0 if offset is None else offset._whole())

    def __eq__(self, other):
        if not isinstance(other, datetime):
            return NotImplemented
        return (self.utcoffset() is None) == (other.utcoffset() is None) and self._key() == other._key()

    def _other_key(self, other):
        if (self.utcoffset() is None) != (other.utcoffset() is None):
            raise TypeError("can't compare offset-naive and offset-aware datetimes")
        return other._key()

    def __hash__(self):
        return _unknown.value("the hash of a datetime")


def _divided_float(t):
    fraction, whole = math.modf(t)
    return int(whole) * 1000000 + round(fraction * 1e6)


_date_class = date
_EPOCH_MICROSECONDS = datetime(1970, 1, 1)._whole()

date.min = date(1, 1, 1)
date.max = date(9999, 12, 31)
date.resolution = timedelta(days=1)
time.min = time(0, 0, 0)
time.max = time(23, 59, 59, 999999)
time.resolution = timedelta(microseconds=1)
datetime.min = datetime(1, 1, 1)
datetime.max = datetime(9999, 12, 31, 23, 59, 59, 999999)
datetime.resolution = timedelta(microseconds=1)


def _parsed(cls, text, format):
    fields = {"Y": 1900, "m": 1, "d": 1, "H": 0, "M": 0, "S": 0, "f": 0}
    zone = None
    at = i = 0

    def refuse():
        raise ValueError(f"time data {text!r} does not match format {format!r}")

    while i < len(format):
        character = format[i]
        i += 1
        if character.isspace():
            while at < len(text) and text[at].isspace():
                at += 1
            continue
        if character != "%":
            if at == len(text) or text[at].lower() != character.lower():
                refuse()
            at += 1
            continue
        kind = format[i]
        i += 1
        if kind in "bB":
            names = [name[:3] if kind == "b" else name for name in _MONTHS[1:]]
            found = [n for n, name in enumerate(names) if text[at : at + len(name)].lower() == name.lower()]
            if not found:
                refuse()
            fields["m"] = found[-1] + 1
            at += len(names[found[-1]])
            continue
        if kind not in "YmdHMSfy":
            return _unknown.value("what strptime reads")
        most = {"Y": 4, "f": 6}.get(kind, 2)
        begin = at
        while at < len(text) and at - begin < most and text[at].isdigit():
            at += 1
        digits = text[begin:at]
        if not digits or (kind == "Y" and len(digits) != 4):
            refuse()
        number = int(digits.ljust(6, "0") if kind == "f" else digits)
        if kind == "y":
            kind, number = "Y", number + (2000 if number < 69 else 1900)
        low, high = {"m": (1, 12), "d": (1, 31), "H": (0, 23), "M": (0, 59), "S": (0, 61)}.get(kind, (0, 999999))
        if not low <= number <= high:
            return _unknown.value("what strptime reads")
        fields[kind] = number
    if at < len(text):
        raise ValueError(f"unconverted data remains: {text[at:]}")
    return cls(fields["Y"], fields["m"], fields["d"], fields["H"], fields["M"], fields["S"], fields["f"], zone)


__all__ = ["date", "datetime", "time", "timedelta", "timezone", "tzinfo", "MINYEAR", "MAXYEAR", "UTC"]
