"""Pictures by their mode and size, without what they show."""

from _numpy import unknown

BANDS = {"1": 0, "L": 0, "I": 0, "F": 0, "P": 0, "RGB": 3, "YCbCr": 3, "RGBA": 4, "CMYK": 4}


class Image:
    def __init__(self, mode="RGB", size=(0, 0)):
        self.mode = mode
        self.size = tuple(size)

    @property
    def width(self):
        return self.size[0]

    @property
    def height(self):
        return self.size[1]

    def getbands(self):
        return tuple(self.mode) if BANDS.get(self.mode) else (self.mode,)

    def resize(self, size, resample=None, box=None, reducing_gap=None):
        return Image(self.mode, size)

    def convert(self, mode=None, *given, **named):
        return Image(mode or self.mode, self.size)

    def copy(self):
        return Image(self.mode, self.size)

    def crop(self, box=None):
        return self.copy() if box is None else Image(self.mode, (box[2] - box[0], box[3] - box[1]))

    def paste(self, im, box=None, mask=None):
        return None

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return unknown(f"{name} of a picture")

    def __array__(self, dtype=None, copy=None):
        import numpy

        bands = BANDS[self.mode]
        shape = (self.height, self.width, bands) if bands else (self.height, self.width)
        return numpy.zeros(shape, dtype=dtype or "uint8")


def new(mode, size, color=0):
    return Image(mode, size)


def fromarray(array, mode=None):
    height, width, *bands = array.shape
    return Image(mode or {(): "L", (1,): "L", (3,): "RGB", (4,): "RGBA"}[tuple(bands)], (width, height))
