# decimal: numbers of decimal digits, and the arithmetic of the context that a program begins with.
import math
import operator
import _unknown

_PRIME = 2**61 - 1  # numbers hash modulo this one
_TENTH = pow(10, _PRIME - 2, _PRIME)

ROUND_CEILING = "ROUND_CEILING"
ROUND_HALF_UP = "ROUND_HALF_UP"
ROUND_FLOOR = "ROUND_FLOOR"
ROUND_UP = "ROUND_UP"
ROUND_DOWN = "ROUND_DOWN"
ROUND_HALF_EVEN = "ROUND_HALF_EVEN"
ROUND_HALF_DOWN = "ROUND_HALF_DOWN"
ROUND_05UP = "ROUND_05UP"


class DecimalException(ArithmeticError):
    pass


class InvalidOperation(DecimalException):
    pass


class ConversionSyntax(InvalidOperation):
    pass


class DivisionByZero(DecimalException, ZeroDivisionError):
    pass


class DivisionUndefined(InvalidOperation, ZeroDivisionError):
    pass


class Inexact(DecimalException):
    pass


class Rounded(DecimalException):
    pass


class Overflow(Inexact, Rounded):
    pass


class FloatOperation(DecimalException, TypeError):
    pass


class Context:
    def __init__(self, prec=28, rounding=ROUND_HALF_EVEN, **others):
        self.prec = prec
        self.rounding = rounding
        self.traps = others.get("traps") or {}
        self.flags = others.get("flags") or {}

    def copy(self):
        return Context(self.prec, self.rounding)

    def create_decimal(self, num="0"):
        return _fixed(Decimal(num))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return None


_context = Context()


def getcontext():
    return _context


def setcontext(context):
    global _context
    _context = context


class localcontext:
    def __init__(self, ctx=None, **changes):
        self._new = (ctx or _context).copy()
        for name, value in changes.items():
            setattr(self._new, name, value)

    def __enter__(self):
        self._old = getcontext()
        setcontext(self._new)
        return self._new

    def __exit__(self, *exception):
        setcontext(self._old)


def _rounded(coefficient, drop, rounding, negative):
    """coefficient / 10**drop as a whole number."""
    unit = 10**drop
    whole, rest = divmod(coefficient, unit)
    if rest == 0:
        return whole
    twice = 2 * rest
    up = {
        ROUND_DOWN: False,
        ROUND_UP: True,
        ROUND_CEILING: not negative,
        ROUND_FLOOR: negative,
        ROUND_HALF_UP: twice >= unit,
        ROUND_HALF_DOWN: twice > unit,
        ROUND_HALF_EVEN: twice > unit or (twice == unit and whole % 2 == 1),
        ROUND_05UP: whole % 5 == 0,
    }[rounding]
    return whole + 1 if up else whole


def _made(negative, coefficient, exponent, special=None, kind=None):
    self = object.__new__(kind or Decimal)
    self._negative, self._coefficient, self._exponent, self._special = negative, coefficient, exponent, special
    return self


def _fixed(value):
    """Within the precision of the context."""
    if value._special:
        return value
    digits = len(str(value._coefficient))
    prec = _context.prec
    if digits > prec:
        drop = digits - prec
        coefficient = _rounded(value._coefficient, drop, _context.rounding, value._negative)
        exponent = value._exponent + drop
        if len(str(coefficient)) > prec:
            coefficient //= 10
            exponent += 1
        value = _made(value._negative, coefficient, exponent)
    if value._coefficient and len(str(value._coefficient)) + value._exponent - 1 > 999999:
        raise Overflow("above Emax")
    return value


def _read(text):
    text = text.strip().replace("_", "")
    negative = text.startswith("-")
    rest = text[1:] if text[:1] in ("+", "-") else text
    lower = rest.lower()
    if lower in ("inf", "infinity"):
        return _made(negative, 0, 0, "Infinity")
    if lower == "nan" or (lower.startswith("nan") and lower[3:].isdigit()):
        return _made(negative, int(lower[3:] or "0"), 0, "NaN")
    mantissa, mark, power = lower.partition("e")
    whole, dot, fraction = mantissa.partition(".")
    digits = whole + fraction
    sign = power[1:] if power[:1] in ("+", "-") else power
    if not digits.isdigit() or (mark and not sign.isdigit()):
        raise InvalidOperation([ConversionSyntax])
    return _made(negative, int(digits), (int(power) if mark else 0) - len(fraction))


def _operand(value):
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return _made(value < 0, abs(value), 0)
    return None


class Decimal:
    def __new__(cls, value="0", context=None):
        if isinstance(value, Decimal):
            found = value
        elif isinstance(value, int):
            found = _made(value < 0, abs(value), 0)
        elif isinstance(value, float):
            return cls.from_float(value)
        elif isinstance(value, str):
            found = _read(value)
        elif isinstance(value, (tuple, list)):
            sign, digits, exponent = value
            number = int("".join(map(str, digits)) or "0")
            if exponent == "F":
                found = _made(bool(sign), 0, 0, "Infinity")
            elif exponent in ("n", "N"):
                found = _made(bool(sign), number, 0, "NaN")
            else:
                found = _made(bool(sign), number, exponent)
        else:
            raise TypeError(f"conversion from {type(value).__name__} to Decimal is not supported")
        return _made(found._negative, found._coefficient, found._exponent, found._special, cls)

    @classmethod
    def from_float(cls, f):
        if isinstance(f, int):
            return cls(f)
        if f != f:
            return _made(False, 0, 0, "NaN", cls)
        negative = math.copysign(1.0, f) < 0
        if f in (math.inf, -math.inf):
            return _made(negative, 0, 0, "Infinity", cls)
        top, bottom = abs(f).as_integer_ratio()
        power = bottom.bit_length() - 1
        return _made(negative, top * 5**power, -power, None, cls)

    def as_tuple(self):
        exponent = {"Infinity": "F", "NaN": "n"}.get(self._special, self._exponent)
        digits = (0,) if self._special == "Infinity" else tuple(map(int, str(self._coefficient)))
        return DecimalTuple(int(self._negative), () if self._special == "NaN" and not self._coefficient else digits, exponent)

    def __str__(self):
        sign = "-" if self._negative else ""
        if self._special:
            return sign + self._special + (str(self._coefficient) if self._special == "NaN" and self._coefficient else "")
        digits = str(self._coefficient)
        left = self._exponent + len(digits)
        point = left if self._exponent <= 0 and left > -6 else 1
        if point <= 0:
            text = "0." + "0" * -point + digits
        elif point >= len(digits):
            text = digits + "0" * (point - len(digits))
        else:
            text = digits[:point] + "." + digits[point:]
        return sign + text + ("" if left == point else f"E{left - point:+d}")

    def __repr__(self):
        return f"Decimal('{self}')"

    def __format__(self, spec):
        if not spec:
            return str(self)
        if not self._special and spec[-1] in "fF" and spec[:-1].startswith(".") and spec[1:-1].isdigit():
            places = int(spec[1:-1])
            value = _to_exponent(self, -places, ROUND_HALF_EVEN)
            digits = str(value._coefficient).rjust(places + 1, "0")
            text = digits[: len(digits) - places] + ("." + digits[len(digits) - places :] if places else "")
            return ("-" if value._negative else "") + text
        return _unknown.value("how a Decimal is formatted")

    def is_nan(self):
        return self._special == "NaN"

    is_qnan = is_nan

    def is_infinite(self):
        return self._special == "Infinity"

    def is_finite(self):
        return self._special is None

    def is_zero(self):
        return self._special is None and self._coefficient == 0

    def is_signed(self):
        return self._negative

    def adjusted(self):
        return 0 if self._special else self._exponent + len(str(self._coefficient)) - 1

    def _order(self, other):
        """Below, at or above another number; None where one is not a number."""
        if self._special == "NaN" or other._special == "NaN":
            return None
        mine, theirs = self._scaled(other), other._scaled(self)
        return (mine > theirs) - (mine < theirs)

    def _scaled(self, other):
        if self._special:
            return -math.inf if self._negative else math.inf
        low = self._exponent if other._special else min(self._exponent, other._exponent)
        number = self._coefficient * 10 ** (self._exponent - low)
        return -number if self._negative else number

    def _compared(self, other, test):
        if isinstance(other, float):
            other = Decimal.from_float(other)
        other = _operand(other)
        if other is None:
            return NotImplemented
        order = self._order(other)
        if order is None:
            raise InvalidOperation([InvalidOperation])
        return test(order)

    def __eq__(self, other):
        if isinstance(other, float):
            other = Decimal.from_float(other)
        other = _operand(other)
        return NotImplemented if other is None else self._order(other) == 0

    def __lt__(self, other):
        return self._compared(other, lambda order: order < 0)

    def __le__(self, other):
        return self._compared(other, lambda order: order <= 0)

    def __gt__(self, other):
        return self._compared(other, lambda order: order > 0)

    def __ge__(self, other):
        return self._compared(other, lambda order: order >= 0)

    def compare(self, other):
        order = self._order(_operand(other))
        return Decimal("NaN") if order is None else Decimal(order)

    def __hash__(self):
        if self._special == "NaN":
            return _unknown.value("the hash of a Decimal")
        if self._special:
            return -314159 if self._negative else 314159
        power = pow(10, self._exponent, _PRIME) if self._exponent >= 0 else pow(_TENTH, -self._exponent, _PRIME)
        number = self._coefficient * power % _PRIME
        return -2 if self._negative and number == 1 else -number if self._negative else number

    def __bool__(self):
        return self._special is not None or self._coefficient != 0

    def __int__(self):
        if self._special:
            if self._special == "NaN":
                raise ValueError("cannot convert NaN to integer")
            raise OverflowError("cannot convert Infinity to integer")
        number = self._coefficient * 10**self._exponent if self._exponent >= 0 else self._coefficient // 10**-self._exponent
        return -number if self._negative else number

    __trunc__ = __int__

    def __float__(self):
        return float(str(self))

    def __complex__(self):
        return complex(float(self))

    def __neg__(self):
        if self._special == "NaN":
            return self
        return _fixed(_made(not self._negative and bool(self), self._coefficient, self._exponent, self._special))

    def __pos__(self):
        return _fixed(_made(self._negative and bool(self), self._coefficient, self._exponent, self._special))

    def __abs__(self):
        return _fixed(_made(False, self._coefficient, self._exponent, self._special))

    def copy_abs(self):
        return _made(False, self._coefficient, self._exponent, self._special)

    def copy_negate(self):
        return _made(not self._negative, self._coefficient, self._exponent, self._special)

    def copy_sign(self, other):
        return _made(other._negative, self._coefficient, self._exponent, self._special)

    def __add__(self, other):
        other = _operand(other)
        if other is None:
            return NotImplemented
        if self._special or other._special:
            if "NaN" in (self._special, other._special):
                return self if self._special == "NaN" else other
            if self._special and other._special and self._negative != other._negative:
                raise InvalidOperation([InvalidOperation])
            return self if self._special else other
        low = min(self._exponent, other._exponent)
        total = self._scaled(other) + other._scaled(self)
        both = self._negative and other._negative
        negative = total < 0 or (total == 0 and (both or (self._negative != other._negative and _context.rounding == ROUND_FLOOR)))
        return _fixed(_made(negative, abs(total), low))

    __radd__ = __add__

    def __sub__(self, other):
        other = _operand(other)
        return NotImplemented if other is None else self + (other if other._special == "NaN" else other.copy_negate())

    def __rsub__(self, other):
        other = _operand(other)
        return NotImplemented if other is None else other - self

    def __mul__(self, other):
        other = _operand(other)
        if other is None:
            return NotImplemented
        negative = self._negative != other._negative
        if self._special or other._special:
            if "NaN" in (self._special, other._special):
                return self if self._special == "NaN" else other
            if not self or not other:
                raise InvalidOperation([InvalidOperation])
            return _made(negative, 0, 0, "Infinity")
        return _fixed(_made(negative, self._coefficient * other._coefficient, self._exponent + other._exponent))

    __rmul__ = __mul__

    def __truediv__(self, other):
        other = _operand(other)
        if other is None:
            return NotImplemented
        negative = self._negative != other._negative
        if self._special or other._special:
            return _unknown.value("a quotient of what is no finite Decimal")
        if not other._coefficient:
            raise InvalidOperation([DivisionUndefined]) if not self._coefficient else DivisionByZero([DivisionByZero])
        exponent = self._exponent - other._exponent
        if not self._coefficient:
            return _made(negative, 0, exponent)
        shift = len(str(other._coefficient)) - len(str(self._coefficient)) + _context.prec + 1
        top, bottom = self._coefficient, other._coefficient
        if shift >= 0:
            top *= 10**shift
        else:
            bottom *= 10**-shift
        coefficient, rest = divmod(top, bottom)
        found = exponent - shift
        if rest:
            if coefficient % 5 == 0:
                coefficient += 1
        else:
            while found < exponent and coefficient % 10 == 0:
                coefficient //= 10
                found += 1
        return _fixed(_made(negative, coefficient, found))

    def __rtruediv__(self, other):
        other = _operand(other)
        return NotImplemented if other is None else other / self

    def _divided(self, other):
        if self._special or other._special:
            return None
        if not other._coefficient:
            raise InvalidOperation([DivisionUndefined]) if not self._coefficient else DivisionByZero([DivisionByZero])
        low = min(self._exponent, other._exponent)
        quotient, rest = divmod(abs(self._scaled(other)), abs(other._scaled(self)))
        if len(str(quotient)) > _context.prec:
            raise InvalidOperation([DivisionImpossible])
        return _made(self._negative != other._negative, quotient, 0), _fixed(_made(self._negative, rest, low))

    def __floordiv__(self, other):
        other = _operand(other)
        if other is None:
            return NotImplemented
        both = self._divided(other)
        return _unknown.value("a quotient of what is no finite Decimal") if both is None else both[0]

    def __rfloordiv__(self, other):
        other = _operand(other)
        return NotImplemented if other is None else other // self

    def __mod__(self, other):
        other = _operand(other)
        if other is None:
            return NotImplemented
        if not other._special and not other._coefficient and self._coefficient:
            raise InvalidOperation([InvalidOperation])
        both = self._divided(other)
        return _unknown.value("a rest of what is no finite Decimal") if both is None else both[1]

    def __rmod__(self, other):
        other = _operand(other)
        return NotImplemented if other is None else other % self

    def __divmod__(self, other):
        return self // other, self % other

    def __pow__(self, other, modulo=None):
        power = _operand(other)
        if power is None:
            return NotImplemented
        if self._special or power._special or int(power) != power or modulo is not None or abs(int(power)) > 1000:
            return _unknown.value("a power of a Decimal")
        n = int(power)
        if n == 0:
            if not self._coefficient:
                raise InvalidOperation([InvalidOperation])
            return Decimal(1)
        if not self._coefficient:
            return _made(self._negative and n % 2 != 0, 0, 0, None if n > 0 else "Infinity")
        exact = _made(self._negative and n % 2 != 0, self._coefficient ** abs(n), self._exponent * abs(n))
        if n > 0:
            return _fixed(exact)
        return Decimal(1) / exact if len(str(exact._coefficient)) <= _context.prec else _unknown.value("a power of a Decimal")

    def __rpow__(self, other):
        other = _operand(other)
        return NotImplemented if other is None else other**self

    def quantize(self, exp, rounding=None, context=None):
        exp = _operand(exp)
        if self._special or exp._special:
            return _unknown.value("quantize() of what is no finite Decimal")
        value = _to_exponent(self, exp._exponent, rounding or _context.rounding)
        if len(str(value._coefficient)) > _context.prec:
            raise InvalidOperation([InvalidOperation])
        return value

    def to_integral_value(self, rounding=None, context=None):
        return self if self._special or self._exponent >= 0 else _to_exponent(self, 0, rounding or _context.rounding)

    to_integral = to_integral_value

    def __round__(self, n=None):
        if n is None and self._special:
            return int(self)
        if n is None:
            return int(_to_exponent(self, 0, ROUND_HALF_EVEN))
        return self.quantize(_made(False, 1, -operator.index(n)), ROUND_HALF_EVEN)

    def __floor__(self):
        return int(_to_exponent(self, 0, ROUND_FLOOR))

    def __ceil__(self):
        return int(_to_exponent(self, 0, ROUND_CEILING))

    def normalize(self, context=None):
        value = _fixed(self)
        if value._special or not value._coefficient:
            return value if value._special else _made(value._negative, 0, 0)
        coefficient, exponent = value._coefficient, value._exponent
        while coefficient % 10 == 0:
            coefficient //= 10
            exponent += 1
        return _made(value._negative, coefficient, exponent)

    def as_integer_ratio(self):
        if self._special == "NaN":
            raise ValueError("cannot convert NaN to integer ratio")
        if self._special:
            raise OverflowError("cannot convert Infinity to integer ratio")
        top, bottom = self._coefficient, 1
        if self._exponent >= 0:
            top *= 10**self._exponent
        else:
            bottom = 10**-self._exponent
        shared = math.gcd(top, bottom)
        return (-top if self._negative else top) // shared, bottom // shared

    def sqrt(self, context=None):
        if self._special or (self._negative and self._coefficient):
            return _unknown.value("the root of a Decimal")
        if not self._coefficient:
            return _made(self._negative, 0, self._exponent // 2)
        coefficient, exponent = self._coefficient, self._exponent
        ideal = exponent >> 1
        if exponent & 1:
            coefficient *= 10
            exponent -= 1
        shift = 2 * (_context.prec + 1) - len(str(coefficient))
        shift += shift & 1
        shift = max(shift, 0)
        root = math.isqrt(coefficient * 10**shift)
        found = (exponent - shift) // 2
        if root * root == coefficient * 10**shift:
            while found < ideal and root % 10 == 0:
                root //= 10
                found += 1
        elif root % 5 == 0:
            root += 1
        value = _made(False, root, found)
        drop = len(str(root)) - _context.prec
        return value if drop <= 0 else _to_exponent(value, found + drop, ROUND_HALF_EVEN)

    def max(self, other, context=None):
        other = _operand(other)
        return _fixed(self if self._order(other) == 1 else other if self._order(other) == -1 else _unknown.value("the larger of two"))

    def min(self, other, context=None):
        other = _operand(other)
        return _fixed(self if self._order(other) == -1 else other if self._order(other) == 1 else _unknown.value("the smaller of two"))

    real = property(lambda self: self)
    imag = property(lambda self: Decimal(0))

    def conjugate(self):
        return self

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(f"'decimal.Decimal' object has no attribute '{name}'")
        return _unknown.value("a method of Decimal")


class DivisionImpossible(InvalidOperation):
    pass


def _to_exponent(value, exponent, rounding):
    if value._exponent >= exponent:
        return _made(value._negative, value._coefficient * 10 ** (value._exponent - exponent), exponent)
    coefficient = _rounded(value._coefficient, exponent - value._exponent, rounding, value._negative)
    return _made(value._negative, coefficient, exponent)


class DecimalTuple(tuple):
    def __new__(cls, sign, digits, exponent):
        self = tuple.__new__(cls, (sign, digits, exponent))
        return self

    sign = property(lambda self: self[0])
    digits = property(lambda self: self[1])
    exponent = property(lambda self: self[2])

    def __repr__(self):
        return f"DecimalTuple(sign={self[0]!r}, digits={self[1]!r}, exponent={self[2]!r})"
