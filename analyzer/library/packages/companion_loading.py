# What the library makes of the files beside the weights, asked as people ask it, with trust_remote_code=True.


import json
import os

MOST_RENUMBERED = 100


def renumbered(made, folder):
    path = os.path.join(folder, "tokenizer_config.json")
    if not os.path.isfile(path):
        return []
    with open(path) as file:
        declared = json.load(file).get("added_tokens_decoder", {})
    found = []
    for number, token in declared.items():
        loaded = made.convert_tokens_to_ids(token["content"])
        if loaded != int(number) and len(found) < MOST_RENUMBERED:
            found.append((token["content"], int(number), loaded))
    return found


def tokenizer(folder):
    from transformers.models.auto.tokenization_auto import AutoTokenizer

    made = AutoTokenizer.from_pretrained(folder, trust_remote_code=True)
    specials = {key: str(value) for key, value in made.special_tokens_map.items() if not isinstance(value, list)}
    return type(made).__name__, len(made), specials, made.chat_template is not None, renumbered(made, folder)


def processor(call, folder):
    import transformers

    made = getattr(transformers, call).from_pretrained(folder, trust_remote_code=True)
    names = made.get_attributes() if hasattr(made, "get_attributes") else getattr(made, "attributes", None) or []
    parts = {name: type(getattr(made, name)).__name__ for name in names if getattr(made, name, None) is not None}
    return type(made).__name__, parts


def generation(folder):
    from transformers.generation.configuration_utils import GenerationConfig

    return GenerationConfig.from_pretrained(folder)


# With its writing, to a disk that is not there.
def save(config):
    config.save_pretrained("/saved")
