// The disk of the machine: what files.py is made of, and what os.path sees of it.  It is empty until a phase puts
// something on it.
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

// A path as the disk has it; empty where it is not known.  There is no working folder: a relative path is taken from
// "/".
std::string path_of(Interpreter& in, const Arguments& arguments, std::size_t at = 0) {
  Value path = arguments[at];
  if (path.is(Kind::kInstance) && as_str(path) == nullptr) {
    Value* hook = in.class_lookup(path.as<Instance>()->type, in.intern("__fspath__"));
    if (hook != nullptr) path = in.call(in.bind_to(*hook, path, path.as<Instance>()->type), {});
  }
  in.step(10);
  const Str* text = as_str(path);
  if (text == nullptr || text->length == 0) return "";
  return normal_path(text->view().starts_with("/") ? std::string(text->view()) : "/" + std::string(text->view()));
}

Value covers(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(in.disk->covers(path_of(in, arguments)));
}
Value is_file(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(in.disk->is_file(path_of(in, arguments)));
}
Value is_folder(Interpreter& in, const Arguments& arguments, const Value&) {
  return Value::of(in.disk->is_folder(path_of(in, arguments)));
}
Value exists(Interpreter& in, const Arguments& arguments, const Value&) {
  const std::string path = path_of(in, arguments);
  return Value::of(in.disk->is_file(path) || in.disk->is_folder(path));
}

Value read(Interpreter& in, const Arguments& arguments, const Value&) {
  const Result<std::string> text = in.disk->read(path_of(in, arguments));
  return text.ok() ? bytes_value(in, *text) : in.unknown("the contents of a file");
}

Value list(Interpreter& in, const Arguments& arguments, const Value&) {
  const std::string path = path_of(in, arguments);
  if (!in.disk->is_folder(path))
    in.raise(in.exception("FileNotFoundError"), "[Errno 2] No such file or directory: '" + path + "'");
  List* names = in.list();
  for (const std::string& name : in.disk->list(path)) names->items.push(in.arena, in.string(name));
  return Value::of(names);
}

// Folders that are made, and empty files: as many as the arena has room for.
Value make_folder(Interpreter& in, const Arguments& arguments, const Value&) {
  const std::string path = path_of(in, arguments);
  in.step(100);
  if (!path.empty()) in.disk->make_folder(path);
  return Value::none();
}
Value touch(Interpreter& in, const Arguments& arguments, const Value&) {
  const std::string path = path_of(in, arguments);
  in.step(100);
  if (!path.empty() && !in.disk->is_file(path)) in.disk->write(path, "");
  return Value::none();
}
Value copy(Interpreter& in, const Arguments& arguments, const Value&) {
  in.step(100);
  in.disk->copy(path_of(in, arguments, 0), path_of(in, arguments, 1));
  return Value::none();
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
  in.step(data.as<Bytes>()->data.size() / 64);
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
  in.define(module, "covers", covers);
  in.define(module, "is_file", is_file);
  in.define(module, "is_folder", is_folder);
  in.define(module, "read", read);
  in.define(module, "copy", copy);
  in.define(module, "touch", touch);
  in.define(module, "something_opened", something_opened);
  in.embedded_module("_files", embedded_text("stdlib/files.py"), false);
  in.define(in.builtins, "open", open);
  in.define(in.native_module("io", true), "open", open);
  Module* os = in.native_module("os", false);
  in.define(os, "listdir", list);
  in.define(os, "makedirs", make_folder);
  in.define(os, "mkdir", make_folder);
  Module* path = in.native_module("os.path", false);
  for (const char* name : {"exists", "lexists"}) in.define(path, name, exists);
  in.define(path, "isfile", is_file);
  in.define(path, "isdir", is_folder);
  for (const char* name : {"copyfile", "copy"}) define_lazy(in, in.native_module("shutil", true), name, "_files", name);
  define_lazy(in, in.native_module("shutil", true), "copy2", "_files", "copy");
  define_lazy(in, in.native_module("filecmp", true), "cmp", "_files", "cmp");
  Class* hash = in.make_class("HASH", {in.classes.object});
  in.method(hash, "update", hash_update);
  in.method(hash, "hexdigest", hash_digest);
  in.define(in.native_module("hashlib", true), "sha256", make_hash, Value::of(hash));
}

}  // namespace ckptlint::python
