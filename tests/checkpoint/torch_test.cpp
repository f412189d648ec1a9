// torch's two formats, against what torch itself read back (fixtures/formats/torch/record.py).
#include <nlohmann/json.hpp>

#include "catch.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/torch_state.h"
#include "checkpoint/weight_file.h"
#include "golden.h"
#include "weight_files.h"
#include "zip_writer.h"

using namespace ckptlint;
using namespace ckptlint::test;
using nlohmann::json;

namespace {

Checkpoint read_fixture(const std::string& name) {
  const auto tree = open_folder(fixture_path("formats/torch"));
  REQUIRE(tree.ok());
  const auto checkpoint = read_checkpoint(**tree, name);
  REQUIRE(checkpoint.ok());
  return *checkpoint;
}

Checkpoint read_bytes(const std::string& bytes) {
  const auto checkpoint = read_checkpoint(*in_memory_tree({{"pytorch_model.bin", bytes}}), "pytorch_model.bin");
  REQUIRE(checkpoint.ok());
  return *checkpoint;
}

std::string zip_with_pickle(const std::string& pickle) {
  return zip_of({{"archive/data.pkl", pickle}, {"archive/version", "3\n"}});
}

std::vector<double> values(const std::string& file, const std::string& name) {
  const auto tree = open_folder(fixture_path("formats/torch"));
  const Checkpoint checkpoint = read_fixture(file);
  REQUIRE(checkpoint.find(name) != nullptr);
  const auto read = stored_values(**tree, checkpoint, *checkpoint.find(name));
  return read ? *read : std::vector<double>();
}

}  // namespace

TEST_CASE("tensors are what torch reads back") {
  const json expected = json::parse(fixture_text("formats/torch/expected.json"));
  REQUIRE(expected.size() > 5);
  for (const auto& [file, answer] : expected.items()) {
    INFO(file);
    const Checkpoint checkpoint = read_fixture(file);
    CHECK(checkpoint.shards[0].loadable == answer.at("loads").get<bool>());
    if (!answer.contains("tensors")) continue;
    json rows = json::object();
    for (const StoredTensor& tensor : checkpoint.tensors) {
      rows[std::string(tensor.name)] = {tensor.type_name, checkpoint.shape(tensor)};
    }
    CHECK(rows.dump(1) == answer.at("tensors").dump(1));
  }
}

TEST_CASE("values are found where they lie") {
  CHECK(values("dict.bin", "float8") == std::vector<double>(4, 1));
  for (const char* file : {"dict.bin", "dict_legacy.bin"}) {
    INFO(file);
    CHECK(values(file, "view.rows") == std::vector<double>{6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17});
    CHECK(values(file, "scalar") == std::vector<double>{1.5});
    CHECK(values(file, "parameter") == std::vector<double>(4, 1));
    CHECK(values(file, "long") == std::vector<double>{0, 1, 2});
    CHECK(values(file, "transposed").empty());
  }
}

TEST_CASE("tensors that share bytes say so") {
  for (const char* file : {"dict.bin", "dict_legacy.bin"}) {
    const Checkpoint checkpoint = read_fixture(file);
    const std::uint32_t storage = checkpoint.find("embed.weight")->storage;
    CHECK(storage != StoredTensor::kOwnStorage);
    CHECK(checkpoint.find("tied.weight")->storage == storage);
    CHECK(checkpoint.find("view.columns")->storage == storage);
    CHECK(checkpoint.find("half")->storage != storage);
  }
}

TEST_CASE("what is wrong with torch files") {
  using namespace std::string_literals;
  const std::string sound = fixture_text("formats/torch/module_state.bin");
  const std::string legacy = fixture_text("formats/torch/dict_legacy.bin");
  const std::string tensor =
      "ctorch._utils\n_rebuild_tensor_v2\n((U\7storagectorch\nFloatStorage\nU\0010U\3cpuK\2tQK\0(K\3t(K\1t\x89"
      "ccollections\nOrderedDict\n)RtR"s;
  const std::vector<std::pair<std::string, std::string>> files = {
      {"a zip cut short", sound.substr(0, sound.size() / 2)},
      {"legacy, cut in the storages", legacy.substr(0, legacy.size() - 10)},
      {"legacy, cut in the pickle", legacy.substr(0, 300)},
      {"a zip without a pickle", zip_of({{"archive/other", "x"}})},
      {"a zip without members", "PK\5\6" + std::string(18, '\0')},
      {"TorchScript", zip_of({{"archive/data.pkl", "N."}, {"archive/constants.pkl", "N."}})},
      {"eval", zip_with_pickle("c__builtin__\neval\n(S'1'\ntR.")},
      {"eval by the stack", zip_with_pickle("\x80\4\x8c\x08"
                                            "builtins\x8c\4"
                                            "eval\x93."s)},
      {"a pickle that is no pickle", zip_with_pickle("hello")},
      {"an empty pickle", zip_with_pickle("")},
      {"a pickle that ends early", zip_with_pickle("}X\xff\xff\xff\x7f")},
      {"an unknown memo entry", zip_with_pickle("h\1.")},
      {"an empty stack", zip_with_pickle("s.")},
      {"a mark too few", zip_with_pickle("t.")},
      {"a tensor beyond its storage",
       zip_of({{"a/data.pkl", "}U\1w" + tensor + "s."}, {"a/data/0", std::string(8, '\0')}})},
      {"a storage that is not there", zip_of({{"a/data.pkl", "}U\1w" + tensor + "s."}})},
      {"a storage of another length",
       zip_of({{"a/data.pkl", "}U\1w" + tensor + "s."}, {"a/data/0", std::string(7, '\0')}})},
      {"a call that makes no tensor", zip_with_pickle("}U\1wctorch._utils\n_rebuild_tensor_v2\n)Rs.")},
      {"a bare pickle", "\x80\2cos\nsystem\nU\4trueR."s},
      {"a text", "hello, world"},
  };
  std::string text;
  for (const auto& [what, bytes] : files) {
    const Checkpoint checkpoint = read_bytes(bytes);
    CHECK_FALSE(checkpoint.shards[0].loadable);
    text += fmt::format("== {}\n{}\n", what, text_of(checkpoint.defects));
  }
  for (const char* file :
       {"call.bin", "call_legacy.bin", "module.bin", "protocol4.bin", "nested.bin", "float8_legacy.bin", "list.bin",
        "tensor.bin", "numbers.bin", "optimizer.bin", "sparse.bin"}) {
    text += fmt::format("== {}\n{}\n", file, text_of(read_fixture(file).defects));
  }
  check_golden("formats/torch_defects.txt", text);
}

TEST_CASE("a weight file under another format's name is read and named") {
  const FileTreePtr tree = in_memory_tree({{"model.safetensors", fixture_text("formats/torch/module_state.bin")},
                                           {"pytorch_model.bin", safetensors_of({"a"})}});
  const auto torch = read_checkpoint(*tree, "model.safetensors");
  CHECK(torch->shards[0].format == WeightFormat::kTorchZip);
  CHECK(torch->tensors.size() == 7);
  CHECK(text_of(torch->defects) == "model.safetensors:0 refused: the file is a zip archive, not what its name says\n");
  const auto safetensors = read_checkpoint(*tree, "pytorch_model.bin");
  CHECK(names_of(*safetensors) == std::vector<std::string>{"a"});
  CHECK_FALSE(safetensors->shards[0].loadable);
}

TEST_CASE("a pickle within itself ends") {
  // A list that is its own only item, and a dict under its own key.
  CHECK(read_bytes(zip_with_pickle("]q\1h\1a.")).tensors.empty());
  CHECK(read_bytes(zip_with_pickle("}q\1U\1kh\1s.")).tensors.empty());
}

TEST_CASE("pickle bombs end in a defect") {
  const auto refused = [](const std::string& pickle) {
    const Checkpoint checkpoint = read_bytes(zip_with_pickle(pickle));
    return !checkpoint.shards[0].loadable;
  };
  std::string lists;
  for (int i = 0; i < 2'000'000; ++i) lists += ']';
  CHECK(refused(lists + "."));
  CHECK(refused(std::string().append(2'000'000, '(') + "."));
  CHECK(refused(std::string().append(9'000'000, 'N') + "."));
  std::string memo = "N";
  for (std::uint32_t i = 0; i < 1'500'000; ++i) memo += 'r' + little_endian_bytes(2 * i + 7, 4);
  CHECK(refused(memo + "."));
}

TEST_CASE("which globals torch.load lets through") {
  for (const char* name :
       {"collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch.FloatStorage", "torch.cuda.HalfStorage",
        "torch.sparse.FloatTensor", "torch.bfloat16", "torch.storage.UntypedStorage", "_codecs.encode"}) {
    INFO(name);
    CHECK(is_allowed_global(name));
  }
  for (const char* name :
       {"os.system", "torch.load", "torch.nn.modules.linear.Linear", "torch._utils.other", "torch.cuda.float32",
        "torch.cuda.sparse.BoolTensor", "numpy.core.multiarray._reconstruct", "", "torch."}) {
    INFO(name);
    CHECK_FALSE(is_allowed_global(name));
  }
}

TEST_CASE("the number of tensors is limited, and a file that has more says so") {
  const std::string bytes = fixture_text("formats/torch/dict.bin");
  ReadLimits limits;
  limits.tensors = 2;
  const WeightFile file = read_weight_file(ByteSource(bytes, "x"), "x.bin", limits);
  CHECK(file.tensors.size() == 2);
  REQUIRE(file.defects.size() == 1);
  CHECK(file.defects[0].kind == DefectKind::kTooManyTensors);
  CHECK(file.defects[0].message == "the pickle has more than 2 tensors; the rest was not read");
}
