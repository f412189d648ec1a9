// Archives that are not what they say.
#include "base/zip_archive.h"
#include "catch.h"
#include "zip_writer.h"

using namespace ckptlint;
using test::zip_of;
using test::ZipEntry;
using test::ZipWriter;

namespace {

Result<ZipArchive> opened(const std::string& bytes) { return ZipArchive::open(ByteSource(bytes, "t.zip"), "t.zip"); }

// The first member, or the error's words.
std::string first_member(const std::string& bytes, std::uint64_t max_bytes = 1u << 20) {
  const auto archive = opened(bytes);
  if (!archive) return archive.error().message;
  if (archive->members().empty()) return "no members";
  const auto text = archive->read(archive->members()[0], max_bytes);
  return text ? *text : text.error().message;
}

}  // namespace

TEST_CASE("stored and deflated members") {
  const std::string text(100'000, 'x');
  CHECK(first_member(zip_of({{"a", "plain"}})) == "plain");
  CHECK(first_member(zip_of({{"a", text, true}})) == text);
  CHECK(first_member(zip_of({{"a", ""}})).empty());
  CHECK(first_member(zip_of({{"a", "", true}})).empty());
  CHECK(first_member(zip_of({})) == "no members");
}

TEST_CASE("bytes before the archive, a comment behind it, and 64-bit records") {
  ZipWriter writer("#!/usr/bin/env python3\n");
  writer.add({"a", "text"});
  CHECK(first_member(writer.finish()) == "text");
  CHECK(first_member(writer.finish("a comment with PK\5\6 in it")) == "text");
  CHECK(first_member(writer.finish64()) == "text");
}

TEST_CASE("where a member's bytes begin") {
  const std::string bytes = zip_of({{"one", "111"}, {"two", "22"}});
  const auto archive = opened(bytes);
  REQUIRE(archive.ok());
  const auto offset = archive->data_offset(archive->members()[1]);
  REQUIRE(offset.ok());
  CHECK(bytes.substr(*offset, 2) == "22");
}

TEST_CASE("an archive cut short has no directory") {
  const std::string bytes = zip_of({{"a", "text"}});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    INFO(size);
    CHECK_FALSE(opened(bytes.substr(0, size)).ok());
  }
}

TEST_CASE("no damaged byte crashes, and none changes the text unnoticed") {
  const std::string bytes = zip_of({{"name", "some text", true}});
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const char bit : {'\x01', '\x10', '\x80'}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ bit);
      const auto archive = opened(damaged);
      if (!archive.ok() || archive->members().empty()) continue;
      const auto text = archive->read(archive->members()[0], 1u << 20);
      if (text.ok()) CHECK(*text == "some text");
    }
  }
}

TEST_CASE("a directory that lies") {
  const std::string text(10'000, 'x');
  CHECK(first_member(zip_of({{"a", text, true, 5}})).find("another length") != std::string::npos);
  CHECK(first_member(zip_of({{"a", text, true, 20'000}})).find("another length") != std::string::npos);
  CHECK(first_member(zip_of({{"a", "text", false, 1'000'000}})).find("no member at byte 0") != std::string::npos);
  CHECK(first_member(zip_of({{"a", "text", false, -1, 7}})).find("no member at byte 7") != std::string::npos);
  CHECK(first_member(zip_of({{"a", "text", false, -1, 0xfffffff0}})).find("no member") != std::string::npos);
  CHECK(first_member(zip_of({{"a", text, true}}), 9'999).find("more than 9999") != std::string::npos);
}

TEST_CASE("a member that claims terabytes costs nothing") {
  CHECK(first_member(zip_of({{"a", "text", true, 0xfffffffe}}), ~0ull).find("another length") != std::string::npos);
}

TEST_CASE("too many members are refused before they are read") {
  ZipWriter writer;
  for (std::uint64_t i = 0; i < 10; ++i) writer.add({"a", ""});
  std::string bytes = writer.finish64();
  const std::size_t record = bytes.rfind("PK\6\6");
  for (std::size_t i = 0; i < 8; ++i) bytes[record + 32 + i] = '\x7f';
  CHECK(opened(bytes).error().message.find("more than the 200000") != std::string::npos);
}
