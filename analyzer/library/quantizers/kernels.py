"""kernels: what it fetches from the Hub computes, and decides nothing about names and shapes."""


class _Kernel:
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Kernel()

    def __call__(self, *arguments, **keywords):
        return _Kernel()

    def __iter__(self):
        return iter((_Kernel(), {}))


def get_kernel(*arguments, **keywords):
    return _Kernel()
