# What sentence-transformers makes of a repo with modules.json, by its own code: stored tensors are given instead of read, the
# base model is built instead of loaded and gives hidden states of its width, and texts are three tokens.

import _disk_loading

_TEXT = ["a b"]
_PAIR = [["a", "b"]]
_TOKENS = 3
_unnoticed = []


# What a tokenizer makes of texts, as far as it is known without them.
def _tokenized(self, text=None, *given, max_length=None, padding=False, truncation=None, **named):
    import torch
    from transformers import BatchEncoding

    self._get_padding_truncation_strategies(padding=padding, truncation=truncation, max_length=max_length)
    if max_length is not None and not isinstance(max_length, int):
        raise TypeError(f"argument 'max_length': '{type(max_length).__name__}' object cannot be interpreted as an integer")
    sizes = (1 if text is None or isinstance(text, str) else len(text), _TOKENS)
    tensors = {name: torch.ones(sizes, dtype=torch.int64) for name in self.model_input_names}
    return BatchEncoding(tensors, encoding=_encoded(self, range(sizes[0])))


def _encoded(self, input, *given, **named):
    from tokenizers import Encoding

    return [Encoding(list(range(_TOKENS)), [str(each) for each in range(_TOKENS)]) for _ in input]


# ---- layers, by the sizes of what goes in and comes out


def _calling(self, *given, **named):
    return self.forward(*given, **named)


def _linear(self, input):
    rows, columns = self.weight.shape
    if input.shape[-1] != columns:
        count = 1
        for extent in input.shape[:-1]:
            count = count * extent
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({count}x{input.shape[-1]} and {columns}x{rows})")
    if input.dtype != self.weight.dtype:
        raise RuntimeError(f"mat1 and mat2 must have the same dtype, but got {input.dtype} and {self.weight.dtype}")
    return input.new_zeros((*input.shape[:-1], rows))


def _layer_norm(self, input):
    sizes = list(self.normalized_shape)
    if list(input.shape[-len(sizes) :]) != sizes:
        raise RuntimeError(
            f"Given normalized_shape={sizes}, expected input with shape [*, {', '.join(str(size) for size in sizes)}], "
            f"but got input of size{list(input.shape)}"
        )
    return input.new_zeros(tuple(input.shape))


def _embedding(self, input):
    return self.weight.new_zeros((*input.shape, self.weight.shape[1]))


def _embedding_bag(self, input, offsets=None, per_sample_weights=None):
    return self.weight.new_zeros((input.shape[0] if offsets is None else offsets.shape[0], self.weight.shape[1]))


def _convolution(self, input):
    if input.shape[1] != self.in_channels:
        raise RuntimeError(
            f"Given groups={self.groups}, weight of size {list(self.weight.shape)}, expected input{list(input.shape)} to have "
            f"{self.in_channels} channels, but got {input.shape[1]} channels instead"
        )
    reach = self.dilation[0] * (self.kernel_size[0] - 1) + 1
    extent = (input.shape[2] + 2 * self.padding[0] - reach) // self.stride[0] + 1
    if input.shape[2] + 2 * self.padding[0] < reach:
        raise RuntimeError(
            f"Calculated padded input size per channel: ({input.shape[2] + 2 * self.padding[0]}). Kernel size: ({reach}). "
            "Kernel size can't be greater than actual input size"
        )
    return input.new_zeros((input.shape[0], self.weight.shape[0], extent))


class _Packed:
    def __init__(self, data):
        self.data = data


def _pack(input, lengths, batch_first=False, enforce_sorted=True):
    if 0 in input.shape:
        raise RuntimeError("Cannot pack empty tensors.")
    return _Packed(input)


def _unpack(packed, *given, **named):
    return packed.data, None


def _recurrent(self, input, hx=None):
    packed = isinstance(input, _Packed)
    tensor = input.data if packed else input
    if tensor.shape[-1] != self.input_size and packed:  # torch looks at what is not packed alone
        _unnoticed.append(f"an LSTM for {self.input_size} features is given {tensor.shape[-1]}")
    elif tensor.shape[-1] != self.input_size:
        raise RuntimeError(f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {tensor.shape[-1]}")
    made = tensor.new_zeros((*tensor.shape[:-1], self.hidden_size * (2 if self.bidirectional else 1)))
    return (_Packed(made) if packed else made), None


def _settle_layers():
    import torch
    import torch.nn.utils.rnn

    torch.nn.Module.__call__ = _calling
    torch.nn.Linear.forward = _linear
    torch.nn.LayerNorm.forward = _layer_norm
    torch.nn.Embedding.forward = _embedding
    torch.nn.EmbeddingBag.forward = _embedding_bag
    torch.nn.Conv1d.forward = _convolution
    torch.nn.LSTM.forward = _recurrent
    torch.nn.utils.rnn.pack_padded_sequence = _pack
    torch.nn.utils.rnn.pad_packed_sequence = _unpack


# A base model that gives what models of its kind give: hidden states of the width that the part around it says that they have,
# or what its head makes of them.
def _answering(part, model):
    import torch
    from transformers.modeling_outputs import BaseModelOutputWithPooling, MaskedLMOutput, SequenceClassifierOutput

    count = getattr(model.config, "num_hidden_layers", 1) + 1
    first = next(model.parameters(), None)
    words = model.get_output_embeddings()

    def states(*sizes):
        return torch.zeros(sizes, dtype=torch.float32 if first is None else first.dtype)

    def output(rows, tokens, layers):
        if words is not None:
            return MaskedLMOutput(logits=states(rows, tokens, words.weight.shape[0]), hidden_states=layers)
        if type(model).__name__.endswith("ForSequenceClassification"):
            return SequenceClassifierOutput(logits=states(rows, model.config.num_labels), hidden_states=layers)
        width = hidden_width()
        last = states(rows, tokens, width)
        return BaseModelOutputWithPooling(last_hidden_state=last, pooler_output=states(rows, width), hidden_states=layers)

    def hidden_width():
        return (getattr(part, "get_word_embedding_dimension", None) or part.get_embedding_dimension)()

    def forward(input_ids=None, return_dict=True, output_hidden_states=None, **named):
        wanted = output_hidden_states if output_hidden_states is not None else model.config.output_hidden_states
        layers = tuple(states(*input_ids.shape, hidden_width()) for _ in range(count)) if wanted else None
        made = output(*input_ids.shape, layers)
        return made if return_dict else made.to_tuple()

    model.forward = forward
    _answer_for_texts(model)


# The tower for texts of a model for several media, whose head is asked by its name.
def _answer_for_texts(model):
    import torch
    from transformers.modeling_outputs import BaseModelOutputWithPooling

    tower = getattr(model, "text_model", None)
    width = getattr(getattr(model.config, "text_config", None), "hidden_size", None)
    if tower is None or width is None:
        return

    def forward(input_ids=None, **named):
        rows, tokens = input_ids.shape
        return BaseModelOutputWithPooling(last_hidden_state=torch.zeros(rows, tokens, width), pooler_output=torch.zeros(rows, width))

    tower.forward = forward


class _ModelCard:
    def set_base_model(self, *given, **named):
        pass

    def register_model(self, model):
        pass


def _renamed_modules():
    try:
        from sentence_transformers.util.deprecated_import import DEPRECATED_MODULE_PATHS
    except ImportError:
        return {}
    return DEPRECATED_MODULE_PATHS


# The former names under which classes of repos import what parts are made of; a finder of the library's own sees to them.
def _settle_old_names(import_module, renamed):
    import sys

    for former, name in renamed.items():
        if former == "sentence_transformers.models" or former.startswith("sentence_transformers.models."):
            sys.modules[former] = import_module(name)


class _NoPictures:
    class Image:
        pass


# A text is none of what packages for other media have, whether or not they are there.
def _forget_media():
    import importlib

    try:
        older = importlib.import_module("sentence_transformers.models.CLIPModel")
        if hasattr(older, "Image"):
            older.Image = _NoPictures
    except ImportError:
        pass
    try:
        import sentence_transformers.base.modality as modality
    except ImportError:
        return
    for name in ("PILImage", "AudioDecoder", "VideoDecoder"):
        if hasattr(modality, name):
            setattr(modality, name, None)


def settle():
    import importlib

    import tokenizers
    import torch
    import transformers

    _disk_loading.settle()
    transformers.PreTrainedTokenizerBase.__call__ = _tokenized
    tokenizers.Tokenizer.encode_batch = _encoded
    _forget_media()
    _settle_layers()
    found = importlib.import_module
    renamed = _renamed_modules()
    _settle_old_names(found, renamed)

    def import_module(name, package=None):
        parent, _, child = name.rpartition(".")
        if name.startswith("torch.") and not isinstance(getattr(found(parent), child, None), type(torch)):
            raise ModuleNotFoundError(f"No module named {name!r}")
        return found(renamed.get(name, name), package)

    importlib.import_module = import_module


# The class that the repo is for, as the release itself reads its config; older ones have one class alone.
def class_for(folder):
    import sentence_transformers

    default = sentence_transformers.SentenceTransformer
    ask = getattr(default, "_get_model_type", None)
    if ask is None:
        return default
    try:
        name = ask(None, folder, token=None, cache_folder=None, local_files_only=True)
    except Exception:
        return default
    name = "MultiVectorEncoder" if name == "ColBERT" else name  # as PyLate writes it, and the class reads it
    found = getattr(sentence_transformers, name, default) if isinstance(name, str) else default
    return found if getattr(found, "model_type", None) == name else default


def name_of_class(folder):
    return class_for(folder).__name__


def load(folder, trusted):
    return class_for(folder)(
        folder, device="cpu", local_files_only=True, model_card_data=_ModelCard(), trust_remote_code=trusted
    )


def _gives_scores(model):
    return type(model).__name__ == "CrossEncoder"


def _gives_tokens(model):
    return type(model).__name__ == "MultiVectorEncoder"


def _base_models(modules):
    from transformers import PreTrainedModel

    for part in modules:
        for model in () if isinstance(part, PreTrainedModel) else part.children():
            if isinstance(model, PreTrainedModel):
                yield part, model


def width(model):
    if _gives_scores(model):
        return model.num_labels
    ask = getattr(model, "get_embedding_dimension", None) or model.get_sentence_embedding_dimension
    return ask()


def features(model):
    import torch

    for part, base in list(_base_models(list(model.modules()))):
        _answering(part, base)
    torch.is_inference_mode_enabled = lambda: True
    model.eval()
    model.device
    if _gives_scores(model):
        return model.preprocess(_PAIR)
    return getattr(model, "preprocess", model.tokenize)(_TEXT)


# What encode of a SparseEncoder hands on to the parts that take it.
def _handed_on(model, part):
    most = getattr(model, "max_active_dims", None)
    takes = most is not None and "max_active_dims" in getattr(part, "forward_kwargs", ())
    return {"max_active_dims": most} if takes else {}


def through(model, index, features):
    part = list(model.children())[index]
    return part(features, **_handed_on(model, part))


def _last_extent(features, name):
    found = features.get(name)
    return None if found is None else found.shape[-1]


def widths(features):
    return _last_extent(features, "token_embeddings"), _last_extent(features, "sentence_embedding")


def embeddings(model, features):
    if _gives_tokens(model):
        tokens, counted = features["token_embeddings"], features["attention_mask"].bool()
        if tokens.shape[1] != counted.shape[1]:
            raise IndexError(
                f"The shape of the mask [{counted.shape[1]}] at index 0 does not match the shape of the indexed tensor "
                f"{list(tokens.shape[1:])} at index 0"
            )
        return tokens.shape[-1]
    if not _gives_scores(model):
        return features["sentence_embedding"].shape[-1]
    scores = features["scores"]
    if model.num_labels == 1 and scores.ndim > 1 and scores.shape[-1] == 1:
        scores = scores.squeeze(-1)
    return scores.shape[-1] if scores.ndim > 1 else 1


def unnoticed():
    return list(_unnoticed)
