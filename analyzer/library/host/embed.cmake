# Python text that is part of the program.
#
# Included: ckptlint_embed_python(TARGET FOLDER) makes one source of TARGET out of every FOLDER/*/*.py, each a string that
# is found with embedded_text("area/name.py") (embedded.h).
# Run as a script (-P, with FOLDER, OUTPUT and PATHS, separated by commas): writes that source.

if(CMAKE_SCRIPT_MODE_FILE)
  string(REPLACE "," ";" PATHS "${PATHS}")
  set(constants "")
  set(rows "")
  foreach(path IN LISTS PATHS)
    file(READ "${FOLDER}/${path}" text)
    string(MAKE_C_IDENTIFIER "k_${path}" name)
    string(APPEND constants "constexpr char ${name}[] = R\"python(${text})python\";\n")
    string(APPEND rows "  if (path == \"${path}\") return ${name};\n")
  endforeach()
  file(WRITE "${OUTPUT}" "#include \"library/host/embedded.h\"
namespace ckptlint::python {
namespace {
${constants}}  // namespace
std::string_view embedded_text(std::string_view path) {
${rows}  return path.substr(0, 0);
}
}  // namespace ckptlint::python
")
  return()
endif()

set(CKPTLINT_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")

function(ckptlint_embed_python target folder)
  file(GLOB paths CONFIGURE_DEPENDS RELATIVE "${folder}" "${folder}/*/*.py")
  list(TRANSFORM paths PREPEND "${folder}/" OUTPUT_VARIABLE files)
  string(REPLACE ";" "," listed "${paths}")
  set(generated "${CMAKE_BINARY_DIR}/embedded_text.cpp")
  add_custom_command(
    OUTPUT "${generated}"
    COMMAND "${CMAKE_COMMAND}" "-DFOLDER=${folder}" "-DOUTPUT=${generated}" "-DPATHS=${listed}" -P "${CKPTLINT_EMBED_SCRIPT}"
    DEPENDS ${files} "${CKPTLINT_EMBED_SCRIPT}"
    VERBATIM)
  target_sources(${target} PRIVATE "${generated}")
endfunction()
