# Whether the components of a pipeline of diffusers fit one another: what calling it ends in, over shapes alone.  What a component raises while it
# is called says that it does not take what it is given, and where shapes meet between components torch raises a RuntimeError; what else the
# pipeline itself raises may be for want of arguments, and says nothing.  A pipeline that takes pictures is called without them, with tensors and
# with pictures: it is for one of these that it was made.

import functools
import inspect

import torch

SIDE, SMALL_SIDE, FRAMES = 512, 256, 9  # pixels


class _Enough(Exception):
    """The components were run as far as they are asked for."""


class _StandIn:
    """In the place of a component that is no model: what it gives, by its sizes."""

    def __init__(self, own):
        self._own = own

    @property
    def __class__(self):
        return type(self._own)

    def __getattr__(self, name):
        return getattr(self._own, name)


class _Tokenizer(_StandIn):
    def __call__(self, text, *given, padding=False, max_length=None, **named):
        from transformers import BatchEncoding

        count = 1 if isinstance(text, str) else len(text)
        length = (max_length or self._own.model_max_length) if padding == "max_length" else 2
        padded = length - 2
        ids, mask = [0, 0], [1, 1]
        if padded > 0:  # models count the tokens that are no padding
            padding = [self._own.pad_token_id or 0] * padded
            is_left = getattr(self._own, "padding_side", "right") == "left"
            ids, mask = (padding + ids, [0] * padded + mask) if is_left else (ids + padding, mask + [0] * padded)
        return BatchEncoding({"input_ids": torch.tensor([ids] * count), "attention_mask": torch.tensor([mask] * count)})

    def tokenize(self, text, **named):
        return [text]

    def encode(self, text, **named):
        return [0, 0]


class _Pictures(_StandIn):
    """An image processor that stretches and crops, as that of CLIP does."""

    @staticmethod
    def is_such(part):
        if hasattr(part, "patch_size") or not hasattr(part, "do_resize"):
            return False
        crop, size = getattr(part, "crop_size", None) or {}, getattr(part, "size", None) or {}
        return (getattr(part, "do_center_crop", False) and "height" in crop) or "height" in size

    def __call__(self, images, *given, do_resize=None, do_center_crop=None, **named):
        from PIL import Image
        from transformers import BatchFeature

        images = images if isinstance(images, (list, tuple)) else [images]
        first = images[0]
        count = len(images)
        if isinstance(first, Image.Image):
            sides = first.height, first.width
        else:
            count = first.shape[0] if first.ndim == 4 else count
            sides = tuple(first.shape[-2:] if isinstance(first, torch.Tensor) else first.shape[-3:-1])
        own = self._own
        if own.do_resize if do_resize is None else do_resize:
            sides = self._sides(own.size, sides)
        if getattr(own, "do_center_crop", False) if do_center_crop is None else do_center_crop:
            sides = self._sides(own.crop_size, sides)
        return BatchFeature({"pixel_values": torch.rand((count, 3, *sides))})

    preprocess = __call__

    @staticmethod
    def _sides(size, sides):
        if "shortest_edge" in size:
            return tuple(int(size["shortest_edge"] * side / min(sides)) for side in sides)
        return size["height"], size["width"]


# Whether a model that has not worked in tiles does from now on: some have no other way.
def _begins_to_tile(part):
    if getattr(part, "use_tiling", True):
        return False
    part.enable_tiling()
    return True


class _Watch:
    """Notes which component raises, and ends the call once latents are decoded: what follows is of images."""

    def __init__(self, parts):
        for name, part in parts.items():
            for method in ("forward", "encode", "decode"):
                if hasattr(part, method):
                    part.__dict__[method] = self._watched(name, part, getattr(part, method), method == "decode")
        self.begin()

    def begin(self):
        self.failed = None  # component and exception
        self._running = []

    def _watched(self, name, part, function, ends):
        @functools.wraps(function)
        def watched(*given, **named):
            self._running.append(name)
            try:
                answer = function(*given, **named)
            except (RuntimeError, TypeError, ValueError) as error:
                if isinstance(error, NotImplementedError) and _begins_to_tile(part):
                    self._running.pop()
                    return watched(*given, **named)
                is_of_shapes = not isinstance(error, NotImplementedError)  # which may be about what was not asked for
                if self.failed is None and is_of_shapes:
                    self.failed = self._running[-1], f"{type(error).__name__}: {error}"
                raise
            self._running.pop()
            if ends and not self._running:
                raise _Enough
            return answer

        return watched


def _settle(pipeline):
    import diffusers
    import transformers
    import transformers.masking_utils
    import transformers.modeling_utils
    from transformers.image_processing_base import ImageProcessingMixin

    for module in (transformers.masking_utils, transformers.modeling_utils):
        module.is_tracing = lambda *given: True  # a mask is made, and none is asked for, whatever the values
    try:
        import diffusers.models.attention_dispatch as attention

        attention.__dict__  # where each way to attend enters itself in a table
    except ImportError:
        pass
    for name, part in pipeline.components.items():
        if isinstance(part, transformers.PreTrainedTokenizerBase):
            pipeline.__dict__[name] = _Tokenizer(part)
        elif isinstance(part, ImageProcessingMixin) and _Pictures.is_such(part):
            pipeline.__dict__[name] = _Pictures(part)
    for part in list(pipeline.__dict__.values()):
        if isinstance(part, diffusers.DiffusionPipeline):
            _settle(part)
        elif hasattr(part, "register_to_config") and "do_normalize" in getattr(part, "config", {}):
            part.register_to_config(do_normalize=False)  # which looks at values first


def _tensor(bands, side):
    return torch.rand((1, bands, side, side))


def _picture(bands, side):
    from PIL import Image

    return Image.new("RGB" if bands == 3 else "L", (side, side))


# How many bands what is given for an argument has.
PICTURES = {
    "image": 3,
    "init_image": 3,
    "control_image": 3,
    "original_image": 3,
    "hint": 3,
    "reference_image": 3,
    "mask_image": 1,
    "control_mask": 1,
    "mask": 1,
}
USUAL = {
    "prompt": "a",
    "num_inference_steps": 1,
    "output_type": "pt",
    "use_resolution_binning": False,
    "class_labels": [0],
    "_auto_resize": False,
    "return_dict": False,
}
PARTLY = {"num_inference_steps": 2, "strength": 0.8}  # one step of two


EMBEDS = ("image_embeds", "negative_image_embeds")  # of another pipeline: what projects them says how wide they are


# How high and wide pictures are to be that the pipeline itself makes of one size, whatever its model is for.
def _sides(pipeline, wanted):
    model = getattr(pipeline, "transformer", None) or getattr(pipeline, "unet", None)
    size = getattr(getattr(model, "config", None), "sample_size", None)
    names = [name for name in ("height", "width") if name in wanted and isinstance(wanted[name].default, int)]
    return dict.fromkeys(names, size * pipeline.vae_scale_factor) if isinstance(size, int) and hasattr(pipeline, "vae_scale_factor") else {}


def _embeds(pipeline, wanted):
    models = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
    widths = [
        layer.in_features for model in models for name, layer in model.named_modules() if name.endswith(("image_embeds", "image_proj"))
    ]
    needed = [name for name in EMBEDS if name in wanted and wanted[name].default is inspect.Parameter.empty]
    return {name: torch.rand((1, widths[0] if widths else 32)) for name in needed}


# Pictures for each argument that takes some: one for each of several control nets.
def _pictures(pipeline, wanted, made, side):
    given = {name: made(bands, side) for name, bands in PICTURES.items() if name in wanted}
    nets = [len(part.nets) for part in pipeline.components.values() if hasattr(part, "nets")]
    controlled = "control_image" if "control_image" in given else "image"
    if nets and controlled in given:
        given[controlled] = [given[controlled]] * nets[0]
    if "video" in wanted:
        given["video"] = [_picture(3, side)] * FRAMES
    return given


# The ways to call a pipeline: what it is given beside what is usual, and how that is called.  Models that end before the size that the pipeline
# makes of itself are called with less at last.
def _ways(pipeline, wanted):
    ways = [("a prompt", {})]
    if _pictures(pipeline, wanted, _tensor, SIDE):
        ways += [("a picture", _pictures(pipeline, wanted, made, SIDE)) for made in (_tensor, _picture)]
    sized = [name for name in ("height", "width") if name in wanted and isinstance(wanted[name].default, int)]
    if sized and not _sides(pipeline, wanted):
        smaller = dict.fromkeys(sized, SMALL_SIDE)
        ways.append((f"{ways[-1][0]} of {SMALL_SIDE} x {SMALL_SIDE}", {**_pictures(pipeline, wanted, _picture, SMALL_SIDE), **smaller}))
    return ways


# Layers of torch take what has their dtype alone, which counts where the dtypes are those that models are loaded in.
_NAMES = {"float32": ("Float", "float"), "bfloat16": ("BFloat16", "c10::BFloat16"), "float16": ("Half", "c10::Half"), "float64": ("Double", "double")}


def _clash_in_product(layer, input):
    given, own = (_NAMES.get(str(each.dtype)[6:], (str(each.dtype),) * 2) for each in (input, layer.weight))
    if layer.bias is None:
        return f"expected m1 and m2 to have the same dtype, but got: {given[1]} != {own[1]}"
    return f"mat1 and mat2 must have the same dtype, but got {given[0]} and {own[0]}"


def _clash_in_convolution(layer, input):
    given, own = (_NAMES.get(str(each.dtype)[6:], (str(each.dtype),) * 2)[1] for each in (input, layer.weight))
    return f"Input type ({given}) and {'weight' if layer.bias is None else 'bias'} type ({own}) should be the same"


def _of_one_dtype(forward, words):
    @functools.wraps(forward)
    def checked(self, input, *given, **named):
        if isinstance(input, torch.Tensor) and input.dtype != self.weight.dtype and input.dtype.is_floating_point:
            raise RuntimeError(words(self, input))
        return forward(self, input, *given, **named)

    return checked


def call_as_loaded(pipeline, way):
    """The component and what is raised where models have the dtypes that they are loaded in unless one is asked for, and a layer is given what has
    another dtype than its own; nothing where none is."""
    import _diffusers_pipeline

    layers = [(torch.nn.Linear, _clash_in_product)]
    layers += [(getattr(torch.nn, f"Conv{rank}d"), _clash_in_convolution) for rank in (1, 2, 3)]
    _diffusers_pipeline.as_loaded(pipeline)
    models = {name: part for name, part in pipeline.components.items() if isinstance(part, torch.nn.Module)}
    _prepared[id(pipeline)] = _Watch(models), _prepared[id(pipeline)][1]
    former = [(layer, layer.forward) for layer, words in layers]
    for layer, words in layers:
        layer.forward = _of_one_dtype(layer.forward, words)
    try:
        ended = call(pipeline, way)
    finally:
        for layer, forward in former:
            layer.forward = forward
    is_of_dtypes = ended and any(words in ended[1] for words in ("have the same dtype", "should be the same"))
    return ended if is_of_dtypes else []


_prepared = {}


def way_of(pipeline, way):
    """How a way to call it is called."""
    return _prepared[id(pipeline)][1][way][0]


def call(pipeline, way):
    """The component that does not take what it is given, or "" where shapes do not fit between components, and what is raised; nothing where
    all fit; None where there is no such way to call it."""
    wanted = inspect.signature(type(pipeline).__call__).parameters
    if id(pipeline) not in _prepared:
        models = {name: part for name, part in pipeline.components.items() if isinstance(part, torch.nn.Module)}
        _settle(pipeline)
        _prepared[id(pipeline)] = _Watch(models), _ways(pipeline, wanted)
    watch, ways = _prepared[id(pipeline)]
    if way >= len(ways):
        return None
    watch.begin()
    usual = {**USUAL, **(PARTLY if "strength" in wanted else {}), **_sides(pipeline, wanted), **_embeds(pipeline, wanted)}
    try:
        with torch.no_grad():
            pipeline(**{name: value for name, value in usual.items() if name in wanted}, **ways[way][1])
    except _Enough:
        pass
    except Exception as error:
        if watch.failed is None and type(error) is not RuntimeError:
            raise
        watch.failed = watch.failed or ("", f"RuntimeError: {error}")
    return list(watch.failed or ())
