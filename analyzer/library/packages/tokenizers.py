# The package tokenizers (0.23.3), as far as loading a tokenizer asks it: which file it refuses, which tokens there are and
# which numbers they have.  What it makes of texts is not described.

import json

import _compiled

_MODELS = {"BPE", "WordPiece", "WordLevel", "Unigram"}
_NORMALIZERS = {"BertNormalizer", "Strip", "StripAccents", "NFC", "NFD", "NFKC", "NFKD", "Sequence", "Lowercase", "Nmt", "Precompiled", "Replace", "Prepend", "ByteLevel"}
_PRE_TOKENIZERS = {
    "BertPreTokenizer", "ByteLevel", "CharDelimiterSplit", "Metaspace", "Whitespace", "Sequence", "Split", "Punctuation", "WhitespaceSplit", "Digits", "UnicodeScripts", "FixedLength",
}  # fmt: skip
_PROCESSORS = {"RobertaProcessing", "BertProcessing", "ByteLevel", "TemplateProcessing", "Sequence"}
_DECODERS = {"BPEDecoder", "ByteLevel", "WordPiece", "Metaspace", "CTC", "Sequence", "Replace", "Fuse", "Strip", "ByteFallback"}


class AddedToken:
    # Of which a file may have hundreds of thousands.
    def __init__(self, content=None, *, single_word=False, lstrip=False, rstrip=False, normalized=..., special=False, **ignored):
        self.content = "" if content is None else content
        if not isinstance(self.content, str):
            raise TypeError(f"argument 'content': '{type(content).__name__}' object cannot be converted to 'PyString'")
        self.single_word, self.lstrip, self.rstrip, self.special = single_word, lstrip, rstrip, special
        self.normalized = not special if normalized is ... else normalized
        if not (type(single_word) is type(lstrip) is type(rstrip) is type(self.normalized) is type(special) is bool):
            given = (single_word, lstrip, rstrip, self.normalized, special)
            refused = next(flag for flag in given if not isinstance(flag, bool))
            raise TypeError(f"'{type(refused).__name__}' object cannot be converted to 'PyBool'")

    def __getstate__(self):
        names = ("content", "single_word", "lstrip", "rstrip", "normalized", "special")
        return {name: getattr(self, name) for name in names}

    def __setstate__(self, state):
        for name, value in state.items():
            setattr(self, name, value)

    def __str__(self):
        return self.content

    def __repr__(self):
        return (
            f'AddedToken("{self.content}", rstrip={self.rstrip}, lstrip={self.lstrip}, single_word={self.single_word}, '
            f"normalized={self.normalized}, special={self.special})"
        )

    def __eq__(self, other):
        return isinstance(other, AddedToken) and self.content == other.content

    def __hash__(self):
        return hash(self.content)


_FIELDS_OF_ADDED = dict.fromkeys(("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"))


def _parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        raise Exception("not a JSON document")


class _Part:
    """A normalizer, a pre-tokenizer, a post-processor or a decoder: what it was made of, and no more."""

    def __init__(self, *given, **named):
        self.given = given
        self.named = named

    # As tokenizer.json has it.
    def __getstate__(self):
        return json.dumps(self._state()).encode("utf-8")

    def _state(self):
        if "type" in self.named:
            return self.named
        kind = type(self).__name__
        if kind == "Sequence" and len(self.given) == 1:
            return {"type": kind, type(self)._parts: [each._state() for each in self.given[0]]}
        if self.given and kind in _DEFAULTS:
            return {"type": kind, "given": _compiled.what_tokenizers_keeps}
        return {"type": kind, **_DEFAULTS.get(kind, {}), **self.named}  # of others nobody reads the rest

    def __deepcopy__(self, memo):
        return type(self)(*self.given, **self.named)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self.named[name] if name in self.named else _compiled.what_tokenizers_keeps


# What parts are that are made without arguments.
_DEFAULTS = {
    "ByteLevel": {"add_prefix_space": True, "trim_offsets": True, "use_regex": True},
    "BertPreTokenizer": {},
    "Metaspace": {"replacement": "\u2581", "prepend_scheme": "always", "split": True},
    "Whitespace": {},
    "WhitespaceSplit": {},
}

_FAMILIES = {
    "tokenizers.normalizers": ("Normalizer", _NORMALIZERS, "normalizers"),
    "tokenizers.pre_tokenizers": ("PreTokenizer", _PRE_TOKENIZERS, "pretokenizers"),
    "tokenizers.decoders": ("Decoder", _DECODERS, "decoders"),
    "tokenizers.processors": ("PostProcessor", _PROCESSORS, "processors"),
    "tokenizers.trainers": ("Trainer", {"BpeTrainer", "UnigramTrainer", "WordLevelTrainer", "WordPieceTrainer"}, ""),
}


_families_made = {}


# The classes of a module, by name.
def _family(module):
    if module not in _families_made:
        base, names, parts = _FAMILIES[module]
        parent = type(base, (_Part,), {"__module__": module, "_parts": parts})
        made = {name: type(name, (parent,), {"__module__": module}) for name in sorted(names)}
        _families_made[module] = {base: parent, **made}
    return _families_made[module]


def _checked_part(value, module, family):
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Exception(f"data did not match any variant of untagged enum {family}")
    kind = value.get("type")
    if kind not in _FAMILIES[module][1]:
        if kind is None:
            return _compiled.what_tokenizers_makes_of_a_part_without_type
        raise Exception(f"data did not match any variant of untagged enum {family}")
    return _family(module)[kind](**value)


class _Model:
    def __init__(self, vocab=None):
        self._vocab = vocab
        self._tokens = None  # by number, once one is asked for

    def token_to_id(self, token):
        return self._vocab.get(token)

    def id_to_token(self, number):
        if self._tokens is None:
            self._tokens = {each: token for token, each in reversed(list(self._vocab.items()))}
        return self._tokens.get(number)

    def get_vocab(self):
        return dict(self._vocab)

    def get_vocab_size(self):
        return len(self._vocab)


# What is wrong with merges, or None: the number of one that is no pair, or a token that is not in the vocabulary.
def _check_merges(vocab, merges, prefix, no_pair, before=""):
    fault = _compiled.fault_of_merges(vocab, merges, len(prefix))
    if isinstance(fault, int):
        raise no_pair(fault)
    if fault is not None:
        raise Exception(f"{before}Token `{fault}` out of vocabulary")


def _read_vocab(vocab):
    if _compiled.is_plain_vocab(vocab):
        return vocab
    if isinstance(vocab, dict) and all(isinstance(token, str) and isinstance(number, int) for token, number in vocab.items()):
        return vocab
    raise TypeError("failed to extract enum PyVocab ('Vocab | Filename')")


class BPE(_Model):
    def __init__(self, vocab=None, merges=None, **options):
        if isinstance(vocab, str) or isinstance(merges, str):
            vocab, merges = BPE.read_file(vocab, merges)
        if (vocab is None) != (merges is None):
            raise ValueError("`vocab` and `merges` must be both specified")
        vocab = {} if vocab is None else _read_vocab(vocab)
        merges = [] if merges is None else merges
        super().__init__(vocab)
        self.unk_token = options.get("unk_token")
        self.dropout = options.get("dropout")
        self.fuse_unk = options.get("fuse_unk", False)
        self.byte_fallback = options.get("byte_fallback", False)
        self.ignore_merges = options.get("ignore_merges", False)
        self.continuing_subword_prefix = options.get("continuing_subword_prefix")
        self.end_of_word_suffix = options.get("end_of_word_suffix")
        refused = TypeError("failed to extract enum PyMerges ('Merges | Filename')")
        if any(isinstance(merge, str) for merge in merges[:1]):
            raise refused
        _check_merges(vocab, merges, self.continuing_subword_prefix or "", lambda number: refused, "Error while initializing BPE: ")

    @staticmethod
    def read_file(vocab, merges):
        with open(vocab, encoding="utf-8") as file:
            read = json.load(file)
        pairs = []
        with open(merges, encoding="utf-8") as file:
            for number, line in enumerate(file.read().splitlines()):
                if line.startswith("#version"):
                    continue
                pair = line.split(" ")
                if len(pair) != 2:
                    raise Exception(f"Error while reading BPE files: Merges text file invalid at line {number + 1}")
                pairs.append(tuple(pair))
        return read, pairs

    @classmethod
    def from_file(cls, vocab, merges, **options):
        read, pairs = BPE.read_file(vocab, merges)
        return cls(read, pairs, **options)


class WordPiece(_Model):
    def __init__(self, vocab=None, unk_token="[UNK]", max_input_chars_per_word=100, continuing_subword_prefix="##"):
        super().__init__(WordPiece.read_file(vocab) if isinstance(vocab, str) else {} if vocab is None else _read_vocab(vocab))
        self.unk_token = unk_token
        self.max_input_chars_per_word = max_input_chars_per_word
        self.continuing_subword_prefix = continuing_subword_prefix

    @staticmethod
    def read_file(vocab):
        with open(vocab, encoding="utf-8") as file:
            return {line.rstrip(): number for number, line in enumerate(file.read().splitlines())}

    @classmethod
    def from_file(cls, vocab, **options):
        return cls(WordPiece.read_file(vocab), **options)


class WordLevel(_Model):
    def __init__(self, vocab=None, unk_token=None):
        super().__init__({} if vocab is None else _read_vocab(vocab))
        self.unk_token = unk_token


class Unigram(_Model):
    def __init__(self, vocab=None, unk_id=None, byte_fallback=False):
        self.pieces = [] if vocab is None else list(vocab)
        for piece in self.pieces:
            if not isinstance(piece, (tuple, list)) or len(piece) != 2 or not isinstance(piece[0], str):
                raise TypeError("argument 'vocab': 'str' object cannot be converted to 'PyTuple'")
        if vocab is not None and unk_id is not None and unk_id >= len(self.pieces):
            raise Exception("The `unk_id` is larger than vocabulary size")
        if self.pieces and unk_id is None:
            pass
        super().__init__({piece[0]: number for number, piece in enumerate(self.pieces)})
        self.unk_id = unk_id
        self.byte_fallback = byte_fallback

    def get_vocab_size(self):
        return len(self.pieces)


def _numbers_by_text(vocab):
    if _compiled.is_plain_vocab(vocab):
        return True
    return isinstance(vocab, dict) and all(isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in vocab.values())


def _read_model(value):
    if not isinstance(value, dict):
        raise Exception("data did not match any variant of untagged enum ModelUntagged")
    kind = value.get("type")
    if kind is None:
        kind = _kind_without_type(value)
    if kind not in _MODELS:
        raise Exception("data did not match any variant of untagged enum ModelUntagged")
    vocab = value.get("vocab")
    if kind == "BPE":
        if vocab is None or value.get("merges") is None:
            raise Exception("Missing vocab/merges")
        if not isinstance(vocab, dict):
            raise Exception("invalid type: sequence, expected a map")
        if not _numbers_by_text(vocab):
            raise Exception("invalid type in vocab")
        prefix = value.get("continuing_subword_prefix") or ""
        _check_merges(vocab, value["merges"], prefix, lambda number: Exception(f"Merges text file invalid at line {number + 1}"))
        options = {key: value[key] for key in ("unk_token", "dropout", "fuse_unk", "byte_fallback", "ignore_merges") if key in value}
        model = BPE(**options)
        model._vocab = vocab
        return model
    if kind == "Unigram":
        if vocab is None:
            raise Exception("Missing vocab")
        if not isinstance(vocab, list):
            raise Exception("invalid type: map, expected a sequence")
        for piece in vocab:
            if not isinstance(piece, list) or len(piece) != 2 or not isinstance(piece[0], str) or not isinstance(piece[1], (int, float)):
                raise Exception("invalid type in vocab")
        return Unigram(vocab, value.get("unk_id"), bool(value.get("byte_fallback", False)))
    if vocab is None:
        raise Exception("Missing vocab")
    if not _numbers_by_text(vocab):
        raise Exception("invalid type: sequence, expected a map")
    if kind == "WordPiece":
        return WordPiece(vocab, value.get("unk_token", "[UNK]"))
    return WordLevel(vocab, value.get("unk_token"))


# In the order in which they are tried.
def _kind_without_type(value):
    if not isinstance(value.get("vocab"), (dict, list)):
        return None
    if "merges" in value:
        return "BPE"
    if "max_input_chars_per_word" in value or "continuing_subword_prefix" in value:
        return "WordPiece"
    if isinstance(value["vocab"], dict):
        return "WordLevel"
    return "Unigram"


class Tokenizer:
    def __init__(self, model):
        if not isinstance(model, _Model):
            raise TypeError("argument 'model': it is no model")
        self.model = model
        self.normalizer = self.pre_tokenizer = self.post_processor = self.decoder = None
        self.padding = self.truncation = None
        self.encode_special_tokens = False
        self._numbers = {}  # of tokens that were added
        self._tokens = {}
        self._texts = set()
        self._most = -1  # of the numbers

    @staticmethod
    def from_str(text):
        value = _parsed(text)
        if not isinstance(value, dict):
            raise Exception("invalid type: expected struct Tokenizer")
        if value.get("version", "1.0") != "1.0":
            raise Exception(f"Unknown tokenizer version '{value['version']}'")
        parts = [
            _checked_part(value.get("normalizer"), "tokenizers.normalizers", "NormalizerUntagged"),
            _checked_part(value.get("pre_tokenizer"), "tokenizers.pre_tokenizers", "PreTokenizerUntagged"),
            _checked_part(value.get("post_processor"), "tokenizers.processors", "PostProcessorUntagged"),
            _checked_part(value.get("decoder"), "tokenizers.decoders", "PyDecoderWrapper"),
        ]
        if "model" not in value:
            raise Exception("Model missing.")
        made = Tokenizer(_read_model(value["model"]))
        made.normalizer, made.pre_tokenizer, made.post_processor, made.decoder = parts
        made.truncation, made.padding = value.get("truncation"), value.get("padding")
        if made.truncation is not None:
            made.truncation = {**made.truncation, "direction": str(made.truncation.get("direction", "Right")).lower()}
            made.truncation["strategy"] = {"LongestFirst": "longest_first", "OnlyFirst": "only_first", "OnlySecond": "only_second"}.get(
                made.truncation.get("strategy"), "longest_first"
            )
        if made.padding is not None:
            made.padding = _padding(made.padding)
        added = value.get("added_tokens", [])
        for token in added:
            if not isinstance(token, dict):
                raise Exception("invalid type: expected struct AddedTokenWithId")
            if not _FIELDS_OF_ADDED.keys() <= token.keys():
                raise Exception(f"missing field `{next(name for name in _FIELDS_OF_ADDED if name not in token)}`")
        for token in added:
            made._add(AddedToken(**token))
        return made

    @staticmethod
    def from_file(path):
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        except FileNotFoundError:
            raise Exception("No such file or directory (os error 2)")
        return Tokenizer.from_str(text)

    @staticmethod
    def from_buffer(buffer):
        return Tokenizer.from_str(buffer.decode())

    def _add(self, token):
        if not token.content or token.content in self._texts:
            return 0
        number = self.token_to_id(token.content)
        if number is None:
            size = self.model.get_vocab_size()
            number = size
            if self._numbers:
                number = self._most + 1 if self._most >= size or size == 0 else size
        self._texts.add(token.content)
        self._most = max(self._most, number)
        self._numbers[token.content] = number
        self._tokens[number] = token
        return 1

    def add_tokens(self, tokens):
        added = 0
        for token in tokens:
            if not isinstance(token, (str, AddedToken)):
                raise TypeError("Input must be a List[Union[str, AddedToken]]")
        for token in tokens:
            added += self._add(AddedToken(token) if isinstance(token, str) else token)
        return added

    def add_special_tokens(self, tokens):
        special = []
        for token in tokens:
            if isinstance(token, str):
                token = AddedToken(token, special=True)
            elif isinstance(token, AddedToken):
                token.special = True
            else:
                raise TypeError("Input must be a List[Union[str, AddedToken]]")
            special.append(token)
        return self.add_tokens(special)

    def token_to_id(self, token):
        return self._numbers[token] if token in self._numbers else self.model.token_to_id(token)

    def id_to_token(self, number):
        return self._tokens[number].content if number in self._tokens else self.model.id_to_token(number)

    def get_vocab(self, with_added_tokens=True):
        return {**self.model.get_vocab(), **self._numbers} if with_added_tokens else self.model.get_vocab()

    def get_vocab_size(self, with_added_tokens=True):
        size = self.model.get_vocab_size()
        if with_added_tokens:
            size += len([text for text in self._numbers if self.model.token_to_id(text) is None])
        return size

    def get_added_tokens_decoder(self):
        return dict(sorted(self._tokens.items()))

    def no_truncation(self):
        self.truncation = None

    def no_padding(self):
        self.padding = None

    def enable_truncation(self, max_length, stride=0, strategy="longest_first", direction="right"):
        self.truncation = {"max_length": max_length, "stride": stride, "strategy": strategy, "direction": direction}

    def enable_padding(self, direction="right", pad_id=0, pad_type_id=0, pad_token="[PAD]", length=None, pad_to_multiple_of=None):
        self.padding = {
            "length": length, "pad_to_multiple_of": pad_to_multiple_of, "pad_id": pad_id, "pad_token": pad_token,
            "pad_type_id": pad_type_id, "direction": direction,
        }  # fmt: skip

    # Of a text that is one of the added tokens and nothing else.
    def _encoded(self, text, add_special_tokens):
        if add_special_tokens or not isinstance(text, str) or text not in self._numbers:
            return _compiled.what_tokenizers_makes_of_texts
        return Encoding([self._numbers[text]], [text])

    def encode(self, sequence, pair=None, is_pretokenized=False, add_special_tokens=True):
        return self._encoded(sequence, add_special_tokens)

    def encode_batch(self, input, is_pretokenized=False, add_special_tokens=True):
        return [self._encoded(text, add_special_tokens) for text in input]

    def num_special_tokens_to_add(self, is_pair=False):
        return _compiled.the_number_of_special_tokens

    def to_str(self, pretty=False):
        return _compiled.a_tokenizer_as_text

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _compiled.what_tokenizers_does_with_texts


def _padding(padding):
    strategy = padding.get("strategy")
    fixed = strategy.get("Fixed") if isinstance(strategy, dict) else None
    return {
        "length": fixed, "pad_to_multiple_of": padding.get("pad_to_multiple_of"), "pad_id": padding.get("pad_id", 0),
        "pad_token": padding.get("pad_token", "[PAD]"), "pad_type_id": padding.get("pad_type_id", 0),
        "direction": str(padding.get("direction", "Right")).lower(),
    }  # fmt: skip


class Encoding:
    def __init__(self, ids, tokens):
        self.ids = ids
        self.tokens = tokens
        self.type_ids = [0] * len(ids)
        self.attention_mask = [1] * len(ids)
        self.special_tokens_mask = [0] * len(ids)
        self.offsets = [(0, len(token)) for token in tokens]
        self.overflowing = []
        self.n_sequences = 1
        self.word_ids = [None] * len(ids)
        self.sequence_ids = [0] * len(ids)


class Regex:
    def __init__(self, pattern):
        self.pattern = pattern


class NormalizedString:
    pass


class PreTokenizedString:
    pass
