// Which folders of a pipeline are models, as which class each is checked, and what of them cannot be read.
#include <map>
#include <string>
#include <vector>

#include "catch.h"
#include "parts/diffusion_pipeline.h"
#include "scratch_folder.h"

namespace ckptlint {
namespace {

// "folder library class" of each.
std::vector<std::string> models_of(const FileTree& repo) {
  std::vector<std::string> found;
  for (const ComponentModel& each : component_models(repo))
    found.push_back(each.folder + " " + each.library + " " + each.class_name);
  return found;
}

FileTreePtr pipeline(const std::string& components, std::map<std::string, std::string> files) {
  files["model_index.json"] = R"({"_class_name": "P", "_diffusers_version": "0.42.1", )" + components + "}";
  return in_memory_tree(std::move(files));
}

}  // namespace

TEST_CASE("the models of a pipeline, with the classes that its list names") {
  const std::string unet = R"({"_class_name": "U", "_diffusers_version": "0"})";
  struct Case {
    std::string components;
    std::map<std::string, std::string> files;
    std::vector<std::string> models;
  };
  const Case cases[] = {
      {R"("unet": ["diffusers", "U"])", {{"unet/config.json", unet}}, {"unet diffusers "}},
      {R"("unet": ["diffusers", "V"])", {{"unet/config.json", unet}}, {"unet diffusers V"}},
      {R"("unet": ["diffusers", "U"])", {{"unet/config.json", "{}"}}, {"unet diffusers U"}},
      {R"("unet": ["diffusers", "U"])", {{"unet/config.json", "["}}, {"unet diffusers U"}},
      {R"("unet": ["diffusers.models", "U"])", {{"unet/config.json", "{}"}}, {"unet diffusers U"}},
      {R"("t": ["transformers", "T"])", {{"t/config.json", "{}"}}, {"t transformers T"}},
      {R"("t": ["transformers.models.t", "T"])", {{"t/config.json", "{}"}}, {"t transformers T"}},
      {R"("s": ["stable", "S"])", {{"s/config.json", "{}"}}, {"s stable diffusers.pipelines.stable:S"}},
      {R"("s": ["diffusers.pipelines.stable.s", "S"])",
       {{"s/config.json", R"({"model_type": "clip"})"}},
       {"s diffusers.pipelines.stable.s diffusers.pipelines.stable.s:S"}},
      {R"("unet": ["mine", "M"])", {{"unet/config.json", unet}, {"unet/mine.py", ""}}, {"unet mine mine:M"}},
      {R"("c": ["diffusers", "Multi"])",
       {{"c/config.json", unet}, {"c_1/config.json", unet}, {"c_3/config.json", unet}},
       {"c diffusers Multi", "c_1 diffusers Multi"}},
      {R"("s": ["diffusers", "S"])", {{"s/config.json", "{}"}, {"s/scheduler_config.json", "{}"}}, {}},
      {R"("s": ["diffusers", "DScheduler"])", {{"s/config.json", "{}"}}, {}},
      {R"("t": ["transformers", "T"])",
       {{"t/config.json", "{}"}, {"t/tokenizer_config.json", "{}"}, {"t/model.safetensors", ""}},
       {"t transformers T"}},
      {R"("unet": [null, null], "vae": "x", "../up": ["diffusers", "U"])", {{"unet/config.json", unet}}, {}},
  };
  for (const Case& each : cases) {
    INFO(each.components);
    CHECK(models_of(*pipeline(each.components, each.files)) == each.models);
  }
}

TEST_CASE("links of a pipeline that lead out of it are not taken for what is missing") {
  test::ScratchFolder folder;
  folder.write("model_index.json", R"({"_class_name": "P", "unet": ["diffusers", "U"], "vae": ["diffusers", "V"]})");
  folder.write("unet/config.json", "{}");
  const auto unreadable = [&] { return unreadable_in_components(**open_folder(folder.path())); };
  CHECK(unreadable().empty());
  folder.link("config.json", "unet/other.json");
  CHECK(unreadable().empty());
  folder.link("/dev/null", "unet/diffusion_pytorch_model.safetensors");
  CHECK(unreadable() == "unet/diffusion_pytorch_model.safetensors");
  folder.link("/usr", "beside");
  folder.link("/usr", "vae");
  CHECK(unreadable() == "unet/diffusion_pytorch_model.safetensors");
}

}  // namespace ckptlint
