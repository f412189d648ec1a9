"""Record whether transformers finds what the code of a repo writes into its tables:

    HF_HUB_OFFLINE=1 python table_entries.py fixtures/models/table_entries/cases.txt fixtures/upstream/transformers-<version>/table_entries.jsonl

A block of the text is a repo as in remote_code.py, which has the `extra` of the first block before its own, and `end` at the end.  It is
loaded from its folder, and then `asks` is asked: an expression in which `m` is the module of the model.  A row of what is written is the block's name and the
answer, true or false; "Type: first line" of what asking raises, or "loading " and what that raises.
"""

import json
import multiprocessing
import sys
import tempfile

from remote_code import blocks, files_of, write

TINY = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, num_key_value_heads=1, vocab_size=9)


def repo_of(parts, head):
    files = files_of({**parts, "extra": head + parts.get("extra", "")})
    files["modeling_x.py"] += parts.get("end", "")
    return files


def mask_of(implementation):
    """What makes the mask of a model with that implementation of attention."""
    import inspect

    import torch
    import transformers
    from transformers.masking_utils import create_causal_mask

    config = transformers.LlamaConfig(**TINY)
    config._attn_implementation = implementation
    given = dict(config=config, attention_mask=torch.ones(1, 3), past_key_values=None)
    takes = inspect.signature(create_causal_mask).parameters
    for name, value in (("inputs_embeds", torch.zeros(1, 3, 8)), ("input_embeds", torch.zeros(1, 3, 8)), ("cache_position", torch.arange(3))):
        if name in takes:
            given[name] = value
    return create_causal_mask(**given)


def renamings(module):
    from transformers.conversion_mapping import get_model_conversion_mapping

    model = module.XModel(module.XConfig())
    return get_model_conversion_mapping(model, add_legacy=False)


class Names(dict):
    """What `asks` may name: `m`, what stands here, and what transformers exports."""

    def __missing__(self, name):
        import transformers

        return globals().get(name) or getattr(__builtins__, name, None) or getattr(transformers, name)


def answer(parts, head, queue):
    import transformers

    with tempfile.TemporaryDirectory() as scratch:
        transformers.dynamic_module_utils.HF_MODULES_CACHE = scratch + "/modules"
        write(scratch + "/repo", repo_of(parts, head))
        stage = "loading "
        try:
            model = transformers.AutoModel.from_pretrained(scratch + "/repo", trust_remote_code=True)
            stage = ""
            queue.put(eval(parts["asks"], {}, Names(m=sys.modules[type(model).__module__])))
        except BaseException as error:
            queue.put(f"{stage}{type(error).__name__}: {str(error).splitlines()[0].replace(scratch, 'SCRATCH')[:60]}")


def main():
    cases, out = sys.argv[1:]
    with open(cases) as file:
        all_blocks = list(blocks(file.read()))
    fork = multiprocessing.get_context("fork")
    import transformers  # once for all that are forked

    transformers.AutoModel, transformers.LlamaModel, transformers.CLIPTextModel, transformers.BertModel
    head = all_blocks[0][1]["extra"]
    with open(out, "w") as file:
        for name, parts in all_blocks:
            queue = fork.Queue()
            process = fork.Process(target=answer, args=(parts, head, queue))
            process.start()
            result = queue.get()
            process.join()
            print(json.dumps([name, result]), file=file, flush=True)


if __name__ == "__main__":
    main()
