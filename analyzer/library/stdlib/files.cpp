// The disk of the machine: what files.py is made of, and what os.path sees of it.  It is empty until a phase puts
// something on it.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "base/disk.h"
#include "base/sha256.h"
#include "library/host/embedded.h"
#include "library/stdlib/install.h"
#include "library/stdlib/paths.h"
#include "library/stdlib/values.h"
#include "python/evaluate/signature.h"
#include "python/types/sequence.h"

namespace ckptlint::python {
namespace {

// What is given as a path, as the disk has it: absolute and normal.  Nothing where it is not known, which includes
// files that are given by number.  There is no working folder: a relative path is taken from "/".
struct GivenPath {
  std::string text;     // as it was given
  std::string on_disk;  // empty for the text "", which leads nowhere
};

// What a function says of an argument that is no path.  Some take the number of an open file as well.
constexpr std::string_view kStat = "stat: path should be string, bytes, os.PathLike or integer";
constexpr std::string_view kLstat = "lstat: path should be string, bytes or os.PathLike";
constexpr std::string_view kListdir = "listdir: path should be string, bytes, os.PathLike, integer or None";
constexpr std::string_view kMkdir = "mkdir: path should be string, bytes or os.PathLike";
constexpr std::string_view kRemove = "remove: path should be string, bytes or os.PathLike";
constexpr std::string_view kRenameFrom = "rename: src should be string, bytes or os.PathLike";
constexpr std::string_view kRenameTo = "rename: dst should be string, bytes or os.PathLike";
constexpr std::string_view kOpen = "expected str, bytes or os.PathLike object";

std::optional<GivenPath> path_of(Interpreter& in, const Value& given, std::string_view wanted) {
  Value path = plain(given);
  if (path.is(Kind::kInstance)) {
    Value* hook = in.class_lookup(path.as<Instance>()->type, in.intern("__fspath__"));
    if (hook != nullptr) {
      path = plain(in.call(in.bind_to(*hook, path, path.as<Instance>()->type), {}));
      if (!path.unknown() && !path.is(Kind::kStr) && !path.is(Kind::kBytes))
        in.raise_type_error(fmt::format("expected {}.__fspath__() to return str or bytes, not {}", in.type_name(given),
                                        in.type_name(path)));
    }
  }
  if (path.unknown()) return std::nullopt;
  if (path.is_integral() && (wanted == kStat || wanted == kListdir || wanted == kOpen)) return std::nullopt;
  if (!path.is(Kind::kStr) && !path.is(Kind::kBytes))
    in.raise_type_error(fmt::format("{}, not {}", wanted, in.type_name(given)));
  const std::string_view text = path.is(Kind::kStr) ? path.as<Str>()->view() : path.as<Bytes>()->data;
  in.step(10 + text.size() / 16);
  GivenPath found{std::string(text), ""};
  if (!text.empty()) found.on_disk = normal_path(text.starts_with("/") ? found.text : "/" + found.text);
  return found;
}

// By the number of an error, OSError becomes the class that stands for it.
[[noreturn]] void raise_os_error(Interpreter& in, int number, const std::string& path) {
  const Value text = in.string(std::strerror(number));
  throw PyRaise{in.call(Value::of(in.exception("OSError")), {Value::of(number), text, in.string(path)}), in.here()};
}
[[noreturn]] void raise_absent(Interpreter& in, const GivenPath& path) { raise_os_error(in, ENOENT, path.text); }

// Something is about to be made there: the limits of Linux.
void check_length(Interpreter& in, const GivenPath& path) {
  constexpr std::size_t kMostBytes = 4096, kMostOfName = 255;
  bool fits = path.text.size() < kMostBytes;
  for (std::size_t at = 0; fits && at < path.on_disk.size();) {
    const std::size_t next = std::min(path.on_disk.find('/', at), path.on_disk.size());
    fits = next - at <= kMostOfName;
    at = next + 1;
  }
  if (!fits) raise_os_error(in, ENAMETOOLONG, path.text);
  if (path.on_disk.empty()) raise_absent(in, path);
}

// What is put on the disk counts as memory of the evaluation, and making it takes its time.
void change(Interpreter& in, const auto& edit) {
  const std::size_t before = in.disk->bytes();
  edit(*in.disk);
  const std::size_t after = in.disk->bytes();
  const std::size_t grown = after > before ? after - before : 0;
  in.arena.charge(grown);
  in.step(100 + grown / 16);
}

using Question = bool (*)(const Disk&, std::string_view);
bool is_there(const Disk& disk, std::string_view path) { return disk.is_file(path) || disk.is_folder(path); }
bool is_a_file(const Disk& disk, std::string_view path) { return disk.is_file(path); }
bool is_a_folder(const Disk& disk, std::string_view path) { return disk.is_folder(path); }

Value answer(Interpreter& in, const Value& given, std::string_view wanted, Question question) {
  const std::optional<GivenPath> path = path_of(in, given, wanted);
  if (!path) return in.unknown("what is on the disk");
  return Value::of(!path->on_disk.empty() && question(*in.disk, path->on_disk));
}
Value exists(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [path] = bind<"path">(in, "exists", arguments);
  return answer(in, path, kStat, is_there);
}
Value lexists(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [path] = bind<"path">(in, "lexists", arguments);
  return answer(in, path, kLstat, is_there);
}
Value is_file(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [path] = bind<"path">(in, "isfile", arguments);
  return answer(in, path, kStat, is_a_file);
}
Value is_folder(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [s] = bind<"s">(in, "isdir", arguments);
  return answer(in, s, kStat, is_a_folder);
}

// A file that is to be read: raises where it is known that it cannot be.  Outside what is mounted it is only known what
// evaluated code has made.
void check_readable(Interpreter& in, const GivenPath& path) {
  if (path.on_disk.empty()) raise_absent(in, path);
  if (in.disk->is_file(path.on_disk)) return;
  if (in.disk->is_folder(path.on_disk)) raise_os_error(in, EISDIR, path.text);
  if (in.disk->covers(path.on_disk)) raise_absent(in, path);
}

// The bytes of a file; nothing where they are not known.
Value contents_of(Interpreter& in, const Value& given) {
  const std::optional<GivenPath> path = path_of(in, given, kOpen);
  if (!path) return {};
  check_readable(in, *path);
  const Result<std::string> text = in.disk->read(path->on_disk);
  return text.ok() ? bytes_value(in, *text) : Value{};
}

Value read(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given] = bind<"path">(in, "read", arguments);
  const Value contents = contents_of(in, given);
  return contents.missing() ? in.unknown("the contents of a file") : contents;
}

// None where they are not known, for code that then does something else.
Value read_known(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given] = bind<"path">(in, "read_known", arguments);
  const Value contents = contents_of(in, given);
  return contents.missing() ? Value::none() : contents;
}

Value list(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given] = bind<"path=">(in, "listdir", arguments);
  const bool here = given.missing() || given.is_none();
  const std::optional<GivenPath> path = path_of(in, here ? in.string(".") : given, kListdir);
  if (!path) return in.unknown("what is in a folder");
  if (path->on_disk.empty()) raise_absent(in, *path);
  if (!in.disk->is_folder(path->on_disk)) {
    if (in.disk->is_file(path->on_disk)) raise_os_error(in, ENOTDIR, path->text);
    if (in.disk->covers(path->on_disk)) raise_absent(in, *path);
    return in.unknown("what is in a folder");
  }
  in.step(10 + in.disk->bytes() / 8);
  List* names = in.list();
  for (const std::string& name : in.disk->list(path->on_disk)) {
    in.step();
    names->items.push(in.arena, in.string(name));
  }
  return Value::of(names);
}

Value made_folder(Interpreter& in, const Value& given) {
  if (const std::optional<GivenPath> path = path_of(in, given, kMkdir)) {
    check_length(in, *path);
    change(in, [&](Disk& disk) { disk.make_folder(path->on_disk); });
  }
  return Value::none();
}
Value make_folders(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [name, mode, exist_ok] = bind<"name, mode=, exist_ok=">(in, "makedirs", arguments);
  return made_folder(in, name);
}
Value make_folder(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [path, mode, dir_fd] = bind<"path, mode=, *, dir_fd=">(in, "mkdir", arguments);
  return made_folder(in, path);
}
Value touch(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given] = bind<"path">(in, "touch", arguments);
  if (const std::optional<GivenPath> path = path_of(in, given, kOpen)) {
    check_length(in, *path);
    change(in, [&](Disk& disk) {
      if (!is_there(disk, path->on_disk)) disk.write(path->on_disk, "");
    });
  }
  return Value::none();
}
// write(path, data): bytes, or anything else for what is not known.
Value write(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given, data] = bind<"path, data">(in, "write", arguments);
  if (const std::optional<GivenPath> path = path_of(in, given, kOpen)) {
    check_length(in, *path);
    if (in.disk->is_folder(path->on_disk)) raise_os_error(in, EISDIR, path->text);
    std::optional<std::string> text;
    if (const Value bytes = plain(data); bytes.is(Kind::kBytes)) text = bytes.as<Bytes>()->data;
    change(in, [&](Disk& disk) { disk.write(path->on_disk, std::move(text)); });
  }
  return Value::none();
}
Value copy(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [src, dst] = bind<"src, dst">(in, "copy", arguments);
  const std::optional<GivenPath> from = path_of(in, src, kOpen), to = path_of(in, dst, kOpen);
  if (from) check_readable(in, *from);
  if (!to) return Value::none();
  check_length(in, *to);
  change(in, [&](Disk& disk) {
    if (from && disk.is_file(from->on_disk))
      disk.copy(from->on_disk, to->on_disk);
    else
      disk.write(to->on_disk, std::nullopt);
  });
  return Value::none();
}

// os.remove, and os.rename and os.replace of files.
Value remove(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given, dir_fd] = bind<"path, *, dir_fd=">(in, "remove", arguments);
  const std::optional<GivenPath> path = path_of(in, given, kRemove);
  if (!path) return in.unknown("what is on the disk");
  check_readable(in, *path);
  if (!in.disk->is_file(path->on_disk)) return in.unknown("what is on the disk");
  change(in, [&](Disk& disk) { disk.remove_file(path->on_disk); });
  return Value::none();
}
Value move(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [src, dst, from_dir, to_dir] = bind<"src, dst, *, src_dir_fd=, dst_dir_fd=">(in, "rename", arguments);
  const std::optional<GivenPath> from = path_of(in, src, kRenameFrom), to = path_of(in, dst, kRenameTo);
  if (from && from->on_disk.empty()) raise_absent(in, *from);
  if (from && in.disk->covers(from->on_disk) && !is_there(*in.disk, from->on_disk)) raise_absent(in, *from);
  if (!from || !to || !in.disk->is_file(from->on_disk)) return in.unknown("what is on the disk");
  check_length(in, *to);
  if (from->on_disk == to->on_disk) return Value::none();
  change(in, [&](Disk& disk) {
    disk.copy(from->on_disk, to->on_disk);
    disk.remove_file(from->on_disk);
  });
  return Value::none();
}

// What the disk does not keep of its files and folders: sizes, times, owners, links.
Value details(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [given, rest] = bind<"path=, *args, **kwargs">(in, "stat", arguments);
  if (given.missing()) return in.unknown("what is on the disk");
  if (const std::optional<GivenPath> path = path_of(in, given, kStat)) {
    if (path->on_disk.empty() || (in.disk->covers(path->on_disk) && !is_there(*in.disk, path->on_disk)))
      raise_absent(in, *path);
  }
  return in.unknown("what is on the disk");
}

Value something_opened(Interpreter& in, const Arguments&, const Value&) { return in.unknown("an opened file"); }

Value open(Interpreter& in, const Arguments& arguments, const Value&) {
  if (arguments.count == 0) in.raise_type_error("open() missing required argument 'file' (pos 1)");
  if (any_unknown(arguments)) return in.unknown("an opened file");
  return in.call(in.import_name("_files", "open"), arguments);
}

// hashlib.sha256: an object that keeps what it was given.
Value hash_update(Interpreter& in, const Arguments& arguments, const Value&) {
  const auto [self, data] = bind<"self, data">(in, "update", arguments);
  auto* hash = self_as<Instance>(in, self);
  Str* kept = in.intern("_data");
  const Value before = own(hash, kept);
  set_own(in, hash, kept, before.missing() ? in.unknown("a digest") : in.binary(Operator::kAdd, before, data));
  return Value::none();
}
Value hash_digest(Interpreter& in, const Arguments& arguments, const Value&) {
  const Value data = own(self_as<Instance>(in, arguments), in.intern("_data"));
  if (!data.is(Kind::kBytes)) return in.unknown("a digest");
  in.step(data.as<Bytes>()->data.size() / 16);
  return in.string(sha256_hex(data.as<Bytes>()->data));
}
Value make_hash(Interpreter& in, const Arguments& arguments, const Value& type) {
  const auto [data, used] = bind<"string=, *, usedforsecurity=">(in, "sha256", arguments);
  Instance* made = in.instance(type.as<Class>());
  set_own(in, made, "_data", data.missing() ? bytes_value(in, "") : data);
  return Value::of(made);
}

}  // namespace

void install_files(Interpreter& in) {
  in.disk = std::make_shared<Disk>();
  Module* module = in.native_module("_disk", false);
  in.define(module, "read", read);
  in.define(module, "read_known", read_known);
  in.define(module, "write", write);
  in.define(module, "copy", copy);
  in.define(module, "touch", touch);
  in.define(module, "something_opened", something_opened);
  in.embedded_module("_files", embedded_text("stdlib/files.py"), false);
  in.define(in.builtins, "open", open);
  in.define(in.native_module("io", true), "open", open);
  Module* os = in.native_module("os", false);
  in.define(os, "listdir", list);
  in.define(os, "makedirs", make_folders);
  in.define(os, "mkdir", make_folder);
  for (const char* name : {"remove", "unlink"}) in.define(os, name, remove);
  for (const char* name : {"rename", "replace"}) in.define(os, name, move);
  for (const char* name : {"stat", "lstat", "rmdir", "scandir", "readlink", "chdir"}) in.define(os, name, details);
  Module* path = in.native_module("os.path", false);
  in.define(path, "exists", exists);
  in.define(path, "lexists", lexists);
  in.define(path, "isfile", is_file);
  in.define(path, "isdir", is_folder);
  for (const char* name : {"getsize", "getmtime", "getctime", "getatime"}) in.define(path, name, details);
  for (const char* name : {"copyfile", "copy"}) define_lazy(in, in.native_module("shutil", true), name, "_files", name);
  define_lazy(in, in.native_module("shutil", true), "copy2", "_files", "copy");
  define_lazy(in, in.native_module("filecmp", true), "cmp", "_files", "cmp");
  for (const char* name : {"glob", "iglob"}) define_lazy(in, in.native_module("glob", true), name, "_files", name);
  Class* hash = in.make_class("HASH", {in.classes.object});
  in.method(hash, "update", hash_update);
  in.method(hash, "hexdigest", hash_digest);
  in.define(in.native_module("hashlib", true), "sha256", make_hash, Value::of(hash));
}

}  // namespace ckptlint::python
