"""What adapters.py changes in an adapter that PEFT saved: one field of its config, or the names or shapes of what is stored.

A change is (words, fields of the config, tensors): the fields replace those of the same name, and the tensors are {name:
shape}, None for one that is taken away.
"""

LOW_RANK = ("LORA", "ADALORA")


def renamed(shapes, rename, names=None):
    """The change that stores `names` (else all) under other names; None where that changes nothing."""
    moved = {name: rename(name) for name in names or shapes if rename(name) != name}
    if not moved or set(moved.values()) & set(shapes):
        return None
    return {**dict.fromkeys(moved), **{new: shapes[old] for old, new in moved.items()}}


def of_tensors(shapes, chance):
    names = sorted(shapes)
    one = chance.choice(names)
    shape = shapes[one]
    yield f"without {one}", {one: None}
    module = one.rsplit(".lora", 1)[0].rsplit(".", 1)[0]
    yield f"without what begins with {module}", {name: None for name in names if name.startswith(module)}
    yield f"another layer for {one}", renamed(shapes, lambda name: name.replace(".1.", ".7.").replace(".0.", ".7."), [one])
    yield f"another part for {one}", renamed(shapes, lambda name: f"{name}_of_old", [one])
    yield "`model.` taken from all", renamed(shapes, lambda name: name.replace("base_model.model.model.", "base_model.model."))
    yield "`model.` put before all", renamed(shapes, lambda name: name.replace("base_model.model.", "base_model.model.model.", 1))
    yield "`base_model.model.` taken from all", renamed(shapes, lambda name: name.removeprefix("base_model.model."))
    yield "with the adapter's name", renamed(shapes, lambda name: name.replace(".weight", ".default.weight"))
    yield "`module.` put before all", renamed(shapes, lambda name: "module." + name)
    yield "`language_model.` put into all", renamed(shapes, lambda name: name.replace(".layers.", ".language_model.layers."))
    yield "a tensor of nothing", {"base_model.model.of_nothing.lora_A.weight": [4, 4]}
    yield "a whole tensor of nothing", {"base_model.model.of_nothing.weight": [4]}
    yield f"a copy of {one}", {one.replace("base_model.", "copied."): shape}
    if shape:
        yield f"one row more in {one}", {one: [shape[0] + 1, *shape[1:]]}
        yield f"one column less in {one}", {one: [*shape[:-1], max(shape[-1] - 1, 0)]}
        yield f"one axis more in {one}", {one: [*shape, 1]}
        yield f"turned {one}", {one: shape[::-1]} if shape != shape[::-1] else None
        yield f"empty {one}", {one: [0]}


def of_config(config, of, chance):
    """Fields with other values."""
    for field in ("r", "init_r", "num_virtual_tokens", "n_frequency", "vector_length", "num_vectors", "boft_block_size",
                  "block_size", "encoder_hidden_size", "num_tasks", "adapter_len", "gralora_k", "n_skills", "theta_d_length"):
        if isinstance(config.get(field), int):
            yield f"another {field}", {field: config[field] + 1}
    if "target_modules" in config:
        yield "other targets", {"target_modules": [of["o"]]}
        yield "more targets", {"target_modules": [of["q"], of["v"], of["k"]]}
        yield "targets by a pattern", {"target_modules": rf".*\.0\..*{of['q']}"}
        yield "no such targets", {"target_modules": ["nothing"]}
        yield "a pattern that means nothing", {"target_modules": ".*nothing"}
        yield "targets by default", {"target_modules": None}
        yield "no targets", {"target_modules": []}
        yield "not that layer", {"exclude_modules": [of["q"]]}
    yield "saved modules", {"modules_to_save": [of["head"]]}
    yield "no saved modules", {"modules_to_save": None}
    yield "saved modules of nothing", {"modules_to_save": ["nothing"]}
    yield "one layer", {"layers_to_transform": [0]}
    yield "a layer that is not there", {"layers_to_transform": [9]}
    yield "another type", {"peft_type": chance.choice(["LORA", "LOHA", "IA3", "PROMPT_TUNING", "ADALORA"])}
    yield "a type that is none", {"peft_type": "NOTHING"}
    yield "another task", {"task_type": chance.choice(["CAUSAL_LM", "SEQ_CLS", "TOKEN_CLS", "QUESTION_ANS", "FEATURE_EXTRACTION"])}
    yield "no task", {"task_type": None}
    yield "a task that is none", {"task_type": "NOTHING"}
    yield "unknown field", {"of_a_later_release": 1}
    if config["peft_type"] not in LOW_RANK:
        return
    yield "the other use_dora", {"use_dora": not config.get("use_dora", False)}
    yield "a rank pattern", {"rank_pattern": {of["q"]: 3}}
    yield "a rank pattern of one layer", {"rank_pattern": {rf".*\.1\..*{of['q']}": 3}}
    yield "an alpha pattern", {"alpha_pattern": {of["q"]: 3}}
    yield "biases", {"bias": "all"}
    yield "biases of low rank", {"lora_bias": True}
    yield "tokens", {"trainable_token_indices": [1]}
    yield "parameters", {"target_parameters": [of["parameter"]]}
    yield "parameters of nothing", {"target_parameters": ["nothing.weight"]}
    yield "another start", {"init_lora_weights": chance.choice(["pissa", "olora", "eva", "gaussian", "loftq", "nothing"])}
    yield "rank 0", {"r": 0}
    yield "rank as text", {"r": "4"}
    yield "replicated layers", {"layer_replication": [[0, 2], [0, 2]]}


def changes(config, shapes, of, chance, count):
    """The adapter as it is, and `count` changes of it."""
    yield "none", {}, {}
    by_tensors = [(words, {}, each) for words, each in of_tensors(shapes, chance) if each]
    by_config = [(words, each, {}) for words, each in of_config(config, of, chance)]
    half = count // 2
    yield from chance.sample(by_tensors, min(half, len(by_tensors)))
    yield from chance.sample(by_config, min(count - half, len(by_config)))
