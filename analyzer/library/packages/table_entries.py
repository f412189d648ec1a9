# Tables of transformers that take note of what is put into them, and whether the library finds it there afterwards.

import importlib
from collections import OrderedDict
import _table_entries_places

AUTO = "transformers.models.auto."
CONFIGS = AUTO + "configuration_auto"
MODULES = [CONFIGS] + [
    AUTO + name + "_auto"
    for name in ("modeling", "tokenization", "image_processing", "video_processing", "feature_extraction", "processing")
]
CONVERSIONS = "transformers.conversion_mapping"
MASKS = "transformers.masking_utils"

written = []  # (table, its name or None, key, value, place)


def note(table, key, value):
    place = _table_entries_places.place()
    if place is not None:
        written.append((table, getattr(table, "_table_name", None), key, value, place))


def taking_note(own):
    def __setitem__(self, key, value):
        note(self, key, value)
        own(self, key, value)

    return __setitem__


def update(self, *others, **named):
    for key, value in OrderedDict(*others, **named).items():
        self[key] = value


def setdefault(self, key, default=None):
    if key not in self:
        self[key] = default
        return default
    return self[key]


def __ior__(self, other):
    update(self, other)
    return self


class Watching(OrderedDict):
    pass


def watch_dicts(kind):
    kind.__setitem__ = taking_note(kind.__setitem__)
    kind.update, kind.setdefault, kind.__ior__ = update, setdefault, __ior__


def module_of(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def watch_dict(table, name):
    watching = _table_entries_places.sharing(Watching, table)
    if isinstance(watching, Watching):
        watching._table_name = name
    return watching


def watch_names(names):
    for path in MODULES:
        module = module_of(path)
        for name in names:
            if type(getattr(module, name, None)) is OrderedDict:
                setattr(module, name, watch_dict(getattr(module, name), name))


def watch_masks():
    module = module_of(MASKS)
    kind = getattr(module, "AttentionMaskInterface", None)
    if kind is not None:
        kind.__setitem__ = taking_note(kind.__setitem__)


def watch_conversions():
    module = module_of(CONVERSIONS)
    if not hasattr(module, "USER_REGISTERED_MAPPINGS"):
        return
    types = "_MODEL_TO_CONVERSION_PATTERN"
    if hasattr(module, types):
        setattr(module, types, watch_dict(getattr(module, types), types))
    build = module._build_checkpoint_conversion_mapping
    module._build_checkpoint_conversion_mapping = lambda: watch_dict(build(), "_checkpoint_conversion_mapping_cache")


def watch(names, masks, conversions):
    watch_dicts(Watching)
    watch_dicts(importlib.import_module(CONFIGS)._LazyConfigMapping)
    watch_dicts(importlib.import_module(AUTO + "auto_factory")._LazyAutoMapping)
    watch_names(names)
    if masks:
        watch_masks()
    if conversions:
        watch_conversions()


def is_found(table, key, value):
    try:
        return table[key] is value
    except Exception:
        return False


def is_found_by_name(table, name, key, value):
    configs = importlib.import_module(CONFIGS).CONFIG_MAPPING
    try:
        found = configs[key]
        return (found if name == "CONFIG_MAPPING_NAMES" else table._model_mapping[found]).__name__ == value
    except Exception:
        return False


def are_custom(model, key):
    """Of the models within the model to which a conversion of that name is for: whether they are code of the repo."""
    for module in model.modules():
        if hasattr(module, "is_custom_code") and key in (type(module).__name__, module.config.model_type):
            yield module.is_custom_code()


def text_of(value):
    return getattr(value, "__name__", None) or repr(value)


def call_of_table(table, key, value):
    """The name of the table, and the call that works."""
    for path in MODULES:
        module = module_of(path)
        exported = getattr(module, "__all__", [])
        name = next((name for name in exported if getattr(module, name, None) is table), None)
        autos = [each for each in exported if each.startswith("Auto")]
        of_table = [each for each in autos if getattr(getattr(module, each), "_model_mapping", None) is table]
        if of_table or name is not None:
            return name or of_table[0] + "._model_mapping", f"{(of_table or autos)[0]}.register({key}, {value})"
    return None, None


def ignored(model):
    out = []
    for table, name, key, value, place in written:
        shown, given = text_of(key), text_of(value)
        kind = type(table).__name__
        call = None
        if name is not None and name.startswith("_"):
            of_conversions = importlib.import_module(CONVERSIONS)
            custom = [] if model is None else list(are_custom(model, key))
            if custom and all(custom) and key not in of_conversions.USER_REGISTERED_MAPPINGS:
                call = f"register_checkpoint_conversion_mapping({shown}, ...)"
        elif name is not None:
            if not is_found_by_name(table, name, key, value):
                of_table = getattr(table, "_model_mapping", None)
                if name == "CONFIG_MAPPING_NAMES":
                    call = f"AutoConfig.register({shown}, {value})"
                else:
                    call = call_of_table(of_table, "CONFIG", value)[1]
        elif kind == "AttentionMaskInterface":
            if table is importlib.import_module(MASKS).ALL_MASK_ATTENTION_FUNCTIONS and key not in table._global_mapping:
                name, call = "ALL_MASK_ATTENTION_FUNCTIONS", f"AttentionMaskInterface.register({shown}, {given})"
        elif not is_found(table, key, value):
            name, call = call_of_table(table, shown, given)
        if call is not None:
            out.append((name, shown, call, place))
    return out
