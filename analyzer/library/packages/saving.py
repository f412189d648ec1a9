# What save_pretrained of the library writes of a model, by its own code, to a disk that is not there.  Tensors have no
# bytes: what the library asks of addresses is answered by which tensor it is.

from _answering import answering


class _OneFile:
    """What huggingface_hub makes of a state dict that fits in one file."""

    def __init__(self, name, names):
        self.is_sharded = False
        self.metadata = {}
        self.filename_to_tensors = {name: list(names)}
        self.tensor_to_filename = {each: name for each in names}


def _in_one_file(state_dict, filename_pattern="model{suffix}.safetensors", max_shard_size=None, **others):
    return _OneFile(filename_pattern.format(suffix=""), state_dict)


# Of tensors that share their storage, those that lie apart in it: there are none.
def _find_disjoint(tensors, state_dict):
    return [set(names) for names in tensors], []


# Of those that overlap, those that are the same.
def _find_identical(tensors, state_dict):
    return [], [set(names) for names in tensors if len(names) > 1]


class _NotThere:
    """What no tensor is: spread over processes, or still being read."""


def _described(written):
    """While it lasts, the library writes into `written`, and its questions are answered as above."""
    from transformers import modeling_utils
    from transformers.utils import logging

    def save_file(tensors, filename, metadata=None):
        written.update(tensors)

    answers = {
        "safe_save_file": save_file,
        "split_torch_state_dict_into_shards": _in_one_file,
        "id_tensor_storage": id,
        "_find_disjoint": _find_disjoint,
        "_find_identical": _find_identical,
        "unwrap_model": lambda wrapped, recursive=False: wrapped,
        "DTensor": _NotThere,
        "Future": _NotThere,
        "tqdm": lambda items, **shown: items,
    }
    modules = [modeling_utils, logging]
    try:
        from transformers import core_model_loading

        modules.append(core_model_loading)
    except ImportError:
        pass
    return answering(modules, answers)


# Transformers 5 does not tie what is stored with two values.
def _untie(model, name):
    import torch

    owner, _, leaf = name.rpartition(".")
    module = model.get_submodule(owner)
    setattr(module, leaf, torch.nn.Parameter(torch.empty_like(getattr(module, leaf))))
    model.all_tied_weights_keys.pop(name, None)


def saved(model, used, untied, repo, folder):
    """The tensors that are written, by name.  `used`: the conversions that loading made use of, or None where the model was not loaded;
    `untied`: names that loading ties to no others after all."""
    if used is not None:
        model._weight_conversions = used
    if hasattr(model, "all_tied_weights_keys"):
        for name in untied:
            _untie(model, name)
    else:  # transformers 4 ties at the end of loading, whatever is stored
        model.tie_weights()
    _take_generation_config(model, repo)
    written = {}
    with _described(written):
        model.save_pretrained(folder)
    return written


# from_pretrained reads the file where there is one.
def _take_generation_config(model, repo):
    import os

    if not os.path.isfile(os.path.join(repo, "generation_config.json")) or not model.can_generate():
        return
    from transformers.generation.configuration_utils import GenerationConfig

    model.generation_config = GenerationConfig.from_pretrained(repo)
