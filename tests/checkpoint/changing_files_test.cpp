// Files that change, vanish, or are no files while they are read.
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <utility>

#include "base/regular_file.h"
#include "catch.h"
#include "checkpoint/checkpoint.h"
#include "scratch_folder.h"
#include "weight_files.h"
#include "zip_writer.h"

using namespace ckptlint;
using namespace ckptlint::test;
namespace fs = std::filesystem;

namespace {

// A folder in which something happens to a file after it was found and before it is opened.
class DisturbedTree final : public FileTree {
 public:
  DisturbedTree(FileTreePtr below, std::function<void(std::string_view)> disturb)
      : below_(std::move(below)), disturb_(std::move(disturb)) {}

  Result<std::string> read(std::string_view path, std::uint64_t max_bytes) const override {
    disturb_(path);
    return below_->read(path, max_bytes);
  }
  bool is_file(std::string_view path) const override { return below_->is_file(path); }
  bool is_folder(std::string_view path) const override { return below_->is_folder(path); }
  std::vector<std::string> list(std::string_view folder) const override { return below_->list(folder); }
  std::string real_path(std::string_view path) const override {
    std::string real = below_->real_path(path);
    disturb_(path);
    return real;
  }

 private:
  FileTreePtr below_;
  std::function<void(std::string_view)> disturb_;
};

Checkpoint read_disturbed(const ScratchFolder& folder, const std::string& file, const std::function<void()>& disturb) {
  const auto tree = open_folder(folder.path());
  REQUIRE(tree.ok());
  const DisturbedTree disturbed(*tree, [&](std::string_view path) {
    if (path == file) disturb();
  });
  const auto checkpoint = read_checkpoint(disturbed);
  REQUIRE(checkpoint.ok());
  return *checkpoint;
}

const std::string kSafetensors = safetensors_of({"a", "b"});
const std::string kIndex =
    R"({"metadata":{},"weight_map":{"a":"model-00001-of-00001.safetensors","b":"model-00001-of-00001.safetensors"}})";

}  // namespace

TEST_CASE("a file that becomes shorter after it was opened") {
  ScratchFolder folder;
  folder.write("model.safetensors", kSafetensors);
  const std::string path = folder.path("model.safetensors");
  const auto file = RegularFile::open(path, "model.safetensors");
  REQUIRE(file.ok());
  fs::resize_file(path, 20);
  CHECK(file->read(0, 20).ok());
  const auto bytes = file->read(8, kSafetensors.size() - 8);
  REQUIRE_FALSE(bytes.ok());
  CHECK(bytes.error().message ==
        "cannot read `model.safetensors`: it became shorter while being read (ends at byte 20)");
  fs::remove(path);
  CHECK(file->read(0, 20).ok());
}

TEST_CASE("a file that vanishes between being found and being opened") {
  for (const std::string name : {"model.safetensors", "pytorch_model.bin"}) {
    ScratchFolder folder;
    folder.write(name, name == "model.safetensors" ? kSafetensors : "PK\x03\x04");
    const Checkpoint checkpoint = read_disturbed(folder, name, [&] { fs::remove(folder.path(name)); });
    CHECK(text_of(checkpoint.defects) == fmt::format("{0}:0 refused: cannot read `{0}`: no such file\n", name));
    CHECK(checkpoint.tensors.empty());
  }
}

TEST_CASE("a shard that vanishes after the index was read") {
  ScratchFolder folder;
  folder.write("model.safetensors.index.json", kIndex);
  folder.write("model-00001-of-00001.safetensors", kSafetensors);
  const std::string shard = "model-00001-of-00001.safetensors";
  const Checkpoint checkpoint = read_disturbed(folder, shard, [&] { fs::remove(folder.path(shard)); });
  CHECK(text_of(checkpoint.defects) == shard + ":0 refused: cannot read `" + shard + "`: no such file\n");
}

TEST_CASE("an index that vanishes or turns into another thing") {
  for (const bool fifo : {false, true}) {
    ScratchFolder folder;
    const std::string index = "model.safetensors.index.json";
    folder.write(index, kIndex);
    const Checkpoint checkpoint = read_disturbed(folder, index, [&] {
      fs::remove(folder.path(index));
      if (fifo) REQUIRE(mkfifo(folder.path(index).c_str(), 0600) == 0);
    });
    REQUIRE_FALSE(checkpoint.defects.empty());
    CHECK(checkpoint.defects[0].file == index);
    CHECK(checkpoint.defects[0].kind == DefectKind::kUnreadable);
    CHECK(checkpoint.defects[0].message.find(fifo ? "a FIFO" : "no such file") != std::string::npos);
  }
}

TEST_CASE("a weight file that turns into a FIFO or a folder is not waited for") {
  for (const bool fifo : {false, true}) {
    ScratchFolder folder;
    folder.write("model.safetensors", kSafetensors);
    const std::string path = folder.path("model.safetensors");
    const Checkpoint checkpoint = read_disturbed(folder, "model.safetensors", [&] {
      fs::remove(path);
      if (fifo) {
        REQUIRE(mkfifo(path.c_str(), 0600) == 0);
      } else {
        fs::create_directory(path);
      }
    });
    CHECK(text_of(checkpoint.defects) ==
          std::string("model.safetensors:0 refused: cannot read `model.safetensors`: it is ") +
              (fifo ? "a FIFO" : "a folder") + ", not a file\n");
  }
}

TEST_CASE("a file that is written anew while it is read gives one of its two states or a defect") {
  ScratchFolder folder;
  folder.write("model.safetensors", kSafetensors);
  const Checkpoint checkpoint = read_disturbed(folder, "model.safetensors",
                                               [&] { folder.write("model.safetensors", kSafetensors.substr(0, 50)); });
  REQUIRE(checkpoint.defects.size() == 1);
  CHECK(checkpoint.defects[0].kind == DefectKind::kTruncated);
}

TEST_CASE("sockets, FIFOs and devices are refused without being opened") {
  ScratchFolder folder;
  REQUIRE(mkfifo(folder.path("fifo").c_str(), 0600) == 0);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(folder.path("socket").size() < sizeof address.sun_path);
  folder.path("socket").copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  close(descriptor);
  const auto refusal = [](const std::string& path) {
    const auto file = RegularFile::open(path, "it");
    return file.ok() ? "opened" : file.error().message;
  };
  CHECK(refusal(folder.path("fifo")) == "cannot read `it`: it is a FIFO, not a file");
  CHECK(refusal(folder.path("socket")) == "cannot read `it`: it is a socket, not a file");
  CHECK(refusal(folder.path()) == "cannot read `it`: it is a folder, not a file");
  CHECK(refusal("/dev/zero") == "cannot read `it`: it is a device, not a file");
}
