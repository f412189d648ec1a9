"""Records what the library makes of the files beside the weights: those of the tokenizer, of the processor, and
generation_config.json; as they are saved, and changed.

    HF_HUB_OFFLINE=1 python -P tests/record/companion_files.py > fixtures/upstream/transformers-<version>/companion_files.jsonl

Needs torch, torchvision, Pillow, transformers and tokenizers.  A line with `base` and `files` ({name: JSON value, or text}) is a sound set; one with `base`, `change` and
`files` is that set with some files changed (null: taken away).  `answers` are, by what is called: the class of what comes of it (and for a tokenizer its
length and special tokens), or the exception.
"""

import functools
import json
import logging
import os
import sys
import tempfile
import warnings

import torch

torch.library.register_fake = lambda *given, **named: lambda function: function  # torchvision without its compiled part

import transformers  # noqa: E402
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors  # noqa: E402
from transformers import AutoTokenizer, GenerationConfig  # noqa: E402

LETTERS = [chr(each) for each in range(ord("a"), ord("h"))]
TEXT = {"vocab_size": 64, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1}
GONE = None
TEMPLATE = "{% for message in messages %}{{ message['content'] }}{% endfor %}"


def byte_level(specials):
    vocab = {each: number for number, each in enumerate([*LETTERS, "ab", "cd", "abcd", "Ġ"])}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=[("a", "b"), ("c", "d"), ("ab", "cd")]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(specials)
    return tokenizer


def metaspace(specials):
    vocab = {each: number for number, each in enumerate([*specials, *LETTERS, "ab", "▁"])}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=[("a", "b")], unk_token=specials[0]))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.add_special_tokens(specials)
    return tokenizer


def word_piece(specials):
    vocab = {each: number for number, each in enumerate([*specials, *LETTERS, "##b"])}
    tokenizer = Tokenizer(models.WordPiece(vocab=vocab, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", vocab["[SEP]"]), ("[CLS]", vocab["[CLS]"]))
    tokenizer.add_special_tokens(specials)
    return tokenizer


def unigram(specials):
    tokenizer = Tokenizer(models.Unigram([(each, -1.0 * number) for number, each in enumerate([*specials, *LETTERS, "▁"])], unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.add_special_tokens(specials)
    return tokenizer


def saved(tokenizer, kind, folder, **named):
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named).save_pretrained(folder)
    path = folder + "/tokenizer_config.json"
    with open(path) as file:
        config = json.load(file)
    config["tokenizer_class"] = kind
    with open(path, "w") as file:
        json.dump(config, file)


BERT = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
TOKENIZERS = {
    "qwen2": ("Qwen2Tokenizer", byte_level, ["<|end|>", "<|pad|>"], {"eos_token": "<|end|>", "pad_token": "<|pad|>"}),
    "gpt2": ("GPT2Tokenizer", byte_level, ["<|endoftext|>"], {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"}),
    "llama": ("LlamaTokenizer", metaspace, ["<unk>", "<s>", "</s>"], {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}),
    "olmo": ("PreTrainedTokenizerFast", byte_level, ["<|endoftext|>"], {"eos_token": "<|endoftext|>"}),
    "bert": ("BertTokenizer", word_piece, list(BERT.values()), BERT),
    "t5": ("T5Tokenizer", unigram, ["<pad>", "</s>", "<unk>"], {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}),
}
PROCESSORS = ("AutoProcessor", "AutoImageProcessor", "AutoFeatureExtractor", "AutoVideoProcessor")
SPECIAL_IMAGE = ["<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>", "<image>", "<|im_end|>"]


def files_of(folder):
    files = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name)) as file:
            text = file.read()
        files[name] = json.loads(text) if name.endswith(".json") else text
    return files


def bases():
    for model_type, (kind, make, specials, named) in TOKENIZERS.items():
        with tempfile.TemporaryDirectory() as folder:
            saved(make(specials), kind, folder, **named)
            yield model_type, {"config.json": {"model_type": model_type, **TEXT}, **files_of(folder)}
    with tempfile.TemporaryDirectory() as folder:
        GenerationConfig(do_sample=True, temperature=0.6, top_p=0.95, eos_token_id=[2, 3], bos_token_id=1, pad_token_id=0).save_pretrained(folder)
        yield "generation", {"config.json": {"model_type": "llama", **TEXT}, **files_of(folder)}

    # Before 5 each processor asks for a tokenizer of its own kind.
    def tokenizer(kind):
        made = getattr(transformers, "PreTrainedTokenizerFast" if transformers.__version__ >= "5" else kind)
        made = made(tokenizer_object=byte_level(SPECIAL_IMAGE), eos_token="<|im_end|>", pad_token="<|im_end|>")
        made.chat_template = TEMPLATE
        return made

    made = {
        "qwen2_vl": lambda: transformers.Qwen2VLProcessor(
            transformers.Qwen2VLImageProcessor(), tokenizer("Qwen2TokenizerFast"), transformers.Qwen2VLVideoProcessor(), chat_template=TEMPLATE
        ),
        "llava": lambda: transformers.LlavaProcessor(
            transformers.CLIPImageProcessor(), tokenizer("PreTrainedTokenizerFast"), patch_size=14, chat_template=TEMPLATE
        ),
        "clip": lambda: transformers.CLIPProcessor(transformers.CLIPImageProcessor(), tokenizer("CLIPTokenizerFast")),
        "whisper": lambda: transformers.WhisperProcessor(transformers.WhisperFeatureExtractor(), tokenizer("WhisperTokenizerFast")),
        "vit": lambda: transformers.ViTImageProcessor(),
        "wav2vec2": lambda: transformers.Wav2Vec2FeatureExtractor(),
    }
    if transformers.__version__ < "5":
        del made["clip"]  # its tokenizer takes no file but CLIP's own
    for model_type, make in made.items():
        with tempfile.TemporaryDirectory() as folder:
            make().save_pretrained(folder)
            yield model_type, {"config.json": {"model_type": model_type}, **files_of(folder)}


def changed(value, *path_and_new):
    *path, new = path_and_new
    copy = json.loads(json.dumps(value))
    at = copy
    for key in path[:-1]:
        at = at[key]
    if new is GONE:
        at.pop(path[-1], None)
    else:
        at[path[-1]] = new
    return copy


def changes_of_tokenizer(files):
    config, fast = files["tokenizer_config.json"], files["tokenizer.json"]

    def settings(*path_and_new):
        return {"tokenizer_config.json": changed(config, *path_and_new)}

    def of_file(*path_and_new):
        return {"tokenizer.json": changed(fast, *path_and_new)}

    for kind in ("NoSuchTokenizer", "NoSuchTokenizerFast", "LlamaTokenizerFast", "LlamaTokenizer", "PreTrainedTokenizerFast", "TokenizersBackend", "BertTokenizer", 7, None):
        yield f"tokenizer_class {kind}", settings("tokenizer_class", kind)
    added = {"0": {"content": "<new>", "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}}
    yield "extra_special_tokens a list", settings("extra_special_tokens", ["<x>", "<y>"])
    yield "extra_special_tokens a dict", settings("extra_special_tokens", {"image_token": "<x>"})
    yield "extra_special_tokens a text", settings("extra_special_tokens", "<x>")
    yield "extra_special_tokens of numbers", settings("extra_special_tokens", [3, 4])
    yield "additional_special_tokens a list", settings("additional_special_tokens", ["<x>"])
    yield "additional_special_tokens a dict", settings("additional_special_tokens", {"a": "<x>"})
    yield "eos_token a number", settings("eos_token", 2)
    yield "eos_token a dict", settings("eos_token", {"__type": "AddedToken", "content": "<e>", "lstrip": False})
    yield "eos_token a dict without content", settings("eos_token", {"__type": "AddedToken", "text": "<e>"})
    yield "eos_token a plain dict", settings("eos_token", {"content": "<e>"})
    yield "pad_token a list", settings("pad_token", ["<p>"])
    yield "pad_token not there", settings("pad_token", "<no such pad>")
    yield "added_tokens_decoder", settings("added_tokens_decoder", added)
    yield "added_tokens_decoder of texts", settings("added_tokens_decoder", {"0": "<new>"})
    yield "added_tokens_decoder with words", settings("added_tokens_decoder", {"first": added["0"]})
    yield "added_tokens_decoder with surplus", settings("added_tokens_decoder", {"0": {**added["0"], "color": "red"}})
    yield "added_tokens_decoder far away", settings("added_tokens_decoder", {"5000": added["0"]})
    yield "model_max_length a text", settings("model_max_length", "long")
    yield "padding_side wrong", settings("padding_side", "middle")
    yield "truncation_side wrong", settings("truncation_side", "up")
    yield "chat_template a number", settings("chat_template", 3)
    yield "chat_template a list", settings("chat_template", [{"name": "default", "template": "x"}])
    yield "chat_template a list of others", settings("chat_template", [{"name": "default"}])
    yield "chat_template a dict", settings("chat_template", {"default": "x"})
    yield "auto_map without code", settings("auto_map", {"AutoTokenizer": ["tokenization_x.Tok", None]})
    yield "add_bos_token", settings("add_bos_token", True)
    yield "clean_up a text", settings("clean_up_tokenization_spaces", "yes")
    yield "init_inputs", settings("init_inputs", ["a"])
    yield "unknown field", settings("color", "red")
    yield "vocab_file elsewhere", settings("vocab_file", "/elsewhere/vocab.txt")
    yield "config a list", {"tokenizer_config.json": [1, 2]}
    yield "config no JSON", {"tokenizer_config.json": "{,"}
    yield "config gone", {"tokenizer_config.json": GONE}
    yield "tokenizer.json gone", {"tokenizer.json": GONE}
    yield "both gone", {"tokenizer.json": GONE, "tokenizer_config.json": GONE}
    yield "tokenizer.json no JSON", {"tokenizer.json": "{,"}
    yield "tokenizer.json without model", of_file("model", GONE)
    yield "tokenizer.json without added_tokens", of_file("added_tokens", GONE)
    yield "tokenizer.json without version", of_file("version", GONE)
    yield "model of a type unknown", of_file("model", "type", "Markov")
    yield "model without type", of_file("model", "type", GONE)
    yield "model without vocab", of_file("model", "vocab", GONE)
    yield "model with vocab of the other kind", of_file("model", "vocab", [["a", 1]] if isinstance(fast["model"]["vocab"], dict) else {"a": 1})
    if "merges" in fast["model"]:
        yield "merges as texts", of_file("model", "merges", ["a b"])
        yield "merges beyond the vocab", of_file("model", "merges", [["a", "zz"]])
        yield "merges of three", of_file("model", "merges", ["a b c"])
        yield "model without merges", of_file("model", "merges", GONE)
    yield "pre-tokenizer unknown", of_file("pre_tokenizer", {"type": "NoSuch"})
    yield "pre-tokenizer null", {"tokenizer.json": {**fast, "pre_tokenizer": None}}
    yield "normalizer unknown", of_file("normalizer", {"type": "NoSuch"})
    yield "decoder unknown", of_file("decoder", {"type": "NoSuch"})
    yield "post-processor of a token that is not there", of_file(
        "post_processor", {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<q>", "type_id": 0}}], "pair": [], "special_tokens": {}}
    )
    yield "added token with another number", of_file("added_tokens", 0, "id", 300)
    yield "added token with the number of another", settings(
        "added_tokens_decoder", {"1": {**added["0"], "content": fast["added_tokens"][0]["content"]}, "2": {**added["0"], "content": "<no such>"}}
    )
    yield "added token twice", of_file("added_tokens", fast["added_tokens"] + fast["added_tokens"][:1])
    yield "added token without content", of_file("added_tokens", 0, "content", GONE)
    yield "special_tokens_map", {"special_tokens_map.json": {"eos_token": {"content": "<e>", "lstrip": False, "normalized": False, "rstrip": False, "single_word": False}}}
    yield "special_tokens_map a list", {"special_tokens_map.json": ["<e>"]}
    yield "special_tokens_map with extras", {"special_tokens_map.json": {"extra_special_tokens": ["<x>"], "additional_special_tokens": ["<y>"]}}
    yield "added_tokens.json", {"added_tokens.json": {"<n>": 40}}
    yield "added_tokens.json of texts", {"added_tokens.json": {"<n>": "40"}}
    yield "chat_template.jinja", {"chat_template.jinja": TEMPLATE}
    yield "config.json of a type unknown", {"config.json": {"model_type": "nosuch"}}
    yield "config.json without type", {"config.json": {"hidden_size": 3}}
    yield "config.json gone", {"config.json": GONE}


def changes_of_generation(files):
    config = files["generation_config.json"]
    pairs = [
        ("temperature", 0.0), ("temperature", -1.0), ("temperature", "hot"), ("temperature", 1), ("do_sample", False), ("do_sample", "yes"), ("num_beams", 0), ("num_beams", 4),
        ("num_return_sequences", 3), ("num_beam_groups", 2), ("max_new_tokens", 0), ("max_new_tokens", -5), ("max_new_tokens", "many"), ("pad_token_id", -1), ("eos_token_id", "x"),
        ("eos_token_id", []), ("early_stopping", "maybe"), ("early_stopping", True), ("cache_implementation", "nosuch"), ("cache_implementation", "static"),
        ("cache_implementation", "quantized"), ("compile_config", {}), ("compile_config", 3), ("watermarking_config", {"ngram_len": 3}), ("watermarking_config", {"bias": -1, "greenlist_ratio": 7}),
        ("watermarking_config", {"seeding_scheme": "no"}), ("watermarking_config", 5), ("penalty_alpha", 0.5), ("constraints", ["a"]), ("force_words_ids", [[1]]), ("dola_layers", "low"),
        ("typical_p", 0.5), ("epsilon_cutoff", 0.1), ("eta_cutoff", 0.1), ("top_k", 0), ("top_k", -3), ("top_p", 3.0), ("min_p", 0.1), ("logits_processor", []), ("stopping_criteria", "x"),
        ("streamer", 1), ("assistant_tokenizer", 1), ("return_dict_in_generate", True), ("output_scores", True), ("output_attentions", True), ("use_cache", False), ("length_penalty", 2.0),
        ("transformers_version", "9.9.9"), ("transformers_version", 7), ("_from_model_config", True), ("num_assistant_tokens", 3), ("prompt_lookup_num_tokens", 3), ("color", "red"),
        ("stop_strings", [1]), ("guidance_scale", 1.5), ("low_memory", True), ("bad_words_ids", [[]]), ("suppress_tokens", 3), ("forced_decoder_ids", [[1, 2]]), ("max_length", 5),
        ("continuous_batching_config", {}), ("cache_config", {"nbits": 4}), ("cache_config", 4), ("custom_generate", "x"), ("trust_remote_code", True), ("generation_kwargs", {"a": 1}),
        ("max_time", "long"), ("repetition_penalty", 0), ("encoder_no_repeat_ngram_size", -1), ("diversity_penalty", 1.0), ("is_assistant", True),
    ]  # fmt: skip
    for key, value in pairs:
        yield f"{key} {json.dumps(value)}", {"generation_config.json": {**config, key: value}}
    yield "greedy with a temperature", {"generation_config.json": {"do_sample": False, "temperature": 0.7, "top_k": 20}}
    yield "temperature alone", {"generation_config.json": {"temperature": 0.7}}
    yield "beams", {"generation_config.json": {"num_beams": 2, "num_return_sequences": 3}}
    yield "a list", {"generation_config.json": [1]}
    yield "no JSON", {"generation_config.json": "{,"}
    yield "empty", {"generation_config.json": {}}
    yield "compiled", {"generation_config.json": {"compile_config": {"fullgraph": True, "color": 1}}}


def changes_of_processor(files):
    for name in ("processor_config.json", "preprocessor_config.json", "video_preprocessor_config.json"):
        if name not in files:
            continue
        config = files[name]
        yield f"{name} gone", {name: GONE}
        yield f"{name} no JSON", {name: "{,"}
        yield f"{name} a list", {name: [1]}
        yield f"{name} empty", {name: {}}
        yield f"{name} of another release", {name: {**config, "transformers_version": "9.0"}}
        for key in ("processor_class", "image_processor_type", "feature_extractor_type", "video_processor_type"):
            yield f"{name}: {key} unknown", {name: {**config, key: "NoSuch" + key.title().replace("_", "")}}
            if key in config:
                yield f"{name}: {key} gone", {name: changed(config, key, GONE)}
        yield f"{name}: another kind", {name: {**config, "processor_class": "Blip2Processor", "image_processor_type": "BlipImageProcessor"}}
        yield f"{name}: with code", {name: {**config, "auto_map": {"AutoProcessor": "processing_x.P"}}}
        yield f"{name}: unknown field", {name: {**config, "color": "red"}}
        for part in ("image_processor", "feature_extractor", "video_processor"):
            if isinstance(config.get(part), dict):
                yield f"{name}: {part} gone", {name: changed(config, part, GONE)}
                yield f"{name}: {part} empty", {name: changed(config, part, {})}
                yield f"{name}: {part} of a type unknown", {name: changed(config, part, f"{part}_type", "NoSuch")}
                yield f"{name}: {part} old name", {name: changed(config, part, f"{part}_type", "CLIPFeatureExtractor")}
                for key in ("size", "crop_size"):
                    if key in config[part]:
                        yield f"{name}: {part} {key} a text", {name: changed(config, part, key, "big")}
                        yield f"{name}: {part} {key} of one side", {name: changed(config, part, key, {"height": 3})}
                        yield f"{name}: {part} {key} a number", {name: changed(config, part, key, 8)}
        for key in ("size", "crop_size"):
            if key in config:
                yield f"{name}: {key} a text", {name: changed(config, key, "big")}
                yield f"{name}: {key} of one side", {name: changed(config, key, {"height": 3})}
    if "tokenizer_config.json" in files:
        yield "no tokenizer", {name: GONE for name in ("tokenizer_config.json", "tokenizer.json") if name in files}
        config = files["tokenizer_config.json"]
        yield "the tokenizer names a processor unknown", {"tokenizer_config.json": {**config, "processor_class": "NoSuchProcessor"}}
        yield "the tokenizer names no token of images", {"tokenizer_config.json": changed(config, "image_token", GONE)}
    if "chat_template.jinja" in files:
        yield "template gone", {"chat_template.jinja": GONE}
        yield "template as JSON", {"chat_template.jinja": GONE, "chat_template.json": {"chat_template": TEMPLATE}}
        yield "template as other JSON", {"chat_template.jinja": GONE, "chat_template.json": {"template": TEMPLATE}}
        yield "two templates", {"chat_template.json": {"chat_template": "x"}}
    if "processor_config.json" in files and "preprocessor_config.json" not in files:
        parts = files["processor_config.json"]
        image = parts.get("image_processor") or parts.get("feature_extractor")
        if image:
            rest = {key: value for key, value in parts.items() if not isinstance(value, dict)}
            old = {"preprocessor_config.json": {**image, "processor_class": parts.get("processor_class")}}
            yield "the old layout", {**old, "processor_config.json": GONE}
            yield "both layouts", {**old, "processor_config.json": rest}
            yield "an image processor alone", {"preprocessor_config.json": image, "processor_config.json": GONE}


def answer(call):
    try:
        return call()
    except Exception as error:
        return {"raises": type(error).__name__, "message": str(error)[:300]}


def renumbered(tokenizer, folder):
    path = os.path.join(folder, "tokenizer_config.json")
    if not os.path.exists(path):
        return []
    with open(path) as file:
        declared = json.load(file).get("added_tokens_decoder", {})
    loaded = [[token["content"], int(number), tokenizer.convert_tokens_to_ids(token["content"])] for number, token in declared.items()]
    return [each for each in loaded if each[1] != each[2]]


def of_tokenizer(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=True)
    if not hasattr(tokenizer, "special_tokens_map"):
        return {"class": type(tokenizer).__name__}
    specials = {key: str(value) if not isinstance(value, list) else list(map(str, value)) for key, value in tokenizer.special_tokens_map.items()}
    made = {"class": type(tokenizer).__name__, "length": len(tokenizer), "specials": specials, "template": tokenizer.chat_template is not None}
    others = renumbered(tokenizer, folder)
    return {**made, "renumbered": others} if others else made


def of_generation(folder):
    config = GenerationConfig.from_pretrained(folder)
    with tempfile.TemporaryDirectory() as other:
        return {"saved": answer(lambda: config.save_pretrained(other)) or "well"}


def of_processor(call, folder):
    processor = getattr(transformers, call).from_pretrained(folder, trust_remote_code=True)
    parts = {name: type(getattr(processor, name)).__name__ for name in getattr(processor, "attributes", None) or [] if getattr(processor, name, None) is not None}
    if hasattr(processor, "get_attributes"):
        parts = {name: type(getattr(processor, name)).__name__ for name in processor.get_attributes() if getattr(processor, name, None) is not None}
    return {"class": type(processor).__name__, "parts": parts}


def answers(files):
    with tempfile.TemporaryDirectory() as above:
        folder = above + "/repo"
        os.mkdir(folder)
        for name, value in files.items():
            if value is GONE:
                continue
            with open(os.path.join(folder, name), "w") as file:
                file.write(value if isinstance(value, str) else json.dumps(value))
        made = {}
        if any(name.startswith("tokenizer") for name in files):
            made["tokenizer"] = answer(lambda: of_tokenizer(folder))
        if "generation_config.json" in files:
            made["generation"] = answer(lambda: of_generation(folder))
        if any("processor" in name for name in files):
            for call in PROCESSORS:
                made[call] = answer(functools.partial(of_processor, call, folder))
        return json.loads(json.dumps(made).replace(above + "/", "/"))


def main():
    logging.disable(logging.CRITICAL)
    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity(50)
    wanted = sys.argv[1:]
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # tokenizers prints what it ignores
    for base, files in bases():
        if wanted and base not in wanted:
            continue
        rows = [{"base": base, "files": files, "answers": answers(files)}]
        seen = {json.dumps(files, sort_keys=True)}
        changes = changes_of_tokenizer if base in TOKENIZERS else changes_of_generation if base == "generation" else changes_of_processor
        for change, others in changes(files):
            whole = {**files, **others}
            text = json.dumps({key: value for key, value in whole.items() if value is not GONE}, sort_keys=True)
            if text in seen:
                continue
            seen.add(text)
            rows.append({"base": base, "change": change, "files": others, "answers": answers(whole)})
        for row in rows:
            print(json.dumps(row, ensure_ascii=False, separators=(",", ":")), file=out, flush=True)


main()
