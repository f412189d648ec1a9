"""Changes of small pipelines that bring code of their own, for diffusers_pipelines.py --code: each gives edits and arguments, or None."""

import importlib
import shutil
import sys

INDEX = "model_index.json"
TRUSTED = {"trust_remote_code": True}
CODE = {}


def forget():
    """Code that was imported for another case is neither in the cache of modules nor in memory."""
    from diffusers.utils import HF_MODULES_CACHE

    shutil.rmtree(HF_MODULES_CACHE, ignore_errors=True)
    for name in [name for name in sys.modules if name.split(".")[0] == "diffusers_modules"]:
        del sys.modules[name]
    importlib.invalidate_caches()


def kind(function):
    CODE[function.__name__] = function
    return function


def pipeline_text(h, before="", body="    pass\n"):
    return f"{before}from diffusers import {h.pipeline}\n\n\nclass OwnPipeline({h.pipeline}):\n{body}"


def pipeline_edits(text, file="pipeline_own"):
    return [["write", f"{file}.py", text], ["set", INDEX, ["_class_name"], [file, "OwnPipeline"]]]


def component(h):
    """A component that is a model of diffusers, with its class."""
    models = [name for name in h.models if h.index[name][0] == "diffusers"]
    return (name := h.rng.choice(models)), h.index[name][1]


def component_edits(h, text=None, before="", file="own_model", name=None, cls="OwnModel"):
    name, base = (name, h.index[name][1]) if name else component(h)
    text = text or f"{before}from diffusers import {base}\n\n\nclass {cls}({base}):\n    pass\n"
    return [["write", f"{name}/{file}.py", text], ["set", INDEX, [name], [file, cls]], ["set", f"{name}/config.json", ["_class_name"], cls]]


@kind
def own_pipeline(h):
    return pipeline_edits(pipeline_text(h)), TRUSTED


@kind
def own_pipeline_untrusted(h):
    return pipeline_edits(pipeline_text(h)), {"trust_remote_code": False}


@kind
def own_pipeline_without_file(h):
    return pipeline_edits(pipeline_text(h))[1:], TRUSTED


@kind
def own_pipeline_without_class(h):
    return pipeline_edits(pipeline_text(h).replace("OwnPipeline(", "OtherPipeline(")), TRUSTED


@kind
def own_pipeline_with_helpers(h):
    return [*pipeline_edits(pipeline_text(h, "from .helpers import SIDE\n")), ["write", "helpers.py", "SIDE = 8\n"]], TRUSTED


@kind
def own_pipeline_lacks_helpers(h):
    return pipeline_edits(pipeline_text(h, "from .helpers import SIDE\n")), TRUSTED


@kind
def own_pipeline_helper_of_helper(h):
    files = [["write", "helpers.py", "from .deeper import SIDE\n"], ["write", "deeper.py", "SIDE = 8\n"]]
    return [*pipeline_edits(pipeline_text(h, "from .helpers import SIDE\n")), *files], TRUSTED


@kind
def own_pipeline_raises(h):
    return pipeline_edits(pipeline_text(h, 'raise ValueError("no")\n')), TRUSTED


@kind
def own_pipeline_needs_more(h):
    body = "    def __init__(self, vae, more):\n        super().__init__(vae)\n"
    return pipeline_edits(pipeline_text(h, body=body)), TRUSTED


@kind
def own_pipeline_takes_less(h):
    text = "from diffusers import DiffusionPipeline\n\n\nclass OwnPipeline(DiffusionPipeline):\n    def __init__(self, {0}):\n        super().__init__()\n"
    text += "        self.register_modules({0}={0})\n"
    return pipeline_edits(text.format(h.parts[0])), TRUSTED


@kind
def own_pipeline_optional(h):
    body = '    _optional_components = ["more"]\n\n    def __init__(self, more=None, **given):\n        super().__init__(**given)\n        self.register_modules(more=more)\n'
    return [*pipeline_edits(pipeline_text(h, body=body)), ["set", INDEX, ["more"], [None, None]]], TRUSTED


@kind
def custom_pipeline(h):
    return [["write", "mine.py", pipeline_text(h)]], TRUSTED | {"custom_pipeline": "mine"}


@kind
def custom_pipeline_of_two(h):
    text = pipeline_text(h) + "\n\nclass OtherPipeline(OwnPipeline):\n    pass\n"
    return [["write", "mine.py", text]], TRUSTED | {"custom_pipeline": "mine"}


@kind
def custom_pipeline_of_none(h):
    return [["write", "mine.py", "SIDE = 8\n"]], TRUSTED | {"custom_pipeline": "mine"}


@kind
def own_component(h):
    return component_edits(h), TRUSTED


@kind
def own_component_untrusted(h):
    return component_edits(h), {"trust_remote_code": False}


@kind
def own_component_without_class(h):
    edits = component_edits(h)
    edits[0][2] = edits[0][2].replace("OwnModel(", "OtherModel(")
    return edits, TRUSTED


@kind
def own_component_without_file(h):
    return component_edits(h)[1:], TRUSTED


@kind
def own_component_raises(h):
    return component_edits(h, before="1 / 0\n"), TRUSTED


@kind
def own_component_with_helpers(h):
    edits = component_edits(h, before="from .helpers import SIDE\n")
    return [*edits, ["write", edits[0][1].replace("own_model", "helpers"), "SIDE = 8\n"]], TRUSTED


@kind
def own_component_lacks_helpers(h):
    return component_edits(h, before="from .helpers import SIDE\n"), TRUSTED


@kind
def own_component_constructor(h):
    name, base = component(h)
    body = "    def __init__(self, *given, **named):\n        super().__init__(*given, **named)\n        raise KeyError(\"no\")\n"
    return component_edits(h, f"from diffusers import {base}\n\n\nclass OwnModel({base}):\n{body}", name=name), TRUSTED


@kind
def own_component_from_nothing(h):
    text = "import torch\nfrom diffusers import ConfigMixin, ModelMixin\nfrom diffusers.configuration_utils import register_to_config\n\n\n"
    text += "class OwnModel(ModelMixin, ConfigMixin):\n    @register_to_config\n    def __init__(self, side=4):\n        super().__init__()\n"
    text += "        self.layer = torch.nn.Linear(side, side)\n"
    name, _ = component(h)
    return component_edits(h, text, name=name), TRUSTED


@kind
def own_components_of_one_name(h):
    models = [name for name in h.models if h.index[name][0] == "diffusers"]
    if len(models) < 2:
        return None
    return [*component_edits(h, name=models[0]), *component_edits(h, name=models[1])], TRUSTED


@kind
def own_scheduler(h):
    if "scheduler" not in h.parts:
        return None
    base = h.index["scheduler"][1]
    text = f"from diffusers import {base}\n\n\nclass OwnScheduler({base}):\n    pass\n"
    return [["write", "scheduler/own_scheduler.py", text], ["set", INDEX, ["scheduler"], ["own_scheduler", "OwnScheduler"]]], TRUSTED


@kind
def own_encoder(h):
    models = [name for name in h.models if h.index[name][0] == "transformers"]
    if not models:
        return None
    name = h.rng.choice(models)
    base = h.index[name][1]
    text = f"from transformers import {base}\n\n\nclass OwnEncoder({base}):\n    pass\n"
    return [["write", f"{name}/own_encoder.py", text], ["set", INDEX, [name], ["own_encoder", "OwnEncoder"]]], TRUSTED


@kind
def own_pipeline_and_component(h):
    return [*pipeline_edits(pipeline_text(h)), *component_edits(h)], TRUSTED


@kind
def own_pipeline_uses_component(h):
    name, base = component(h)
    text = f"from diffusers import {base}\n\n\nclass OwnModel({base}):\n    pass\n"
    return [*pipeline_edits(pipeline_text(h, "from .own_model import OwnModel\n")), ["write", "own_model.py", text],
            *component_edits(h, name=name)], TRUSTED


@kind
def model_by_auto_map(h):
    name, base = component(h)
    edits = component_edits(h, name=name)
    return [edits[0], ["set", INDEX, [name], ["diffusers", "AutoModel"]], edits[2],
            ["set", f"{name}/config.json", ["auto_map"], {"AutoModel": "own_model.OwnModel"}]], TRUSTED


@kind
def trusted_without_code(h):
    return [], TRUSTED


@kind
def own_pipeline_mapped(h):
    return pipeline_edits(pipeline_text(h)), TRUSTED | {"device_map": "balanced", "max_memory": {"0": 2_000_000, "1": 10**9}}


@kind
def own_component_mapped(h):
    return component_edits(h), TRUSTED | {"device_map": "balanced", "max_memory": {"0": 2_000_000, "1": 10**9}}
