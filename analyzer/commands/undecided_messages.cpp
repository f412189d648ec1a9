// The messages of which no file decides: about memory, devices, libraries, the network and arguments, each with what
// decides it; and those that say so little that they count only where no other was found.
#include <array>

#include "commands/known_messages.h"

namespace ckptlint {
namespace {

constexpr std::string_view kConfigGone = "config.json, or what takes its place, was not found";
constexpr std::string_view kOutOfMemory = "there was no room for what had to be allocated";
constexpr std::string_view kTooOld = "the program does not know this kind of model";
constexpr std::string_view kNoHub = "the Hub did not give what was asked of it";
constexpr std::string_view kNoLibrary = "a library that is needed is not installed, or in a version that does not fit";
constexpr std::string_view kNoAccelerator = "an accelerator that is needed is not there, or cannot do what was asked";
constexpr std::string_view kArguments = "the arguments of the call do not go together, or not with this model";
constexpr std::string_view kRuntime = "an operation got inputs that do not fit, while the model was running";
constexpr std::string_view kUnsavable = "the tensors to be saved share memory or are laid out otherwise than files are";

constexpr Elsewhere kMemory{
    "how much memory of the machine and its devices is free at that moment",
    "Give the model more room: a smaller dtype, a quantized form, a shorter context or batch, fewer other programs on "
    "the device.  `ckptlint map PATH --max-memory 0=...` shows what would go where with the budgets that you have."};
constexpr Elsewhere kDisk{"how much room the disk has",
                          "Free some, or set HF_HOME to a larger disk.  A file that was cut short by it stays behind: "
                          "`ckptlint check PATH` finds it."};
constexpr Elsewhere kHub{"the Hub: whether the name exists there, and whether your token may read it",
                         "Look the name and the revision up, accept the terms of a gated repo, and log in with "
                         "`hf auth login`.  A model in a folder is meant only where the path leads to that folder."};
constexpr Elsewhere kNetwork{"the connection to the Hub",
                             "Try again, or download once and pass the folder.  Then `ckptlint check PATH` tells "
                             "whether everything arrived."};
constexpr Elsewhere kPath{
    "the path or name that was given: the file is not in that place",
    "Pass the folder that holds the file.  Some loaders want config.json and the tokenizer's files beside the "
    "weights: copy them from the model that was the start."};
constexpr Elsewhere kVersions{"which libraries are installed, and in which versions",
                              "Install or update what the message names.  `ckptlint check PATH --source ...` tries the "
                              "model against another release of transformers without installing it."};
constexpr Elsewhere kProgram{"the version of the program that reads or converts the model",
                             "Update it, or convert the model anew with the version that is to load it.  A model that "
                             "is newer than the newest version has to wait for one."};
constexpr Elsewhere kDevices{"which devices the machine has, and for which the installed libraries were built",
                             "Install the build that fits the machine, or load on a device that is there: "
                             "`map_location=\"cpu\"` or `device_map=\"cpu\"`."};
constexpr Elsewhere kCall{"the arguments of the call", "Change the argument that the message names."};
constexpr Elsewhere kCodeByItself{"how the file is run",
                                  "Load the repo through an Auto class with trust_remote_code=True, which imports its "
                                  "files as one package, instead of importing one of them from its folder."};
constexpr Elsewhere kRun{"what the running program hands to the model",
                         "Compare shapes and dtypes of the inputs with those of the layer in the traceback.  Where "
                         "the weights themselves are suspect, `ckptlint check PATH` looks at them."};
constexpr Elsewhere kShapes{
    "in a pipeline, whether its parts fit one another; of a model that is called by itself, what it is handed",
    "`ckptlint check FOLDER` calls a pipeline of diffusers or sentence-transformers over shapes: it names the part that "
    "does not take what the others give it, or finds that they fit.  Of a model that is called by itself, compare the "
    "shapes of the inputs with those of the layer in the traceback; `ckptlint check PATH` looks at its weights.",
    "broken-components broken-pipeline"};
constexpr Elsewhere kDtypes{
    "in a pipeline of diffusers, in which dtypes it is loaded; of a model that is called by itself, what it is handed",
    "Load a pipeline with `torch_dtype`, which all its models then have: without it transformers loads its models in "
    "the dtype of their configs, and diffusers in float32; `ckptlint check FOLDER` says where that ends so.  Of a model "
    "that is called by itself, compare the dtypes of the inputs with those of the layer in the traceback.",
    "broken-components"};
constexpr Elsewhere kSaving{"the model in memory, at the moment when it is saved",
                            "Save with `save_pretrained`, or with `safetensors.torch.save_model`, which drop the "
                            "second name of shared tensors; call `.contiguous()` on views."};
constexpr Elsewhere kTokenizer{"the tokenizer's files, compared with `vocab_size` of config.json",
                               "Take the tokenizer and config.json from the same model; tokens that were added belong "
                               "to both."};
constexpr Elsewhere kAbove{"the cause, which stands in another line",
                           "Paste the whole output: the lines before this one, and the end of the traceback."};

using enum Listing;

constexpr std::array kUndecided = {
    KnownMessage{"on the meta device because they were offloaded to the cpu.", kNothing, "",
                 "a part of the model waits in the memory of the CPU", &kMemory},
    KnownMessage{"`low_cpu_mem_usage` cannot be False or None when using quantization", kNothing, "", kArguments,
                 &kCall},
    KnownMessage{"you need to set `llm_int8_enable_fp32_cpu_offload=True`", kNothing, "", kArguments, &kCall},
    KnownMessage{"cpu/disk offload with a pre-quantized", kNothing, "", kArguments, &kCall},
    KnownMessage{"CPU/disk offload is currently not supported with Diffusers and the Quanto backend", kNothing, "",
                 kArguments, &kCall},
    KnownMessage{"Some modules are dispatched on the CPU or the disk", kNothing, "",
                 "the quantized model did not fit on the accelerators, and its library computes nowhere else",
                 &kMemory},
    KnownMessage{"You can't move a model that has some modules offloaded to cpu or disk", kNothing, "", kArguments,
                 &kCall},
    KnownMessage{"DeepSpeed Zero-3 is not compatible with passing a `device_map`", kNothing, "", kArguments, &kCall},
    KnownMessage{"When passing device_map as a string, the value needs to be a device name", kNothing, "", kArguments,
                 &kCall},
    KnownMessage{"is not recognized, available devices are integers", kNothing, "", kArguments, &kCall},
    KnownMessage{"Offloaded module must fit in CPU memory", kNothing, "", kOutOfMemory, &kMemory},
    KnownMessage{"Error no file named config.json", kNothing, "", kConfigGone, &kPath},
    KnownMessage{"Error no file named model_index.json", kNothing, "", kConfigGone, &kPath},
    KnownMessage{"does not appear to have a file named config.json", kNothing, "", kConfigGone, &kPath},
    KnownMessage{"No supported config format found in", kNothing, "", kConfigGone, &kPath},
    KnownMessage{"Can't load config for", kNothing, "", kConfigGone, &kPath},
    KnownMessage{"Can't find 'adapter_config.json' at", kNothing, "", "the folder holds no adapter", &kPath},
    KnownMessage{"but Transformers does not recognize this architecture", kNothing, "", kTooOld, &kVersions},
    KnownMessage{"Unrecognized configuration class", kNothing, "", "the Auto class that was asked has no such model",
                 &kCall},
    KnownMessage{"requires you to execute", kNothing, "",
                 "the model is code of the repo's own, which runs only with trust_remote_code=True", &kCall},
    KnownMessage{"contains custom code in * which must be executed to correctly load the model", kNothing, "",
                 "the folder brings code of its own, which is imported only with trust_remote_code=True", &kCall},
    KnownMessage{"contains custom code which must be executed to correctly load the model", kNothing, "",
                 "the model is code of the repo's own, which runs only with trust_remote_code=True", &kCall},
    KnownMessage{"attempted relative import with no known parent package", kNothing, "",
                 "a file of a repo was run by itself, where its imports of files beside it mean nothing",
                 &kCodeByItself},
    KnownMessage{"pass the argument `trust_remote_code=True` to allow custom code to be run", kNothing, "",
                 "the model is code of the repo's own, which runs only with trust_remote_code=True", &kCall},
    KnownMessage{"Quantization method specified in the model config", kNothing, "", kArguments, &kCall},
    KnownMessage{"model must be loaded with the first split", kNothing, "",
                 "a part of a split model was named, and not the first", &kCall},
    KnownMessage{"wrong number of tensors; expected", kNothing, "",
                 "the file has other tensors than the program uses of this architecture", &kProgram},
    KnownMessage{"unknown model architecture", kNothing, "", kTooOld, &kProgram},
    KnownMessage{"key not found in model:", kNothing, "", "the file lacks a value that the program reads", &kProgram},
    KnownMessage{"file appears to be version", kNothing, "", "the file is of a version that the program does not read",
                 &kProgram},
    KnownMessage{"Architecture \"*\" not supported", kNothing, "", kTooOld, &kProgram},
    KnownMessage{"Architecture '*' not supported", kNothing, "", kTooOld, &kProgram},
    KnownMessage{"ERROR:hf-to-gguf:Model * is not supported", kNothing, "", kTooOld, &kProgram},
    KnownMessage{"BPE pre-tokenizer was not recognized", kNothing, "",
                 "the converter does not know how this tokenizer splits text", &kProgram},
    KnownMessage{"GGUF model with architecture * is not supported yet", kNothing, "", kTooOld, &kVersions},
    KnownMessage{"are not supported for now", kNothing, "", kTooOld, &kVersions},
    KnownMessage{"ValueError: Model type * not supported.", kNothing, "", kTooOld, &kProgram},
    KnownMessage{"must be divisible by tensor parallel size", kNothing, "", kArguments, &kCall},
    KnownMessage{"User-specified max_model_len", kNothing, "", kArguments, &kCall},
    KnownMessage{"CUDA error: device-side assert triggered", kNothing, "",
                 "an operation on the GPU found values that it cannot take; with CUDA_LAUNCH_BLOCKING=1 the traceback "
                 "shows which",
                 &kRun},
    KnownMessage{"CUDA out of memory", kNothing, "", kOutOfMemory, &kMemory},
    KnownMessage{"MPS backend out of memory", kNothing, "", kOutOfMemory, &kMemory},
    KnownMessage{"CUDA error: out of memory", kNothing, "", kOutOfMemory, &kMemory},
    KnownMessage{"cudaMalloc failed: out of memory", kNothing, "", kOutOfMemory, &kMemory},
    KnownMessage{"not enough memory: you tried to allocate", kNothing, "", kOutOfMemory, &kMemory},
    KnownMessage{"can't allocate memory: you tried to allocate", kNothing, "", kOutOfMemory, &kMemory},
    KnownMessage{"No available memory for the cache blocks", kNothing, "", kOutOfMemory, &kMemory},
    KnownMessage{"tokens that can be stored in KV cache", kNothing, "", kOutOfMemory, &kMemory},
    KnownMessage{"is less than desired GPU memory utilization", kNothing, "", kOutOfMemory, &kMemory},
    KnownMessage{"No space left on device", kNothing, "", "the disk is full", &kDisk},
    KnownMessage{"Torch not compiled with CUDA enabled", kNothing, "", kNoAccelerator, &kDevices},
    KnownMessage{"Found no NVIDIA driver on your system", kNothing, "", kNoAccelerator, &kDevices},
    KnownMessage{"Attempting to deserialize object on a CUDA device but", kNothing, "", kNoAccelerator, &kDevices},
    KnownMessage{"no kernel image is available for execution on the device", kNothing, "", kNoAccelerator, &kDevices},
    KnownMessage{"A GPU * is needed for", kNothing, "", kNoAccelerator, &kDevices},
    KnownMessage{"is only supported on GPUs with compute capability", kNothing, "", kNoAccelerator, &kDevices},
    KnownMessage{"not implemented for 'Half'", kNothing, "", kNoAccelerator, &kDevices},
    KnownMessage{"mat1 and mat2 shapes cannot be multiplied", kNothing, "", kRuntime, &kShapes},
    KnownMessage{"to have the same dtype, but got:", kNothing, "", kRuntime, &kDtypes},
    KnownMessage{"Some tensors share memory, this will lead to duplicate memory on disk", kNothing, "", kUnsavable,
                 &kSaving},
    KnownMessage{"You are trying to save a non contiguous tensor", kNothing, "", kUnsavable, &kSaving},
    KnownMessage{"contained shared tensors * which are not properly defined", kNothing, "", kUnsavable, &kSaving},
    KnownMessage{"requires `accelerate`", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"requires Accelerate", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"quantized model requires", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"Loading Nunchaku checkpoints requires", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"To load GGUF format files you must have `gguf`", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"TorchAoConfig requires torchao", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"Failed to find class * in any of the allowed modules: torchao", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"quantization requires bitsandbytes", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"quantization requires the latest version of bitsandbytes", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"requires the following packages that were not found in your environment", kNothing, "", kNoLibrary,
                 &kVersions},
    KnownMessage{"is not a local folder and is not a valid model identifier", kNothing, "", kNoHub, &kHub},
    KnownMessage{"is not a valid git identifier", kNothing, "", kNoHub, &kHub},
    KnownMessage{"You are trying to access a gated repo", kNothing, "", kNoHub, &kHub},
    KnownMessage{"Cannot access gated repo for url", kNothing, "", kNoHub, &kHub},
    KnownMessage{"Repository Not Found for url", kNothing, "", kNoHub, &kHub},
    KnownMessage{"Repo id must", kNothing, "", "the name is neither a folder nor a repo of the Hub", &kPath},
    KnownMessage{"No sentence-transformers model found with name", kNothing, "",
                 "the folder or repo has no modules.json", &kPath},
    KnownMessage{"Can't load the model for", kNothing, "", "nothing of that name was found, neither folder nor repo",
                 &kPath},
    KnownMessage{"We couldn't connect to", kNothing, "", kNoHub, &kNetwork},
    KnownMessage{"outgoing traffic has been disabled", kNothing, "", kNoHub, &kNetwork},
    KnownMessage{"Consistency check failed: file should be of size", kNothing, "", "a download ended early", &kNetwork},
    KnownMessage{"Max retries exceeded with url", kNothing, "", kNoHub, &kNetwork},
    KnownMessage{"CUDA error: invalid device ordinal", kNothing, "", kNoAccelerator, &kDevices},
    KnownMessage{"CUDA driver version is insufficient", kNothing, "", kNoAccelerator, &kDevices},
    KnownMessage{"number of required GPUs exceeds", kNothing, "", kNoAccelerator, &kDevices},
    KnownMessage{"Placeholder storage has not been allocated on MPS device", kNothing, "", kRuntime, &kRun},
    KnownMessage{"an illegal memory access was encountered", kNothing, "", kRuntime, &kRun},
    KnownMessage{"CUBLAS_STATUS_", kNothing, "", kRuntime, &kRun},
    KnownMessage{"The size of tensor a (", kNothing, "", kRuntime, &kShapes},
    KnownMessage{"The expanded size of the tensor (", kNothing, "", kRuntime, &kShapes},
    KnownMessage{"Given groups=* weight of size [", kNothing, "", kRuntime, &kShapes},
    KnownMessage{"Sizes of tensors must match except in dimension", kNothing, "", kRuntime, &kShapes},
    KnownMessage{"Input image size (* match model (", kNothing, "", kRuntime, &kShapes},
    KnownMessage{"is invalid for input of size", kNothing, "", kRuntime, &kShapes},
    KnownMessage{"expected scalar type", kNothing, "", kRuntime, &kRun},
    KnownMessage{"must have the same dtype", kNothing, "", kRuntime, &kDtypes},
    KnownMessage{"Input type (* should be the same", kNothing, "", kRuntime, &kDtypes},
    KnownMessage{
        "probability tensor contains either `inf`, `nan`", kNothing, "",
        "the model computed values that are no numbers: a dtype too small, or weights that are not what they should be",
        &kRun},
    KnownMessage{"mmap failed: Cannot allocate memory", kNothing, "", kOutOfMemory, &kMemory},
    KnownMessage{"failed to allocate buffer", kNothing, "", kOutOfMemory, &kMemory},
    KnownMessage{"cannot import name", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"No module named", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"AttributeError: module transformers", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"AttributeError: module diffusers", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"AttributeError: module 'torch", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"got an unexpected keyword argument", kNothing, "",
                 "the code that reads the config is older or newer than the code that wrote it", &kVersions},
    KnownMessage{"undefined symbol:", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"PEFT backend is required", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"CONFIG_MAPPING[config_dict[\"model_type\"]]", kNothing, "", kTooOld, &kVersions},
    KnownMessage{"does not exist or is not currently imported", kNothing, "",
                 "the release does not have this class of tokenizer", &kVersions},
    KnownMessage{"data did not match any variant of untagged enum", kNothing, "",
                 "tokenizer.json was written by a newer release of tokenizers", &kVersions},
    KnownMessage{"instantiate the backend tokenizer", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"has no vLLM implementation", kNothing, "", kTooOld, &kVersions},
    KnownMessage{"failed to be inspected", kNothing, "", "the code of the model cannot be imported", &kVersions},
    KnownMessage{"Unknown quantization method", kNothing, "", "the release does not know the method of quantization",
                 &kVersions},
    KnownMessage{"You are using a model of type * to instantiate a model of type", kNothing, "",
                 "config.json is of another kind of model than the class that was asked", &kCall},
    KnownMessage{"`to()` is not supported for", kNothing, "", kArguments, &kCall},
    KnownMessage{"no such modeling files are available", kNothing, "",
                 "no weights have the variant that was asked for in their names", &kCall},
    KnownMessage{"The model weights are not tied. Please use the `tie_weights` method", kNothing, "",
                 "a device map was made of a model that was just built, before its weights were tied", &kCall},
    KnownMessage{"the tokenizer does not have a padding token", kNothing, "",
                 "the tokenizer has no token to fill up shorter texts with", &kCall},
    KnownMessage{"with an incorrect regex pattern", kNothing, "",
                 "the tokenizer splits text as an older one did, unless `fix_mistral_regex=True` is passed", &kCall},
    KnownMessage{".to` is not supported for", kNothing, "", kArguments, &kCall},
    KnownMessage{"You cannot perform fine-tuning on purely quantized models", kNothing, "", kArguments, &kCall},
    KnownMessage{"The model is quantized with * but you are passing a", kNothing, "", kArguments, &kCall},
    KnownMessage{"Please specify `target_modules` in `peft_config`", kNothing, "", kArguments, &kCall},
    KnownMessage{"is not supported. Currently, only the following modules are supported", kNothing, "",
                 "an adapter was asked for modules of a kind that takes none", &kCall},
    KnownMessage{"The input size is not aligned with the quantized weight shape", kNothing, "",
                 "the quantized weights cannot be divided among so many devices", &kCall},
    KnownMessage{"is not divisible by weight quantization block_", kNothing, "",
                 "the quantized weights cannot be divided among so many devices", &kCall},
    KnownMessage{"is not supported for quantization method", kNothing, "", kArguments, &kCall},
    KnownMessage{"must be converted with BpeVocab", kNothing, "", kArguments, &kCall},
    KnownMessage{"TypeError: not a string", kNothing, "", "the tokenizer's files were not found", &kPath},
    KnownMessage{"Can't load tokenizer for", kNothing, "", "the tokenizer's files were not found", &kPath},
    KnownMessage{"Can't load the configuration of", kNothing, "", kConfigGone, &kPath},
    KnownMessage{"Cannot find tokenizer.model", kNothing, "", "the tokenizer's files were not found", &kPath},
    KnownMessage{"File not found: * tokenizer.model", kNothing, "", "the tokenizer's files were not found", &kPath},
    KnownMessage{"Invalid repository ID or local directory specified", kNothing, "", kConfigGone, &kPath},
    KnownMessage{"failed to open GGUF file", kNothing, "", "the file is not there", &kPath},
    KnownMessage{"Vocab size mismatch", kNothing, "", "the tokenizer and config.json count different numbers of tokens",
                 &kTokenizer},
    KnownMessage{"unknown pre-tokenizer type", kNothing, "", "the program does not know how this tokenizer splits text",
                 &kProgram},
    KnownMessage{"has invalid ggml type", kNothing, "", "the file has tensors of a type that the program does not read",
                 &kProgram},
    KnownMessage{"this software only supports", kNothing, "", "the file is of a version that the program does not read",
                 &kProgram},
    KnownMessage{"401 Client Error", kNothing, "", kNoHub, &kHub},
    KnownMessage{"403 Client Error", kNothing, "", kNoHub, &kHub},
    KnownMessage{"404 Client Error", kNothing, "", kNoHub, &kHub},
    KnownMessage{"Entry Not Found for url", kNothing, "", kNoHub, &kHub},
    KnownMessage{"429 Client Error", kNothing, "", "the Hub was asked too often", &kNetwork},
    KnownMessage{"Read timed out", kNothing, "", kNoHub, &kNetwork},
    KnownMessage{"cannot find the requested files in the local cache", kNothing, "", kNoHub, &kNetwork},
    KnownMessage{"cannot find the requested files in the cached path", kNothing, "", kNoHub, &kNetwork},
    KnownMessage{"CERTIFICATE_VERIFY_FAILED", kNothing, "", kNoHub, &kNetwork},
    KnownMessage{"Incorrect path_or_model_id", kNothing, "", kConfigGone, &kPath},
    KnownMessage{"KeyError: 'peft_type'", kNothing, "",
                 "adapter_config.json does not say what kind of adapter it is: it is of another library, or incomplete",
                 &kPath},
    KnownMessage{"You can't train a model that has been loaded", kNothing, "", kArguments, &kCall},
    KnownMessage{"You shouldn't move a model", kNothing, "", kArguments, &kCall},
    KnownMessage{"does not define a \"", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"cannot be loaded as it does not seem to have any of the loading methods", kNothing, "", kNoLibrary,
                 &kVersions},
};

constexpr std::array kVague = {
    KnownMessage{"Error(s) in loading state_dict for", kNothing, "missing-keys unexpected-keys mismatched-shapes",
                 "the stored tensors are not those of the model"},
    KnownMessage{"does not appear to have files named", kNothing, "missing-weight-files", kShardGone},
    KnownMessage{"Weights only load failed", kNothing, "unsafe-pickle unreadable-weights unfetched-weights",
                 "the pickled file was refused"},
    KnownMessage{"AttributeError: module", kNothing, "", kNoLibrary, &kVersions},
    KnownMessage{"JSONDecodeError", kNothing, "invalid-config wrong-index", "a file that should hold JSON does not"},
    KnownMessage{"__init__() missing * required positional argument", kNothing, "unbuildable-model",
                 "the model's code was called without an argument that it needs"},
    KnownMessage{"UnpicklingError", kNothing, "unreadable-weights unfetched-weights", kUnreadable},
    KnownMessage{"SafetensorError", kNothing, "unreadable-weights", kUnreadable},
    KnownMessage{"does not appear to have a file named", kNothing, "", "the folder or repo has no file of that name",
                 &kPath},
    KnownMessage{"out of memory", kNothing, "", kOutOfMemory, &kMemory},
    KnownMessage{"Engine core initialization failed", kNothing, "", "a process of the program ended", &kAbove},
    KnownMessage{"error loading model", kNothing, "", "the model was not loaded", &kAbove},
    KnownMessage{"failed to load model", kNothing, "", "the model was not loaded", &kAbove},
    KnownMessage{"Failed to load model", kNothing, "", "the model was not loaded", &kAbove},
    KnownMessage{"unable to load model", kNothing, "", "the model was not loaded", &kAbove},
    KnownMessage{"Could not load Llama model", kNothing, "", "the model was not loaded", &kAbove},
};

}  // namespace

std::span<const KnownMessage> undecided_messages() { return kUndecided; }

std::span<const KnownMessage> vague_messages() { return kVague; }

}  // namespace ckptlint
