// The messages that belong to rules: of transformers, accelerate, peft, diffusers, sentence-transformers, safetensors,
// torch, vLLM and llama.cpp.
#include "commands/known_messages.h"

#include <array>

namespace ckptlint {
namespace {

constexpr std::string_view kNoDevice = "the finished device map names no device for these tensors of the state dict";
constexpr std::string_view kUnexpected = "these stored tensors were not loaded: the model expects no such names";
constexpr std::string_view kMissing =
    "these tensors are not in the checkpoint: they start from random or constant values";
constexpr std::string_view kMismatched = "these tensors are stored in another shape than the model expects";
constexpr std::string_view kEmpty = "these tensors are stored without elements";
constexpr std::string_view kPointer =
    "the file does not begin as its format does: it is a pointer of Git LFS, a web page, or of another format";
constexpr std::string_view kUnfound = "the folder holds no weights under the names that were looked for";
constexpr std::string_view kUnknownName = "the file stores a tensor under a name that the model does not have";
constexpr std::string_view kAbsentTensor = "the file lacks a tensor that the model of this architecture has";
constexpr std::string_view kTwice = "two tensors of the files that were read have the same name";
constexpr std::string_view kNoFormat = "the metadata of a safetensors file has no `format` that the library accepts";
constexpr std::string_view kOutside = "the name of a weight file leads out of the folder of the model";
constexpr std::string_view kAdapter = "the adapter does not fit its base model";
constexpr std::string_view kUnsafe = "the pickled file names a function or class beyond those that tensors need";
constexpr std::string_view kPickled = "the only weights are pickled files, which were refused";
constexpr std::string_view kTwoDevices = "one operation got tensors of two devices";
constexpr std::string_view kUnbuildable = "the model's code refuses the values of config.json";
constexpr std::string_view kToken = "an embedding was asked for a row that it does not have";

// Which of the first two it is depends on the tensor.
constexpr std::string_view kPlacement = "unplaceable-buffer unplaceable-top-level-tensor uncovered-tensor";
constexpr std::string_view kNoWeights = "unfound-weights missing-index";
constexpr std::string_view kForeignName = "unexpected-keys shifted-keys renamed-keys missing-quantization-config";
constexpr std::string_view kFits = "mismatched-shapes";

using enum Listing;

constexpr std::array kMessages = {
    // Device maps.
    KnownMessage{"does not give any device for the following parameters:", kCommas, kPlacement, kNoDevice},
    KnownMessage{"`device_map` does not contain the module ", kOne, kPlacement, kNoDevice},
    KnownMessage{"doesn't have any device set.", kBefore, kPlacement, kNoDevice},
    KnownMessage{"device_map keys do not match any submodules in the model:", kQuoted, "stale-map-key",
                 "these keys of the device map name nothing in the model"},
    KnownMessage{"Tied parameters are on different devices:", kNothing, "tie-across-devices",
                 "the device map puts parameters that are one tensor on different devices"},
    KnownMessage{"bytes of buffer for offloaded layers, which seems does not fit any GPU", kNothing,
                 "offloaded-buffers", "the buffers of offloaded layers fit on no accelerator beside its layers"},
    KnownMessage{"submodule will be offloaded to disk, please pass along an `offload_folder`", kNothing,
                 "missing-offload-folder unasked-offload",
                 "the device map puts modules on disk, and no folder is given"},
    KnownMessage{"`device_map` had weights offloaded to the disk", kNothing, "missing-offload-folder unasked-offload",
                 "the device map puts weights on disk, and no folder is given"},
    KnownMessage{"We need an `offload_dir` to dispatch this model according to this `device_map`", kNothing,
                 "missing-offload-folder unasked-offload",
                 "the device map puts modules on disk, and no folder is given"},
    KnownMessage{"on the meta device because they were offloaded to the cpu and disk", kNothing, "unasked-offload",
                 "a part of the model is on disk, and read again in each forward"},
    KnownMessage{"on the meta device because they were offloaded to the disk", kNothing, "unasked-offload",
                 "a part of the model is on disk, and read again in each forward"},
    KnownMessage{"class needs to implement the `_no_split_modules` attribute", kNothing, "crashing-device-map",
                 "the model does not say which of its modules have to stay whole, and this release insists"},
    KnownMessage{"Expected all tensors to be on the same device", kNothing,
                 "split-block uncovered-buffer tie-across-devices", kTwoDevices},
    KnownMessage{"is on the meta device, we need a `value` to put in on", kBefore, "missing-keys", kMissing},
    KnownMessage{"aten::equal: attempted to run this operator with Meta tensors", kNothing,
                 "tie-on-disk tie-across-devices",
                 "tied tensors that are all stored are compared, and what the device map puts on disk has no values"},
    KnownMessage{"Cannot copy out of meta tensor; no data!", kNothing, "missing-keys uncovered-tensor unasked-offload",
                 "a tensor has no values: it was never loaded, or it is offloaded and the whole model is being moved"},
    // Keys and shapes.
    KnownMessage{"| UNEXPECTED", kTableRows, "unexpected-keys", kUnexpected},
    KnownMessage{"| MISSING", kTableRows, "missing-keys", kMissing},
    KnownMessage{"| MISMATCH", kTableRows, kFits, kMismatched},
    KnownMessage{"| CONVERSION", kTableRows, "failing-conversion", "the conversion of these tensors failed"},
    KnownMessage{"We encountered some issues during automatic conversion of the weights", kNothing,
                 "failing-conversion", "the conversion of stored tensors failed"},
    KnownMessage{"ckpt: torch.Size([0]) vs model", kNothing, "empty-placeholders", kEmpty},
    KnownMessage{"were not used when initializing", kQuoted, "unexpected-keys", kUnexpected},
    KnownMessage{"and are newly initialized:", kQuoted, "missing-keys", kMissing},
    KnownMessage{"and are newly initialized because the shapes did not match", kNothing, kFits, kMismatched},
    KnownMessage{": found shape torch.Size(", kBefore, kFits, kMismatched},
    KnownMessage{"Unexpected key(s) in state_dict:", kQuoted, "unexpected-keys", kUnexpected},
    KnownMessage{"Missing key(s) in state_dict:", kQuoted, "missing-keys", kMissing},
    KnownMessage{"size mismatch for *: copying a param with shape torch.Size([0]) from checkpoint", kBetween,
                 "empty-placeholders", kEmpty},
    KnownMessage{"size mismatch for ", kOne, kFits, kMismatched},
    KnownMessage{"You set `ignore_mismatched_sizes` to `False`", kNothing, kFits, kMismatched},
    KnownMessage{"Trying to set a tensor of shape", kNothing, kFits, kMismatched},
    KnownMessage{"Cannot load * expected shape", kNothing, kFits, kMismatched},
    KnownMessage{"Cannot load * because it has shape", kBetween, kFits, kMismatched},
    KnownMessage{"parameters that the checkpoint does not contain:", kQuoted, "missing-keys", kMissing},
    KnownMessage{"does not have a parameter or a buffer named ", kOne, "unexpected-keys missing-quantization-config",
                 "a stored tensor belongs to a module that has none of this name"},
    KnownMessage{"but both are absent from the checkpoint", kNothing, "missing-keys",
                 "neither of two tied tensors is in the checkpoint"},
    KnownMessage{"but both are present in the checkpoints with different values", kNothing, "split-tie",
                 "two tensors that the config ties are both stored, with different values"},
    // Files that are found or not.
    KnownMessage{"Error no file named", kNothing, kNoWeights, kUnfound},
    KnownMessage{"and thus cannot be loaded with `safetensors`", kNothing, "pickled-weights", kPickled},
    KnownMessage{"Could not find the necessary `safetensors` weights in", kNothing, "pickled-weights", kPickled},
    KnownMessage{"serious vulnerability issue in `torch.load`", kNothing, "pickled-weights", kPickled},
    KnownMessage{"does not appear to have a file named * which is required according to the checkpoint index", kNothing,
                 "missing-weight-files wrong-index", kShardGone},
    KnownMessage{"does not appear to have a file named pytorch_model-0", kNothing, "missing-weight-files", kShardGone},
    KnownMessage{"does not appear to have a file named model-0", kNothing, "missing-weight-files", kShardGone},
    KnownMessage{"does not appear to have files named ('model-0", kNothing, "missing-weight-files", kShardGone},
    KnownMessage{"does not appear to have a file named pytorch_model.bin", kNothing, kNoWeights, kUnfound},
    KnownMessage{"does not appear to have a file named modeling_", kNothing, "missing-remote-code",
                 "`auto_map` of config.json names code that is not in the repo"},
    KnownMessage{"does not appear to have a file named configuration_", kNothing, "missing-remote-code",
                 "`auto_map` of config.json names code that is not in the repo"},
    KnownMessage{"Can't find a checkpoint index", kNothing, "missing-index", "the index of the shards is not there"},
    KnownMessage{"is not a folder containing a `.index.json` file or a", kNothing, kNoWeights, kUnfound},
    KnownMessage{"containing more than one `.index.json` file", kNothing, "competing-weights",
                 "the folder holds two sets of shards"},
    KnownMessage{"Cannot find any model weights with", kNothing, kNoWeights, kUnfound},
    KnownMessage{"Could not find 'model.safetensors' or 'pytorch_model.bin' in", kNothing,
                 "broken-pipeline unfound-weights",
                 "a module of a pipeline has no weights where modules.json says that it is"},
    KnownMessage{"does not contain a valid checkpoint. Expected either a sharded checkpoint", kNothing, kNoWeights,
                 kUnfound},
    KnownMessage{"No such file or directory* -of-0", kNothing, "missing-weight-files wrong-index", kShardGone},
    KnownMessage{"Unable to locate the file", kNothing, "missing-weight-files", "a weight file is not there"},
    KnownMessage{"File does not contain tensor ", kOne, "wrong-index",
                 "a tensor is not in the file in which it was looked for"},
    KnownMessage{"Mismatch between weight map and model parts for tensor names", kNothing,
                 "wrong-index competing-weights", "the index and the files do not name the same tensors"},
    KnownMessage{"Missing or incomplete model files:", kNothing, "missing-weight-files unreadable-weights", kShardGone},
    KnownMessage{"in the checkpoint index contains a path separator or a", kNothing, "path-outside-repo", kOutside},
    KnownMessage{"must reference a file inside the model directory", kNothing, "path-outside-repo", kOutside},
    // Files that cannot be read.
    KnownMessage{"You seem to have cloned a repository without having git-lfs installed", kNothing, "unfetched-weights",
                 "a weight file is a pointer of Git LFS"},
    KnownMessage{"Error while deserializing header: HeaderTooLarge", kNothing, "unfetched-weights unreadable-weights",
                 kPointer},
    KnownMessage{"Error while deserializing header: header too large", kNothing, "unfetched-weights unreadable-weights",
                 kPointer},
    KnownMessage{"Error while deserializing header", kNothing, "unreadable-weights", kUnreadable},
    KnownMessage{"Unable to load weights from pytorch checkpoint file", kNothing,
                 "unreadable-weights unfetched-weights", kUnreadable},
    KnownMessage{"Unable to load weights from checkpoint file for", kNothing, "unreadable-weights unfetched-weights",
                 kUnreadable},
    KnownMessage{"PytorchStreamReader failed", kNothing, "unreadable-weights", kUnreadable},
    KnownMessage{"Expected hasRecord(\"version\") to be true", kNothing, "unreadable-weights", kUnreadable},
    KnownMessage{"unexpected EOF, expected", kNothing, "unreadable-weights", kUnreadable},
    KnownMessage{"pickle data was truncated", kNothing, "unreadable-weights", kUnreadable},
    KnownMessage{"EOFError: Ran out of input", kNothing, "unreadable-weights", kUnreadable},
    KnownMessage{"invalid load key, 'v'", kNothing, "unfetched-weights unreadable-weights", kPointer},
    KnownMessage{"Unsupported operand 118", kNothing, "unfetched-weights unreadable-weights", kPointer},
    KnownMessage{"invalid load key", kNothing, "unreadable-weights", kUnreadable},
    KnownMessage{"WeightsUnpickler error: Unsupported operand", kNothing, "unreadable-weights", kUnreadable},
    KnownMessage{"Trying to load unsupported GLOBAL", kNothing, "unsafe-pickle", kUnsafe},
    KnownMessage{"Unsupported global: GLOBAL", kNothing, "unsafe-pickle", kUnsafe},
    KnownMessage{"invalid magic characters 'vers'", kNothing, "unfetched-weights unreadable-weights", kPointer},
    KnownMessage{"invalid magic characters: 'vers'", kNothing, "unfetched-weights unreadable-weights", kPointer},
    KnownMessage{"invalid magic characters", kNothing, "unreadable-weights unfetched-weights", kPointer},
    KnownMessage{"invalid magic number", kNothing, "unreadable-weights unfetched-weights", kPointer},
    KnownMessage{"GGUF magic invalid", kNothing, "unreadable-weights unfetched-weights", kPointer},
    KnownMessage{"is this really a GGML file?", kNothing, "unreadable-weights unfetched-weights", kPointer},
    KnownMessage{"data is not within the file bounds, model is corrupted or incomplete", kNothing, "unreadable-weights",
                 kUnreadable},
    KnownMessage{"does not contain the valid metadata", kNothing, "missing-format-metadata", kNoFormat},
    KnownMessage{"The safetensors archive passed at * does not contain metadata", kNothing, "missing-format-metadata",
                 kNoFormat},
    KnownMessage{"metadata.get(\"format\") not in [", kNothing, "missing-format-metadata", kNoFormat},
    KnownMessage{"Incompatible safetensors file", kNothing, "missing-format-metadata", kNoFormat},
    // config.json and the code.
    KnownMessage{"It looks like the config file at", kNothing, "invalid-config", "config.json is no JSON object"},
    KnownMessage{"Should have a `model_type` key in its", kNothing, "missing-model-type",
                 "config.json does not say what model it is"},
    KnownMessage{"KeyError: 'architectures'", kNothing, "missing-architectures",
                 "config.json does not name the class that was saved"},
    KnownMessage{"must be divisible by num_heads", kNothing, "unbuildable-model", kUnbuildable},
    KnownMessage{"is not a multiple of the number of attention heads", kNothing, "unbuildable-model", kUnbuildable},
    KnownMessage{"`rope_scaling` must be a dictionary with", kNothing, "unbuildable-model", kUnbuildable},
    KnownMessage{"Config' object has no attribute", kNothing, "unbuildable-model", kUnbuildable},
    // Quantized models.
    KnownMessage{"Did not found a `quantization_config` in", kNothing, "missing-quantization-config",
                 "config.json has no `quantization_config`"},
    KnownMessage{"Cannot find the config file for", kNothing, "missing-quantization-config",
                 "a quantized model was asked for, and no file says how it is quantized"},
    KnownMessage{"has no attribute 'all_tied_weights_keys'", kNothing, "failing-load",
                 "the constructor of the repo's class does not call `post_init`, on which transformers 5 rests"},
    KnownMessage{"The following MtpModel weights are missing from", kNothing, "missing-prediction-layers",
                 "the config announces layers that predict further tokens, and the files lack them"},
    KnownMessage{"has no `quant_method` attribute", kNothing, "broken-quantization failing-quantizer",
                 "the `quantization_config` does not name its method"},
    // Adapters.
    KnownMessage{"Error(s) in loading state_dict for PeftModel", kNothing, "unmatched-adapter", kAdapter},
    KnownMessage{"not found in the base model. Please check the target modules", kNothing, "unmatched-adapter",
                 "no module of the base model has one of the names in `target_modules`"},
    KnownMessage{"Found missing adapter keys while loading the checkpoint:", kQuoted,
                 "incomplete-adapter contradictory-adapter unmatched-adapter",
                 "these tensors of the adapter are not in its file, or under other names"},
    KnownMessage{"led to unexpected keys * found in the model:", kCommas, "unmatched-adapter",
                 "these tensors of the adapter belong to no module of the base model"},
    KnownMessage{"led to missing keys in the model:", kCommas, "unmatched-adapter",
                 "these tensors of the adapter are not in its file, or under other names"},
    KnownMessage{"No LoRA keys associated to", kNothing, "unmatched-adapter",
                 "no tensor of the adapter is named for this part of the pipeline"},
    KnownMessage{"Invalid LoRA checkpoint", kNothing, "unmatched-adapter",
                 "the tensors are not named as those of LoRA"},
    // vLLM and llama.cpp.
    KnownMessage{"There is no module or parameter named", kQuoted, kForeignName, kUnknownName},
    KnownMessage{"Following weights were not initialized from checkpoint:", kQuoted, "missing-keys untied-head",
                 "these tensors are not in the checkpoint"},
    KnownMessage{"KeyError: 'layers.", kQuotedInside, "unexpected-keys missing-quantization-config stacked-layout",
                 kUnknownName},
    KnownMessage{"KeyError: 'transformer.h.", kQuotedInside,
                 "unexpected-keys missing-quantization-config stacked-layout", kUnknownName},
    KnownMessage{"KeyError: 'model.layers.", kQuotedInside,
                 "unexpected-keys missing-quantization-config stacked-layout", kUnknownName},
    KnownMessage{"Attempted to load weight (", kNothing, kFits, kMismatched},
    KnownMessage{"param_data.shape == loaded_weight.shape", kNothing, kFits, kMismatched},
    KnownMessage{"param.size() == loaded_weight.size()", kNothing, kFits, kMismatched},
    KnownMessage{"Can not map tensor", kQuoted, kForeignName, kUnknownName},
    KnownMessage{"Duplicated tensor name", kQuoted, "duplicate-tensor competing-weights", kTwice},
    KnownMessage{"Found duplicated tensor with name ", kOne, "duplicate-tensor", kTwice},
    KnownMessage{"invalid model: tensor '*' is duplicated", kBetween, "duplicate-tensor", kTwice},
    KnownMessage{"tensor '*' has wrong shape; expected", kBetween, kFits, kMismatched},
    KnownMessage{"missing tensor '*'", kBetween, "missing-keys", kAbsentTensor},
    KnownMessage{"tensor '*' not found", kBetween, "missing-keys", kAbsentTensor},
    KnownMessage{"tensor '*' is missing from model", kBetween, "missing-keys", kAbsentTensor},
    KnownMessage{"failed to load GGUF split from", kNothing, "missing-weight-files unreadable-weights", kShardGone},
    KnownMessage{"index out of range in self", kNothing, "token-out-of-range", kToken},
    KnownMessage{"`srcIndex < srcSelectDimSize` failed", kNothing, "token-out-of-range", kToken},
    // Said in few words.
    KnownMessage{"Invalid magic number; corrupt file?", kNothing, "unreadable-weights", kUnreadable},
    KnownMessage{"could not find MARK", kNothing, "unreadable-weights", kUnreadable},
    KnownMessage{"storage has wrong byte size", kNothing, "unreadable-weights", kUnreadable},
    KnownMessage{"unexpectedly reached end of file", kNothing, "unreadable-weights", kUnreadable},
    KnownMessage{"gguf_init_from_file_impl: failed to read", kNothing, "unreadable-weights", kUnreadable},
    KnownMessage{"MetadataIncompleteBuffer", kNothing, "unreadable-weights", kUnreadable},
    KnownMessage{"incomplete metadata, file not fully covered", kNothing, "unreadable-weights", kUnreadable},
    KnownMessage{"InvalidHeaderDeserialization", kNothing, "unreadable-weights", kUnreadable},
    KnownMessage{"is not on the expected device meta", kNothing, "missing-keys uncovered-tensor unasked-offload",
                 "a tensor has no values: it was never loaded, or it is offloaded and was used without its hook"},
    KnownMessage{"Tensor.item() cannot be called on meta tensors", kNothing, "unbuildable-model",
                 "the model's constructor reads the value of a tensor, and under from_pretrained it has none"},
    KnownMessage{"Could not locate the * inside", kNothing, "missing-remote-code",
                 "`auto_map` of config.json names code that is not in the repo"},
    KnownMessage{"and possibly other `quantized_stats` components", kNothing, "broken-quantization unquantized-weights",
                 "a quantized tensor lacks the parts that say how it is to be read"},
    KnownMessage{"quantization only supports 16/32-bit floats", kNothing,
                 "missing-quantization-config broken-quantization",
                 "weights that are quantized already were to be quantized once more"},
    KnownMessage{"because the following keys are missing:", kCommas, "missing-keys", kMissing},
    KnownMessage{"Unprocessed experts:", kQuoted, "missing-keys", "these experts lack a part"},
    KnownMessage{"'weight' must be 2-D", kNothing, "empty-placeholders",
                 "an embedding without elements was used: it is stored so, or ZeRO-3 keeps its values elsewhere"},
    KnownMessage{"KeyError: '*.weight", kQuotedInside, "unexpected-keys missing-quantization-config stacked-layout",
                 kUnknownName},
    KnownMessage{"KeyError: '*.bias", kQuotedInside, "unexpected-keys missing-quantization-config stacked-layout",
                 kUnknownName},
    KnownMessage{"KeyError: '*.qweight", kQuotedInside, "unexpected-keys missing-quantization-config stacked-layout",
                 kUnknownName},
};

}  // namespace

std::span<const KnownMessage> known_messages() { return kMessages; }

}  // namespace ckptlint
