# random with a seed gives what CPython 3.11 gives; without one its numbers are unknown.
import math
from _twister import next_word, twister, unknown


class Random:
    def __init__(self, x=None):
        self.seed(x)

    def seed(self, a=None, version=2):
        self.gauss_next = None
        self._twister = None
        if isinstance(a, int):
            number, words = abs(a), []
            while number:
                words.append(number & 0xFFFFFFFF)
                number >>= 32
            self._twister = twister(words)

    def random(self):
        if self._twister is None:
            return unknown("a random number")
        return ((next_word(self._twister) >> 5) * 67108864.0 + (next_word(self._twister) >> 6)) * (1.0 / 9007199254740992.0)

    def getrandbits(self, k):
        if k < 0:
            raise ValueError("number of bits must be non-negative")
        if self._twister is None:
            return unknown("a random number")
        number, shift = 0, 0
        while k > 0:
            word = next_word(self._twister)
            number |= (word >> (32 - k) if k < 32 else word) << shift
            shift += 32
            k -= 32
        return number

    def _below(self, n):
        if self._twister is None:
            return unknown("a random number")
        bits = n.bit_length()
        number = self.getrandbits(bits)
        while number >= n:
            number = self.getrandbits(bits)
        return number

    def randrange(self, start, stop=None, step=1):
        if stop is None:
            start, stop, told = 0, start, ""
        else:
            told = f" ({start}, {stop}, {stop - start})" if step == 1 else ""
        if step == 0:
            raise ValueError("zero step for randrange()")
        width = (stop - start + step - (1 if step > 0 else -1)) // step
        if width <= 0:
            raise ValueError("empty range for randrange()" + told)
        return start + step * self._below(width)

    def randint(self, a, b):
        return self.randrange(a, b + 1)

    def randbytes(self, n):
        return self.getrandbits(n * 8).to_bytes(n, "little")

    # Numbers of distributions that are not followed here: nor is then what the generator gives after them.
    def _distribution(self, *args, **kwargs):
        self._twister = None
        return unknown("a random number")

    triangular = normalvariate = lognormvariate = expovariate = vonmisesvariate = _distribution
    gammavariate = betavariate = paretovariate = weibullvariate = _distribution

    def choice(self, seq):
        if not len(seq):
            raise IndexError("Cannot choose from an empty sequence")
        return unknown("a random choice") if self._twister is None else seq[self._below(len(seq))]

    def choices(self, population, weights=None, *, cum_weights=None, k=1):
        if weights is not None or cum_weights is not None:
            self._twister = None
        if self._twister is None:
            return [unknown("a random choice") for _ in range(k)]
        return [population[math.floor(self.random() * len(population))] for _ in range(k)]

    def shuffle(self, x):
        if self._twister is None:
            x[:] = [unknown("an element of a list in random order") for _ in x]
            return
        for i in reversed(range(1, len(x))):
            j = self._below(i + 1)
            x[i], x[j] = x[j], x[i]

    def sample(self, population, k, *, counts=None):
        n = len(population)
        if counts is not None:
            self._twister = None
        elif not 0 <= k <= n:
            raise ValueError("Sample larger than population or is negative")
        if self._twister is None:
            return [unknown("a random choice") for _ in range(k)]
        limit = 21 + (4 ** math.ceil(math.log(k * 3, 4)) if k > 5 else 0)
        if n <= limit:
            pool, result = list(population), []
            for i in range(k):
                j = self._below(n - i)
                result.append(pool[j])
                pool[j] = pool[n - i - 1]
            return result
        chosen, result = set(), []
        for _ in range(k):
            j = self._below(n)
            while j in chosen:
                j = self._below(n)
            chosen.add(j)
            result.append(population[j])
        return result

    def uniform(self, a, b):
        return unknown("a random number") if self._twister is None else a + (b - a) * self.random()

    def gauss(self, mu=0.0, sigma=1.0):
        if self._twister is None:
            return unknown("a random number")
        z, self.gauss_next = self.gauss_next, None
        if z is None:
            angle = self.random() * 2.0 * math.pi
            radius = math.sqrt(-2.0 * math.log(1.0 - self.random()))
            z = math.cos(angle) * radius
            self.gauss_next = math.sin(angle) * radius
        return mu + z * sigma

    def getstate(self):
        return unknown("the state of a generator of random numbers")

    def setstate(self, state):
        self._twister = None


class SystemRandom(Random):
    def seed(self, *args, **kwds):
        self._twister = self.gauss_next = None


_shared = Random()
seed = _shared.seed
random = _shared.random
getrandbits = _shared.getrandbits
randrange = _shared.randrange
randint = _shared.randint
randbytes = _shared.randbytes
choice = _shared.choice
choices = _shared.choices
shuffle = _shared.shuffle
sample = _shared.sample
uniform = _shared.uniform
gauss = _shared.gauss
triangular = normalvariate = lognormvariate = expovariate = vonmisesvariate = _shared.triangular
gammavariate = betavariate = paretovariate = weibullvariate = _shared.triangular
getstate = _shared.getstate
setstate = _shared.setstate
